// Row sweeps as C: for each row, statements over the row's inner axes in order. Tasks are ranges of rows; a few very long rows are cut.

import { elementCount } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { Axis } from '../../compiler/loop-ir/index-expression.ts'
import type { Expression, Kernel, Statement } from '../../compiler/loop-ir/loop-ir.ts'
import { type BoundKernel, grainOf, mostPoints, phaseFunction, rowLoop, writtenBy } from './bound-kernel.ts'
import { joinAxes, type Loops } from '../../compiler/loop-ir/loop-shape.ts'
import { sweepsOf } from '../../compiler/loop-ir/statement-order.ts'
import { renderColumnBlocks } from './render-columns.ts'
import { renderElements } from './render-elements.ts'
import { computedType, KernelNames, type Scope } from './render-expression.ts'
import { renderLongRows } from './render-long-rows.ts'
import { lanes, renderShortRows } from './render-short-rows.ts'
import { renderSweep, sharedValues, storeReduced, type Surroundings } from './render-sweep.ts'
import { taskElements, taskRange } from './task-cut.ts'

export { type BoundKernel, bufferDeclarations, indent } from './bound-kernel.ts'

/** Rows fewer than this and longer than that are cut into parts. */
const fewRows = 8
const longRow = 2 * taskElements

/** Elements of a row's values that wait on the stack for a later sweep. */
const stackElements = 65536

/** Rows this short are computed several at a time. */
const shortRow = 16

/** Renders a reduction that keeps the innermost axis; where that axis is a single column, it is a row sweep. */
export function renderColumns(kernel: Extract<Kernel, { kind: 'columns' }>): BoundKernel {
  if (kernel.column.extent !== 1) return renderColumnBlocks(kernel)
  const { outer, reduced, fn, value, store } = kernel
  const statement: Statement = { kind: 'reduce', inner: reduced, fn, value, node: store.node, index: store.index }
  return renderRows({ kind: 'rows', outer, statements: [statement] }, () => true)
}

/** Renders a row sweep; only values that `isKept` are written to memory. */
export function renderRows(kernel: Extract<Kernel, { kind: 'rows' }>, isKept: (node: Node) => boolean, inLoop = false): BoundKernel {
  const loops = joinAxes(kernel)
  if (loops.statements.every((s) => s.kind === 'map' && s.inner.length === 0)) return renderElements(loops, isKept, inLoop)
  const longest = Math.max(...loops.statements.map((s) => mostPoints(s.inner)))
  const rows = elementCount(loops.outer.map((a) => a.extent))
  if (typeof rows === 'number' && rows < fewRows && longest > longRow) return renderLongRows(loops, isKept)
  const short = shortRows(loops, longest)
  if (short !== undefined) return renderShortRows(short.row, short.inner, longest, loops.statements, isKept)
  return renderWholeRows(loops, isKept, longest)
}

function renderWholeRows({ outer, statements }: Loops, isKept: (node: Node) => boolean, longest: number): BoundKernel {
  const names = new KernelNames()
  const counter = { next: 0 }
  const top: string[] = []
  const row: string[] = []
  const outside: Scope[] = [{ lines: top, axes: new Set() }]
  const rowAxes = new Set(outer.map((a) => a.id))
  const locals = new Map<Node, string>()
  const groups = sweepsOf(statements)
  const arrays = rowArrays(groups, longest)
  const shared = { arrays, filled: new Set<Expression>() }
  const written = new Set<Node>()
  const around: Surroundings = { names, locals, counter, isKept, written, outside, rowAxes, shared }
  for (const group of groups) {
    const sweep = renderSweep(group, around)
    for (const statement of group) if (statement.kind === 'map') written.add(statement.store.node)
    row.push(...sweep.lines)
    for (const { statement, type, value } of sweep.reduced) {
      const name = `v${counter.next++}`
      row.push(`const ${type} ${name} = ${value};`)
      locals.set(statement.node, name)
      row.push(...storeReduced(names, statement, name, around))
    }
  }
  const rows = names.size(elementCount(outer.map((a) => a.extent)))
  const range = taskRange(rows, Math.max(1, Math.floor(grainOf(statements) / Math.max(1, longest))))
  const loop = rowLoop(names, outer, 'begin', 'end', row)
  const declarations = [...shared.filled].map((e) => `${computedType[e.dtype]} ${arrays.get(e)}[${longest}] __attribute__((aligned(64)));`)
  const source = phaseFunction('KERNEL_run', names, writtenBy(statements, isKept), [...range.lines, ...declarations, ...top, ...loop])
  return { rendered: { source, phases: [{ symbol: 'KERNEL_run', tasks: range.tasks }], scratchBytes: 0 }, names }
}

/** An array for each dear value that several sweeps over the same single axis use, as long as they fit on the stack. */
function rowArrays(groups: readonly (readonly Statement[])[], longest: number): ReadonlyMap<Expression, string> {
  const sweeps = groups.filter((group) => (group[0]?.inner.length ?? 0) > 0)
  const axes = new Set(sweeps.flatMap((group) => group.flatMap((s) => s.inner.map((a) => a.id))))
  if (axes.size !== 1 || sweeps.some((group) => group.some((s) => s.inner.length !== 1))) return new Map()
  const values = sharedValues(sweeps).slice(0, Math.floor(stackElements / Math.max(1, longest)))
  return new Map(values.map((e, i) => [e, `kept${i}`]))
}

/** The axes of many short rows, without an arg reduction (which needs branches); `undefined` where the rows are not such. */
function shortRows({ outer, statements }: Loops, longest: number): { readonly row: Axis; readonly inner: Axis } | undefined {
  const [row, ...more] = outer
  const inner = statements.find((s) => s.inner.length > 0)?.inner[0]
  if (row === undefined || inner === undefined || more.length > 0 || longest > shortRow || mostPoints([row]) < lanes) return undefined
  const fits = statements.every((s) => s.inner.length <= 1 && (s.kind === 'map' || (s.fn !== 'argmax' && s.fn !== 'argmin')))
  return fits && typeof inner.extent === 'number' && inner.extent > 0 ? { row, inner } : undefined
}
