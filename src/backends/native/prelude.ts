// The C text before every compiled unit: conversions, integer arithmetic that never traps, random bits and the elementary functions.
// Everything is static and inlined; what a kernel does not use costs nothing.

import { elementaryFunctions } from './prelude-functions.ts'

const inline = 'static inline __attribute__((always_inline))'

/** Half precisions are stored as 16 bits and computed in float; conversions round to nearest, ties to even. */
const halves = `
${inline} float tn_bf16_to_f32(uint16_t h) { return tn_from_bits((uint32_t)h << 16); }
${inline} uint16_t tn_f32_to_bf16(float x) {
  const uint32_t b = tn_bits(x);
  const uint32_t r = (b + 0x7fffu + ((b >> 16) & 1u)) >> 16;
  return (uint16_t)(x != x ? 0x7fc0u : r);
}
/* The product rescales the exponent and normalises subnormals. */
${inline} float tn_f16_to_f32(uint16_t h) {
  const uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13;
  const uint32_t finite = tn_bits(tn_from_bits(magnitude) * 5.19229686e33f);
  const uint32_t special = magnitude | 0x7f800000u;
  return tn_from_bits((magnitude >= 0x0f800000u ? special : finite) | ((uint32_t)(h & 0x8000) << 16));
}
/* Adding 0.5 aligns the bits of a subnormal half at the bottom of the significand, rounded. */
${inline} uint16_t tn_f32_to_f16(float x) {
  const uint32_t b = tn_bits(x);
  const uint32_t magnitude = b & 0x7fffffffu;
  const uint32_t normal = (magnitude - 0x38000000u + 0xfffu + ((b >> 13) & 1u)) >> 13;
  const uint32_t subnormal = tn_bits(tn_from_bits(magnitude) + 0.5f) - 0x3f000000u;
  uint32_t r = magnitude < 0x38800000u ? subnormal : normal;
  r = magnitude >= 0x477ff000u ? 0x7c00u : r;
  r = magnitude > 0x7f800000u ? 0x7e00u : r;
  return (uint16_t)(r | ((b >> 16) & 0x8000u));
}
`

interface IntegerRange {
  readonly name: string
  readonly type: string
  /** What a clamped value is converted to before it is narrowed. */
  readonly through: string
  readonly low: string
  readonly high: string
  /** The largest value not above `high`, in single and in double precision. */
  readonly top: readonly [single: string, double: string]
}

const ranges: readonly IntegerRange[] = [
  { name: 'i8', type: 'int8_t', through: 'int32_t', low: '-128', high: '127', top: ['127', '127'] },
  { name: 'u8', type: 'uint8_t', through: 'int32_t', low: '0', high: '255', top: ['255', '255'] },
  { name: 'i32', type: 'int32_t', through: 'int32_t', low: 'INT32_MIN', high: 'INT32_MAX', top: ['2147483520', '2147483647'] },
  { name: 'u32', type: 'uint32_t', through: 'uint32_t', low: '0', high: 'UINT32_MAX', top: ['4294967040', '4294967295'] },
  { name: 'i64', type: 'int64_t', through: 'int64_t', low: 'INT64_MIN', high: 'INT64_MAX', top: ['9223371487098961920', '9223372036854774784'] },
]

/** Real to integer: truncated, saturated, NaN to 0. */
function truncation({ name, type, through, low, high, top }: IntegerRange, real: 'float' | 'double'): string {
  const prefix = real === 'float' ? 'tn_f32' : 'tn_f64'
  const limit = `${real === 'float' ? top[0] : top[1]}.0${real === 'float' ? 'f' : ''}`
  return `${inline} ${type} ${prefix}_to_${name}(${real} x) {
  ${real} c = x > (${real})${low} ? x : (${real})${low};
  c = c < ${limit} ? c : ${limit};
  ${type} r = (${type})(${through})c;
  r = x > ${limit} ? (${type})${high} : r;
  return x != x ? 0 : r;
}`
}

/** Integers: floor division and its remainder (0 for a zero divisor), wrapping powers. */
const integers = `
${inline} int64_t tn_floordiv_i64(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return (int64_t)(0 - (uint64_t)a);
  return a / b - ((a % b != 0) & ((a < 0) != (b < 0)));
}
${inline} int64_t tn_mod_i64(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return 0;
  const int64_t r = a % b;
  return (r != 0) & ((r < 0) != (b < 0)) ? r + b : r;
}
static inline int64_t tn_ipow_i64(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? ((b & 1) ? -1 : 1) : 0;
  uint64_t power = 1, square = (uint64_t)a;
  for (; b > 0; b >>= 1) {
    if (b & 1) power *= square;
    square *= square;
  }
  return (int64_t)power;
}
`

/** Word 0 of Threefry-2x32-20 (Salmon et al. 2011), unrolled. */
function threefry(): string {
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24]
  const lines: string[] = []
  for (let round = 0; round < 20; round++) {
    const r = rotations[round % 8] ?? 0
    lines.push(`  x0 += x1; x1 = (x1 << ${r}) | (x1 >> ${32 - r}); x1 ^= x0;`)
    const turn = (round + 1) / 4
    if (Number.isInteger(turn)) lines.push(`  x0 += k${turn % 3}; x1 += k${(turn + 1) % 3} + ${turn}u;`)
  }
  return `
${inline} uint32_t tn_random_bits(uint32_t k0, uint32_t k1, uint64_t counter) {
  const uint32_t k2 = 0x1bd11bdau ^ k0 ^ k1;
  uint32_t x0 = (uint32_t)counter + k0, x1 = (uint32_t)(counter >> 32) + k1;
${lines.join('\n')}
  return x0;
}
`
}

/**
 * The text put before the kernels of a compiled unit. It defines `tn_*` functions on float, `tnd_*` on double, and conversions between all
 * element types; it includes only headers that exist without a C library. Double-precision functions need `-lm`.
 */
export function preludeText(): string {
  const truncations = ranges.flatMap((range) => [truncation(range, 'float'), truncation(range, 'double')])
  return ['#include <stddef.h>', '#include <stdint.h>', elementaryFunctions, halves, truncations.join('\n'), integers, threefry()].join('\n')
}
