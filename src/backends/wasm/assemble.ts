// From a graph to one module: kernels as functions, memory planned, and segments that call them. A segment is a phase of a kernel, or a whole loop
// or branch; `run` runs them in order, `step` a part of one.

import type { GraphFunction } from '../../compiler/device.ts'
import { fuse } from '../../compiler/fuse.ts'
import { kernelKey } from '../../compiler/loop-ir/kernel-key.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { bytesOf, keptValues, type MemoryPlan, planMemory } from '../../compiler/memory-plan.ts'
import type { Steps } from '../../compiler/in-steps.ts'
import { optimize } from '../../compiler/passes/optimize.ts'
import { isVerifying, verifyOrder, verifyPlan } from '../../compiler/verify.ts'
import { type Dim, elementCount, maxDim } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Subgraph } from '../../core/primitives.ts'
import { emitKernel } from './emit-kernel.ts'
import { addressBytes, headerBytes, tableHeader } from './control-block.ts'
import { add, type FunctionBuilder, i32, load, mul, op, select, sub, type Value } from './function-builder.ts'
import { segmentType } from './indirect-types.ts'
import type { Cut, ItemRange, KernelFunction, Phase } from './kernel-function.ts'
import { ModuleBuilder, type ModuleFeatures } from './module-builder.ts'
import { present } from './present.ts'
import { dispatchFunction, helpFunction, sizesFunction } from './task-dispatch.ts'

/** A program before it is instantiated. */
export interface Assembly {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly kernels: readonly Kernel[]
  readonly plan: MemoryPlan
  /** How `step` may cut each segment; ranges in order. One that sets the header's `more` goes on with the range after the one it was given. */
  readonly segments: readonly Cut[]
  /** Whether any phase can be more than one task. */
  readonly isParallel: boolean
  /** Bytes of memory that each thread needs for itself. */
  readonly threadBytes: number
  /**
   * The table that `run` and `step` read: its header (control-block.ts), addresses of inputs, of results and of the arena, room for the
   * arguments of a kernel (addresses, too), then the sizes of the names in `dims`, an i32 each. Offsets in bytes.
   */
  readonly table: { readonly arguments: number; readonly sizes: number }
  readonly dims: readonly string[]
}

/** A kernel ready to be called, or the bodies of a loop or branch. */
type Prepared =
  | { readonly kind: 'call'; readonly phases: readonly Phase[]; readonly buffers: readonly Node[]; readonly scratchBytes: number }
  | { readonly kind: 'control'; readonly kernel: Extract<Kernel, { kind: 'whole' }>; readonly bodies: readonly Body[]; readonly scratchBytes: number }

interface Body {
  readonly graph: Subgraph
  readonly prepared: readonly Prepared[]
  readonly plan: MemoryPlan
  /** Bytes of the body's arena, then of a copy of each result. */
  readonly bytes: number
  readonly resultOffsets: readonly number[]
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64

/** Assembles an optimized graph. */
export function assemble(graph: GraphFunction, features: ModuleFeatures): Steps<Assembly> {
  return new Assembler(features).program(graph)
}

/** States the calls of one kernel, or of a loop's or branch's kernels, somewhere in a program. */
interface Surroundings {
  readonly addressOf: (node: Node) => Value
  readonly arena: Value
}

class Assembler {
  private readonly module: ModuleBuilder
  private readonly emitted = new Map<string, { readonly kernel: KernelFunction; readonly buffers: readonly number[] }>()
  private readonly kernels: Kernel[] = []
  private segment: FunctionBuilder | undefined
  private isParallel = false
  private threadBytes = 0
  /** Words of the longest list of arguments. */
  private mostArguments = 0
  /** Where the arguments of a kernel stand in the table. */
  private argumentsAt = 0

  constructor(features: ModuleFeatures) {
    this.module = new ModuleBuilder(features)
  }

  /** The segment that is being stated. */
  private get fn(): FunctionBuilder {
    return present(this.segment, 'a segment that is being stated')
  }

