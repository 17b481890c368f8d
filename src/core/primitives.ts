// The closed set of primitives. Every layer, loss and optimizer is written with these; every backend knows only these.
// A new one needs a shape rule (shapes.ts), a gradient rule (gradients.ts), a tangent rule (tangents.ts), a batching rule
// (batching.ts), a reference implementation and a test: the tables there are keyed by `Op['name']`, so a missing row does not compile.

import type { Dim, Dims } from './dimension.ts'
import type { DType } from './dtype.ts'
import type { Node } from './graph.ts'

export type UnaryFunction =
  | 'negate'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'erf'
  | 'not'

export type BinaryFunction =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'power'
  | 'maximum'
  | 'minimum'
  | 'remainder'
  | 'and'
  | 'or'
  | 'xor'
  | 'shiftLeft'
  | 'shiftRight'

export type CompareFunction = 'equal' | 'notEqual' | 'less' | 'lessEqual' | 'greater' | 'greaterEqual'
export type ReduceFunction = 'sum' | 'max' | 'min' | 'prod'
export type CumulativeFunction = 'sum' | 'prod' | 'max' | 'min'

/** A function as a graph: what `scan`, `cond`, `while` and `call` run. */
export interface Subgraph {
  readonly parameters: readonly Node[]
  readonly results: readonly Node[]
}

/** Geometry shared by a convolution and its two gradients; channels last: `[batch, ...spatial, channels]`, filter `[...spatial, channels / groups, filters]`. */
export interface ConvolutionGeometry {
  readonly strides: readonly number[]
  readonly padding: readonly (readonly [low: number, high: number])[]
  readonly dilation: readonly number[]
  readonly groups: number
}

/** Geometry of a sliding window over the spatial axes of `[batch, ...spatial, channels]`. */
export interface WindowGeometry {
  readonly window: readonly number[]
  readonly strides: readonly number[]
  readonly padding: readonly (readonly [low: number, high: number])[]
}

export type Op =
  // sources
  | { readonly name: 'parameter'; readonly label: string }
  | { readonly name: 'data' } // a tensor that already has numbers; the buffer is on the node
  | { readonly name: 'fill'; readonly value: number; readonly shape: Dims; readonly dtype: DType }
  | { readonly name: 'iota'; readonly shape: Dims; readonly axis: number; readonly dtype: DType }
  // elementwise: operands have equal shapes (broadcasting is `expand`)
  | { readonly name: 'unary'; readonly fn: UnaryFunction }
  | { readonly name: 'binary'; readonly fn: BinaryFunction }
  | { readonly name: 'compare'; readonly fn: CompareFunction }
  | { readonly name: 'where' } // condition, whenTrue, whenFalse
  | { readonly name: 'cast'; readonly dtype: DType }
  | { readonly name: 'stopGradient' }
  // movement
  | { readonly name: 'reshape'; readonly shape: Dims }
  | { readonly name: 'permute'; readonly axes: readonly number[] }
  | { readonly name: 'expand'; readonly shape: Dims } // same rank; axes of size 1 are repeated
  | {
      readonly name: 'pad'
      readonly low: readonly number[]
      readonly high: readonly number[]
      readonly interior: readonly number[]
      readonly value: number
    }
  | { readonly name: 'slice'; readonly starts: readonly number[]; readonly sizes: Dims; readonly strides: readonly number[] }
  | { readonly name: 'flip'; readonly axes: readonly number[] }
  | { readonly name: 'concat'; readonly axis: number }
  // reductions: the reduced axes disappear
  | { readonly name: 'reduce'; readonly fn: ReduceFunction; readonly axes: readonly number[] }
  | { readonly name: 'argReduce'; readonly fn: 'max' | 'min'; readonly axis: number } // i32, the first of equals
  | { readonly name: 'cumulative'; readonly fn: CumulativeFunction; readonly axis: number; readonly reverse: boolean }
  // contractions: the result's axes are batch, free of the left, free of the right
  | {
      readonly name: 'dot'
      readonly lhsBatch: readonly number[]
      readonly rhsBatch: readonly number[]
      readonly lhsContract: readonly number[]
      readonly rhsContract: readonly number[]
    }
  | { readonly name: 'conv'; readonly geometry: ConvolutionGeometry } // input, filter
  | { readonly name: 'convInputGradient'; readonly geometry: ConvolutionGeometry; readonly inputShape: Dims } // outputGradient, filter
  | { readonly name: 'convFilterGradient'; readonly geometry: ConvolutionGeometry; readonly filterShape: Dims } // input, outputGradient
  | { readonly name: 'reduceWindow'; readonly fn: 'max' | 'min' | 'sum'; readonly geometry: WindowGeometry }
  | { readonly name: 'windowScatter'; readonly fn: 'max' | 'min'; readonly geometry: WindowGeometry } // input, outputGradient: to the first arg max
  | { readonly name: 'windowPick'; readonly fn: 'max' | 'min'; readonly geometry: WindowGeometry } // input, values of input's shape
  // indexing: indices outside the range read zero and write nothing
  | { readonly name: 'gather'; readonly axis: number } // source, indices: source[:axis] + indices + source[axis+1:]
  | { readonly name: 'scatterAdd'; readonly axis: number; readonly size: Dim } // indices, updates (gather's result shape): sums into zeros
  | { readonly name: 'dynamicSlice'; readonly sizes: Dims } // source, one scalar i32 start per axis (clamped)
  | { readonly name: 'dynamicUpdateSlice' } // target, update, one scalar i32 start per axis (clamped)
  | { readonly name: 'sort'; readonly axis: number; readonly descending: boolean } // tuple: values, i32 indices; stable
  | { readonly name: 'topK'; readonly k: number } // last axis; tuple: values, i32 indices
  // randomness: counter based; key is u32 [2]; element i is Threefry-2x32-20(key, counter i)
  | { readonly name: 'randomBits'; readonly shape: Dims }
  // control
  | { readonly name: 'scan'; readonly body: Subgraph; readonly carries: number; readonly length: Dim; readonly reverse: boolean }
  | { readonly name: 'cond'; readonly whenTrue: Subgraph; readonly whenFalse: Subgraph } // predicate, operands…
  | { readonly name: 'while'; readonly condition: Subgraph; readonly body: Subgraph }
  | { readonly name: 'call'; readonly body: Subgraph; readonly gradient: CallGradient } // inlined when compiled
  // scaled dot-product attention: query [batch, time, heads, dim], key and value [batch, keyTime, kvHeads, dim], optional additive bias
  // [batch|1, heads|1, time, keyTime]; tuple: output, logSumExp [batch, heads, time]
  | { readonly name: 'attention'; readonly scale: number; readonly causal: boolean }
  | { readonly name: 'attentionGradient'; readonly scale: number; readonly causal: boolean } // q, k, v, output, logSumExp, outputGradient[, bias]; tuple: dq, dk, dv
  // an element of a tuple
  | { readonly name: 'element'; readonly index: number }

export type PrimitiveName = Op['name']

/** How a `call` is differentiated: through its body recomputed (`checkpoint`), or by the user's own rule (`customGradient`). */
export type CallGradient =
  | { readonly kind: 'recompute' }
  | {
      readonly kind: 'custom'
      readonly vjp: (inputs: readonly Node[], outputs: readonly Node[], cotangents: readonly Node[]) => readonly (Node | undefined)[]
    }
