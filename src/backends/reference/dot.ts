// General products that sum over pairs of axes.

import { type Arithmetic, computeFromTwo } from './arithmetic.ts'
import { permute } from './movement.ts'
import type { Rules } from './rule.ts'
import { at, type Cells, countOf } from './values.ts'

const others = (rank: number, taken: readonly number[]) => Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !taken.includes(axis))
const sizesOf = (shape: readonly number[], axes: readonly number[]) => axes.map((axis) => at(shape, axis))

/** `dot`: the result's axes are the batch axes, the left's free axes, the right's free axes. Summed in double precision, rounded once. */
export const dot: Rules<'dot'> = {
  dot: (op, inputs) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)]
    const leftFree = others(a.shape.length, [...op.lhsBatch, ...op.lhsContract])
    const rightFree = others(b.shape.length, [...op.rhsBatch, ...op.rhsContract])
    const batch = sizesOf(a.shape, op.lhsBatch)
    const left = sizesOf(a.shape, leftFree)
    const right = sizesOf(b.shape, rightFree)
    const sizes = { batch: countOf(batch), rows: countOf(left), columns: countOf(right), depth: countOf(sizesOf(a.shape, op.lhsContract)) }
    // Both sides as [batch, free, contracted]: every element is the product of two contiguous lines.
    const x = permute(a, [...op.lhsBatch, ...leftFree, ...op.lhsContract])
    const y = permute(b, [...op.rhsBatch, ...rightFree, ...op.rhsContract])
    return [computeFromTwo([...batch, ...left, ...right], x, y, (arithmetic, out, p, q) => multiplyLines(arithmetic, out, p, q, sizes))]
  },
}

interface Sizes {
  readonly batch: number
  readonly rows: number
  readonly columns: number
  readonly depth: number
}

function multiplyLines<T>(
  { zero, add, multiply }: Arithmetic<T>,
  out: Cells<T>,
  x: Cells<T>,
  y: Cells<T>,
  { batch, rows, columns, depth }: Sizes,
): void {
  for (let group = 0; group < batch; group++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const xAt = (group * rows + row) * depth
        const yAt = (group * columns + column) * depth
        let sum = zero
        for (let k = 0; k < depth; k++) sum = add(sum, multiply(x[xAt + k] ?? zero, y[yAt + k] ?? zero))
        out[(group * rows + row) * columns + column] = sum
      }
}
