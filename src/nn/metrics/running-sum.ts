// Sums that grow over an epoch and stay exact: what float32 rounds away is kept beside the sum (Neumaier 1974), so that counts are right beyond 2²⁴,
// where adding 1 to a float32 no longer changes it.

import { type DType, full, type Operand, type Tensor, tensor, where } from '../../core/index.ts'

/** A sum and what was rounded away from it. */
export type RunningSum = { readonly total: Tensor; readonly rest: Tensor }

/** A sum of nothing. */
export const noSum = (dims: readonly number[], dtype: DType): RunningSum => ({ total: nothing(dims, dtype), rest: nothing(dims, dtype) })

/** Zeros that are numbers already: what is remembered before the first step needs no program of its own. */
export function nothing(dims: readonly number[], dtype: DType): Tensor {
  return tensor(new Float32Array(dims.reduce((product, size) => product * size, 1)), dims, { dtype })
}

/** The sum with more added to it. */
export function grow({ total, rest }: RunningSum, more: Operand): RunningSum {
  const x: Tensor = typeof more === 'number' ? full([], more, { dtype: total.dtype }) : more.cast(total.dtype)
  const sum: Tensor = total.add(x)
  // The same sum by itself: the rest then needs no stored total, is written first, and either takes the place of the one before.
  const again: Tensor = x.add(total)
  const seen: Tensor = again.subtract(total)
  const lost: Tensor = total.subtract(again.subtract(seen)).add(x.subtract(seen))
  return { total: sum, rest: rest.add(lost) }
}

/** The sum as one number; of NaN and infinities nothing is lost that counts. */
export function currentSum({ total, rest }: RunningSum): Tensor {
  return total.add(where(rest.equal(rest), rest, 0))
}
