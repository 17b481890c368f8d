// Strings as nested arrays, which stand where tensors of strings would.

import { ConfigError, type Dims, Tensor, tensor } from '../../../../core/index.ts'
import { anyBatch } from '../../../functional/layer-calls.ts'

/** Strings as nested arrays. */
export type NestedStrings = string | readonly NestedStrings[]

/** Whether a value is a string or nested arrays of strings. */
export const isStrings = (value: unknown): value is NestedStrings => typeof value === 'string' || (Array.isArray(value) && value.every(isStrings))

/** The values of nested arrays, in order, and their shape. */
export interface Flat<T> {
  readonly values: readonly T[]
  readonly shape: readonly number[]
}

/** Nested arrays of strings in a row; a ConfigError where the arrays are of different lengths, or it is something else. */
export function flatStrings(where: string, value: NestedStrings): Flat<string> {
  if (typeof value === 'string') return { values: [value], shape: [] }
  if (!Array.isArray(value)) {
    const got = value instanceof Tensor ? String(value) : JSON.stringify(value)
    throw new ConfigError(
      `${where}: expected strings (nested arrays of them), got ${got}. Call the layer on strings, outside of models, and give the model what it returns.`,
    )
  }
  const parts = value.map((part: NestedStrings) => flatStrings(where, part))
  const inner = parts[0]?.shape ?? []
  const odd = parts.find(({ shape }) => shape.join() !== inner.join())
  if (odd !== undefined) {
    throw new ConfigError(
      `${where}: expected arrays of equal lengths, got [${inner.join(', ')}] and [${odd.shape.join(', ')}]. Pad the shorter ones with ''.`,
    )
  }
  return { values: parts.flatMap(({ values }) => values), shape: [value.length, ...inner] }
}

/** The shape of a batch of any size. */
export const anyLength = ([, ...sample]: readonly number[]): Dims => [anyBatch, ...sample]

/** Numbers as an i32 tensor. */
export const indexTensor = ({ values, shape }: Flat<number>): Tensor => tensor(Int32Array.from(values), shape, { dtype: 'i32' })

/** Strings in a row as nested arrays of a shape. */
export function nestedStrings({ values, shape: [size, ...inner] }: Flat<string>): NestedStrings {
  if (size === undefined) return values[0] ?? ''
  const step = inner.reduce((a, b) => a * b, 1)
  return Array.from({ length: size }, (_, i) => nestedStrings({ values: values.slice(i * step, (i + 1) * step), shape: inner }))
}

/** What `adapt` of layers of strings looks at: nested arrays, or an iterable that is no array of batches. */
export type StringData = NestedStrings | Iterable<NestedStrings>

/** The batches of the data: nested arrays are one, `[documents, …]`; of a vector every string is a document. */
export function* stringBatches(data: StringData, steps = Number.POSITIVE_INFINITY): Generator<NestedStrings> {
  if (isStrings(data)) {
    yield typeof data !== 'string' && data.every((part) => typeof part === 'string') ? data.map((part) => [part]) : data
    return
  }
  let count = 0
  for (const batch of data) {
    if (count++ >= steps) return
    yield batch
  }
}