  *program(graph: GraphFunction): Steps<Assembly> {
    const { module } = this
    const donated = new Map<Node, Node>()
    for (const [input, result] of graph.donated) {
      const [from, to] = [graph.inputs[input], graph.results[result]]
      if (from !== undefined && to !== undefined) donated.set(from, to)
    }
    const kernels = fuse(graph.results, donated)
    yield
    const prepared = yield* this.prepare(kernels, graph.results)
    yield
    const plan = planMemory(
      kernels,
      graph.inputs,
      graph.results,
      graph.donated,
      prepared.map((p) => p.scratchBytes),
    )
    verify(kernels, graph.results, plan)
    checkSizes(module, plan)
    const count = graph.inputs.length + graph.results.length + 1
    this.argumentsAt = headerBytes + addressBytes * count
    const sizesAt = this.argumentsAt + addressBytes * this.mostArguments
    const segments = prepared.flatMap((p, i) => cutsOf(p).map((cut, phase) => ({ p, phase, cut, scratch: plan.scratch[i] ?? 0 })))
    const functions = segments.map(() => module.function(segmentType.parameters(module.address)))
    for (const fn of functions) module.tableIndex(fn)
    segments.forEach(({ p, phase, scratch }, i) => {
      this.segment = functions[i]
      this.emitSegment(graph, p, phase, plan, scratch)
    })
    this.exportRuns(segments.length)
    const sizes = sizesFunction(module)
    module.variables.forEach((variable, i) => {
      sizes.setGlobal(module.globalOf(variable), load('i32.load', sizes.parameter(0), sizesAt + 4 * i))
    })
    return {
      bytes: module.bytes(),
      kernels: this.kernels,
      plan,
      segments: segments.map((s) => s.cut),
      isParallel: this.isParallel,
      threadBytes: this.threadBytes,
      table: { arguments: this.argumentsAt, sizes: sizesAt },
      dims: module.variables.map((v) => v.name),
    }
  }

  private emitSegment(graph: GraphFunction, p: Prepared, phase: number, plan: MemoryPlan, scratch: number): void {
    const { module } = this
    const base = (i: number): Value => module.loadAddress(this.fn.parameter(0), headerBytes + addressBytes * i)
    const arena = base(graph.inputs.length + graph.results.length)
    const addressOf = addressesIn(plan, base, (i) => base(graph.inputs.length + i), arena)
    if (p.kind === 'control') {
      const rounds = { from: this.fn.parameter(1), to: this.fn.parameter(2) }
      this.emitControl(p.kernel, p.bodies, addressOf, this.fn.let(add(arena, scratch)), rounds)
    } else this.emitPhase(p, phase, { addressOf, arena: add(arena, scratch) })
  }

  private emitPhase(p: Extract<Prepared, { kind: 'call' }>, at: number, { addressOf, arena }: Surroundings): void {
    const { fn } = this
    const phase = p.phases[at]
    if (phase === undefined) return
    const [table, from, to] = [fn.parameter(0), fn.parameter(1), fn.parameter(2)]
    this.storeArguments(p, { addressOf, arena })
    fn.if(
      op('i32.lt_s', to, i32(0)),
      () => this.runPhase(phase),
      () => {
        const own = this.module.loadAddress(table, tableHeader.own)
        fn.call(phase.fn, [this.module.loadAddress(table, tableHeader.arguments), from, to, own])
      },
    )
  }

  /** Puts what a kernel's phases read where they find it. */
  private storeArguments(p: Extract<Prepared, { kind: 'call' }>, { addressOf, arena }: Surroundings): void {
    const { fn, module } = this
    const addresses = [...p.buffers.map(addressOf), arena]
    addresses.forEach((address, i) => {
      fn.store(`${module.address}.store`, fn.parameter(0), address, this.argumentsAt + addressBytes * i)
    })
  }

