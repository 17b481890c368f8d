// Batches of one's own: iterables, generators and functions that return one for each pass.

import { ConfigError, Tensor } from '../../core/index.ts'
import { type DataTree, isOneArray } from './data-tree.ts'

/** One batch: samples, targets and weights of samples. */
export type BatchData = readonly [x: DataTree, y?: DataTree | undefined, sampleWeight?: DataTree | undefined]

/** Batches, one after the other. */
export type BatchIterable = Iterable<BatchData> | AsyncIterable<BatchData> | Iterator<BatchData> | AsyncIterator<BatchData>

/**
 * Batches of one's own: something that can be iterated over (again in every epoch, if it can), or a function that returns it for each pass, from 0.
 *
 * ```ts
 * await model.fit(async function* () { for await (const row of rows()) yield [row.x, row.y] }, { epochs: 3 })
 * ```
 */
export type BatchSource = BatchIterable | ((pass: number) => BatchIterable)

type AnyIterator = Iterator<BatchData> | AsyncIterator<BatchData>

const has = <K extends symbol | string>(value: object, key: K): value is object & Record<K, () => unknown> =>
  key in value && typeof Reflect.get(value, key) === 'function'
const isIterator = (value: object): value is AnyIterator => has(value, 'next')
const isAsyncIterable = (value: object): value is AsyncIterable<BatchData> => has(value, Symbol.asyncIterator)
const isIterable = (value: object): value is Iterable<BatchData> => has(value, Symbol.iterator)

/** Whether something is batches rather than data. */
export function isBatchSource(value: unknown): value is BatchSource {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Tensor) return false
  return isAsyncIterable(value) || isIterable(value) || isIterator(value)
}

/** The batches of a pass, from its beginning where that is possible. */
export function openPass(where: string, source: BatchSource, pass: number): AnyIterator {
  const opened = typeof source === 'function' ? source(pass) : source
  if (typeof opened === 'object' && opened !== null) {
    if (isAsyncIterable(opened)) return opened[Symbol.asyncIterator]()
    if (isIterable(opened)) return opened[Symbol.iterator]()
    if (isIterator(opened)) return opened
  }
  throw new ConfigError(
    `${where}: expected a function that returns an iterable of batches, got one that returns ${String(opened)}. Return a generator.`,
  )
}

/** Samples, targets and weights of a batch; what is no list is samples alone. */
export function unpacked(
  where: string,
  batch: unknown,
): { readonly x: DataTree; readonly y: DataTree | undefined; readonly sampleWeight: DataTree | undefined } {
  if (isBatch(batch)) {
    const [x, y, sampleWeight] = batch
    return { x, y, sampleWeight }
  }
  if (isSamples(batch)) return { x: batch, y: undefined, sampleWeight: undefined }
  throw new ConfigError(`${where}: expected batches [x, y] or [x, y, sampleWeight], got ${described(batch)}. Yield lists of two or three.`)
}

const isBatch = (batch: unknown): batch is BatchData => Array.isArray(batch) && batch.length > 0 && batch.length <= 3 && !isOneArray(batch)
const isSamples = (batch: unknown): batch is DataTree => isOneArray(batch) || (typeof batch === 'object' && batch !== null && !Array.isArray(batch))
const described = (batch: unknown): string => (Array.isArray(batch) ? `a list of ${batch.length}` : String(batch))
