// From a graph to the native runtime's tables: kernels rendered, memory planned, one instruction per phase; loops and branches as
// instructions around the instructions of their bodies.

import type { GraphFunction } from '../../compiler/device.ts'
import { fuseInSteps } from '../../compiler/fuse.ts'
import type { Kernel } from '../../compiler/loop-ir.ts'
import type { Steps } from '../../compiler/in-steps.ts'
import { kernelKey } from '../../compiler/kernel-key.ts'
import { bytesOf, keptValues, type MemoryPlan, planMemory } from '../../compiler/memory-plan.ts'
import { optimize } from '../../compiler/optimize.ts'
import { isVerifying, verifyOrder, verifyPlan } from '../../compiler/verify.ts'
import { type Dim, type DimVariable, evaluateDim, variablesOf } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Subgraph } from '../../core/primitives.ts'
import { renderKernel } from './render.ts'
import { cValue, type KernelPhase, type Target } from './rendered-kernel.ts'

/** A place in memory while the program runs: an address it is given (input, output or arena) and bytes after it. */
export interface Slot {
  readonly base: number
  readonly offset: number
}

/** A count that is known now, or follows from the sizes bound at run time. */
export type Count = number | ((dims: ReadonlyMap<string, number>) => number)

export type Instruction =
  | {
      readonly op: 'phase'
      /** Index into `sources`. */
      readonly source: number
      readonly symbol: string
      readonly firstArgument: number
      readonly firstDim: number
      readonly tasks: Count
      /** Index into `kernels`, for explanations. */
      readonly kernel: number
    }
  | { readonly op: 'copy'; readonly target: number; readonly source: number; readonly bytes: Count }
  | {
      readonly op: 'scan'
      readonly steps: Count
      end: number
      readonly firstMove: number
      moves: number
      firstArgument: number
      endArgument: number
      readonly reverse: boolean
    }
  | { readonly op: 'cond'; readonly predicate: number; endTrue: number; end: number }
  | { readonly op: 'while'; predicate: number; endCondition: number; end: number }

/** A slot that stands for another place at each step of a loop. */
export interface Move {
  readonly slot: number
  readonly base: number
  /** Per step. */
  readonly bytes: Count
  /** The place is that of so many steps later; earlier where it is negative. */
  readonly ahead: number
  /** What it stands for where that step is not one of the loop. */
  readonly outside: number
  /** Goes to and fro between `base` and the place after it. */
  readonly alternates: boolean
}

/** What the runtime needs, before addresses of functions are known. */
export interface Assembly {
  readonly kernels: readonly Kernel[]
  readonly plan: MemoryPlan
  readonly sources: readonly string[]
  readonly instructions: readonly Instruction[]
  readonly slots: readonly Slot[]
  readonly arguments: readonly number[]
  readonly moves: readonly Move[]
  /** The variable behind each entry of the run's table of sizes. */
  readonly dims: readonly string[]
  /** Base of the arena: inputs come first, then outputs, then the arena. */
  readonly arenaBase: number
}

/** A kernel ready to be placed: its text, or the parts of a loop or branch. */
type Prepared =
  | ({ readonly kind: 'rendered'; readonly kernel: Kernel; readonly buffers: readonly Node[] } & RenderedText)
  | { readonly kind: 'control'; readonly kernel: Extract<Kernel, { kind: 'whole' }>; readonly bodies: readonly Body[]; readonly scratchBytes: number }

/** What kernels of one structure share. */
interface RenderedText {
  readonly phases: readonly KernelPhase[]
  readonly dims: readonly DimVariable[]
  /** Index into the assembly's sources. */
  readonly source: number
  readonly scratchBytes: number
}

