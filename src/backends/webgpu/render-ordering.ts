// Sorting and the largest k as WGSL. A first pass ranks every element within its run of 64 by comparing it with all of them; each further pass
// merges neighbouring runs, an element finding its rank in the other run by bisection. What travels is positions; the last pass writes.

import { type Dim, elementCount, maxDim, multiplyDims } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { GpuKernel, GpuPass, GpuTarget } from './gpu-kernel.ts'
import { KernelNames } from './render-expression.ts'
import { pointPass } from './render-pass.ts'
import { isBelow, keyText, keyType } from './wgsl-reduction.ts'

/** An ordering along an axis: the first `kept` of each line, with their positions in it (i32). */
export interface Ordering {
  readonly input: Node
  readonly values: Node
  readonly indices: Node
  readonly axis: number
  readonly descending: boolean
  readonly kept: Dim
}

/** Elements that are ranked by comparing each with each. */
const firstRun = 64

/** Renders `sort` (everything kept) or `topK`; equal elements keep their order in both directions. */
export function renderOrdering(ordering: Ordering, target: GpuTarget): GpuKernel {
  const { input, axis, descending } = ordering
  const names = new KernelNames()
  const total = elementCount(input.shape)
  const longest = maxDim(input.shape[axis] ?? 1)
  const value = names.load(input, 'line + at * after')
  const key = keyText('value', input.dtype)
  const declarations = [
    `fn key_at(line: i32, at: i32, after: i32) -> ${keyType(input.dtype)} {`,
    `  let value = ${value};`,
    `  return ${descending ? `~${key}` : key};`,
    '}',
  ]
  const start = [
    `let size = ${names.dim(input.shape[axis] ?? 1)};`,
    `let after = ${names.dim(elementCount(input.shape.slice(axis + 1)))};`,
    'let column = point % after;',
    'let place = point / after % size;',
    'let outer = point / after / size;',
    'let line = outer * size * after + column;',
  ]
  const isBefore = (a: string, b: string) => isBelow(input.dtype, a, b)
  /** Puts position `own` of the line at `rank`. */
  const put = (half: number, isLast: boolean): string[] =>
    isLast ? finish(names, ordering) : [`setScratch(${half === 0 ? '' : `${names.dim(total)} + `}line + rank * after, u32(own));`]

  const passes: GpuPass[] = []
  let half = 0
  let width = firstRun
  const rank = [
    'let own = place;',
    `let first = place / ${width} * ${width};`,
    'let key = key_at(line, own, after);',
    'var rank = first;',
    `for (var i = first; i < min(first + ${width}, size); i++) {`,
    '  let other = key_at(line, i, after);',
    `  if (${isBefore('other', 'key')} || (i < place && !(${isBefore('key', 'other')}))) { rank++; }`,
    '}',
  ]
  passes.push(pointPass(names, target, total, [...start, ...rank, ...put(half, width >= longest)], declarations))
  for (; width < longest; width *= 2) {
    const from = half === 0 ? '' : `${names.dim(total)} + `
    const position = (at: string) => `i32(getScratch(${from}line + (${at}) * after))`
    // In a left run an element goes before equal ones of the other run, in a right run after them.
    const merge = [
      `let own = ${position('place')};`,
      `let run = place / ${width};`,
      'let isLeft = (run & 1) == 0;',
      `let other = select(run - 1, run + 1, isLeft) * ${width};`,
      'let key = key_at(line, own, after);',
      'var low = min(other, size);',
      `var high = min(other + ${width}, size);`,
      'while (low < high) {',
      '  let middle = (low + high) / 2;',
      `  let found = key_at(line, ${position('middle')}, after);`,
      `  if (select(!(${isBefore('key', 'found')}), ${isBefore('found', 'key')}, isLeft)) { low = middle + 1; } else { high = middle; }`,
      '}',
      `let rank = (run - (run & 1)) * ${width} + (place - run * ${width}) + (low - min(other, size));`,
    ]
    half = 1 - half
    passes.push(pointPass(names, target, total, [...start, ...merge, ...put(half, 2 * width >= longest)], declarations))
  }
  const scratchBytes = passes.length > 1 ? 4 * maxDim(multiplyDims(total, passes.length > 2 ? 2 : 1)) : 0
  return { buffers: names.buffers, passes, scratchBytes, dims: names.dims }
}

/** Writes the element at `own` to its final `rank`, if that is kept; its bits stay as they are. */
function finish(names: KernelNames, { input, values, indices, kept }: Ordering): string[] {
  return [
    `if (rank < ${names.dim(kept)}) {`,
    `  let target_at = (outer * ${names.dim(kept)} + rank) * after + column;`,
    `  ${names.storeBits(values, 'target_at', names.bitsAt(input, 'line + own * after'))}`,
    `  ${names.storeBits(indices, 'target_at', 'u32(own)')}`,
    '}',
  ]
}