  /** Runs all of a phase, on all threads if it is more than one task. */
  private runPhase({ fn: phase, items, grain }: Phase): void {
    const { fn, module } = this
    const table = fn.parameter(0)
    const count = this.dim(items)
    if (module.threads && (typeof items !== 'number' || items > grain)) {
      this.isParallel = true
      fn.call(dispatchFunction(module), [table, i32(module.tableIndex(phase)), count, i32(grain)])
      return
    }
    const own = module.loadAddress(table, tableHeader.own)
    fn.call(phase, [module.loadAddress(table, tableHeader.arguments), i32(0), count, own])
  }

  /** Exports `run(table)`, `step(table, from, to, segment)` and, where there are threads, `help`. */
  private exportRuns(segments: number): void {
    const { module } = this
    const run = module.function([module.address, 'i32'])
    const [table, first] = [run.parameter(0), run.parameter(1)]
    run.call(sizesFunction(module), [table])
    run.loop(first, segments, 1, (i) => run.callIndirect(segmentType.at, i, [table, i32(0), i32(-1)]))
    module.export('run', run)
    const step = module.function([module.address, 'i32', 'i32', 'i32'])
    step.call(sizesFunction(module), [step.parameter(0)])
    step.callIndirect(segmentType.at, step.parameter(3), [step.parameter(0), step.parameter(1), step.parameter(2)])
    module.export('step', step)
    if (module.threads) module.export('help', helpFunction(module))
  }

  private dim(d: Dim): Value {
    if (typeof d === 'number') return i32(d)
    const terms = d.terms.map((t) => t.variables.reduce((product, v) => mul(this.module.dimension(v), product), i32(t.coefficient)))
    return terms.reduce((sum, t) => add(sum, t))
  }

  private *prepare(kernels: readonly Kernel[], results: readonly Node[]): Steps<Prepared[]> {
    const kept = keptValues(kernels, results)
    const isKept = (node: Node): boolean => kept.has(node)
    const prepared: Prepared[] = []
    for (const kernel of kernels) {
      const bodies = bodiesOf(kernel)
      if (bodies.length > 0 && kernel.kind === 'whole') prepared.push(yield* this.control(kernel, bodies))
      else prepared.push(this.kernel(kernel, isKept))
      yield
    }
    return prepared
  }

  /** Emits a kernel, or takes the function of one of the same structure. */
  private kernel(kernel: Kernel, isKept: (node: Node) => boolean): Prepared {
    this.kernels.push(kernel)
    const { key, values } = kernelKey(kernel, isKept)
    const known = this.emitted.get(key)
    if (known !== undefined) {
      const buffers = known.buffers.map((i) => values[i]).filter((n) => n !== undefined)
      return { kind: 'call', phases: known.kernel.phases, buffers, scratchBytes: known.kernel.scratchBytes }
    }
    const made = emitKernel(this.module, kernel, isKept)
    this.threadBytes = Math.max(this.threadBytes, made.threadBytes)
    this.mostArguments = Math.max(this.mostArguments, made.buffers.length + 1)
    const buffers = made.buffers.map((node) => values.indexOf(node))
    if (!buffers.includes(-1)) this.emitted.set(key, { kernel: made, buffers })
    return { kind: 'call', phases: made.phases, buffers: made.buffers, scratchBytes: made.scratchBytes }
  }

  private *control(kernel: Extract<Kernel, { kind: 'whole' }>, graphs: readonly Subgraph[]): Steps<Prepared> {
    const bodies: Body[] = []
    for (const graph of graphs) bodies.push(yield* this.body(graph))
    return { kind: 'control', kernel, bodies, scratchBytes: bodies.reduce((sum, b) => sum + b.bytes, 0) }
  }

  private *body(body: Subgraph): Steps<Body> {
    const simple = optimize({ inputs: body.parameters, results: body.results, donated: new Map() }, false)
    const graph: Subgraph = { ...body, results: simple.results }
    const kernels = fuse(graph.results)
    const prepared = yield* this.prepare(kernels, graph.results)
    const plan = planMemory(
      kernels,
      graph.parameters,
      graph.results,
      new Map(),
      prepared.map((p) => p.scratchBytes),
    )
    verify(kernels, graph.results, plan)
    checkSizes(this.module, plan)
    let bytes = align(plan.arenaBytes)
    const resultOffsets = graph.results.map((node) => {
      const offset = bytes
      bytes += align(bytesOf(node))
      return offset
    })
    return { graph, prepared, plan, bytes, resultOffsets }
  }

