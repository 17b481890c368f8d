// Reads the cases of the golden files beside this one, runs those of operations, compares, and notes the error of every row.

import assert from 'node:assert/strict'
import test from 'node:test'
import { byteSize, currentDevice, type DType, evaluate, fromStorage, numbersOf, Tensor, vjp, viewOf } from '../../../src/index.ts'
import * as ops from '../../../src/ops/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

/** An array of a golden file: `{ dtype, shape, data }`, the data little-endian in base64. */
export interface GoldenArray {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly values: ArrayLike<number>
  readonly bytes: ArrayBuffer
}

const dtypes: readonly DType[] = ['f32', 'f64', 'i8', 'u8', 'i32', 'u32', 'i64', 'bool']

/** A property of an object; undefined where there is none. */
export function propertyOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const found: unknown = Object.getOwnPropertyDescriptor(value, key)?.value
  return found
}

/** The items of a JSON list; none where it is no list. */
export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Whether a JSON value is an array of numbers in base64. */
export const isGoldenArray = (value: unknown): boolean =>
  typeof propertyOf(value, 'data') === 'string' && dtypes.some((dtype) => dtype === propertyOf(value, 'dtype'))

/** The array of a JSON value. */
export function goldenArray(value: unknown): GoldenArray {
  const dtype = dtypes.find((name) => name === propertyOf(value, 'dtype'))
  const data = propertyOf(value, 'data')
  if (dtype === undefined || typeof data !== 'string') throw new Error(`golden case: expected an array, got ${JSON.stringify(value)}`)
  const { buffer } = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))
  const length = buffer.byteLength / byteSize(dtype)
  const shape = itemsOf(propertyOf(value, 'shape')).map(Number)
  return { dtype, shape, bytes: buffer, values: numbersOf({ dtype, bytes: buffer, length }) }
}

/** A tensor with the numbers of a golden array, in a buffer of its own. */
export function tensorOf({ dtype, shape, bytes }: GoldenArray): Tensor {
  const copy = bytes.slice(0)
  return fromStorage({ dtype, bytes: copy, length: viewOf(dtype, copy).length }, shape)
}

/** A JSON value with its arrays as tensors, its special numbers as numbers, and null as undefined. */
export function decode(value: unknown): unknown {
  if (value === null) return undefined
  if (Array.isArray(value)) return value.map(decode)
  if (isGoldenArray(value)) return tensorOf(goldenArray(value))
  const special = propertyOf(value, 'number')
  if (typeof special === 'string') return Number(special)
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, decode(part)]))
  return value
}

/** Tensors among a value, lists and objects entered in the order they are written. */
export function tensorsOf(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value]
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(tensorsOf)
  return []
}

/** `value` with other tensors in the places of its own. */
function withTensors(value: unknown, next: () => Tensor): unknown {
  if (value instanceof Tensor) return next()
  if (Array.isArray(value)) return value.map((part) => withTensors(part, next))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withTensors(part, next)]))
  }
  return value
}

const kindOf = (dtype: DType): string => (dtype === 'bool' ? 'bool' : dtype.startsWith('f') || dtype === 'bf16' ? 'float' : 'integer')

/** A golden case: what it is about, how near a result has to be, and its other fields. */
export class GoldenCase {
  readonly row: string
  readonly name: string
  readonly tolerance: number
  private readonly content: unknown

  constructor(content: unknown, tolerance = 1e-5) {
    this.content = content
    this.row = String(this.get('row'))
    this.name = String(this.get('case'))
    const own = this.get('tolerance')
    this.tolerance = typeof own === 'number' ? own : tolerance
  }

  /** A field as it stands in the file. */
  get(key: string): unknown {
    return propertyOf(this.content, key)
  }

  /** A field with its arrays as tensors. */
  value(key: string): unknown {
    return decode(this.get(key))
  }

  /** The arrays of a list. */
  arrays(key: string): GoldenArray[] {
    return itemsOf(this.get(key)).map(goldenArray)
  }

  /**
   * Compares tensors with what they should be, all computed in one program: shapes and kinds of dtype equal, integers and booleans equal,
   * floats within the tolerance (of the array's largest element, or of `scale` where that is larger). The worst error is recorded for the row.
   */
  compare(pairs: readonly (readonly [what: string, actual: Tensor, expected: GoldenArray, scale?: number])[]): void {
    evaluate(pairs.map(([, actual]) => actual))
    let worst = 0
    const faults: string[] = []
    for (const [what, actual, expected, scale] of pairs) {
      const fault = differenceOfTypes(actual, expected)
      const { error, text } = fault === undefined ? errorOf(actual, expected, scale) : { error: Infinity, text: fault }
      worst = Math.max(worst, error)
      if (!(error <= this.tolerance)) faults.push(`${what}: ${text}`)
    }
    recordError(this.row, worst)
    assert.deepEqual(faults, [], `${this.row}, ${this.name}: worst error ${worst.toExponential(1)}, allowed ${this.tolerance.toExponential(0)}`)
  }
}

/** The cases of a file, in order; `tolerance` holds for those that do not name their own. */
export const casesOf = (content: unknown, tolerance = 1e-5): GoldenCase[] =>
  itemsOf(propertyOf(content, 'cases')).map((entry) => new GoldenCase(entry, tolerance))

