// Systems whose matrix is triangular, by substitution: row by row in blocks of rows.

import {
  broadcastDims,
  broadcastTo,
  customGradient,
  type Dim,
  matmul,
  negate,
  ShapeError,
  showDims,
  squeeze,
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
  countedLoop,
  inDTypeOf,
  inPanels,
  orderOf,
  panelSize,
  rowAt,
  rowNumbers,
  rowsAt,
  rowsFrom,
  withIdentity,
  withRows,
} from './matrix-parts.ts'

export interface SolveTriangularOptions {
  /** The matrix is zero above the diagonal; else below it. Default false. */
  readonly lower?: boolean
}

/** Which triangle of a matrix is meant; `unit` takes its diagonal as ones, whatever stands there. */
export interface Triangle {
  readonly lower: boolean
  readonly unit?: boolean
}

/**
 * x of a x = b for a triangular matrix a `[…, n, n]` and b `[…, n, k]`, or `[…, n]` where b has one axis less than a; the other triangle of a is
 * not read. Leading axes broadcast. The gradients are those of the solution: aᵀ ∂b = ∂x, and ∂a = −∂b xᵀ in the triangle.
 *
 * @throws ShapeError where a is not square, or b has not as many rows
 */
export function solveTriangular(a: Tensor, b: Tensor, { lower = false }: SolveTriangularOptions = {}): Tensor {
  return withColumns('solveTriangular', a, b, (matrix, columns) => substitute(matrix, columns, { lower }))
}

/** `solve` on matrices and columns `[…, n, k]` of equal leading axes, whether b is columns or single vectors. */
export function withColumns(operation: string, a: Tensor, b: Tensor, solve: (matrix: Tensor, columns: Tensor) => Tensor): Tensor {
  const n = orderOf(operation, a)
  const single = b.rank === a.rank - 1
  const columns: Tensor = single ? b.reshape([...b.dims, 1]) : b
  if (columns.rank < 2 || columns.dims.at(-2) !== n) {
    throw new ShapeError(
      `${operation}: expected b of ${n} rows, […, ${n}] or […, ${n}, columns], for a of ${showDims(a.dims)}, got ${showDims(b.dims)}. ` +
        'Transpose b, or give it an axis.',
    )
  }
  const batch = broadcastDims(operation, batchOf(a), batchOf(columns))
  const everywhere = (x: Tensor): Tensor => broadcastTo(asWide(x), [...batch, ...x.dims.slice(-2)])
  const solution = inDTypeOf(solve(everywhere(a), everywhere(columns)), b)
  return single ? squeeze(solution, [-1]) : solution
}

/** {@link solveTriangular} of matrices and columns whose leading axes are equal. */
export function substitute(a: Tensor, b: Tensor, triangle: Triangle): Tensor {
  return customGradient(
    (matrix: Tensor, columns: Tensor) => substituted(matrix, columns, triangle),
    (cotangent, solution, matrix) => {
      const ofColumns = substitute(transpose(matrix), cotangent, { ...triangle, lower: !triangle.lower })
      const ofMatrix = negate(matmul(ofColumns, transpose(solution)))
      return [triangleOf(ofMatrix, triangle, 0), ofColumns]
    },
  )(a, b)
}

/** The triangle of a matrix, with `diagonal` for a diagonal that is not read. */
export function triangleOf(x: Tensor, { lower, unit = false }: Triangle, diagonal: number): Tensor {
  const kept = lower ? tril(x, unit ? -1 : 0) : triu(x, unit ? 1 : 0)
  if (!unit || diagonal === 0) return kept
  const n: Dim = x.dims.at(-1) ?? 0
  return where(rowNumbers(Number(n)).equal(columnNumbers(Number(n))), diagonal, kept)
}

function substituted(a: Tensor, b: Tensor, triangle: Triangle): Tensor {
  const n = orderOf('solveTriangular', a)
  const matrix = triangleOf(a, triangle, 1)
  if (n <= panelSize) return rowByRow(matrix, b, triangle)
  const whole = withIdentity(matrix, panelSize)
  const known = inPanels(b, [-2], panelSize)
  const solution = countedLoop(
    Math.ceil(n / panelSize),
    zeros(known.dims, { dtype: b.dtype }),
    (number, solved) => {
      const first = number.multiply(panelSize)
      const coefficients = rowsAt(whole, first, panelSize)
      // What is not solved yet is zero, so that the product is over what is known.
      const rest = rowsAt(known, first, panelSize).subtract(matmul(coefficients, solved))
      return withRows(solved, first, rowByRow(columnsAt(coefficients, first, panelSize), rest, triangle))
    },
    { reverse: !triangle.lower },
  )
  return rowsFrom(solution, 0, n)
}

function rowByRow(matrix: Tensor, b: Tensor, { lower }: Triangle): Tensor {
  return countedLoop(
    orderOf('solveTriangular', matrix),
    zeros(b.dims, { dtype: b.dtype }),
    (i, solution) => {
      const coefficients = rowAt(matrix, i)
      const rest = rowAt(b, i).subtract(matmul(coefficients, solution))
      return withRows(solution, i, rest.divide(columnAt(coefficients, i)))
    },
    { reverse: !lower },
  )
}
