// Scatter-add as WGSL, in the order of the indices. First those that name the same row of the result are chained; then each chain is added up, an
// invocation for each element. Chains come from comparing every index with every row, which all invocations read at once, or, where that would be
// too many comparisons, from sorting the indices.

import { addDims, type Dim, elementCount, maxDim } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { GpuKernel, GpuPass, GpuTarget } from './gpu-kernel.ts'
import { indent, KernelNames } from './render-expression.ts'
import { sortPasses, sortScratchWords } from './render-merge-sort.ts'
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

/** Comparisons of an index with a row from which on the indices are sorted. */
const mostComparisons = 2 ** 30
/** Indices that an invocation walks one after the other at most. */
const mostIndices = 2 ** 18

export function renderScatterAdd({ indices, updates, out, axis }: ScatterAdd, target: GpuTarget): GpuKernel {
  const names = new KernelNames()
  const rows: Dim = out.shape[axis] ?? 1
  const count = elementCount(indices.shape)
  const isSorted = maxDim(count) > mostIndices || maxDim(rows) * maxDim(count) > mostComparisons
  const chains = isSorted ? sortedChains(names, target, indices, rows, count) : comparedChains(names, target, indices, rows, count)
  const total = accumulator(names, 'sum', out.dtype)
  const columns = names.dim(elementCount(out.shape.slice(axis + 1)))
  const sum = [
    `let column = point % ${columns};`,
    `let row = point / ${columns} % ${names.dim(rows)};`,
    `let outer = point / ${columns} / ${names.dim(rows)};`,
    ...declare([total]),
    'var i = i32(getScratch(row));',
    'while (i >= 0) {',
    `  let update = ${names.load(updates, `(outer * ${names.dim(count)} + i) * ${columns} + column`)};`,
    ...indent(total.add('update', '')),
    `  i = i32(getScratch(${names.dim(rows)} + i));`,
    '}',
    names.store(out, 'point', total.result),
  ]
  const passes = [...chains, pointPass(names, target, elementCount(out.shape), sum)]
  const words = maxDim(rows) + maxDim(count) * (isSorted ? 2 : 1) + (isSorted ? sortScratchWords({ total: count, size: count }) : 0)
  return { buffers: names.buffers, passes, scratchBytes: 4 * words, dims: names.dims }
}

/** The end of a chain: −1. */
const end = '0xffffffffu'

// Scratch memory begins with the first index of each row, then has for each index the next of the same row.

/** An invocation for each row looks for the indices that name it. */
function comparedChains(names: KernelNames, target: GpuTarget, indices: Node, rows: Dim, count: Dim): GpuPass[] {
  const chain = [
    'var last = -1;',
    `setScratch(point, ${end});`,
    `for (var i = 0; i < ${names.dim(count)}; i++) {`,
    `  if (${toIndex(names.load(indices, 'i'), indices.dtype)} != point) { continue; }`,
    `  setScratch(select(${names.dim(rows)} + last, point, last < 0), u32(i));`,
    `  setScratch(${names.dim(rows)} + i, ${end});`,
    '  last = i;',
    '}',
  ]
  return [pointPass(names, target, rows, chain)]
}

/** Indices in order stand beside those of the same row; behind the chains lies the order. */
function sortedChains(names: KernelNames, target: GpuTarget, indices: Node, rows: Dim, count: Dim): GpuPass[] {
  const order = addDims(rows, count)
  const sort = sortPasses(names, target, {
    dtype: indices.dtype,
    total: count,
    size: count,
    after: 1,
    descending: false,
    value: names.load(indices, 'line + at * after'),
    base: addDims(order, count),
    finish: [`setScratch(${names.dim(order)} + rank, u32(own));`],
  })
  const clear = [`setScratch(point, ${end});`]
  const at = (place: string) => `i32(getScratch(${names.dim(order)} + ${place}))`
  const row = (i: string) => toIndex(names.load(indices, i), indices.dtype)
  const link = [
    `let i = ${at('point')};`,
    `let row = ${row('i')};`,
    `var next = -1;`,
    `if (point + 1 < ${names.dim(count)}) { next = ${at('point + 1')}; }`,
    `setScratch(${names.dim(rows)} + i, select(${end}, u32(next), next >= 0 && ${row('next')} == row));`,
    'var before = -1;',
    `if (point > 0) { before = ${at('point - 1')}; }`,
    `if (row >= 0 && row < ${names.dim(rows)} && (before < 0 || ${row('before')} != row)) { setScratch(row, u32(i)); }`,
  ]
  return [...sort, pointPass(names, target, rows, clear), pointPass(names, target, count, link)]
}
