// The LU factorisation with partial pivoting, column by column: what square systems, inverses and determinants are computed from.

import {
  abs,
  argmax,
  argsort,
  broadcastTo,
  cast,
  concat,
  customGradient,
  iota,
  matmul,
  squeeze,
  sum,
  type Tensor,
  transpose,
  tril,
  triu,
  where,
  zeros,
} from '../../core/index.ts'
import {
  asWide,
  batchOf,
  columnAt,
  columnNumbers,
  columnsFrom,
  countedLoop,
  inDTypeOf,
  rowAt,
  rowNumbers,
  rowsFrom,
  rowsInOrder,
  sizesOf,
} from './matrix-parts.ts'
import { substitute } from './triangular.ts'

/** l and u in one matrix (the ones of l's diagonal are not stored), `[…, rows, columns]`; row i of l u is row `order[i]` of the matrix. */
export type LuFactors = {
  readonly compact: Tensor
  /** The row that row i was exchanged with at step i, i32 `[…, min(rows, columns)]`. */
  readonly pivots: Tensor
  /** i32 `[…, rows]`. */
  readonly order: Tensor
}

/**
 * `[lu, pivots]` of x `[…, rows, columns]`: u on and above the diagonal of lu, l (with a diagonal of ones) below it, and the row that row i was
 * exchanged with at step i, counted from 0, i32.
 *
 * @throws ShapeError where x has no matrices
 */
export function luFactor(x: Tensor): [lu: Tensor, pivots: Tensor] {
  sizesOf('luFactor', x)
  const { compact, pivots } = luFactors(asWide(x))
  return [inDTypeOf(compact, x), pivots]
}

/** {@link luFactor} with the order of the rows, of a matrix in f32 or f64. */
export const luFactors = customGradient(
  (x: Tensor): LuFactors => factored(x),
  ({ compact: cotangent }, { compact, order }) => {
    const [rows, columns] = sizesOf('luFactor', compact)
    const n = Math.min(rows, columns)
    const square = rowsFrom(columnsFrom(compact, 0, n), 0, n)
    const ofSquare = rowsFrom(columnsFrom(cotangent, 0, n), 0, n)
    const [lower, upper] = [tril(square, -1), triu(square)]
    const behindLower = (x: Tensor): Tensor => substitute(transpose(square), x, { lower: false, unit: true })
    const behindUpper = (x: Tensor): Tensor => transpose(substitute(square, transpose(x), { lower: false }))

    // What lies right of the square part of u, and below the square part of l, was solved with the other factor.
    const right = columns > n ? behindLower(columnsFrom(cotangent, n, columns - n)) : undefined
    const below = rows > n ? behindUpper(rowsFrom(cotangent, n, rows - n)) : undefined
    const ofLower = right === undefined ? ofSquare : ofSquare.subtract(matmul(right, transpose(columnsFrom(compact, n, columns - n))))
    const ofUpper = below === undefined ? ofSquare : ofSquare.subtract(matmul(transpose(rowsFrom(compact, n, rows - n)), below))

    const lowerPart = tril(matmul(transpose(lower), ofLower).add(ofLower), -1)
    const upperPart = triu(matmul(ofUpper, transpose(upper)))
    const middle = behindUpper(behindLower(lowerPart.add(upperPart)))
    const wide = right === undefined ? middle : concat([middle, right], -1)
    const whole = below === undefined ? wide : concat([wide, below], -2)
    return [rowsInOrder(whole, argsort(order))]
  },
)

function factored(x: Tensor): LuFactors {
  const [rows, columns] = sizesOf('luFactor', x)
  const steps = Math.min(rows, columns)
  const [rowNumber, columnNumber] = [rowNumbers(rows), columnNumbers(columns)]
  const order: Tensor = broadcastTo(rowNumber, [...batchOf(x), rows, 1])
  const pivots: Tensor = zeros([...batchOf(x), 1, steps], { dtype: 'i32' })
  const done = countedLoop(steps, { compact: x, order, pivots }, (j, state) => {
    const candidates = where(rowNumber.greaterEqual(j), abs(columnAt(state.compact, j)), -1)
    const pivotRow = argmax(candidates, -2, { keepDims: true })
    const isPivot = rowNumber.equal(pivotRow)
    const exchange = (values: Tensor): readonly [exchanged: Tensor, pivotRow: Tensor] => {
      const chosen = sum(where(isPivot, values, 0), [-2], { keepDims: true })
      return [where(rowNumber.equal(j), chosen, where(isPivot, rowAt(values, j), values)), chosen]
    }
    const [matrix, chosen] = exchange(state.compact)
    const column = columnAt(matrix, j)
    const pivot = rowAt(column, j)
    // Under a pivot of zero the whole column is zero.
    const multipliers = where(rowNumber.greater(j), column.divide(where(pivot.equal(0), 1, pivot)), 0)
    const eliminated = matrix.subtract(where(columnNumber.greater(j), multipliers.multiply(chosen), 0))
    return {
      compact: where(columnNumber.equal(j), where(rowNumber.greater(j), multipliers, column), eliminated),
      order: exchange(state.order)[0],
      pivots: where(iota([1, steps], 1).equal(j), cast(pivotRow, 'i32'), state.pivots),
    }
  })
  return { compact: done.compact, order: squeeze(done.order, [-1]), pivots: squeeze(done.pivots, [-2]) }
}
