// SipHash-2-4 (Aumasson & Bernstein 2012): a hash with a key, Keras's `salt`.

import { bigWords, bytesOf, rotateRight, wordAt, type Words } from './words.ts'

/** A key of two words of 64 bits. */
export type SipKey = readonly [bigint, bigint]

/** The hash of blocks of 8 bytes; the last one has the rest of the bytes and, in its highest byte, their number modulo 256. */
export function sipHashBlocks<W>(words: Words<W>, [low, high]: SipKey, blocks: readonly W[]): W {
  const { add, xor, constant } = words
  const rotateLeft = (a: W, bits: number): W => rotateRight(words, a, 64 - bits)
  let a = constant(low ^ 0x736f6d6570736575n)
  let b = constant(high ^ 0x646f72616e646f6dn)
  let c = constant(low ^ 0x6c7967656e657261n)
  let d = constant(high ^ 0x7465646279746573n)
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      a = add(a, b)
      c = add(c, d)
      b = xor(rotateLeft(b, 13), a)
      d = xor(rotateLeft(d, 16), c)
      a = rotateLeft(a, 32)
      c = add(c, b)
      a = add(a, d)
      b = xor(rotateLeft(b, 17), c)
      d = xor(rotateLeft(d, 21), a)
      c = rotateLeft(c, 32)
    }
  }
  for (const block of blocks) {
    d = xor(d, block)
    rounds(2)
    a = xor(a, block)
  }
  c = xor(c, constant(0xffn))
  rounds(4)
  return xor(xor(a, b), xor(c, d))
}

/** The hash of a text's UTF-8 bytes, 64 bits. */
export function sipHash64(text: string, key: SipKey): bigint {
  const s = bytesOf(text)
  const whole = Math.floor(s.length / 8)
  const blocks = Array.from({ length: whole }, (_, i) => wordAt(s, i * 8))
  return sipHashBlocks(bigWords, key, [...blocks, wordAt(s, whole * 8, s.length % 8) | (BigInt(s.length & 255) << 56n)])
}