  /** States the calls of kernels in order; scratch lies where the plan says, from `arena` on. */
  private emit(prepared: readonly Prepared[], plan: MemoryPlan, addressOf: (node: Node) => Value, arena: Value): void {
    prepared.forEach((p, i) => {
      const scratch = add(arena, plan.scratch[i] ?? 0)
      if (p.kind === 'control') {
        this.emitControl(p.kernel, p.bodies, addressOf, this.fn.let(scratch))
        return
      }
      this.storeArguments(p, { addressOf, arena: scratch })
      for (const phase of p.phases) this.runPhase(phase)
    })
  }

  private bytesOf(node: Node): Value {
    return mul(this.dim(elementCount(node.shape)), byteSize(node.dtype))
  }

  private copy(target: Value, source: Value, node: Node): void {
    if (target !== source) this.fn.copyMemory(target, source, this.bytesOf(node))
  }

  /** States a loop or branch; of a loop that is a segment only the `rounds` that are asked for, all of them where they end at −1. */
  private emitControl(
    kernel: Extract<Kernel, { kind: 'whole' }>,
    bodies: readonly Body[],
    addressOf: (node: Node) => Value,
    scratch: Value,
    rounds?: ItemRange,
  ): void {
    const { fn } = this
    const { op: operation } = kernel.node
    const inputs = kernel.inputs.map((node) => fn.let(addressOf(node)))
    const outputs = kernel.outputs.map((node) => fn.let(addressOf(node)))
    const first = present(bodies[0], 'a body')
    const at = (list: readonly Value[], i: number): Value => list[i] ?? i32(0)
    /** What stands before the first round. */
    const atStart = (body: () => void): void => (rounds === undefined ? body() : fn.if(op('i32.eqz', rounds.from), body))
    switch (operation.name) {
      case 'scan': {
        atStart(() => {
          outputs.slice(0, operation.carries).forEach((target, i) => {
            const node = kernel.inputs[i]
            if (node !== undefined) this.copy(target, at(inputs, i), node)
          })
        })
        const steps = fn.let(this.dim(operation.length))
        const end = rounds === undefined ? steps : select(op('i32.lt_s', rounds.to, i32(0)), steps, rounds.to)
        fn.loop(rounds?.from ?? 0, end, 1, (count) => {
          const step = operation.reverse ? sub(sub(steps, 1), count) : count
          const moved = (base: Value, node: Node) => fn.let(add(base, mul(step, this.bytesOf(node))))
          const parameters = first.graph.parameters.map((p, i) => {
            if (i < operation.carries) return at(outputs, i)
            const input = kernel.inputs[i]
            return input !== undefined && input.shape.length > p.shape.length ? moved(at(inputs, i), p) : at(inputs, i)
          })
          const wanted = first.graph.results.map((r, i) =>
            i < operation.carries ? fn.let(add(scratch, first.resultOffsets[i] ?? 0)) : moved(at(outputs, i), r),
          )
          this.emitBody(first, parameters, wanted, scratch)
          first.graph.results.slice(0, operation.carries).forEach((node, i) => {
            this.copy(at(outputs, i), at(wanted, i), node)
          })
        })
        return
      }
      case 'cond': {
        const second = present(bodies[1], 'a second branch')
        fn.if(
          load('i32.load8_u', at(inputs, 0)),
          () => this.emitBody(first, inputs.slice(1), outputs, scratch),
          () => this.emitBody(second, inputs.slice(1), outputs, fn.let(add(scratch, first.bytes))),
        )
        return
      }
      case 'while': {
        const second = present(bodies[1], 'a body after the condition')
        atStart(() => {
          kernel.inputs.forEach((node, i) => {
            this.copy(at(outputs, i), at(inputs, i), node)
          })
        })
        const setMore = (more: number): void => fn.store('i32.store', fn.parameter(0), i32(more), tableHeader.more)
        if (rounds !== undefined) setMore(0)
        const after = fn.let(add(scratch, first.bytes))
        fn.while(
          () => {
            const predicate = fn.let(add(scratch, first.resultOffsets[0] ?? 0))
            this.emitBody(first, outputs, [predicate], scratch)
            return load('i32.load8_u', predicate)
          },
          () => {
            const wanted = second.graph.results.map((r, i) =>
              r === second.graph.parameters[i] ? at(outputs, i) : fn.let(add(after, second.resultOffsets[i] ?? 0)),
            )
            this.emitBody(second, outputs, wanted, after)
            second.graph.results.forEach((node, i) => {
              this.copy(at(outputs, i), at(wanted, i), node)
            })
            if (rounds === undefined) return
            fn.if(op('i32.ge_s', rounds.to, i32(0)), () => {
              setMore(1)
              fn.leaveFunction()
            })
          },
        )
        return
      }
      default:
        throw new DeviceError(`wasm: expected a loop or a branch, got ${operation.name}. Report this graph.`)
    }
  }

