// From a graph to the native runtime's tables: kernels rendered, memory planned, one instruction per phase; loops and branches as
// instructions around the instructions of their bodies.

import type { GraphFunction } from '../../compiler/device.ts'
import { fuseInSteps } from '../../compiler/fuse.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import type { Steps } from '../../compiler/in-steps.ts'
import { kernelKey } from '../../compiler/loop-ir/kernel-key.ts'
import { bytesOf, keptValues, type MemoryPlan, planMemory } from '../../compiler/memory-plan.ts'
import { optimize } from '../../compiler/passes/optimize.ts'
import { rowParts } from '../../compiler/passes/row-parts.ts'
import { isVerifying, verifyOrder, verifyPlan } from '../../compiler/verify.ts'
import type { DimVariable } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Subgraph } from '../../core/primitives.ts'
import { type Count, countOf, countOfDim } from './counts.ts'
import { bytesBetween, loopPlaces, type Move } from './loop-places.ts'
import { renderKernel } from './render.ts'
import { cValue, type KernelPhase, type Target } from './rendered-kernel.ts'

/** A place in memory while the program runs: an address it is given (input, output or arena) and bytes after it. */
export interface Slot {
  readonly base: number
  readonly offset: number
}

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
      readonly moves: number
      readonly firstArgument: number
      endArgument: number
      readonly reverse: boolean
      /** Parts of the rows, each of which runs all steps by itself, with the views from `firstView` to `endView`. */
      readonly parts: number
      readonly firstView: number
      endView: number
    }
  | { readonly op: 'cond'; readonly predicate: number; endTrue: number; end: number }
  | { readonly op: 'while'; predicate: number; endCondition: number; end: number }

/** A slot that lies so many bytes further on in each next part of a loop. */
export interface View {
  readonly slot: number
  readonly of: number
  readonly bytes: Count
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
  readonly views: readonly View[]
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
  /** Bytes of the body's arena, then of a copy of each result; for one part. */
  readonly bytes: number
  readonly resultOffsets: readonly number[]
  readonly parts: number
  /** Whether a parameter holds rows that are cut into parts. */
  readonly isRows: readonly boolean[]
}

