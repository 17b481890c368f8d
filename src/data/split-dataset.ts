// Data in two parts: to train with and to validate with.

import { ConfigError, flattenTree, mapTree, random, ShapeError, slice, staticDim, Tensor, type Tree } from '../core/index.ts'
import { take } from '../ops/index.ts'

export interface SplitDatasetOptions {
  /** Samples of the first part: a share from 0 to 1, or a whole number. Default: what `rightSize` leaves. */
  readonly leftSize?: number | undefined
  /** Samples of the second part: a share from 0 to 1, or a whole number above 1. Default: what `leftSize` leaves. */
  readonly rightSize?: number | undefined
  /** Whether samples are drawn in a random order. Default false: the first ones are left, the last ones right. */
  readonly shuffle?: boolean
  /** Of the random order. Default 0. */
  readonly seed?: number
}

/**
 * Tensors (or a list or record of them) whose axis 0 counts samples, in two parts of the same structure. Of numbers up to 1 only those with
 * a fraction, 0 < size < 1, are shares. Samples that neither size counts are left out.
 *
 * ```ts
 * const [train, validation] = splitDataset({ x, y }, { leftSize: 0.8, shuffle: true })
 * ```
 * @throws ConfigError where the sizes do not fit the data, ShapeError where tensors differ in samples
 */
export function splitDataset<T extends Tree>(dataset: T, options: SplitDatasetOptions): [left: T, right: T]
export function splitDataset(dataset: Tree, { leftSize, rightSize, shuffle = false, seed = 0 }: SplitDatasetOptions): [left: Tree, right: Tree] {
  const total = samplesOf(dataset)
  const [left, right] = sizesOf(total, leftSize, rightSize)
  if (!shuffle) return [part(dataset, 0, left), part(dataset, left, right)]
  const order = random.permutation(random.key(seed), total)
  const shuffled = mapTree(dataset, (x) => take(x, order, 0))
  return [part(shuffled, 0, left), part(shuffled, left, right)]
}

const part = (dataset: Tree, start: number, size: number): Tree =>
  mapTree(dataset, (x): Tensor => slice(x, [start, ...x.shape.slice(1).map(() => 0)], [size, ...x.shape.slice(1)]))

function samplesOf(dataset: Tree): number {
  const counts = flattenTree(dataset).leaves.map(({ dims }) => staticDim(dims[0] ?? 0, 'splitDataset'))
  const [first = 0] = counts
  const other = counts.find((count) => count !== first)
  if (first === 0 || other !== undefined) {
    throw new ShapeError(`splitDataset: expected tensors of as many samples, got ${counts.join(', ')}. Axis 0 counts samples.`)
  }
  return first
}

function sizesOf(total: number, left: number | undefined, right: number | undefined): [left: number, right: number] {
  const count = (what: string, size: number | undefined): number | undefined => {
    if (size === undefined) return undefined
    if (!(size > 0 && size <= total) || (size > 1 && !Number.isInteger(size))) {
      throw new ConfigError(
        `splitDataset: expected ${what} to be a share between 0 and 1 or a number of samples up to ${total}, got ${size}. Change it.`,
      )
    }
    return size < 1 ? Math.round(size * total) : size
  }
  const [a, b] = [count('leftSize', left), count('rightSize', right)]
  if (a === undefined && b === undefined) {
    throw new ConfigError('splitDataset: expected leftSize or rightSize, got neither. Pass leftSize: 0.8.')
  }
  const sizes: [number, number] = [a ?? total - (b ?? 0), b ?? total - (a ?? 0)]
  if (sizes[0] + sizes[1] > total || sizes.some((size) => size < 1)) {
    throw new ConfigError(
      `splitDataset: expected parts of at least one sample that make up ${total} at most, got ${sizes.join(' and ')}. Change the sizes.`,
    )
  }
  return sizes
}
