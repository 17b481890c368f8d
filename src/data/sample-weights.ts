// Batches as lists: samples, targets and weights of samples, where each is there.

import { ConfigError } from '../core/index.ts'

/** Samples, targets and weights of samples as the list that `fit` takes from generators: what is not there is left out at the end. */
export function packXYSampleWeight<X, Y, W>(x: X, y?: Y, sampleWeight?: W): readonly [x: X, y?: Y | undefined, sampleWeight?: W | undefined] {
  if (sampleWeight !== undefined) return [x, y, sampleWeight]
  return y === undefined ? [x] : [x, y]
}

/**
 * Samples, targets and weights of a batch, undefined for those that are not there; what is no list is samples alone.
 *
 * ```ts
 * const [x, y, sampleWeight] = unpackXYSampleWeight(batch)
 * ```
 * @throws ConfigError for a list of none or more than three
 */
export function unpackXYSampleWeight<X, Y = undefined, W = undefined>(
  data: readonly [x: X, y?: Y | undefined, sampleWeight?: W | undefined],
): [x: X, y: Y | undefined, sampleWeight: W | undefined]
export function unpackXYSampleWeight<X>(data: X): [x: X, y: undefined, sampleWeight: undefined]
export function unpackXYSampleWeight(data: unknown): [x: unknown, y: unknown, sampleWeight: unknown] {
  if (!Array.isArray(data)) return [data, undefined, undefined]
  if (data.length > 0 && data.length <= 3) return [data[0], data[1], data[2]]
  throw new ConfigError(`unpackXYSampleWeight: expected [x], [x, y] or [x, y, sampleWeight], got a list of ${data.length}. Pass a batch.`)
}
