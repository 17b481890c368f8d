// Counter-based random bits: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").

import type { Rules } from './rule.ts'
import { at, countOf, numbersOf } from './values.ts'

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const
/** The third key word is the exclusive or of the two and this constant. */
const parity = 0x1bd11bda

/** The two 32-bit words of a counter under a key. */
export function threefry2x32(key: readonly [number, number], counter: readonly [number, number]): readonly [number, number] {
  const words = [key[0], key[1], key[0] ^ key[1] ^ parity]
  const word = (index: number) => words[index % 3] ?? 0
  let x = (counter[0] + word(0)) | 0
  let y = (counter[1] + word(1)) | 0
  for (let round = 0; round < 20; round++) {
    const turn = rotations[round % 8] ?? 0
    x = (x + y) | 0
    y = ((y << turn) | (y >>> (32 - turn))) ^ x
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      x = (x + word(injection)) | 0
      y = (y + word(injection + 1) + injection) | 0
    }
  }
  return [x >>> 0, y >>> 0]
}

/** `randomBits`: element i is the first word of the counter (low and high 32 bits of i). */
export const random: Rules<'randomBits'> = {
  randomBits: (_op, inputs, { types }) => {
    const key = numbersOf(at(inputs, 0))
    const { dtype, shape } = at(types, 0)
    const words = [at(key, 0), at(key, 1)] as const
    const data = Float64Array.from({ length: countOf(shape) }, (_, i) => threefry2x32(words, [i >>> 0, Math.floor(i / 2 ** 32)])[0])
    return [{ dtype, shape, data }]
  },
}
