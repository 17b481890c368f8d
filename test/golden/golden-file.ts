// Reads the files that make.py writes, and compares with them.

import assert from 'node:assert/strict'
import { fromStorage, type Tensor } from '../../src/index.ts'

/** An array of a golden file: float32 or int32 numbers, of which only every `every`-th may be stored. */
export interface GoldenArray {
  readonly dtype: 'f32' | 'i32'
  readonly shape: readonly number[]
  readonly every: number
  readonly values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>
}

/** A value of a golden file, by path: `optimizers/adam/losses`. */
export class GoldenFile {
  readonly name: string
  private readonly content: unknown

  /** `content` is what `NAME.json` holds. */
  constructor(name: string, content: unknown) {
    this.name = name
    this.content = content
  }

  private at(path: readonly string[]): unknown {
    let value = this.content
    for (const key of path) {
      const entry: unknown = typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined
      if (entry === undefined) throw new Error(`${this.name}.json: expected ${path.join(' → ')}, found none. Run make.py.`)
      value = entry
    }
    return value
  }

  /** The keys under a path, in order. */
  keys(...path: string[]): string[] {
    const value = this.at(path)
    return typeof value === 'object' && value !== null ? Object.keys(value) : []
  }

  number(...path: string[]): number {
    return Number(this.at(path))
  }

  numbers(...path: string[]): number[] {
    const value = this.at(path)
    return Array.isArray(value) ? value.map(Number) : []
  }

  array(...path: string[]): GoldenArray {
    const shape = this.numbers(...path, 'shape')
    const bytes = Uint8Array.from(atob(String(this.at([...path, 'data']))), (letter) => letter.charCodeAt(0))
    const every = this.keys(...path).includes('every') ? this.number(...path, 'every') : 1
    return this.at([...path, 'dtype']) === 'i32'
      ? { dtype: 'i32', shape, every, values: new Int32Array(bytes.buffer) }
      : { dtype: 'f32', shape, every, values: new Float32Array(bytes.buffer) }
  }

  /** An array that is stored whole, as a tensor with a buffer of its own. */
  tensor(...path: string[]): Tensor {
    const { dtype, shape, values } = this.array(...path)
    return fromStorage({ dtype, bytes: values.buffer, length: values.length }, shape)
  }
}

/** Every element within `tolerance` of the golden one, relative to the largest of the array. */
export function assertClose(actual: Tensor, golden: GoldenArray, what: string, tolerance = 1e-5): void {
  assert.deepEqual(actual.shape, golden.shape, `${what}: shape`)
  const numbers = actual.dataSync()
  const scale = Array.from<number>(golden.values).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-30)
  let worst = { index: -1, error: -1, actual: 0, expected: 0 }
  golden.values.forEach((expected, i) => {
    const index = i * golden.every
    const value = Number(numbers[index])
    const error = Math.abs(value - expected) / scale
    if (!(error <= worst.error)) worst = { index, error, actual: value, expected }
  })
  assert.ok(
    worst.error <= tolerance,
    `${what}: worst at ${worst.index}, expected ${worst.expected}, got ${worst.actual} (${worst.error.toExponential(1)} of the largest)`,
  )
}

/** Two numbers within `tolerance` of each other, relative to the expected one. */
export function assertNear(actual: number, expected: number, what: string, tolerance = 1e-5): void {
  const error = Math.abs(actual - expected) / Math.abs(expected)
  assert.ok(error <= tolerance, `${what}: expected ${expected}, got ${actual} (${error.toExponential(1)} relative)`)
}
