// 16-bit floats in JavaScript numbers: IEEE half precision and bfloat16, both ways, rounding to nearest even.

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

const bitsOf = (value: number): number => {
  float[0] = value
  return bits[0] ?? 0
}

const fromBits = (pattern: number): number => {
  bits[0] = pattern
  return float[0] ?? 0
}

/** The number a bfloat16 pattern stands for. */
export function bfloat16ToNumber(pattern: number): number {
  return fromBits((pattern << 16) >>> 0)
}

/** The nearest bfloat16 pattern. */
export function numberToBfloat16(value: number): number {
  const b = bitsOf(value)
  if (Number.isNaN(value)) return 0x7fc0
  return ((b + 0x7fff + ((b >>> 16) & 1)) >>> 16) & 0xffff
}

/** The number a half-precision pattern stands for. */
export function halfToNumber(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1
  const exponent = (pattern >>> 10) & 31
  const fraction = pattern & 1023
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The nearest half-precision pattern. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude >= 65520) return sign | 0x7c00
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 2 ** -30)))
  const scaled = magnitude / 2 ** (exponent - 10)
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  const whole = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
  // A carry out of the fraction runs into the exponent, as it should.
  return sign | (whole < 1024 && exponent === -14 ? whole : whole + ((exponent + 14) << 10))
}
