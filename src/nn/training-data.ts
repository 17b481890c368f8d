// Data that people hand to fit, evaluate and predict, as rows: one sample after the other in memory.

import { type DType, type NestedArray, type NumericArray, ShapeError, Tensor, TrainingError, tensor, type TypedArray, viewOf } from '../core/index.ts'

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

/** Data as a tensor. */
export function asTensor(data: TrainingData): Tensor {
  return data instanceof Tensor ? data : tensor(data)
}

/** Data as rows; a TrainingError or ShapeError where there are none. */
export async function rowsOf(where: string, what: string, data: TrainingData): Promise<Rows> {
  if (data === undefined || data === null)
    throw new TrainingError(`${where}: expected ${what} as a tensor or arrays, got ${String(data)}. Pass the data.`)
  const all = asTensor(data)
  const [count, ...sampleShape] = all.shape
  if (count === undefined) throw new ShapeError(`${where}: expected ${what} as [samples, …], got a single number. Put it into an array.`)
  if (count === 0)
    throw new TrainingError(`${where}: expected at least one sample in ${what}, got [${all.shape.join(', ')}]. Check how the data is read.`)
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
export function rowRange(rows: Rows, from: number, to: number): Rows {
  return { ...rows, first: rows.first + from, count: to - from }
}

/** x and y of one length, or a TrainingError that names both. */
export function checkLengths(where: string, x: Rows, y: Rows): void {
  if (x.count === y.count) return
  throw new TrainingError(
    `${where}: expected as many targets as samples, got ${x.count} in ${x.what} and ${y.count} in ${y.what}. Cut the longer one.`,
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
