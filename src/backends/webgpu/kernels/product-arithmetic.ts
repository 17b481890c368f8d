// How the elements of a product are added and multiplied: halves in f32, small integers in words, truth values as 0 and 1, 64-bit integers as pairs
// of words.

import { type DType, isFloat } from '../../../core/dtype.ts'
import type { Node } from '../../../core/graph.ts'
import type { GpuFeature, GpuTarget } from '../gpu-kernel.ts'
import type { KernelNames } from '../render-expression.ts'
import { computedType, wrapped } from '../wgsl-scalar.ts'

export interface Arithmetic {
  /** WGSL type of a sum. */
  readonly type: string
  /** What loading an element asks of the adapter. */
  readonly features: readonly GpuFeature[]
  /** Words of a sum. */
  readonly words: 1 | 2
  /** Element `at` of a value that is multiplied. */
  readonly load: (names: KernelNames, node: Node, at: string) => string
  /** sum + x · y. */
  readonly multiplyAdd: (sum: string, x: string, y: string) => string
  readonly add: (a: string, b: string) => string
  /** The computed value of a whole sum. */
  readonly finished: (sum: string) => string
  /** A statement that puts the sum at a place of scratch memory, and an expression that takes it from there. */
  readonly park: (place: string, sum: string) => string
  readonly fetch: (place: string) => string
}

/** Sums of elements of `dtype`; integers wrap. */
export function arithmeticOf(dtype: DType, target: GpuTarget): Arithmetic {
  const type = dtype === 'bool' ? 'u32' : computedType(dtype)
  if (type === 'vec2u') {
    return {
      type,
      features: [],
      words: 2,
      load: (names, node, at) => names.load(node, at),
      multiplyAdd: (sum, x, y) => `tn_add_i64(${sum}, tn_multiply_i64(${x}, ${y}))`,
      add: (a, b) => `tn_add_i64(${a}, ${b})`,
      finished: (sum) => sum,
      park: (place, sum) => `{ let at = 2 * (${place}); let bits = ${sum}; setScratch(at, bits.x); setScratch(at + 1, bits.y); }`,
      fetch: (place) => `vec2u(getScratch(2 * (${place})), getScratch(2 * (${place}) + 1))`,
    }
  }
  // Where there are halves, converting one is a single instruction.
  const hasHalves = dtype === 'f16' && target.features.has('shader-f16')
  return {
    type,
    features: hasHalves ? ['shader-f16'] : [],
    words: 1,
    load: (names, node, at) => {
      const bits = names.bitsAt(node, at)
      return dtype === 'bool' ? bits : hasHalves ? `f32(bitcast<vec2<f16>>(${bits}).x)` : names.load(node, at)
    },
    multiplyAdd: (sum, x, y) => `${sum} + ${x} * ${y}`,
    add: (a, b) => `${a} + ${b}`,
    finished: (sum) => (dtype === 'bool' ? `${sum} != 0u` : isFloat(dtype) ? sum : wrapped(sum, dtype)),
    park: (place, sum) => `setScratch(${place}, bitcast<u32>(${sum}));`,
    fetch: (place) => `bitcast<${type}>(getScratch(${place}))`,
  }
}
