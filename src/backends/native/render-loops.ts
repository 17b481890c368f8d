// Row sweeps as C: for each row, statements over the row's inner axes in order. Tasks are ranges of rows; a few very long rows are cut.

import { elementCount } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { Kernel, Statement } from '../../compiler/loop-ir.ts'
import { type BoundKernel, grainOf, mostPoints, phaseFunction, rowLoop } from './bound-kernel.ts'
import { sweepsOf } from '../../compiler/statement-order.ts'
import { joinAxes, type Loops } from '../../compiler/loop-shape.ts'
import { renderColumnBlocks } from './render-columns.ts'
import { renderElements } from './render-elements.ts'
import { ExpressionText, KernelNames, type Scope, storedText } from './render-expression.ts'
import { renderLongRows } from './render-long-rows.ts'
import { renderSweep, type Surroundings } from './render-sweep.ts'
import { taskElements, taskRange } from './task-cut.ts'

export { type BoundKernel, bufferDeclarations, indent } from './bound-kernel.ts'

/** Rows fewer than this and longer than that are cut into parts. */
const fewRows = 8
const longRow = 2 * taskElements

/** Rows this short are computed side by side, one in each lane of a vector. */
const shortRow = 16

/** Renders a reduction that keeps the innermost axis; where that axis is a single column, it is a row sweep. */
export function renderColumns(kernel: Extract<Kernel, { kind: 'columns' }>): BoundKernel {
  if (kernel.column.extent !== 1) return renderColumnBlocks(kernel)
  const { outer, reduced, fn, value, store } = kernel
  const statement: Statement = { kind: 'reduce', inner: reduced, fn, value, node: store.node, index: store.index }
  return renderRows({ kind: 'rows', outer, statements: [statement] }, () => true)
}

/** Renders a row sweep; only values that `isKept` are written to memory. */
export function renderRows(kernel: Extract<Kernel, { kind: 'rows' }>, isKept: (node: Node) => boolean): BoundKernel {
  const loops = joinAxes(kernel)
  if (loops.statements.every((s) => s.kind === 'map' && s.inner.length === 0)) return renderElements(loops, isKept)
  const longest = Math.max(...loops.statements.map((s) => mostPoints(s.inner)))
  const rows = elementCount(loops.outer.map((a) => a.extent))
  if (typeof rows === 'number' && rows < fewRows && longest > longRow) return renderLongRows(loops, isKept)
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
  const sideBySide = isSideBySide({ outer, statements }, longest)
  const around: Surroundings = { names, locals, counter, isKept, outside, rowAxes, serial: sideBySide }
  for (const group of sweepsOf(statements)) {
    const sweep = renderSweep(group, around)
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
  const loop = rowLoop(names, outer, 'begin', 'end', row, sideBySide ? '#pragma omp simd' : undefined)
  const source = phaseFunction('KERNEL_run', names, writtenBy(statements, isKept), [...range.lines, ...top, ...loop])
  return { rendered: { source, phases: [{ symbol: 'KERNEL_run', tasks: range.tasks }], scratchBytes: 0 }, names }
}

/** Many short rows over one joint axis, without an arg reduction (which needs branches). */
function isSideBySide({ outer, statements }: Loops, longest: number): boolean {
  const [only, ...more] = outer
  return (
    only !== undefined &&
    more.length === 0 &&
    mostPoints([only]) >= shortRow &&
    longest <= shortRow &&
    statements.every((s) => s.kind === 'map' || (s.fn !== 'argmax' && s.fn !== 'argmin')) &&
    statements.every((s) => s.inner.length <= 1)
  )
}

/** The store of a finished reduction, if anyone reads it from memory. */
export function storeReduced(names: KernelNames, statement: Extract<Statement, { kind: 'reduce' }>, value: string, around: Surroundings): string[] {
  const { node, index } = statement
  if (!around.isKept(node)) return []
  const lines: string[] = []
  const at = new ExpressionText(names, around.locals, around.counter).render({ kind: 'index', index, dtype: 'i64' }, [
    { lines, axes: around.rowAxes },
  ])
  return [...lines, `b${names.buffer(node)}[${at}] = ${storedText(value, node.dtype)};`]
}

/** The nodes that the statements write. */
export function writtenBy(statements: readonly Statement[], isKept: (node: Node) => boolean): Set<Node> {
  return new Set(statements.map((s) => (s.kind === 'map' ? s.store.node : s.node)).filter(isKept))
}