interface Body {
  readonly graph: Subgraph
  readonly prepared: readonly Prepared[]
  readonly plan: MemoryPlan
  /** Bytes of the body's arena, then of a copy of each result. */
  readonly bytes: number
  readonly resultOffsets: readonly number[]
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64

/** Assembles a simplified graph, pausing between kernels. */
export function assemble(graph: GraphFunction, target: Target): Steps<Assembly> {
  return new Assembler(target).program(graph)
}

class Assembler {
  private readonly target: Target
  private readonly kernels: Kernel[] = []
  private readonly sources: string[] = []
  private readonly sourceIndex = new Map<string, number>()
  private readonly rendered = new Map<string, { readonly text: RenderedText; readonly buffers: readonly number[] }>()
  private readonly instructions: Instruction[] = []
  private readonly slots: Slot[] = []
  private readonly slotIndex = new Map<string, number>()
  private readonly arguments: number[] = []
  private readonly moves: Move[] = []
  private readonly dims: string[] = []
  private arenaBase = 0

  constructor(target: Target) {
    this.target = target
  }

  *program(graph: GraphFunction): Steps<Assembly> {
    const donated = new Map<Node, Node>()
    for (const [input, result] of graph.donated) {
      const [from, to] = [graph.inputs[input], graph.results[result]]
      if (from !== undefined && to !== undefined) donated.set(from, to)
    }
    const kernels = yield* fuseInSteps(graph.results, donated)
    yield
    const prepared = yield* this.prepare(kernels, graph.results)
    const plan = planMemory(
      kernels,
      graph.inputs,
      graph.results,
      graph.donated,
      prepared.map((p) => p.scratchBytes),
    )
    verify(kernels, graph.results, plan)
    this.arenaBase = graph.inputs.length + graph.results.length
    const slotOf = (node: Node): number => {
      const place = plan.places.get(node)
      if (place === undefined)
        throw new DeviceError(`native: expected a place in memory for a value of ${node.op.name}, it has none. Report this graph.`)
      switch (place.kind) {
        case 'input':
          return this.slot(place.index, 0)
        case 'output':
          return this.slot(graph.inputs.length + place.index, 0)
        case 'arena':
          return this.slot(this.arenaBase, place.offset)
      }
    }
    this.emit(prepared, plan, slotOf, this.arenaBase, 0)
    return {
      kernels: this.kernels,
      plan,
      sources: this.sources,
      instructions: this.instructions,
      slots: this.slots,
      arguments: this.arguments,
      moves: this.moves,
      dims: this.dims,
      arenaBase: this.arenaBase,
    }
  }

  private slot(base: number, offset: number): number {
    const key = `${base}+${offset}`
    const old = this.slotIndex.get(key)
    if (old !== undefined) return old
    this.slotIndex.set(key, this.slots.length)
    return this.slots.push({ base, offset }) - 1
  }

  private *prepare(kernels: readonly Kernel[], results: readonly Node[], inLoop = false): Steps<Prepared[]> {
    const kept = keptValues(kernels, results)
    const isKept = (node: Node): boolean => kept.has(node)
    const prepared: Prepared[] = []
    for (const kernel of kernels) {
      const bodies = kernel.kind === 'whole' ? bodiesOf(kernel.node.op) : []
      prepared.push(kernel.kind === 'whole' && bodies.length > 0 ? yield* this.control(kernel, bodies) : this.render(kernel, isKept, inLoop))
      yield
    }
    return prepared
  }

  /** Renders a kernel, or takes the text of one of the same structure. */
  private render(kernel: Kernel, isKept: (node: Node) => boolean, inLoop: boolean): Prepared {
    const { key: structure, values } = kernelKey(kernel, isKept)
    const key = `${inLoop ? 'in loop ' : ''}${structure}`
    const known = this.rendered.get(key)
    if (known !== undefined) {
      const buffers = known.buffers.map((i) => values[i]).filter((n) => n !== undefined)
      return { kind: 'rendered', kernel, buffers, ...known.text }
    }
    const { rendered, names } = renderKernel(kernel, isKept, this.target, inLoop)
    const most = names.dims.map((v) => v.max)
    const text: RenderedText = {
      phases: rendered.phases,
      dims: names.dims,
      source: this.source(rendered.source),
      scratchBytes: align(cValue(rendered.scratchBytes, most)),
    }
    const buffers = names.buffers.map((node) => values.indexOf(node))
    if (!buffers.includes(-1)) this.rendered.set(key, { text, buffers })
    return { kind: 'rendered', kernel, buffers: names.buffers, ...text }
  }

