// Passes that put the elements of lines in order, stably. The first ranks every element within its run of 64 by comparing it with all of them;
// each further one merges neighbouring runs, an element finding its rank in the other run by bisection. What travels, through scratch memory, is
// positions; the last pass does with them what its caller wants.

import { type Dim, maxDim } from '../../core/dimension.ts'
import type { DType } from '../../core/dtype.ts'
import type { GpuPass, GpuTarget } from './gpu-kernel.ts'
import type { KernelNames } from './render-expression.ts'
import { pointPass } from './render-pass.ts'
import { isBelow, keyText, keyType } from './wgsl-reduction.ts'

/** Lines of `size` elements that lie `after` apart; `total` elements in all. */
export interface SortedLines {
  readonly dtype: DType
  readonly total: Dim
  readonly size: Dim
  readonly after: Dim
  readonly descending: boolean
  /** The text of an element's computed value; it may use `line`, where the line begins, `at`, the position in it, and `after`. */
  readonly value: string
  /** Where the passes' scratch memory begins, in words. */
  readonly base: Dim
  /** Statements for each element of the order: `rank`, its `own` position in the line, `line`, `after`, and the line's `outer` and `column`. */
  readonly finish: readonly string[]
}

/** Elements that are ranked by comparing each with each. */
const firstRun = 64

/** Words of scratch memory that the passes take at most. */
export function sortScratchWords({ total, size }: Pick<SortedLines, 'total' | 'size'>): number {
  const longest = maxDim(size)
  return longest <= firstRun ? 0 : maxDim(total) * (longest <= 2 * firstRun ? 1 : 2)
}

/** The passes that sort. */
export function sortPasses(names: KernelNames, target: GpuTarget, lines: SortedLines): GpuPass[] {
  const { dtype, total, descending, value, base, finish } = lines
  const longest = maxDim(lines.size)
  const key = keyText('value', dtype)
  const declarations = [
    `fn key_at(line: i32, at: i32, after: i32) -> ${keyType(dtype)} {`,
    `  let value = ${value};`,
    `  return ${descending ? `~${key}` : key};`,
    '}',
  ]
  const start = [
    `let size = ${names.dim(lines.size)};`,
    `let after = ${names.dim(lines.after)};`,
    'let column = point % after;',
    'let place = point / after % size;',
    'let outer = point / after / size;',
    'let line = outer * size * after + column;',
  ]
  const isBefore = (a: string, b: string) => isBelow(dtype, a, b)
  /** The slot of the element at a place, in one or the other half of the scratch memory. */
  const slot = (half: number, place: string) => `${names.dim(base)} + ${half === 0 ? '' : `${names.dim(total)} + `}line + (${place}) * after`
  const put = (half: number, isLast: boolean) => (isLast ? finish : [`setScratch(${slot(half, 'rank')}, u32(own));`])

  const passes: GpuPass[] = []
  let half = 0
  let width = firstRun
  const ranked = [
    'let own = place;',
    `let first = place / ${width} * ${width};`,
    'let key = key_at(line, own, after);',
    'var rank = first;',
    `for (var i = first; i < min(first + ${width}, size); i++) {`,
    '  let other = key_at(line, i, after);',
    `  if (${isBefore('other', 'key')} || (i < place && !(${isBefore('key', 'other')}))) { rank++; }`,
    '}',
  ]
  passes.push(pointPass(names, target, total, [...start, ...ranked, ...put(half, width >= longest)], declarations))
  for (; width < longest; width *= 2) {
    const position = (place: string) => `i32(getScratch(${slot(half, place)}))`
    // In a left run an element goes before equal ones of the other run, in a right run after them.
    const merged = [
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
    const next = 1 - half
    passes.push(pointPass(names, target, total, [...start, ...merged, ...put(next, 2 * width >= longest)], declarations))
    half = next
  }
  return passes
}
