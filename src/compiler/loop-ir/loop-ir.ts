// The loop IR: scalar expressions at a point, statements over loops, kernels. What fusion produces and renderers consume.

import type { Dim } from '../../core/dimension.ts'
import type { DType } from '../../core/dtype.ts'
import type { Node } from '../../core/graph.ts'
import type { BinaryFunction, CompareFunction, ConvolutionGeometry, ReduceFunction, UnaryFunction, WindowGeometry } from '../../core/primitives.ts'
import type { Axis, Index } from './index-expression.ts'

/** A scalar at a point of the loops. Shared objects are computed once. */
export type Expression =
  | { readonly kind: 'constant'; readonly value: number; readonly dtype: DType }
  | { readonly kind: 'load'; readonly from: Node; readonly index: Index; readonly dtype: DType }
  | { readonly kind: 'index'; readonly index: Index; readonly dtype: DType }
  | { readonly kind: 'unary'; readonly fn: UnaryFunction; readonly x: Expression; readonly dtype: DType }
  | { readonly kind: 'binary'; readonly fn: BinaryFunction; readonly a: Expression; readonly b: Expression; readonly dtype: DType }
  | { readonly kind: 'compare'; readonly fn: CompareFunction; readonly a: Expression; readonly b: Expression; readonly dtype: 'bool' }
  | { readonly kind: 'where'; readonly condition: Expression; readonly a: Expression; readonly b: Expression; readonly dtype: DType }
  | { readonly kind: 'cast'; readonly x: Expression; readonly dtype: DType }
  /** `value` where every bound holds (0 ≤ index < size), else `otherwise`; nothing in `value` is read elsewhere. */
  | { readonly kind: 'guard'; readonly bounds: readonly Bound[]; readonly value: Expression; readonly otherwise: Expression; readonly dtype: DType }
  /** min(max(x, low), high) of an integer, used for clamped starts. */
  | { readonly kind: 'clamp'; readonly x: Expression; readonly low: Dim; readonly high: Dim; readonly dtype: DType }
  | { readonly kind: 'randomBits'; readonly key0: Expression; readonly key1: Expression; readonly counter: Index; readonly dtype: 'u32' }
  /** The result of a reduction earlier in the same row, or the value a contraction has just finished. */
  | { readonly kind: 'local'; readonly node: Node; readonly dtype: DType }

export interface Bound {
  readonly index: Index
  /** 0 ≤ index < size, and index divisible by `step` (interior padding). */
  readonly size: Dim
  readonly step: number
}

export interface StoreTo {
  readonly node: Node
  readonly index: Index
  readonly value: Expression
}

/** One sweep over `inner` for each point of the kernel's outer loops. */
export type Statement =
  | { readonly kind: 'map'; readonly inner: readonly Axis[]; readonly store: StoreTo }
  | {
      readonly kind: 'reduce'
      readonly inner: readonly Axis[]
      readonly fn: ReduceFunction | 'argmax' | 'argmin'
      readonly value: Expression
      readonly node: Node
      /** Where the result is stored, if anything outside this row reads it. */
      readonly index: Index
    }

/** A strided matrix view of a stored value: offset(batch axes) + row · rowStride + column · columnStride. */
export interface MatrixView {
  readonly node: Node
  readonly offset: Index
  readonly rowStride: Dim
  readonly columnStride: Dim
}

/** A value of any rank as it lies in another stored value: element (i…) stands at offset + Σ i · stride. */
export interface StridedView {
  readonly node: Node
  readonly offset: Dim
  readonly strides: readonly Dim[]
}

export type Kernel =
  /** Loops over `outer` in parallel; reductions run over inner axes that are last. */
  | { readonly kind: 'rows'; readonly outer: readonly Axis[]; readonly statements: readonly Statement[] }
  /** One reduction whose innermost axis is kept: columns are accumulated side by side. */
  | {
      readonly kind: 'columns'
      readonly outer: readonly Axis[]
      readonly column: Axis
      readonly reduced: readonly Axis[]
      readonly fn: ReduceFunction
      readonly value: Expression
      readonly store: StoreTo
    }
  | {
      readonly kind: 'matmul'
      readonly node: Node
      readonly batch: readonly Axis[]
      readonly m: Axis
      readonly n: Axis
      readonly k: Dim
      readonly lhs: MatrixView
      readonly rhs: MatrixView
      readonly epilogue: readonly StoreTo[]
    }
  | {
      readonly kind: 'convolution'
      readonly variant: 'conv' | 'convInputGradient' | 'convFilterGradient'
      readonly node: Node
      readonly geometry: ConvolutionGeometry
      readonly a: Node
      readonly b: Node
      /** Position in the result (row-major) and its last axis. */
      readonly element: Axis
      readonly channel: Axis
      readonly epilogue: readonly StoreTo[]
    }
  | {
      readonly kind: 'window'
      readonly variant: 'reduceWindow' | 'windowScatter' | 'windowPick'
      readonly fn: 'max' | 'min' | 'sum'
      readonly node: Node
      readonly geometry: WindowGeometry
      readonly inputs: readonly Node[]
      readonly element: Axis
      readonly channel: Axis
      readonly epilogue: readonly StoreTo[]
    }
  /** Primitives with a kernel of their own that reads and writes whole values. */
  | {
      readonly kind: 'whole'
      readonly node: Node
      /** The values read, where they are stored. */
      readonly inputs: readonly Node[]
      /** Query, key and value of attention as views of `inputs`; other primitives read their inputs as they lie. */
      readonly views: readonly StridedView[]
      readonly outputs: readonly Node[]
    }

/** The values a kernel writes. */
export function outputsOf(kernel: Kernel): Node[] {
  switch (kernel.kind) {
    case 'rows':
      return kernel.statements.map((s) => (s.kind === 'map' ? s.store.node : s.node))
    case 'columns':
      return [kernel.store.node]
    case 'matmul':
    case 'convolution':
    case 'window':
      return kernel.epilogue.map((s) => s.node)
    case 'whole':
      return [...kernel.outputs]
  }
}
