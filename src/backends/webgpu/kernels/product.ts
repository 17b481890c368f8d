// A product as its schedules see it: result[batch, row, column] = Σ over the depth of left[batch, row, depth] · right[batch, column, depth].
// Matrix products, convolutions and the gradients of convolutions all take this form; they differ in the functions that read their operands.

import { type Dim, elementCount, maxDim } from '../../../core/dimension.ts'
import type { GpuPass, GpuTarget } from '../gpu-kernel.ts'
import type { Arithmetic } from './product-arithmetic.ts'

/** One side of a product. */
export interface Operand {
  /** Name of the two functions below. */
  readonly name: string
  /**
   * Declares `fn nameAt(batch: i32, place: i32) -> vec4<i32>`, what is common to all elements of a row or column, and
   * `fn name(at: vec4<i32>, depth: i32) -> T`, its element.
   */
  readonly text: string
  /** Whether neighbours along the depth lie closer to each other than neighbouring rows or columns. */
  readonly isDepthFast: boolean
}

export interface Product {
  readonly target: GpuTarget
  readonly arithmetic: Arithmetic
  /** Batch axes, outermost first. */
  readonly batch: readonly Dim[]
  readonly rows: Dim
  readonly columns: Dim
  readonly depth: Dim
  readonly left: Operand
  readonly right: Operand
  /** Whether neighbouring batches lie closer to each other than neighbouring rows, as the groups of a convolution do. */
  readonly isBatchInner: boolean
  /** Declares `fn finish(batch: i32, row: i32, column: i32, value: T)`: what follows a finished element. */
  readonly finish: string
  /** A size as i32. */
  readonly dim: (d: Dim) => string
}

/** A product as passes of a kernel. */
export interface ProductPasses {
  readonly passes: readonly GpuPass[]
  readonly scratchBytes: number
}

/** Elements of the result, at most. */
export function mostElements({ batch, rows, columns }: Product): number {
  return maxDim(elementCount([...batch, rows, columns]))
}

/** The number of batches. */
export function batchCount({ batch }: Product): Dim {
  return elementCount(batch)
}

/** Blocks of `size` that cover the largest extent: a count that is known when the text is made, at least 1, as texts divide by it. */
export function blocksOf(extent: Dim, size: number): number {
  return Math.max(1, Math.ceil(maxDim(extent) / size))
}

/** Declares the constants that all schedules read: `rows`, `columns` and `depth`. */
export function sizesText({ rows, columns, depth, dim }: Product): string {
  return `  let rows = ${dim(rows)};
  let columns = ${dim(columns)};
  let depth = ${dim(depth)};`
}

/** The operands and what follows, as declarations. */
export function declarations({ left, right, finish }: Product): string {
  return `${left.text}\n${right.text}\n${finish}`
}
