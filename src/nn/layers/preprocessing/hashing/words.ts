// Words of 64 bits, as hash functions compute with them, modulo 2⁶⁴: as bigints, or as pairs of u32 tensors (tensor-words.ts).

/** Arithmetic of words of one kind. */
export interface Words<W> {
  readonly constant: (value: bigint) => W
  readonly add: (a: W, b: W) => W
  readonly multiply: (a: W, b: W) => W
  readonly xor: (a: W, b: W) => W
  /** To the left by 0 to 63 bits. */
  readonly shiftLeft: (a: W, bits: number) => W
  /** To the right by 0 to 63 bits, zeros first. */
  readonly shiftRight: (a: W, bits: number) => W
}

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)

/** Words as bigints. */
export const bigWords: Words<bigint> = {
  constant: wrap,
  add: (a, b) => wrap(a + b),
  multiply: (a, b) => wrap(a * b),
  xor: (a, b) => a ^ b,
  shiftLeft: (a, bits) => wrap(a << BigInt(bits)),
  shiftRight: (a, bits) => a >> BigInt(bits),
}

/** The bits that leave on the right come back on the left; by 1 to 63. */
export const rotateRight = <W>(words: Words<W>, a: W, bits: number): W => words.xor(words.shiftRight(a, bits), words.shiftLeft(a, 64 - bits))

/** The UTF-8 bytes of a text. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** `size` bytes from `start` as a word, the lowest first. */
export function wordAt(bytes: Uint8Array, start: number, size = 8): bigint {
  let word = 0n
  for (let i = size - 1; i >= 0; i--) word = (word << 8n) | BigInt(bytes[start + i] ?? 0)
  return word
}
