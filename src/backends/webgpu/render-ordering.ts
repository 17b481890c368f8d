// Sorting and the largest k as WGSL: lines are put in order, and what is kept of them is written with the positions it comes from.

import { type Dim, elementCount } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { GpuKernel, GpuTarget } from './gpu-kernel.ts'
import { KernelNames } from './render-expression.ts'
import { sortPasses, sortScratchWords } from './render-merge-sort.ts'

/** An ordering along an axis: the first `kept` of each line, with their positions in it (i32). */
export interface Ordering {
  readonly input: Node
  readonly values: Node
  readonly indices: Node
  readonly axis: number
  readonly descending: boolean
  readonly kept: Dim
}

/** Renders `sort` (everything kept) or `topK`; equal elements keep their order in both directions, and values their bits. */
export function renderOrdering({ input, values, indices, axis, descending, kept }: Ordering, target: GpuTarget): GpuKernel {
  const names = new KernelNames()
  const sizes = { total: elementCount(input.shape), size: input.shape[axis] ?? 1, after: elementCount(input.shape.slice(axis + 1)) }
  const passes = sortPasses(names, target, {
    ...sizes,
    dtype: input.dtype,
    descending,
    value: names.load(input, 'line + at * after'),
    base: 0,
    finish: [
      `if (rank < ${names.dim(kept)}) {`,
      `  let goal = (outer * ${names.dim(kept)} + rank) * after + column;`,
      `  ${names.storeBits(values, 'goal', names.bitsAt(input, 'line + own * after'))}`,
      `  ${names.storeBits(indices, 'goal', 'u32(own)')}`,
      '}',
    ],
  })
  return { buffers: names.buffers, passes, scratchBytes: 4 * sortScratchWords(sizes), dims: names.dims }
}
