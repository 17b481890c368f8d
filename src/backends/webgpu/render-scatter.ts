// Scatter-add as WGSL, in the order of the indices: a first pass chains, for each row of the result, the indices that name it; a second adds
// each chain up, an invocation for each element. The first pass compares every index with every row: rows · indices words are read, most of them
// by all invocations at once.

import { type Dim, elementCount, maxDim } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { GpuKernel, GpuTarget } from './gpu-kernel.ts'
import { indent, KernelNames } from './render-expression.ts'
import { pointPass } from './render-pass.ts'
import { accumulator, declare } from './wgsl-reduction.ts'
import { toIndex } from './wgsl-scalar.ts'

/** A scatter-add along an axis of `out`; indices outside the axis write nothing. Half precisions are summed in f32. */
export interface ScatterAdd {
  readonly indices: Node
  readonly updates: Node
  readonly out: Node
  readonly axis: number
}

export function renderScatterAdd({ indices, updates, out, axis }: ScatterAdd, target: GpuTarget): GpuKernel {
  const names = new KernelNames()
  const rows: Dim = out.shape[axis] ?? 1
  const count = elementCount(indices.shape)
  // Scratch: the first index of each row, then for each index the next of the same row; −1 ends a chain.
  const chain = [
    'var last = -1;',
    'setScratch(point, 0xffffffffu);',
    `for (var i = 0; i < ${names.dim(count)}; i++) {`,
    `  if (${toIndex(names.load(indices, 'i'), indices.dtype)} != point) { continue; }`,
    `  setScratch(select(${names.dim(rows)} + last, point, last < 0), u32(i));`,
    `  setScratch(${names.dim(rows)} + i, 0xffffffffu);`,
    '  last = i;',
    '}',
  ]
  const total = accumulator(names, 'sum', out.dtype)
  const columns = names.dim(elementCount(out.shape.slice(axis + 1)))
  const sum = [
    `let column = point % ${columns};`,
    `let row = point / ${columns} % ${names.dim(rows)};`,
    `let outer = point / ${columns} / ${names.dim(rows)};`,
    ...declare([total]),
    'var i = bitcast<i32>(getScratch(row));',
    'while (i >= 0) {',
    `  let update = ${names.load(updates, `(outer * ${names.dim(count)} + i) * ${columns} + column`)};`,
    ...indent(total.add('update', '')),
    `  i = bitcast<i32>(getScratch(${names.dim(rows)} + i));`,
    '}',
    names.store(out, 'point', total.result),
  ]
  const passes = [pointPass(names, target, rows, chain), pointPass(names, target, elementCount(out.shape), sum)]
  return { buffers: names.buffers, passes, scratchBytes: 4 * (maxDim(rows) + maxDim(count)), dims: names.dims }
}
