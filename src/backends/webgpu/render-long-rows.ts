// A few very long rows as WGSL: every sweep is a pass of many workgroups for each row. What they reduce goes to scratch memory, and a pass
// between two sweeps combines it in the order of the parts; later passes read the results there.

import { elementCount } from '../../core/dimension.ts'
import type { Node } from '../../core/graph.ts'
import type { Statement } from '../../compiler/loop-ir/loop-ir.ts'
import type { Loops } from '../../compiler/loop-ir/loop-shape.ts'
import { sweepsOf } from '../../compiler/loop-ir/statement-order.ts'
import type { GpuKernel, GpuPass, GpuTarget } from './gpu-kernel.ts'
import { decodeLines, ExpressionText, indent, KernelNames, mostPoints } from './render-expression.ts'
import { kernelText, pointPass } from './render-pass.ts'
import { accumulatorsOf, type ReduceStatement, renderStep, writtenBy } from './render-step.ts'
import { type Accumulator, accumulator, acrossWorkgroup, declare, SharedWords } from './wgsl-reduction.ts'
import { type ComputedType, computedType } from './wgsl-scalar.ts'
import { scratchLoad, scratchStore, wordsOf } from './wgsl-words.ts'

/** Elements of a row that a workgroup takes, unless that makes too many parts. */
const partElements = 4096
const mostParts = 256

/** A reduction that an earlier pass has finished: its results stand in scratch memory, one for each row. */
interface Finished {
  readonly node: Node
  readonly type: ComputedType
  readonly base: number
}

export function renderLongRows(loops: Loops, isKept: (node: Node) => boolean, target: GpuTarget, longest: number): GpuKernel {
  return new LongRows(loops, isKept, target, longest).kernel()
}

class LongRows {
  private readonly names = new KernelNames()
  private readonly loops: Loops
  private readonly isKept: (node: Node) => boolean
  private readonly target: GpuTarget
  private readonly parts: number
  private readonly rows: number
  private readonly passes: GpuPass[] = []
  private readonly finished: Finished[] = []
  /** Statements of a whole row so far: later passes compute their values anew. */
  private readonly rowStatements: Statement[] = []
  private words = 0

  constructor(loops: Loops, isKept: (node: Node) => boolean, target: GpuTarget, longest: number) {
    this.loops = loops
    this.isKept = isKept
    this.target = target
    this.rows = mostPoints(loops.outer)
    this.parts = Math.min(mostParts, Math.ceil(longest / partElements))
  }

  kernel(): GpuKernel {
    for (const sweep of sweepsOf(this.loops.statements)) {
      if ((sweep[0]?.inner ?? []).length === 0) this.rowPass(sweep)
      else this.sweepPasses(sweep)
    }
    const { names } = this
    return { buffers: names.buffers, passes: this.passes, scratchBytes: 4 * this.words, dims: names.dims }
  }

  private take(words: number): number {
    const base = this.words
    this.words += words
    return base
  }

  /** Statements for a row, whose number is the text `row`: its axes, and what is known of it. */
  private within(row: string, body: (text: ExpressionText) => void): string[] {
    const { names } = this
    const text = new ExpressionText(names)
    for (const s of this.rowStatements) text.inline(writtenBy(s), rowValue(s))
    return text.within(this.loops.outer, () => {
      text.push(...decodeLines(names, this.loops.outer, row))
      for (const { node, type, base } of this.finished) {
        const name = names.fresh('v')
        text.push(`let ${name} = ${scratchLoad(type, row, base)};`)
        text.know(node, name)
      }
      body(text)
    })
  }

  private get rowCount() {
    return elementCount(this.loops.outer.map((a) => a.extent))
  }

  /** An invocation for each row writes what belongs to it as a whole. */
  private rowPass(sweep: readonly Statement[]): void {
    this.rowStatements.push(...sweep)
    const kept = sweep.filter((s) => this.isKept(writtenBy(s)))
    if (kept.length === 0) return
    const lines = this.within('point', (text) => {
      for (const s of kept) text.write(writtenBy(s), s.kind === 'map' ? s.store.index : s.index, text.value(rowValue(s)))
    })
    this.passes.push(pointPass(this.names, this.target, this.rowCount, lines))
  }

  private sweepPasses(sweep: readonly Statement[]): void {
    const { names, parts } = this
    const threads = Math.min(256, this.target.mostThreads)
    const shared = new SharedWords(threads)
    const accumulators = accumulatorsOf(names, sweep)
    const all = [...accumulators.values()]
    const states = all.flatMap((a) => a.states)
    const bases = states.map((s) => this.take(this.rows * parts * wordsOf(s.type)))
    const inner = sweep[0]?.inner ?? []
    const count = names.dim(elementCount(inner.map((a) => a.extent)))
    const lines = [
      `let row = group / ${parts};`,
      `let part = group % ${parts};`,
      `let size = (${count} + ${parts - 1}) / ${parts};`,
      ...this.within('row', (text) => {
        text.push(...declare(all))
        const at = names.fresh('p')
        const body = text.within(inner, () => {
          text.push(...decodeLines(names, inner, at))
          renderStep(text, sweep, accumulators, this.isKept, at)
        })
        text.push(`for (var ${at} = part * size + thread; ${at} < min(part * size + size, ${count}); ${at} += ${threads}) {`, ...indent(body), '}')
        if (all.length === 0) return
        text.push(...acrossWorkgroup(shared, all), 'if (thread == 0) {')
        states.forEach((s, i) => {
          text.push(...indent(scratchStore(s.type, 'group', s.name, bases[i])))
        })
        text.push('}')
      }),
    ]
    this.passes.push({ body: kernelText(lines, shared.declarations), threads, groups: this.groups() })
    if (all.length > 0) this.finishPass([...accumulators.keys()], bases)
  }

  private groups() {
    return elementCount([...this.loops.outer.map((a) => a.extent), this.parts])
  }

  /** An invocation for each row combines its parts. */
  private finishPass(statements: readonly ReduceStatement[], bases: readonly number[]): void {
    const { names, parts } = this
    let state = 0
    const results: Finished[] = []
    const lines = this.within('point', (text) => {
      for (const s of statements) {
        const total: Accumulator = accumulator(names, s.fn, s.value.dtype)
        const partials = total.states.map(({ type }) => scratchLoad(type, `point * ${parts} + part`, bases[state++]))
        const named = partials.map((partial) => ({ name: names.fresh('partial'), partial }))
        text.push(
          ...declare([total]),
          `for (var part = 0; part < ${parts}; part++) {`,
          ...named.map(({ name, partial }) => `  let ${name} = ${partial};`),
          ...indent(total.merge(named.map(({ name }) => name))),
          '}',
        )
        const type = computedType(s.node.dtype)
        const base = this.take(this.rows * wordsOf(type))
        const name = names.fresh('v')
        text.push(`let ${name} = ${total.result};`, ...scratchStore(type, 'point', name, base))
        if (this.isKept(s.node)) text.write(s.node, s.index, name)
        results.push({ node: s.node, type, base })
      }
    })
    this.finished.push(...results)
    this.passes.push(pointPass(names, this.target, this.rowCount, lines))
  }
}

/** The value of a statement without inner axes. */
function rowValue(s: Statement) {
  if (s.kind === 'map') return s.store.value
  return s.fn === 'argmax' || s.fn === 'argmin' ? ({ kind: 'constant', value: 0, dtype: s.node.dtype } as const) : s.value
}