/** The slot at an offset of some arena. */
type Arena = (offset: number) => number

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
  private readonly views: View[] = []
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
    this.emit(prepared, plan, slotOf, (offset) => this.slot(this.arenaBase, offset))
    return {
      kernels: this.kernels,
      plan,
      sources: this.sources,
      instructions: this.instructions,
      slots: this.slots,
      arguments: this.arguments,
      moves: this.moves,
      views: this.views,
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
      const { op } = kernel.node
      const all: Subgraph = { ...body, results: optimize({ inputs: body.parameters, results: body.results, donated: new Map() }).results }
      const cut = op.name === 'scan' ? rowParts(all, op) : undefined
      const graph = cut?.body ?? all
      const kernels = yield* fuseInSteps(graph.results)
      const prepared = yield* this.prepare(kernels, graph.results, op.name !== 'cond' && cut === undefined)
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
        bytes += (op.name === 'scan' ? 2 : 1) * align(bytesOf(node))
        return offset
      })
      bodies.push({ graph, prepared, plan, bytes, resultOffsets, parts: cut?.parts ?? 1, isRows: cut?.isRows ?? [] })
    }
    return { kind: 'control', kernel, bodies, scratchBytes: bodies.reduce((sum, b) => sum + b.parts * b.bytes, 0) }
  }

  /** Emits kernels in order; scratch lies in `arena` where the plan says. */
  private emit(prepared: readonly Prepared[], plan: MemoryPlan, slotOf: (node: Node) => number, arena: Arena): void {
    prepared.forEach((p, i) => {
      const scratch: Arena = (offset) => arena((plan.scratch[i] ?? 0) + offset)
      if (p.kind === 'rendered') this.emitPhases(p, slotOf, scratch)
      else this.emitControl(p.kernel, p.bodies, slotOf, scratch)
    })
  }

  private emitPhases(p: Extract<Prepared, { kind: 'rendered' }>, slotOf: (node: Node) => number, scratch: Arena): void {
    const firstArgument = this.arguments.length
    for (const node of p.buffers) this.arguments.push(slotOf(node))
    if (p.scratchBytes > 0) this.arguments.push(scratch(0))
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

  private copy(target: number, source: number, bytes: Count): void {
    if (target !== source) this.instructions.push({ op: 'copy', target, source, bytes })
  }

  private emitControl(kernel: Extract<Kernel, { kind: 'whole' }>, bodies: readonly Body[], slotOf: (node: Node) => number, scratch: Arena): void {
    const { op } = kernel.node
    const inputs = kernel.inputs.map(slotOf)
    const outputs = kernel.outputs.map(slotOf)
    const [first, second] = bodies
    if (first === undefined) throw new DeviceError(`native: expected a body of ${op.name}, there is none. Report this graph.`)
    switch (op.name) {
      case 'scan': {
        const { parts, graph } = first
        const firstView = this.views.length
        const own = (slot: number, node: Node | undefined): number => (parts === 1 || node === undefined ? slot : this.view(slot, countOf(node)))
        const arenas = new Map<number, number>()
        const arena: Arena = (offset) => {
          const slot = arenas.get(offset) ?? (parts === 1 ? scratch(offset) : this.view(scratch(offset), first.bytes))
          arenas.set(offset, slot)
          return slot
        }
        const firstMove = this.moves.length
        const places = loopPlaces({
          ...{ op, graph, parts, given: kernel.inputs, inputs, outputs },
          ownInputs: inputs.map((slot, i) => (first.isRows[i] === true ? own(slot, graph.parameters[i]) : slot)),
          ownOutputs: outputs.map((slot, i) => own(slot, graph.results[i])),
          between: (i) => {
            const at = first.resultOffsets[i] ?? 0
            const carry = graph.results[i]
            return [arena(at), arena(at + (carry === undefined ? 0 : bytesBetween(carry)))]
          },
          moving: (move) => this.moving(move),
          copy: (target, source, bytes) => this.copy(target, source, bytes),
          after: (slot, bytes) => this.after(slot, bytes),
        })
        const loop: Extract<Instruction, { op: 'scan' }> = {
          ...{ op: 'scan', steps: countOfDim(op.length), end: 0, firstMove, moves: this.moves.length - firstMove, reverse: op.reverse },
          ...{ firstArgument: this.arguments.length, endArgument: 0, parts, firstView, endView: 0 },
        }
        this.instructions.push(loop)
        this.emitBody(first, places.parameters, places.results, arena)
        loop.endArgument = this.arguments.length
        loop.end = this.instructions.length
        loop.endView = this.views.length
        for (const { target, source, bytes } of places.finals) this.copy(target, source, bytes)
        return
      }
      case 'cond': {
        if (second === undefined) throw new DeviceError('native: expected two branches of cond. Report this graph.')
        const branch: Instruction = { op: 'cond', predicate: inputs[0] ?? 0, endTrue: 0, end: 0 }
        this.instructions.push(branch)
        this.emitBody(first, inputs.slice(1), outputs, scratch)
        branch.endTrue = this.instructions.length
        this.emitBody(second, inputs.slice(1), outputs, (offset) => scratch(first.bytes + offset))
        branch.end = this.instructions.length
        return
      }
      case 'while': {
        if (second === undefined) throw new DeviceError('native: expected a condition and a body of while. Report this graph.')
        kernel.inputs.forEach((node, i) => {
          this.copy(outputs[i] ?? 0, inputs[i] ?? 0, countOf(node))
        })
        const loop: Instruction = { op: 'while', predicate: scratch(first.resultOffsets[0] ?? 0), endCondition: 0, end: 0 }
        this.instructions.push(loop)
        this.emitBody(first, outputs, [loop.predicate], scratch)
        loop.endCondition = this.instructions.length
        const wanted = second.graph.results.map((r, i) =>
          r === second.graph.parameters[i] ? (outputs[i] ?? 0) : scratch(first.bytes + (second.resultOffsets[i] ?? 0)),
        )
        this.emitBody(second, outputs, wanted, (offset) => scratch(first.bytes + offset))
        second.graph.results.forEach((node, i) => {
          this.copy(outputs[i] ?? 0, wanted[i] ?? 0, countOf(node))
        })
        loop.end = this.instructions.length
        return
      }
      default:
        throw new DeviceError(`native: expected a loop or a branch, got ${op.name}. Report this graph.`)
    }
  }

  /** A slot that stands for another place in each part of a loop. */
  private view(of: number, bytes: Count): number {
    const slot = this.slots.push({ base: 0, offset: 0 }) - 1
    this.views.push({ slot, of, bytes })
    return slot
  }

  /** A slot of its own, so that no other value shares what moves. */
  private moving(move: Pick<Move, 'base' | 'bytes'> & Partial<Move>): number {
    const slot = this.slots.push({ base: 0, offset: 0 }) - 1
    this.moves.push({ ahead: 0, outside: 0, alternates: false, ...move, slot })
    return slot
  }

  /** The slot so many bytes after one; `undefined` where that one moves. */
  private after(slot: number, bytes: number): number | undefined {
    const { base, offset } = this.slots[slot] ?? { base: 0, offset: 0 }
    return this.moves.some((move) => move.slot === slot) ? undefined : this.slot(base, offset + bytes)
  }

  /** Emits a body: its parameters lie in `parameters`, its results go to `wanted`. */
  private emitBody(body: Body, parameters: readonly number[], wanted: readonly number[], arena: Arena): void {
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
          return arena(place.offset)
      }
    }
    this.emit(body.prepared, body.plan, slotOf, arena)
    body.graph.results.forEach((node, i) => {
      this.copy(wanted[i] ?? 0, slotOf(node), countOf(node))
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
