// Row sweeps as WGSL: for each row, statements over the row's inner axes in order. Without inner axes an invocation takes one point; short rows
// are taken by one invocation each, longer ones by a workgroup each, and a few very long ones by many workgroups.

import { elementCount } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { Axis } from '../../compiler/loop-ir/index-expression.ts'
import type { Kernel, Statement } from '../../compiler/loop-ir/loop-ir.ts'
import { joinAxes, type Loops } from '../../compiler/loop-ir/loop-shape.ts'
import { sweepsOf } from '../../compiler/loop-ir/statement-order.ts'
import type { GpuKernel, GpuPass, GpuTarget } from './gpu-kernel.ts'
import { decodeLines, ExpressionText, indent, KernelNames, mostPoints } from './render-expression.ts'
import { renderLongRows } from './render-long-rows.ts'
import { kernelText, pointPass } from './render-pass.ts'
import { accumulatorsOf, type ReduceStatement, renderStep, writtenBy } from './render-step.ts'
import { type Accumulator, acrossWorkgroup, declare, SharedWords } from './wgsl-reduction.ts'

/** Rows this short are taken by one invocation. */
const shortRow = 32

/** Rows no more than these and no shorter than that are taken by many workgroups each. */
const fewRows = 32
const longRow = 16384

/** Renders a row sweep; only values that `isKept` are written to memory. */
export function renderRows(kernel: Extract<Kernel, { kind: 'rows' }>, isKept: (node: Node) => boolean, target: GpuTarget): GpuKernel {
  const loops = joinAxes(kernel)
  const names = new KernelNames()
  const longest = Math.max(...loops.statements.map((s) => mostPoints(s.inner)))
  if (mostPoints(loops.outer) <= fewRows && longest >= longRow) return renderLongRows(loops, isKept, target, longest)
  const pass = longest <= shortRow ? renderShortRows(names, loops, isKept, target) : renderWorkgroupRows(names, loops, isKept, target, longest)
  return { buffers: names.buffers, passes: [pass], scratchBytes: 0, dims: names.dims }
}

/** What the statements of a row are rendered with. */
interface Row {
  readonly names: KernelNames
  readonly text: ExpressionText
  readonly isKept: (node: Node) => boolean
  /** The condition under which this invocation writes what belongs to the row as a whole. */
  readonly writes?: string
}

/** One invocation for each row, or for each point where there are no inner axes. */
function renderShortRows(names: KernelNames, { outer, statements }: Loops, isKept: (node: Node) => boolean, target: GpuTarget): GpuPass {
  const text = new ExpressionText(names, statements.map(writtenBy))
  const row: Row = { names, text, isKept }
  const lines = text.within(outer, () => {
    text.push(...decodeLines(names, outer, 'point'))
    text.ownStarts()
    for (const sweep of sweepsOf(statements)) {
      const inner = sweep[0]?.inner ?? []
      if (inner.length === 0) storeRowValues(row, sweep)
      else {
        const accumulators = accumulatorsOf(names, sweep)
        text.push(...declare([...accumulators.values()]))
        text.nest(inner, () => renderStep(text, sweep, accumulators, isKept, positionIn(names, inner)))
        finishReductions(row, accumulators)
      }
    }
  })
  return pointPass(names, target, elementCount(outer.map((a) => a.extent)), lines)
}

/** A workgroup for each row: its invocations walk the row side by side and combine what they have reduced. */
function renderWorkgroupRows(
  names: KernelNames,
  { outer, statements }: Loops,
  isKept: (node: Node) => boolean,
  target: GpuTarget,
  longest: number,
): GpuPass {
  const threads = Math.min(target.mostThreads, longest <= 128 ? 32 : longest <= 512 ? 64 : longest <= 1024 ? 128 : 256)
  const shared = new SharedWords(threads)
  const text = new ExpressionText(names, statements.map(writtenBy))
  const row: Row = { names, text, isKept, writes: 'thread == 0' }
  const lines = text.within(outer, () => {
    text.push(...decodeLines(names, outer, 'group'))
    text.ownStarts()
    sweepsOf(statements).forEach((sweep, i, sweeps) => {
      const inner = sweep[0]?.inner ?? []
      if (inner.length === 0) storeRowValues(row, sweep)
      else renderSharedSweep(row, shared, sweep, inner)
      // What the row has written, other invocations may read from here on.
      if (i < sweeps.length - 1 && sweep.some((s) => s.kind === 'map')) text.push('storageBarrier();')
    })
  })
  return { body: kernelText(lines, shared.declarations), threads, groups: elementCount(outer.map((a) => a.extent)) }
}

function renderSharedSweep(row: Row, shared: SharedWords, sweep: readonly Statement[], inner: readonly Axis[]): void {
  const { names, text, isKept } = row
  const accumulators = accumulatorsOf(names, sweep)
  text.push(...declare([...accumulators.values()]))
  const at = names.fresh('p')
  const body = text.within(inner, () => {
    text.push(...decodeLines(names, inner, at))
    renderStep(text, sweep, accumulators, isKept, at)
  })
  const count = names.dim(elementCount(inner.map((a) => a.extent)))
  text.push(`for (var ${at} = thread; ${at} < ${count}; ${at} += ${shared.threads}) {`, ...indent(body), '}')
  if (accumulators.size > 0) text.push(...acrossWorkgroup(shared, [...accumulators.values()]))
  finishReductions(row, accumulators)
}

function finishReductions(row: Row, accumulators: ReadonlyMap<ReduceStatement, Accumulator>): void {
  for (const [s, { result }] of accumulators) finishReduction(row, s, result)
}

function finishReduction({ names, text, isKept, writes }: Row, s: ReduceStatement, result: string): void {
  const value = names.fresh('v')
  text.push(`let ${value} = ${result};`)
  text.know(s.node, value)
  if (isKept(s.node)) text.write(s.node, s.index, value, writes)
}

/** What belongs to a whole row: values computed from reductions, or reductions of a single element. */
function storeRowValues(row: Row, sweep: readonly Statement[]): void {
  const { text, isKept, writes } = row
  for (const s of sweep) {
    if (s.kind === 'map') text.store(s.store, isKept(s.store.node), writes)
    else finishReduction(row, s, s.fn === 'argmax' || s.fn === 'argmin' ? '0' : text.value(s.value))
  }
}

/** The row-major position of the current point in the inner axes. */
function positionIn(names: KernelNames, inner: readonly Axis[]): string {
  return inner.reduce((position, a) => (position === '' ? names.axis(a) : `(${position}) * ${names.dim(a.extent)} + ${names.axis(a)}`), '')
}