  private source(text: string): number {
    const old = this.sourceIndex.get(text)
    if (old !== undefined) return old
    this.sourceIndex.set(text, this.sources.length)
    return this.sources.push(text) - 1
  }

  private *control(kernel: Extract<Kernel, { kind: 'whole' }>, graphs: readonly Subgraph[]): Steps<Prepared> {
    const bodies: Body[] = []
    for (const body of graphs) {
      const graph: Subgraph = { ...body, results: optimize({ inputs: body.parameters, results: body.results, donated: new Map() }).results }
      const kernels = yield* fuseInSteps(graph.results)
      const prepared = yield* this.prepare(kernels, graph.results, kernel.node.op.name !== 'cond')
      const plan = planMemory(
        kernels,
        graph.parameters,
        graph.results,
        new Map(),
        prepared.map((p) => p.scratchBytes),
      )
      verify(kernels, graph.results, plan)
      let bytes = align(plan.arenaBytes)
      const resultOffsets = graph.results.map((node) => {
        const offset = bytes
        bytes += (kernel.node.op.name === 'scan' ? 2 : 1) * align(bytesOf(node))
        return offset
      })
      bodies.push({ graph, prepared, plan, bytes, resultOffsets })
    }
    return { kind: 'control', kernel, bodies, scratchBytes: bodies.reduce((sum, b) => sum + b.bytes, 0) }
  }

  /** Emits kernels in order; scratch lies at `arenaOffset` plus what the plan says, after address `arena`. */
  private emit(prepared: readonly Prepared[], plan: MemoryPlan, slotOf: (node: Node) => number, arena: number, arenaOffset: number): void {
    prepared.forEach((p, i) => {
      const scratch = arenaOffset + (plan.scratch[i] ?? 0)
      if (p.kind === 'rendered') this.emitPhases(p, slotOf, arena, scratch)
      else this.emitControl(p.kernel, p.bodies, slotOf, arena, scratch)
    })
  }

  private emitPhases(p: Extract<Prepared, { kind: 'rendered' }>, slotOf: (node: Node) => number, arena: number, scratch: number): void {
    const firstArgument = this.arguments.length
    for (const node of p.buffers) this.arguments.push(slotOf(node))
    if (p.scratchBytes > 0) this.arguments.push(this.slot(arena, scratch))
    const firstDim = this.dims.length
    const names = p.dims.map((v) => v.name)
    this.dims.push(...names)
    const kernel = this.kernels.push(p.kernel) - 1
    for (const phase of p.phases) {
      const { tasks } = phase
      const count: Count =
        typeof tasks === 'number'
          ? tasks
          : (values) =>
              cValue(
                tasks,
                names.map((name) => values.get(name) ?? 0),
              )
      this.instructions.push({ op: 'phase', source: p.source, symbol: phase.symbol, firstArgument, firstDim, tasks: count, kernel })
    }
  }

  private copy(target: number, source: number, node: Node): void {
    if (target !== source) this.instructions.push({ op: 'copy', target, source, bytes: countOf(node) })
  }

