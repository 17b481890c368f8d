// What a renderer hands to the runtime: a kernel as WGSL that names no binding. The runtime writes the rest of the module around it.
//
// Text of a pass may use, besides the prelude (prelude.ts):
//   fn get0(i: i32) -> u32          element i of buffer 0 as bits: a number of 32 bits, or a narrower one in the low bits;
//                                   of an i64 `vec2<u32>`, the low word first
//   fn set0(i: i32, bits: u32)      writes element i of buffer 0; neighbours that share a word may be written by other invocations
//   fn getScratch(i: i32) -> u32    word i of the scratch memory, and `setScratch`; what it holds at first is not defined
//   fn dim0() -> i32                the value of the kernel's variable 0
//   fn constant(x: f32) -> f32      x, which the compiler does not know: drivers take x · 0 for 0 and (x + a) − a for x
// and defines
//   fn kernel(group: i32, thread: i32)
// which is called by each of the `threads` invocations of each of the `groups` workgroups; `group` is uniform, so barriers may be used in it.
// Where the pass asks for the feature 'subgroups' it defines
//   fn kernel(group: i32, thread: i32, lane: i32, lanes: i32)
// The invocation is number `lane` of the `lanes`, which is uniform, of its subgroup. They have neighbouring numbers `thread`, the first a multiple of
// `lanes`. `threads` must then be a multiple of the largest size of a subgroup.
// Its own names begin with a letter other than get, set and dim followed by a number. What one pass writes, the next one may read.

import type { Dim } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'

/** Optional features of an adapter that a text may ask for. */
export type GpuFeature = 'subgroups' | 'shader-f16'

/** One dispatch. */
export interface GpuPass {
  readonly body: string
  /** Invocations of a workgroup; 1 to 256. */
  readonly threads: number
  /** Workgroups; may be symbolic, and more than one dimension of a dispatch holds. */
  readonly groups: Dim
  readonly features?: readonly GpuFeature[]
}

/** A kernel of the loop IR as passes that run one after the other. */
export interface GpuKernel {
  /** Values that are read or written, in the order of their accessors. */
  readonly buffers: readonly GpuBuffer[]
  readonly passes: readonly GpuPass[]
  /** Bytes of scratch memory, for the largest sizes. */
  readonly scratchBytes: number
  /** Variables behind `dim0()`, …. */
  readonly dims: readonly string[]
}

export interface GpuBuffer {
  readonly node: Node
  readonly isWritten: boolean
}

/** What the adapter can do, as far as the text depends on it. */
export interface GpuTarget {
  readonly features: ReadonlySet<GpuFeature>
  /** Bytes of `var<workgroup>` that a pass may use. */
  readonly workgroupBytes: number
  /** Invocations of a workgroup at most. */
  readonly mostThreads: number
  /** How many invocations a subgroup has; absent where the adapter does not tell. */
  readonly subgroupSizes?: SubgroupSizes | undefined
}

/** Bounds of the number of invocations of a subgroup, both powers of two; drivers choose for each pipeline. */
export interface SubgroupSizes {
  readonly least: number
  readonly most: number
}
