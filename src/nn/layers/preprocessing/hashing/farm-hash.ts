// FarmHash's Fingerprint64 (Pike, 2014; farmhashna::Hash64): the hash of Keras's `Hashing`, `StringLookup` and `HashedCrossing`.

import { bigWords, bytesOf, rotateRight, wordAt, type Words } from './words.ts'

const k0 = 0xc3a5c85c97cb3127n
const k1 = 0xb492b66fbe98f273n
const k2 = 0x9ae16a3b2f90404fn

const { add, multiply, xor } = bigWords
const sum = (...words: readonly bigint[]): bigint => words.reduce(add)
const rotate = (word: bigint, bits: number): bigint => rotateRight(bigWords, word, bits)

const mixShift = <W>(words: Words<W>, a: W): W => words.xor(a, words.shiftRight(a, 47))

function mixPair<W>(words: Words<W>, u: W, v: W, factor: W): W {
  const a = mixShift(words, words.multiply(words.xor(u, v), factor))
  return words.multiply(mixShift(words, words.multiply(words.xor(v, a), factor)), factor)
}

/** Of 8 to 16 bytes: the first 8, the last 8, the length. */
export function hashLong<W>(words: Words<W>, first: W, last: W, length: W): W {
  const factor = words.add(words.constant(k2), words.shiftLeft(length, 1))
  const a = words.add(first, words.constant(k2))
  const c = words.add(words.multiply(rotateRight(words, last, 37), factor), a)
  const d = words.multiply(words.add(rotateRight(words, a, 25), last), factor)
  return mixPair(words, c, d, factor)
}

/** Of 4 to 7 bytes: the first 4, the last 4, the length. */
export function hashMiddle<W>(words: Words<W>, first: W, last: W, length: W): W {
  const factor = words.add(words.constant(k2), words.shiftLeft(length, 1))
  return mixPair(words, words.add(length, words.shiftLeft(first, 3)), last, factor)
}

/** Of 1 to 3 bytes: the first, the middle one (⌊length / 2⌋), the last, the length. */
export function hashShort<W>(words: Words<W>, first: W, middle: W, last: W, length: W): W {
  const y = words.multiply(words.add(first, words.shiftLeft(middle, 8)), words.constant(k2))
  const z = words.multiply(words.add(length, words.shiftLeft(last, 2)), words.constant(k0))
  return words.multiply(mixShift(words, words.xor(y, z)), words.constant(k2))
}

/** The fingerprint of a text's UTF-8 bytes, 64 bits. */
export function farmHash64(text: string): bigint {
  const s = bytesOf(text)
  const { length } = s
  const size = BigInt(length)
  if (length > 64) return hashBlocks(s)
  if (length > 32) return hash33to64(s, size)
  if (length > 16) return hash17to32(s, size)
  if (length >= 8) return hashLong(bigWords, wordAt(s, 0), wordAt(s, length - 8), size)
  if (length >= 4) return hashMiddle(bigWords, wordAt(s, 0, 4), wordAt(s, length - 4, 4), size)
  const byte = (at: number): bigint => wordAt(s, at, 1)
  return length === 0 ? k2 : hashShort(bigWords, byte(0), byte(length >> 1), byte(length - 1), size)
}

function hash17to32(s: Uint8Array, size: bigint): bigint {
  const factor = k2 + size * 2n
  const a = multiply(wordAt(s, 0), k1)
  const b = wordAt(s, 8)
  const c = multiply(wordAt(s, s.length - 8), factor)
  const d = multiply(wordAt(s, s.length - 16), k2)
  return mixPair(bigWords, sum(rotate(add(a, b), 43), rotate(c, 30), d), sum(a, rotate(add(b, k2), 18), c), factor)
}

function hash33to64(s: Uint8Array, size: bigint): bigint {
  const factor = k2 + size * 2n
  const behind = (bytes: number): bigint => wordAt(s, s.length - bytes)
  const a = multiply(wordAt(s, 0), k2)
  const b = wordAt(s, 8)
  const c = multiply(behind(8), factor)
  const d = multiply(behind(16), k2)
  const y = sum(rotate(add(a, b), 43), rotate(c, 30), d)
  const z = mixPair(bigWords, y, sum(a, rotate(add(b, k2), 18), c), factor)
  const e = multiply(wordAt(s, 16), factor)
  const f = wordAt(s, 24)
  const g = multiply(add(y, behind(32)), factor)
  const h = multiply(add(z, behind(24)), factor)
  return mixPair(bigWords, sum(rotate(add(e, f), 43), rotate(g, 30), h), sum(e, rotate(add(f, a), 18), g), factor)
}

type Pair = readonly [bigint, bigint]

function weakHash(s: Uint8Array, at: number, seedA: bigint, seedB: bigint): Pair {
  const [w, x, y, z] = [wordAt(s, at), wordAt(s, at + 8), wordAt(s, at + 16), wordAt(s, at + 24)]
  const start = add(seedA, w)
  const all = sum(start, x, y)
  return [add(all, z), sum(rotate(sum(seedB, start, z), 21), rotate(all, 44), start)]
}

/** More than 64 bytes: blocks of 64, the last of which may overlap the one before. */
function hashBlocks(s: Uint8Array): bigint {
  const rest = BigInt((s.length - 1) & 63)
  const end = Math.floor((s.length - 1) / 64) * 64
  let y = add(multiply(81n, k1), 113n)
  let z = multiply(mixShift(bigWords, add(multiply(y, k2), 113n)), k2)
  let x = add(multiply(81n, k2), wordAt(s, 0))
  let v: Pair = [0n, 0n]
  let w: Pair = [0n, 0n]
  const round = (at: number, factor: bigint, weight: bigint): void => {
    x = multiply(rotate(sum(x, y, v[0], wordAt(s, at + 8)), 37), factor)
    y = multiply(rotate(sum(y, v[1], wordAt(s, at + 48)), 42), factor)
    x = xor(x, multiply(w[1], weight))
    y = sum(y, multiply(v[0], weight), wordAt(s, at + 40))
    z = multiply(rotate(add(z, w[0]), 33), factor)
    v = weakHash(s, at, multiply(v[1], factor), add(x, w[0]))
    w = weakHash(s, at + 32, add(z, w[1]), add(y, wordAt(s, at + 16)))
    const next = z
    z = x
    x = next
  }
  for (let at = 0; at < end; at += 64) round(at, k1, 1n)
  const factor = add(k1, (z & 0xffn) << 1n)
  w = [add(w[0], rest), w[1]]
  v = [add(v[0], w[0]), v[1]]
  w = [add(w[0], v[0]), w[1]]
  round(s.length - 64, factor, 9n)
  const left = sum(mixPair(bigWords, v[0], w[0], factor), multiply(mixShift(bigWords, y), k0), z)
  return mixPair(bigWords, left, add(mixPair(bigWords, v[1], w[1], factor), x), factor)
}

const combining = 0xc6a4a7935bd1e995n

/** One fingerprint of two, in their order; as TensorFlow's FingerprintCat64. */
export function combineFingerprints<W>(words: Words<W>, first: W, second: W): W {
  const factor = words.constant(combining)
  const mixed = words.multiply(mixShift(words, words.multiply(second, factor)), factor)
  const result = words.multiply(words.xor(words.xor(first, factor), mixed), factor)
  return mixShift(words, words.multiply(mixShift(words, result), factor))
}