  private emitControl(
    kernel: Extract<Kernel, { kind: 'whole' }>,
    bodies: readonly Body[],
    slotOf: (node: Node) => number,
    arena: number,
    scratch: number,
  ): void {
    const { op } = kernel.node
    const inputs = kernel.inputs.map(slotOf)
    const outputs = kernel.outputs.map(slotOf)
    const [first, second] = bodies
    if (first === undefined) throw new DeviceError(`native: expected a body of ${op.name}, there is none. Report this graph.`)
    switch (op.name) {
      case 'scan': {
        const loop: Instruction = {
          op: 'scan',
          steps: dimCount(op.length),
          end: 0,
          firstMove: this.moves.length,
          moves: 0,
          firstArgument: 0,
          endArgument: 0,
          reverse: op.reverse,
        }
        const { parameters, wanted, finals } = this.loopPlaces(first, op, kernel, inputs, outputs, arena, scratch)
        loop.moves = this.moves.length - loop.firstMove
        loop.firstArgument = this.arguments.length
        this.instructions.push(loop)
        this.emitBody(first, parameters, wanted, arena, scratch)
        loop.endArgument = this.arguments.length
        loop.end = this.instructions.length
        for (const { target, source, node } of finals) this.copy(target, source, node)
        return
      }
      case 'cond': {
        if (second === undefined) throw new DeviceError('native: expected two branches of cond. Report this graph.')
        const branch: Instruction = { op: 'cond', predicate: inputs[0] ?? 0, endTrue: 0, end: 0 }
        this.instructions.push(branch)
        this.emitBody(first, inputs.slice(1), outputs, arena, scratch)
        branch.endTrue = this.instructions.length
        this.emitBody(second, inputs.slice(1), outputs, arena, scratch + first.bytes)
        branch.end = this.instructions.length
        return
      }
      case 'while': {
        if (second === undefined) throw new DeviceError('native: expected a condition and a body of while. Report this graph.')
        kernel.inputs.forEach((node, i) => {
          this.copy(outputs[i] ?? 0, inputs[i] ?? 0, node)
        })
        const loop: Instruction = { op: 'while', predicate: this.slot(arena, scratch + (first.resultOffsets[0] ?? 0)), endCondition: 0, end: 0 }
        this.instructions.push(loop)
        this.emitBody(first, outputs, [loop.predicate], arena, scratch)
        loop.endCondition = this.instructions.length
        const wanted = second.graph.results.map((r, i) =>
          r === second.graph.parameters[i] ? (outputs[i] ?? 0) : this.slot(arena, scratch + first.bytes + (second.resultOffsets[i] ?? 0)),
        )
        this.emitBody(second, outputs, wanted, arena, scratch + first.bytes)
        second.graph.results.forEach((node, i) => {
          this.copy(outputs[i] ?? 0, wanted[i] ?? 0, node)
        })
        loop.end = this.instructions.length
        return
      }
      default:
        throw new DeviceError(`native: expected a loop or a branch, got ${op.name}. Report this graph.`)
    }
  }

