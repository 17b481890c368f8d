// Elementwise kernels as C: every point of the loops is computed alone, the vector loop is inside.

import { elementCount, maxDim } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { Axis } from '../../compiler/loop-ir/index-expression.ts'
import type { Statement } from '../../compiler/loop-ir/loop-ir.ts'
import { type BoundKernel, decode, grainOf, indent, phaseFunction, rowLoop } from './bound-kernel.ts'
import { elementLoops, type Loops } from '../../compiler/loop-ir/loop-shape.ts'
import { boundsWithin } from './guard-bounds.ts'
import { ExpressionText, KernelNames, type Scope, storedText } from './render-expression.ts'
import { type CInt, cText } from './rendered-kernel.ts'
import { dividedUp, taskRange, timesSize, unlessEmpty } from './task-cut.ts'

/** Points along each side of a block where one side is read contiguous and the other written so: one cache line of f32. */
const blockSide = 16

/** Renders statements without inner axes over `outer`. */
export function renderElements({ outer: axes, statements }: Loops, isKept: (node: Node) => boolean, inLoop = false): BoundKernel {
  const names = new KernelNames()
  const loops = elementLoops(axes, statements)
  if (loops === undefined) {
    const body: string[] = []
    storeAll(names, statements, [{ lines: body, axes: new Set() }], isKept)
    return finish(names, statements, isKept, body, 1)
  }
  const { outer, inner, across } = loops
  if (across !== undefined) return renderBlocks(names, statements, isKept, outer, inner, across)
  const grain = grainOf(statements)
  const top: string[] = []
  const perRow: string[] = []
  const body: string[] = []
  const scopes = scopesOf([top, []], [perRow, outer], [body, [inner]])
  storeAll(names, statements, scopes, isKept)
  const columns = names.size(inner.extent)
  const x = names.axis(inner)
  const vectorLoop = (from: string, to: string) => ['#pragma omp simd', `for (int64_t ${x} = ${from}; ${x} < ${to}; ${x}++) {`, ...indent(body), '}']
  const rows = names.size(elementCount(outer.map((a) => a.extent)))
  if (maxDim(inner.extent) > grain) {
    const chunks = dividedUp(columns, grain)
    const lines = [
      `const int64_t from = task % ${cText(chunks)} * ${grain};`,
      `const int64_t to = from + ${grain} < ${cText(columns)} ? from + ${grain} : ${cText(columns)};`,
      ...decode(names, outer, `(task / ${cText(chunks)})`),
      ...top,
      ...perRow,
      ...vectorLoop('from', 'to'),
    ]
    return finish(names, statements, isKept, lines, timesSize(rows, chunks))
  }
  const range = taskRange(rows, rowsOfTask(rows, inLoop ? Math.ceil(grain / loopTasks) : grain, Math.max(1, maxDim(inner.extent))))
  // Between bounds the compiler knows which parts of a concatenation it is in, and computes no others.
  const bounds = boundsWithin(
    statements.map((s) => (s.kind === 'map' ? s.store.value : s.value)),
    inner,
  )
  const ends = [...bounds, cText(columns)]
  const row = [...perRow, ...ends.flatMap((end, i) => vectorLoop(String(bounds[i - 1] ?? 0), String(end)))]
  const sweep = outer.length === 0 ? row : rowLoop(names, outer, 'begin', 'end', row)
  const lines = outer.length === 0 ? [] : range.lines
  return finish(names, statements, isKept, [...lines, ...top, ...sweep], unlessEmpty(timesSize(rows, columns), range.tasks))
}

