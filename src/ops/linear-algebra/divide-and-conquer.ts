// The eigenproblem of symmetric tridiagonal matrices by divide and conquer (Cuppen 1981; Gu and Eisenstat 1995): blocks on the diagonal are solved
// by themselves, and neighbours are merged, all pairs at once, through the secular equation of the rank-one matrix that joins them.

import {
  abs,
  argsort,
  concat,
  type DType,
  expandDims,
  flattenTree,
  max,
  maximum,
  pad,
  permute,
  rebuildTree,
  scan,
  sort,
  sqrt,
  square,
  squeeze,
  takeAlongAxis,
  type Tensor,
  transpose,
  type Tree,
  where,
} from '../../core/index.ts'
import { jacobiEigen } from './jacobi-eigen.ts'
import { columnNumbers, columnsFrom, epsilonOf, rowNumbers, rowsFrom, rowsInOrder } from './matrix-parts.ts'
import { secularEigen } from './secular.ts'

/** Rows and columns of the blocks that Jacobi's method solves. */
export const leafSize = 16

/** `diagonal` `[…, n]` and what stands beside it, `beside` `[…, n − 1]`. */
export interface Tridiagonal {
  readonly diagonal: Tensor
  readonly beside: Tensor
}

export interface TridiagonalEigen {
  /** `[…, n]`, in ascending order. */
  readonly values: Tensor
  /** The eigenvectors as rows, `[…, n, n]`; of each only the first and the last element, `[…, n, 2]`, where the values alone are wanted. */
  readonly rows: Tensor
}

/** Eigenvalues and eigenvectors of tridiagonal matrices of n rows. */
export function tridiagonalEigen({ diagonal, beside }: Tridiagonal, n: number, { valuesOnly = false } = {}): TridiagonalEigen {
  let size = leafSize
  while (size < n) size *= 2
  const largest = maximum(max(abs(diagonal), [-1], { keepDims: true }), max(abs(beside), [-1], { keepDims: true }))
  const scale = where(largest.equal(0), 1, largest)
  // Eigenvalues are at most 3 now: those of what is added stand behind them, on their own.
  const d = padded(diagonal.divide(scale), size, 4)
  const e = padded(beside.divide(scale), size, 0)
  let part = leaves(d, e, size, valuesOnly)
  for (let half = leafSize; half < size; half *= 2) part = merged(part, e, half, size / half / 2, valuesOnly)
  const values = squeeze(part.values, [-2]).multiply(scale)
  const rows = squeeze(part.rows, [-3])
  const order = argsort(squeeze(part.values, [-2]))
  const sorted = rowsInOrder(rows, order)
  return {
    values: columnsFrom(sort(values), 0, n),
    rows: valuesOnly ? rowsFrom(sorted, 0, n) : rowsFrom(columnsFrom(sorted, 0, n), 0, n),
  }
}

/** Values `[…, blocks, m]` and rows `[…, blocks, m, m or 2]` of the blocks. */
interface Blocks {
  readonly values: Tensor
  readonly rows: Tensor
}

function padded(x: Tensor, size: number, value: number): Tensor {
  const missing = size - Number(x.dims.at(-1))
  return pad(
    x,
    x.dims.map((_, i) => [0, i === x.rank - 1 ? missing : 0] as const),
    { value },
  )
}

/** x `[…, n]` cut into `[…, n / m, m]`. */
const inBlocks = (x: Tensor, count: number, m: number): Tensor => x.reshape([...x.dims.slice(0, -1), count, m])

/** The blocks on the diagonal by themselves: what joins two of them is taken from the diagonal on both sides. */
function leaves(d: Tensor, e: Tensor, size: number, valuesOnly: boolean): Blocks {
  const m = leafSize
  const [diagonal, beside] = [inBlocks(d, size / m, m), inBlocks(e, size / m, m)]
  const joints = columnsFrom(abs(beside), m - 1, 1)
  const before = pad(rowsFrom(joints, 0, size / m - 1), [...joints.dims.slice(0, -2).map(() => [0, 0] as const), [1, 0], [0, 0]])
  const at = columnNumbers(m).reshape([m])
  const torn = diagonal.subtract(where(at.equal(m - 1), joints, 0)).subtract(where(at.equal(0), before, 0))
  const [row, column] = [rowNumbers(m), columnNumbers(m)]
  const below = where(row.equal(column.add(1)), expandDims(beside, -2), 0)
  const { values, vectors } = jacobiEigen(where(row.equal(column), expandDims(torn, -1), below))
  const rows = transpose(vectors)
  return { values, rows: valuesOnly ? concat([columnsFrom(rows, 0, 1), columnsFrom(rows, m - 1, 1)], -1) : rows }
}

