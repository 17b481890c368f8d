// Words of 64 bits as tensors, so that whole numbers are hashed inside compiled programs: pairs of u32 tensors, with no intermediate number above
// 2³², which every device computes exactly.

import { binary, cast, compare, type Tensor, where, zeros } from '../../../../core/index.ts'
import type { Words } from './words.ts'

/** The upper and the lower 32 bits; numbers are the same for all elements. */
export interface TensorWord {
  readonly high: Tensor
  readonly low: Tensor
}

const and = (a: Tensor, mask: number): Tensor => binary('and', a, mask)
const or = (a: Tensor, b: Tensor): Tensor => binary('or', a, b)
const plus = (a: Tensor, b: Tensor): Tensor => binary('add', a, b)
const times = (a: Tensor, b: Tensor): Tensor => binary('multiply', a, b)
const up = (a: Tensor, bits: number): Tensor => (bits === 0 ? a : binary('shiftLeft', a, bits))
const down = (a: Tensor, bits: number): Tensor => (bits === 0 ? a : binary('shiftRight', a, bits))

/** Words in the shape of `x`. */
export function tensorWords(x: Tensor): Words<TensorWord> {
  const zero: Tensor = zeros(x.dims, { dtype: 'u32' })
  return {
    constant: (value) => ({ high: binary('add', zero, Number(value >> 32n)), low: binary('add', zero, Number(value & 0xffffffffn)) }),
    add: (a, b) => {
      const low = plus(a.low, b.low)
      return { high: plus(plus(a.high, b.high), cast(compare('less', low, a.low), 'u32')), low }
    },
    multiply: (a, b) => {
      const { high, low } = product(a.low, b.low)
      return { high: plus(high, plus(product(a.high, b.low).low, product(a.low, b.high).low)), low }
    },
    xor: (a, b) => ({ high: binary('xor', a.high, b.high), low: binary('xor', a.low, b.low) }),
    shiftLeft: ({ high, low }, bits) => {
      if (bits >= 32) return { high: up(low, bits - 32), low: zero }
      return bits === 0 ? { high, low } : { high: or(up(high, bits), down(low, 32 - bits)), low: up(low, bits) }
    },
    shiftRight: ({ high, low }, bits) => {
      if (bits >= 32) return { high: zero, low: down(high, bits - 32) }
      return bits === 0 ? { high, low } : { high: down(high, bits), low: or(down(low, bits), up(high, 32 - bits)) }
    },
  }
}

/** Both halves of the product of two u32, by digits of 16 bits. */
export function product(a: Tensor, b: Tensor): TensorWord {
  const [a0, a1, b0, b1] = [and(a, 0xffff), down(a, 16), and(b, 0xffff), down(b, 16)]
  const lowest = times(a0, b0)
  const middle = plus(times(a1, b0), down(lowest, 16))
  const other = plus(times(a0, b1), and(middle, 0xffff))
  return { high: plus(times(a1, b1), plus(down(middle, 16), down(other, 16))), low: or(up(other, 16), and(lowest, 0xffff)) }
}

/** The largest `bins` of {@link remainderOf}. */
export const mostBins = 2 ** 24

/** word modulo `bins` (at most {@link mostBins}), as i32: byte by byte from the highest. */
export function remainderOf({ high, low }: TensorWord, bins: number): Tensor {
  const bytes = [high, low].flatMap((half) => [24, 16, 8, 0].map((bits) => and(down(half, bits), 0xff)))
  const rest = bytes.reduce<Tensor>((sum, byte) => binary('remainder', plus(up(sum, 8), byte), bins), binary('multiply', low, 0))
  return cast(rest, 'i32')
}

/** A whole number (i32) as a word, its sign in all upper bits. */
export const wordOf = (x: Tensor): TensorWord => ({
  high: where(compare('less', x, 0), cast(binary('add', binary('multiply', x, 0), -1), 'u32'), cast(binary('multiply', x, 0), 'u32')),
  low: cast(x, 'u32'),
})

/** Of two words the first where a condition holds. */
export const chosen = (condition: Tensor, a: TensorWord, b: TensorWord): TensorWord => ({
  high: where(condition, a.high, b.high),
  low: where(condition, a.low, b.low),
})