/** Square blocks of `across` × `inner`, so that the cache lines read along the one serve the whole block. */
function renderBlocks(
  names: KernelNames,
  statements: readonly Statement[],
  isKept: (node: Node) => boolean,
  outer: readonly Axis[],
  inner: Axis,
  across: Axis,
): BoundKernel {
  const others = outer.filter((a) => a !== across)
  const top: string[] = []
  const perOther: string[] = []
  const perRow: string[] = []
  const body: string[] = []
  storeAll(names, statements, scopesOf([top, []], [perOther, others], [perRow, [across]], [body, [inner]]), isKept)
  const [height, width] = [names.size(across.extent), names.size(inner.extent)]
  const blocks = dividedUp(height, blockSide)
  const units = timesSize(names.size(elementCount(others.map((a) => a.extent))), blocks)
  const range = taskRange(units, Math.max(1, Math.floor(grainOf(statements) / 2 / blockSide / Math.max(1, maxDim(inner.extent)))))
  const [x, y] = [names.axis(inner), names.axis(across)]
  const lines = [
    ...range.lines,
    ...top,
    'for (int64_t unit = begin; unit < end; unit++) {',
    ...indent([
      ...decode(names, others, `(unit / ${cText(blocks)})`),
      ...perOther,
      `const int64_t y0 = unit % ${cText(blocks)} * ${blockSide};`,
      `const int64_t y1 = y0 + ${blockSide} < ${cText(height)} ? y0 + ${blockSide} : ${cText(height)};`,
      `for (int64_t first = 0; first < ${cText(width)}; first += ${blockSide}) {`,
      `  const int64_t last = first + ${blockSide} < ${cText(width)} ? first + ${blockSide} : ${cText(width)};`,
      `  for (int64_t ${y} = y0; ${y} < y1; ${y}++) {`,
      ...indent(indent(perRow)),
      '    #pragma omp simd',
      `    for (int64_t ${x} = first; ${x} < last; ${x}++) {`,
      ...indent(indent(indent(body))),
      '    }',
      '  }',
      '}',
    ]),
    '}',
  ]
  return finish(names, statements, isKept, lines, unlessEmpty(timesSize(units, width), range.tasks))
}

function scopesOf(...levels: readonly (readonly [lines: string[], axes: readonly Axis[]])[]): Scope[] {
  return levels.map(([lines, axes]) => ({ lines, axes: new Set(axes.map((a) => a.id)) }))
}

/** Renders every statement's value and store into the innermost scope. */
function storeAll(names: KernelNames, statements: readonly Statement[], scopes: readonly Scope[], isKept: (node: Node) => boolean): void {
  const text = new ExpressionText(names, new Map(), { next: 0 })
  const innermost = scopes.at(-1)
  for (const statement of statements) {
    if (statement.kind !== 'map') continue
    const { node, index, value } = statement.store
    const rendered = text.render(value, scopes)
    text.remember(node, rendered)
    if (!isKept(node)) continue
    const at = text.render({ kind: 'index', index, dtype: 'i64' }, scopes)
    innermost?.lines.push(`b${names.buffer(node)}[${at}] = ${storedText(rendered, node.dtype)};`)
  }
}

function finish(
  names: KernelNames,
  statements: readonly Statement[],
  isKept: (node: Node) => boolean,
  body: readonly string[],
  tasks: CInt,
): BoundKernel {
  const written = new Set(statements.flatMap((s) => (s.kind === 'map' && isKept(s.store.node) ? [s.store.node] : [])))
  const source = phaseFunction('KERNEL_run', names, written, body)
  return { rendered: { source, phases: [{ symbol: 'KERNEL_run', tasks }], scratchBytes: 0 }, names }
}

/** Inside of loops, where threads wait awake for the next phase, tasks are worth sharing that are smaller by this. */
const loopTasks = 16

/** Rows of each task: as many as make `grain` elements; of few rows tasks of one size, in pairs. */
function rowsOfTask(rows: CInt, grain: number, columns: number): number {
  const most = Math.max(1, Math.floor(grain / columns))
  if (typeof rows !== 'number' || rows <= most || rows > 8 * most) return most
  return Math.ceil(rows / (2 * Math.ceil(rows / most / 2)))
}