/** `count` blocks of twice the size out of pairs of blocks of `half` rows. */
function merged({ values, rows }: Blocks, e: Tensor, half: number, count: number, valuesOnly: boolean): Blocks {
  const n = 2 * half
  const joint = columnsFrom(inBlocks(e, count, n), half - 1, 1)
  const width = valuesOnly ? 2 : half
  const pairs = rows.reshape([...rows.dims.slice(0, -3), count, n, width])
  const [first, second] = [rowsFrom(pairs, 0, half), rowsFrom(pairs, half, half)]
  const last = squeeze(columnsFrom(first, width - 1, 1), [-1])
  const head = squeeze(columnsFrom(second, 0, 1), [-1]).multiply(where(joint.less(0), -1, 1))
  // What both halves' vectors are in the joined block; of values alone, its first and its last element.
  const [ofFirst, ofSecond] = valuesOnly ? [columnsFrom(first, 0, 1), columnsFrom(second, 1, 1)] : [first, second]
  const extent = valuesOnly ? 1 : half
  const beside = (x: Tensor, low: number, high: number): Tensor => pad(x, [...x.dims.slice(0, -1).map(() => [0, 0] as const), [low, high]])
  const joined = concat([beside(ofFirst, 0, extent), beside(ofSecond, extent, 0)], -2)

  const poles = values.reshape([...values.dims.slice(0, -2), count, n])
  const order = argsort(poles)
  const weights = takeAlongAxis(concat([last, head], -1), order).multiply(Math.SQRT1_2)
  const rho = abs(joint).multiply(2)
  const deflated = deflate({ poles: takeAlongAxis(poles, order), weights, rows: rowsInOrder(joined, order) }, rho, n, poles.dtype)
  const { values: roots, vectors } = secularEigen({ poles: deflated.poles, weights: deflated.weights, rho }, n)
  return { values: roots, rows: vectors.matmul(deflated.rows) }
}

/** Poles and weights `[…, n]` with the vectors that belong to them, as rows. */
interface Weighted {
  readonly poles: Tensor
  readonly weights: Tensor
  readonly rows: Tensor
}

/**
 * Takes out of a rank-one change what is an eigenpair already up to rounding: weights that are nearly 0 become 0, and of two poles that are nearly equal
 * a rotation gives one the weight of both. One pass over the ascending poles, `held` the last one that is not settled.
 */
function deflate({ poles, weights, rows }: Weighted, rho: Tensor, n: number, dtype: DType): Weighted {
  // The matrix was scaled to elements of 1 at most.
  const limit = 4 * epsilonOf(dtype)
  const kept = where(abs(weights).multiply(rho).lessEqual(limit), 0, weights)
  const batch = poles.dims.slice(0, -1)
  const toFront = (x: Tensor, axis: number): Tensor => permute(x, [axis, ...x.dims.flatMap((_, i) => (i === axis ? [] : [i]))])
  const all = { poles: toFront(poles, batch.length), weights: toFront(kept, batch.length), rows: toFront(rows, batch.length) }
  const at = (x: Tensor): Tensor =>
    squeeze(
      x.slice(
        x.dims.map(() => 0),
        [1, ...x.dims.slice(1)],
      ),
      [0],
    )
  const rest = (x: Tensor): Tensor =>
    x.slice(
      x.dims.map((_, i) => (i === 0 ? 1 : 0)),
      [n - 1, ...x.dims.slice(1)],
    )
  const start: Step = { poles: at(all.poles), weights: at(all.weights), rows: at(all.rows) }
  const stepOf = (tree: Tree): Step => rebuildTree(start, flattenTree(tree).leaves)
  const [end, settled] = scan<Step, Step>(
    (held, each) => {
      const now = stepOf(each)
      const isNothing = now.weights.equal(0)
      const length = sqrt(square(held.weights).add(square(now.weights)))
      const safe = where(length.equal(0), 1, length)
      const [c, s] = [now.weights.divide(safe), held.weights.divide(safe)]
      const gap = now.poles.subtract(held.poles)
      const isNear = abs(gap.multiply(c).multiply(s)).lessEqual(limit)
      const [cc, ss] = [square(c), square(s)]
      const along = (x: Tensor): Tensor => expandDims(x, -1)
      const pick = (nothing: Tensor, near: Tensor, far: Tensor): Tensor => where(isNothing, nothing, where(isNear, near, far))
      const pickRows = (nothing: Tensor, near: Tensor, far: Tensor): Tensor => where(along(isNothing), nothing, where(along(isNear), near, far))
      const [cRow, sRow] = [along(c), along(s)]
      return [
        {
          poles: pick(held.poles, held.poles.multiply(ss).add(now.poles.multiply(cc)), now.poles),
          weights: pick(held.weights, length, now.weights),
          rows: pickRows(held.rows, now.rows.multiply(cRow).add(held.rows.multiply(sRow)), now.rows),
        },
        {
          poles: pick(now.poles, held.poles.multiply(cc).add(now.poles.multiply(ss)), held.poles),
          weights: where(isNothing.logicalOr(isNear), 0, held.weights),
          rows: pickRows(now.rows, held.rows.multiply(cRow).subtract(now.rows.multiply(sRow)), held.rows),
        },
      ]
    },
    start,
    { poles: rest(all.poles), weights: rest(all.weights), rows: rest(all.rows) },
  )
  const done = stepOf(settled)
  const whole = (steps: Tensor, last: Tensor): Tensor => {
    const stacked: Tensor = concat([steps, expandDims(last, 0)], 0)
    const order = [...Array.from({ length: batch.length }, (_, i) => i + 1), 0]
    return permute(stacked, [...order, ...stacked.dims.slice(order.length).map((_, i) => order.length + i)])
  }
  return { poles: whole(done.poles, end.poles), weights: whole(done.weights, end.weights), rows: whole(done.rows, end.rows) }
}

type Step = { readonly poles: Tensor; readonly weights: Tensor; readonly rows: Tensor }
