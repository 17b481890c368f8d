// Data that people hand to fit, evaluate and predict, as rows: one sample after the other in memory.

import {
  type DType,
  flattenTree,
  type NestedArray,
  type NumericArray,
  ShapeError,
  showDims,
  Tensor,
  tensor,
  TrainingError,
  type Tree,
  type TreeStructure,
  type TypedArray,
  viewOf,
} from '../../core/index.ts'

/** A tensor, nested arrays of numbers, or a typed array (one number per sample). Axis 0 counts samples. */
export type TrainingData = Tensor | NestedArray | NumericArray

/** A range of samples. */
export interface Rows {
  /** `x` or `y`, for errors. */
  readonly what: string
  readonly dtype: DType
  readonly sampleShape: readonly number[]
  /** Elements of one sample. */
  readonly rowSize: number
  /** All elements, also of samples outside the range. */
  readonly values: TypedArray
  /** The first sample of the range. */
  readonly first: number
  /** Samples in the range. */
  readonly count: number
}

/** Rows of several arrays: lists and records of them. */
export interface RowTree {
  readonly structure: TreeStructure
  readonly leaves: readonly Rows[]
}

/** Data as a tensor. */
export function asTensor(data: TrainingData): Tensor {
  return data instanceof Tensor ? data : tensor(data)
}

/** A tree of tensors as rows, all as many; a TrainingError where they are not. */
export async function rowTree(where: string, what: string, tree: Tree): Promise<RowTree> {
  const { leaves, structure } = flattenTree(tree)
  const [only] = leaves
  if (only === undefined) throw new TrainingError(`${where}: expected ${what} as a tensor or arrays, got none. Pass the data.`)
  const rows = await Promise.all(leaves.map((leaf, i) => rowsOf(where, leaves.length === 1 ? what : `${what}[${i}]`, leaf)))
  const [first] = rows
  const other = rows.find(({ count }) => count !== first?.count)
  if (first !== undefined && other !== undefined) throw lengthsDiffer(where, first, other)
  return { structure, leaves: rows }
}

/** A tensor as rows; a TrainingError or ShapeError where there are none. */
async function rowsOf(where: string, what: string, all: Tensor): Promise<Rows> {
  const [count, ...sampleShape] = all.shape
  if (count === undefined) throw new ShapeError(`${where}: expected ${what} as [samples, …], got a single number. Put it into an array.`)
  if (count === 0)
    throw new TrainingError(`${where}: expected at least one sample in ${what}, got ${showDims(all.shape)}. Check how the data is read.`)
  const storage = await all.storage()
  return {
    what,
    dtype: all.dtype,
    sampleShape,
    rowSize: sampleShape.reduce((a, b) => a * b, 1),
    values: viewOf(storage.dtype, storage.bytes, 0, storage.length),
    first: 0,
    count,
  }
}

/** Samples `from` to `to` (not included) of a range, without a copy. */
function rowRange(rows: Rows, from: number, to: number): Rows {
  return { ...rows, first: rows.first + from, count: to - from }
}

/** {@link rowRange} of each. */
export function rowTreeRange(rows: RowTree, from: number, to: number): RowTree {
  return { ...rows, leaves: rows.leaves.map((leaf) => rowRange(leaf, from, to)) }
}

/** Arrays of different lengths. */
export function lengthsDiffer(where: string, a: Pick<Rows, 'what' | 'count'>, b: Pick<Rows, 'what' | 'count'>): TrainingError {
  return new TrainingError(
    `${where}: expected as many targets as samples, got ${a.count} in ${a.what} and ${b.count} in ${b.what}. Cut the longer one.`,
  )
}

/** The first sample of floats that has a NaN or an infinity. */
export function firstNonFiniteRow(rows: Rows): number | undefined {
  const { values, rowSize, first, count } = rows
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return undefined
  for (let i = first * rowSize; i < (first + count) * rowSize; i++) {
    if (!Number.isFinite(values[i])) return Math.floor(i / rowSize) - first
  }
  return undefined
}