  /** States a body: its parameters lie in `parameters`, its results go to `wanted`. */
  private emitBody(body: Body, parameters: readonly Value[], wanted: readonly Value[], arena: Value): void {
    const at = (list: readonly Value[]) => (i: number) => list[i] ?? i32(0)
    const addressOf = addressesIn(body.plan, at(parameters), at(wanted), arena)
    this.emit(body.prepared, body.plan, addressOf, arena)
    body.graph.results.forEach((node, i) => {
      this.copy(wanted[i] ?? i32(0), addressOf(node), node)
    })
  }
}

/** The bodies of a loop or branch. */
function bodiesOf(kernel: Kernel): readonly Subgraph[] {
  if (kernel.kind !== 'whole') return []
  const { op: operation } = kernel.node
  switch (operation.name) {
    case 'scan':
      return [operation.body]
    case 'cond':
      return [operation.whenTrue, operation.whenFalse]
    case 'while':
      return [operation.condition, operation.body]
    default:
      return []
  }
}

/** How the segments of a kernel may be cut: a loop of known length into its rounds, which follow each other. */
function cutsOf(p: Prepared): Cut[] {
  if (p.kind === 'call') return p.phases.map(({ items, grain }) => ({ items, grain }))
  const { op: operation } = p.kernel.node
  return [{ items: operation.name === 'scan' ? operation.length : 1, grain: 1 }]
}

/** Where values lie, by the addresses of inputs and results and of the arena. */
function addressesIn(plan: MemoryPlan, input: (i: number) => Value, output: (i: number) => Value, arena: Value): (node: Node) => Value {
  return (node) => {
    const place = placeOf(plan, node)
    switch (place.kind) {
      case 'input':
        return input(place.index)
      case 'output':
        return output(place.index)
      case 'arena':
        return add(arena, place.offset)
    }
  }
}

/** Distances within a value fit 32 bits also where addresses have 64. */
function checkSizes({ address }: ModuleBuilder, plan: MemoryPlan): void {
  if (address === 'i32') return
  for (const node of plan.places.keys()) {
    if (bytesOf(node) < 2 ** 32 && maxDim(elementCount(node.shape)) < 2 ** 31) continue
    throw new DeviceError(
      `wasm: expected tensors of less than 4 GiB and 2³¹ elements, got ${node.dtype} [${node.shape.join(', ')}]. Use another device.`,
    )
  }
}

function placeOf(plan: MemoryPlan, node: Node) {
  return present(plan.places.get(node), `a place in memory for a value of ${node.op.name}`)
}

function verify(kernels: readonly Kernel[], results: readonly Node[], plan: MemoryPlan): void {
  if (!isVerifying()) return
  verifyOrder(kernels, results)
  verifyPlan(kernels, results, plan)
}
