// What attention reads and writes: its sizes, and vectors found by batch, position and head.

import { type Dim, type Dims, maxDim, staticDim } from '../../../core/dimension.ts'
import { DeviceError } from '../../../core/errors.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel, StridedView } from '../../../compiler/loop-ir/loop-ir.ts'
import type { KernelNames } from '../render-expression.ts'

export type Whole = Extract<Kernel, { kind: 'whole' }>

/** The sizes of an attention. */
export interface AttentionSizes {
  readonly batch: Dim
  readonly time: Dim
  readonly keyTime: Dim
  readonly heads: number
  readonly kvHeads: number
  readonly headSize: number
}

/** The sizes of `attention` or `attentionGradient`; heads and their size must be known. */
export function attentionSizes({ node }: Whole): AttentionSizes {
  const [query, key] = node.inputs.map((x): Dims => x.shape)
  const at = (shape: Dims | undefined, i: number): Dim => shape?.[i] ?? 1
  return {
    batch: at(query, 0),
    time: at(query, 1),
    keyTime: at(key, 1),
    heads: staticDim(at(query, 2), 'attention'),
    kvHeads: staticDim(at(key, 2), 'attention'),
    headSize: staticDim(at(query, 3), 'attention'),
  }
}

/** Queries or keys, whichever are fewer at most. */
export function shorterSide({ time, keyTime }: AttentionSizes): number {
  return Math.min(maxDim(time), maxDim(keyTime))
}

/** An operand or result, or an error that counts them. */
export function nodeAt(nodes: readonly Node[], index: number): Node {
  const node = nodes[index]
  if (node === undefined) throw new DeviceError(`webgpu attention: expected an operand ${index}, the kernel has ${nodes.length}.`)
  return node
}

/** Vectors of one operand, found by batch, position and head. */
export interface Vectors {
  readonly node: Node
  /** The index of dimension 0; the arguments are texts. */
  readonly start: (batch: string, position: string, head: string) => string
}

/** Query, key or value where it lies. */
export function viewed(names: KernelNames, { views, inputs }: Whole, index: number): Vectors {
  const view: StridedView | undefined = views[index]
  if (view === undefined) throw new DeviceError(`webgpu attention: expected a view of operand ${index}, there is none.`)
  const [batchStride = 0, timeStride = 0, headStride = 0] = view.strides
  return {
    node: nodeAt(inputs, index),
    start: (batch, position, head) =>
      `${names.dim(view.offset)} + ${batch} * ${names.dim(batchStride)} + (${position}) * ${names.dim(timeStride)} + ${head} * ${names.dim(headStride)}`,
  }
}

/** Contiguous `[batch, time, heads, headSize]`. */
export function contiguous(names: KernelNames, node: Node): Vectors {
  const [, time = 1, heads = 1, size = 1] = node.shape
  return {
    node,
    start: (batch, position, head) => `((${batch} * ${names.dim(time)} + ${position}) * ${names.dim(heads)} + ${head}) * ${names.dim(size)}`,
  }
}
