// The LU factorisation with partial pivoting, panel by panel: what square systems, inverses and determinants are computed from.

import {
  abs,
  argmax,
  argsort,
  broadcastTo,
  cast,
  concat,
  customGradient,
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
  columnsAt,
  columnsFrom,
  countedLoop,
  inDTypeOf,
  inPanels,
  panelSize,
  rowAt,
  rowNumbers,
  rowsAt,
  rowsFrom,
  rowsInOrder,
  sizesOf,
  withColumns,
  withRows,
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
  const step = Math.min(steps, panelSize)
  const count = Math.ceil(steps / step)
  // Zeros behind the last row and column, so that the last panel is whole, too: pivots of zero, which exchange and remove nothing.
  const whole = count * step > steps ? inPanels(x, [-1, -2], step) : x
  const [height, width] = sizesOf('luFactor', whole)
  const [rowNumber, columnNumber] = [rowNumbers(height), columnNumbers(width)]
  const places: Tensor = broadcastTo(rowNumber, [...batchOf(x), height, 1])
  const noPivots: Tensor = zeros([...batchOf(x), 1, step], { dtype: 'i32' })
  const pivotsStart: Tensor = zeros([...batchOf(x), 1, count * step], { dtype: 'i32' })
  const done = countedLoop(count, { compact: whole, order: places, pivots: pivotsStart }, (number, state) => {
    const first = number.multiply(step)
    const next = first.add(step)
    const { panel, order, pivots } = factoredPanel(columnsAt(state.compact, first, step), first, { order: places, pivots: noPivots })
    const exchanged = rowsInOrder(state.compact, squeeze(order, [-1]))
    const isRight = columnNumber.greaterEqual(next)
    const top = rowsAt(exchanged, first, step)
    const right = where(isRight, substitute(rowsAt(panel, first, step), top, { lower: true, unit: true }), 0)
    const below = where(rowNumber.greaterEqual(next), panel, 0)
    const rest = withRows(exchanged.subtract(matmul(below, right)), first, where(isRight, right, top))
    return {
      compact: withColumns(rest, first, panel),
      order: rowsInOrder(state.order, squeeze(order, [-1])),
      pivots: withColumns(state.pivots, first, pivots),
    }
  })
  return {
    compact: rowsFrom(columnsFrom(done.compact, 0, columns), 0, rows),
    order: squeeze(rowsFrom(done.order, 0, rows), [-1]),
    pivots: squeeze(columnsFrom(done.pivots, 0, steps), [-2]),
  }
}

type Exchanges = { readonly order: Tensor; readonly pivots: Tensor }

/** The factors in a panel of columns whose pivots are on and below row `first`, and the exchanges of its rows. */
function factoredPanel(x: Tensor, first: Tensor, start: Exchanges): Exchanges & { readonly panel: Tensor } {
  const [rows, columns] = sizesOf('luFactor', x)
  const [rowNumber, columnNumber] = [rowNumbers(rows), columnNumbers(columns)]
  return countedLoop(columns, { panel: x, ...start }, (k, state) => {
    const j = first.add(k)
    const candidates = where(rowNumber.greaterEqual(j), abs(columnAt(state.panel, k)), -1)
    const pivotRow = argmax(candidates, -2, { keepDims: true })
    const isPivot = rowNumber.equal(pivotRow)
    const exchange = (values: Tensor): readonly [exchanged: Tensor, pivotRow: Tensor] => {
      const chosen = sum(where(isPivot, values, 0), [-2], { keepDims: true })
      return [where(rowNumber.equal(j), chosen, where(isPivot, rowAt(values, j), values)), chosen]
    }
    const [matrix, chosen] = exchange(state.panel)
    const column = columnAt(matrix, k)
    const pivot = rowAt(column, j)
    // Under a pivot of zero the whole column is zero.
    const multipliers = where(rowNumber.greater(j), column.divide(where(pivot.equal(0), 1, pivot)), 0)
    const eliminated = matrix.subtract(where(columnNumber.greater(k), multipliers.multiply(chosen), 0))
    return {
      panel: where(columnNumber.equal(k), where(rowNumber.greater(j), multipliers, column), eliminated),
      order: exchange(state.order)[0],
      pivots: where(columnNumber.equal(k), cast(pivotRow, 'i32'), state.pivots),
    }
  })
}
