// A long series as overlapping windows, batch by batch.

import { ConfigError, type NestedArray, type NumericArray, random, ShapeError, type Tensor, tensor } from '../core/index.ts'
import { convertToTensor, take } from '../ops/index.ts'

export interface TimeseriesOptions {
  /** Steps of a window. */
  readonly sequenceLength: number
  /** Steps from the start of a window to that of the next. Default 1. */
  readonly sequenceStride?: number
  /** Steps from one element of a window to the next. Default 1. */
  readonly samplingRate?: number
  /** Windows of a batch; null for windows one by one, without a batch axis. Default 128. */
  readonly batchSize?: number | null
  /** Whether windows come in a random order, another one in every pass. Default false. */
  readonly shuffle?: boolean
  /** Of the random order. Default 0. */
  readonly seed?: number
  /** The first step that is used. Default 0. */
  readonly startIndex?: number | undefined
  /** The step after the last one that is used. Default: the end. */
  readonly endIndex?: number | undefined
}

/** Windows `[batch, sequenceLength, …]` and, where there are targets, those of the windows, `[batch, …]`. */
export type TimeseriesBatch = readonly [windows: Tensor, targets?: Tensor]

/**
 * The windows of a series `[steps, …]`, in batches that `fit` takes. Window i is made of the steps s, s + samplingRate, s + 2 samplingRate, … of its
 * start s = startIndex + i sequenceStride; its target is `targets[s]`.
 *
 * ```ts
 * const windows = timeseriesDatasetFromArray(series.slice(0, -10), series.slice(10), { sequenceLength: 10, shuffle: true })
 * await model.fit(windows, { epochs: 5 })
 * ```
 * @throws ConfigError for an option that does not fit the series
 */
export function timeseriesDatasetFromArray(
  data: Tensor | NestedArray | NumericArray,
  targets: Tensor | NestedArray | NumericArray | null | undefined,
  options: TimeseriesOptions,
): Iterable<TimeseriesBatch> {
  const { sequenceLength, sequenceStride = 1, samplingRate = 1, batchSize = 128, shuffle = false, seed = 0 } = options
  const series = convertToTensor(data)
  const wanted = targets === null || targets === undefined ? undefined : convertToTensor(targets)
  const steps = stepsOf('data', series)
  const { startIndex = 0, endIndex = steps } = options
  checkWhole('sequenceLength', sequenceLength, 1)
  checkWhole('sequenceStride', sequenceStride, 1, steps - 1)
  checkWhole('samplingRate', samplingRate, 1, steps - 1)
  if (batchSize !== null) checkWhole('batchSize', batchSize, 1)
  checkWhole('startIndex', startIndex, 0, steps - 1)
  checkWhole('endIndex', endIndex, startIndex + 1, steps)
  const places = endIndex - startIndex - (sequenceLength - 1) * samplingRate
  const targetPlaces = wanted === undefined ? places : Math.min(places, stepsOf('targets', wanted) - startIndex)
  if (targetPlaces < 1) {
    throw new ConfigError(
      `timeseriesDatasetFromArray: expected at least ${(sequenceLength - 1) * samplingRate + 1} steps and a target for one window, ` +
        `got ${endIndex - startIndex} steps. Use shorter windows.`,
    )
  }
  const starts = Array.from({ length: Math.ceil(targetPlaces / sequenceStride) }, (_, i) => startIndex + i * sequenceStride)
  const batchAt = (at: readonly number[]): TimeseriesBatch => {
    const places = at.flatMap((start) => Array.from({ length: sequenceLength }, (_, i) => start + i * samplingRate))
    const shape = batchSize === null ? [sequenceLength] : [at.length, sequenceLength]
    const windows = take(series, tensor(Int32Array.from(places), shape), 0)
    return wanted === undefined ? [windows] : [windows, take(wanted, tensor(Int32Array.from(at), batchSize === null ? [] : [at.length]), 0)]
  }
  let pass = 0
  return {
    *[Symbol.iterator]() {
      const order = shuffle ? shuffled(starts, seed, pass++) : starts
      const size = batchSize ?? 1
      for (let first = 0; first < order.length; first += size) yield batchAt(order.slice(first, first + size))
    },
  }
}

function shuffled(starts: readonly number[], seed: number, pass: number): number[] {
  const order = random.permutation(random.foldIn(random.key(seed), pass), starts.length)
  return Array.from(order.dataSync(), Number).map((at) => starts[at] ?? 0)
}

function stepsOf(what: string, { dims, shape }: Tensor): number {
  const [steps = 0] = shape
  if (steps > 0) return steps
  throw new ShapeError(`timeseriesDatasetFromArray: expected ${what} of [steps, …], got [${dims.join(', ')}]. Pass a series.`)
}

function checkWhole(what: string, value: number, min: number, max = Infinity): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`
  throw new ConfigError(`timeseriesDatasetFromArray: expected ${what} to be a whole number ${range}, got ${value}. Change it.`)
}