  /**
   * Where a loop's body reads and writes, so that no step copies what it hands to the next. A carry whose values are all kept (before or after each
   * step) is handed on where they are kept; any other goes to and fro between two places. The first step reads the loop's input, the last writes
   * its result.
   */
  private loopPlaces(
    body: Body,
    op: Extract<Node['op'], { name: 'scan' }>,
    kernel: Extract<Kernel, { kind: 'whole' }>,
    inputs: readonly number[],
    outputs: readonly number[],
    arena: number,
    scratch: number,
  ) {
    const { parameters, results } = body.graph
    const kept = new Map(results.map((node, i) => [node, i] as const).filter(([, i]) => i >= op.carries))
    const moved = new Map<number, number>()
    const along = (i: number, node: Node): number => {
      const slot = moved.get(i) ?? this.moving({ base: outputs[i] ?? 0, bytes: countOf(node) })
      moved.set(i, slot)
      return slot
    }
    const wanted: number[] = []
    const finals: { readonly target: number; readonly source: number; readonly node: Node }[] = []
    const places = parameters.map((p, i) => {
      const [input, output, given] = [inputs[i] ?? 0, outputs[i] ?? 0, kernel.inputs[i]]
      if (i >= op.carries) return given !== undefined && given.shape.length > p.shape.length ? this.moving({ base: input, bytes: countOf(p) }) : input
      const result = results[i] ?? p
      const bytes = countOf(result)
      const runs = typeof op.length === 'number' && op.length > 0
      // A loop of no steps hands its input on.
      if (!runs) this.copy(output, input, p)
      const [before, after] = [kept.get(p), kept.get(result)]
      const stack = outputs[before ?? -1] ?? 0
      // Where the first step of a reversed loop keeps its carry is known only if all lies in one place.
      const isFixed = !op.reverse || !this.moves.some(({ slot }) => slot === stack)
      if (before !== undefined && isFixed && runs && typeof op.length === 'number' && typeof bytes === 'number') {
        const { base, offset } = this.slots[stack] ?? { base: 0, offset: 0 }
        this.copy(op.reverse ? this.slot(base, offset + (op.length - 1) * bytes) : stack, input, p)
        wanted[i] = this.moving({ base: stack, bytes, ahead: 1, outside: output })
        return along(before, p)
      }
      if (after !== undefined && runs) {
        wanted[i] = along(after, result)
        finals.push({ target: output, source: wanted[i] ?? 0, node: result })
        return this.moving({ base: outputs[after] ?? 0, bytes, ahead: -1, outside: input })
      }
      const at = scratch + (body.resultOffsets[i] ?? 0)
      const size = align(bytesOf(result))
      const first = this.slot(arena, at)
      let from = input
      if (input === output) {
        from = this.slot(arena, at + size)
        this.copy(from, input, p)
      }
      wanted[i] = this.moving({ base: this.slot(arena, at + size), bytes: -size, ahead: 1, outside: output, alternates: true })
      return this.moving({ base: first, bytes: size, ahead: -1, outside: from, alternates: true })
    })
    results.forEach((node, i) => {
      if (i >= op.carries) wanted[i] = along(i, node)
    })
    return { parameters: places, wanted, finals }
  }

  /** A slot of its own, so that no other value shares what moves. */
  private moving(move: Pick<Move, 'base' | 'bytes'> & Partial<Move>): number {
    const slot = this.slots.push({ base: 0, offset: 0 }) - 1
    this.moves.push({ ahead: 0, outside: 0, alternates: false, ...move, slot })
    return slot
  }

  /** Emits a body: its parameters lie in `parameters`, its results go to `wanted`. */
  private emitBody(body: Body, parameters: readonly number[], wanted: readonly number[], arena: number, offset: number): void {
    const slotOf = (node: Node): number => {
      const place = body.plan.places.get(node)
      if (place === undefined)
        throw new DeviceError(`native: expected a place in memory for a value of ${node.op.name}, it has none. Report this graph.`)
      switch (place.kind) {
        case 'input':
          return parameters[place.index] ?? 0
        case 'output':
          return wanted[place.index] ?? 0
        case 'arena':
          return this.slot(arena, offset + place.offset)
      }
    }
    this.emit(body.prepared, body.plan, slotOf, arena, offset)
    body.graph.results.forEach((node, i) => {
      this.copy(wanted[i] ?? 0, slotOf(node), node)
    })
  }
}

/** The functions inside a loop or a branch; none for other primitives. */
function bodiesOf(op: Node['op']): readonly Subgraph[] {
  switch (op.name) {
    case 'scan':
      return [op.body]
    case 'cond':
      return [op.whenTrue, op.whenFalse]
    case 'while':
      return [op.condition, op.body]
    default:
      return []
  }
}

function verify(kernels: readonly Kernel[], results: readonly Node[], plan: MemoryPlan): void {
  if (!isVerifying()) return
  verifyOrder(kernels, results)
  verifyPlan(kernels, results, plan)
}

function dimCount(d: Dim): Count {
  return typeof d === 'number' ? d : (dims) => evaluateDim(d, dims)
}

/** Bytes of a value. */
function countOf(node: Node): Count {
  const size = byteSize(node.dtype)
  if (node.shape.every((d) => variablesOf(d).length === 0)) return bytesOf(node)
  return (dims) => node.shape.reduce<number>((n, d) => n * evaluateDim(d, dims), size)
}