function differenceOfTypes(actual: Tensor, expected: GoldenArray): string | undefined {
  if (actual.shape.join() !== expected.shape.join()) return `expected shape [${expected.shape.join(', ')}], got [${actual.shape.join(', ')}]`
  if (kindOf(actual.dtype) !== kindOf(expected.dtype)) return `expected ${kindOf(expected.dtype)}, got ${actual.dtype}`
  return undefined
}

/** max|a − b| / max(max|b|, 1e-3); what is not finite has to be equal, and so have integers and booleans. */
export function errorOf(actual: Tensor, expected: GoldenArray, atLeast = 1e-3): { readonly error: number; readonly text: string } {
  const numbers = numbersOf(actual.storageSync())
  const exact = kindOf(expected.dtype) !== 'float'
  let scale = atLeast
  for (const value of Array.from(expected.values)) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value))
  let worst = { index: 0, error: 0 }
  for (let index = 0; index < expected.values.length; index++) {
    const [a, b] = [numbers[index] ?? Number.NaN, expected.values[index] ?? Number.NaN]
    const same = a === b || (Number.isNaN(a) && Number.isNaN(b))
    const error = same ? 0 : exact || !Number.isFinite(a) || !Number.isFinite(b) ? Infinity : Math.abs(a - b) / scale
    if (error > worst.error) worst = { index, error }
  }
  const { index, error } = worst
  return { error, text: `worst at ${index}, expected ${expected.values[index]}, got ${numbers[index]} (${error.toExponential(1)} of the largest)` }
}

/** Notes the error of a row (of a case of it) in the file that TENON_PARITY_REPORT names, if it does. */
export function recordError(row: string, error: number): void {
  const path = process.env.TENON_PARITY_REPORT
  // Found at run time: these tests run in pages, too.
  if (path) process.getBuiltinModule('node:fs').appendFileSync(path, `${row}\t${Number.isFinite(error) ? error.toExponential(3) : 'failed'}\n`)
}

/** The function of a dotted name in a namespace. */
function functionOf(namespace: object, name: string): (...args: readonly unknown[]) => unknown {
  const found = name.split('.').reduce<unknown>((at, key) => {
    const next: unknown = typeof at === 'object' && at !== null ? Object.entries(at).find(([entry]) => entry === key)?.[1] : undefined
    return next
  }, namespace)
  if (typeof found !== 'function') throw new Error(`expected a function ${name}, found ${typeof found}. Export it, or change the case.`)
  return (...args) => {
    const result: unknown = Reflect.apply(found, undefined, args)
    return result
  }
}

/** One test per case of a file of operations: results and gradients of `namespace[function](...args)`, computed in one program. */
export function opCases(content: unknown, namespace: object = ops): void {
  computeOnChosenDevice()
  const device = currentDevice().name
  for (const golden of casesOf(content)) {
    test(`${golden.row} on ${device}, ${golden.name}`, () => {
      runOperation(golden, namespace)
    })
  }
}

function runOperation(golden: GoldenCase, namespace: object): void {
  const operation = functionOf(namespace, String(golden.get('function')))
  const args = golden.value('args')
  const given = tensorsOf(args)
  const floats = given.filter((x) => kindOf(x.dtype) === 'float')
  const run = (own: readonly Tensor[]): unknown => {
    const [all, next] = [given.values(), own.values()]
    const replaced = withTensors(args, () => {
      const original = all.next().value
      const renamed = original !== undefined && kindOf(original.dtype) === 'float' ? next.next().value : original
      if (renamed === undefined) throw new Error('expected as many tensors as the case has')
      return renamed
    })
    return operation(...itemsOf(replaced))
  }
  const expected = itemsOf(golden.get('results'))
  if (golden.get('gradients') === undefined) {
    compareResults(golden, run(floats), expected, [])
    return
  }
  let value: unknown
  const [, pull] = vjp((own: readonly Tensor[]): readonly Tensor[] => {
    value = run(own)
    return tensorsOf(value).filter((x) => kindOf(x.dtype) === 'float')
  }, floats)
  const cotangents = itemsOf(golden.get('cotangents')).filter((x) => x !== null)
  const [gradients] = pull(cotangents.map((x) => tensorOf(goldenArray(x))))
  const wanted = golden.arrays('gradients')
  const pairs = wanted.map((array, i) => [`gradient ${i}`, need(gradients, i), array] as const)
  compareResults(golden, value, expected, pairs)
}

type Pairs = readonly (readonly [what: string, actual: Tensor, expected: GoldenArray])[]

function compareResults(golden: GoldenCase, value: unknown, expected: readonly unknown[], gradients: Pairs): void {
  if (!expected.some(isGoldenArray)) {
    assert.deepEqual(value, decode(expected[0]), `${golden.row}, ${golden.name}`)
    recordError(golden.row, 0)
    return
  }
  const results = tensorsOf(value)
  assert.equal(results.length, expected.length, `${golden.row}, ${golden.name}: number of results`)
  golden.compare([...expected.map((part, i) => [`result ${i}`, need(results, i), goldenArray(part)] as const), ...gradients])
}

function need(tensors: readonly Tensor[], index: number): Tensor {
  const found = tensors[index]
  if (found === undefined) throw new Error(`expected a tensor ${index}, found ${tensors.length}`)
  return found
}
