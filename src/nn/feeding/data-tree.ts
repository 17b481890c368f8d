// Data of several inputs or outputs: one array, or lists and records of arrays.

import { ConfigError, Tensor, type Tree } from '../../core/index.ts'
import { asTensor, type TrainingData } from './training-data.ts'

/** One array, or a list or record of arrays: one for each input or output of a model, by position or by name. */
export type DataTree = TrainingData | readonly DataTree[] | { readonly [name: string]: DataTree }

/** Whether data is one array: a tensor, a typed array, or nested lists of numbers. */
export function isOneArray(data: unknown): data is TrainingData {
  if (data instanceof Tensor || ArrayBuffer.isView(data)) return true
  return isNumbers(data)
}

function isNumbers(data: unknown): boolean {
  let part = data
  while (Array.isArray(part) && part.length > 0) part = part[0]
  return typeof part === 'number' || typeof part === 'boolean' || Array.isArray(part)
}

const isList = (data: DataTree): data is readonly DataTree[] => Array.isArray(data)

/** Data as a tree of tensors, as it is given. */
export function tensorTree(where: string, what: string, data: DataTree): Tree {
  if (isOneArray(data)) return asTensor(data)
  if (typeof data !== 'object' || data === null) {
    throw new ConfigError(`${where}: expected ${what} as a tensor or arrays, got ${String(data)}. Pass the data.`)
  }
  if (isList(data)) return data.map((part, i) => tensorTree(where, `${what}[${i}]`, part))
  return Object.fromEntries(Object.entries(data).map(([name, part]) => [name, tensorTree(where, `${what}.${name}`, part)]))
}
