// From a graph to one module: kernels as functions, memory planned, and a function `run` that calls them in order; loops and branches are its own.

import type { GraphFunction } from '../../compiler/device.ts'
import { fuse } from '../../compiler/fuse.ts'
import { kernelKey } from '../../compiler/kernel-key.ts'
import type { Kernel } from '../../compiler/loop-ir.ts'
import { bytesOf, keptValues, type MemoryPlan, planMemory } from '../../compiler/memory-plan.ts'
import { optimize } from '../../compiler/optimize.ts'
import { isVerifying, verifyOrder, verifyPlan } from '../../compiler/verify.ts'
import { type Dim, elementCount } from '../../core/dimension.ts'
import { byteSize } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Subgraph } from '../../core/primitives.ts'
import { emitKernel } from './emit-kernel.ts'
import { append } from './encoder.ts'
import { add, type FunctionBuilder, i32, load, mul, sub, type Value } from './function-builder.ts'
import type { KernelFunction } from './kernel-function.ts'
import { ModuleBuilder } from './module-builder.ts'

/** A program before it is instantiated. */
export interface Assembly {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly kernels: readonly Kernel[]
  readonly plan: MemoryPlan
  /** The table that `run` reads: addresses of inputs, of results, of the arena, then the sizes of these names; an i32 each. */
  readonly dims: readonly string[]
}

/** A kernel ready to be called, or the bodies of a loop or branch. */
type Prepared =
  | { readonly kind: 'call'; readonly fn: FunctionBuilder; readonly buffers: readonly Node[]; readonly scratchBytes: number }
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
export function assemble(graph: GraphFunction, relaxed: boolean): Assembly {
  return new Assembler(relaxed).program(graph)
}

class Assembler {
  private readonly module: ModuleBuilder
  private readonly run: FunctionBuilder
  private readonly emitted = new Map<string, { readonly kernel: KernelFunction; readonly buffers: readonly number[] }>()
  private readonly kernels: Kernel[] = []

  constructor(relaxed: boolean) {
    this.module = new ModuleBuilder(relaxed)
    this.run = this.module.function(['i32'])
    this.module.export('run', this.run)
  }

  program(graph: GraphFunction): Assembly {
    const { module, run } = this
    const donated = new Map<Node, Node>()
    for (const [input, result] of graph.donated) {
      const [from, to] = [graph.inputs[input], graph.results[result]]
      if (from !== undefined && to !== undefined) donated.set(from, to)
    }
    const kernels = fuse(graph.results, donated)
    const prepared = this.prepare(kernels, graph.results)
    const plan = planMemory(
      kernels,
      graph.inputs,
      graph.results,
      graph.donated,
      prepared.map((p) => p.scratchBytes),
    )
    verify(kernels, graph.results, plan)
    const count = graph.inputs.length + graph.results.length + 1
    const table = run.parameter(0)
    const bases: Value[] = []
    const prologue = run.block(() => {
      for (let i = 0; i < count; i++) bases.push(run.let(load('i32.load', table, 4 * i)))
    })
    const base = (i: number): Value => bases[i] ?? i32(0)
    const arena = base(count - 1)
    const addressOf = (node: Node): Value => {
      const place = placeOf(plan, node)
      switch (place.kind) {
        case 'input':
          return base(place.index)
        case 'output':
          return base(graph.inputs.length + place.index)
        case 'arena':
          return add(arena, place.offset)
      }
    }
    const main = run.block(() => this.emit(prepared, plan, addressOf, arena))
    module.variables.forEach((_, i) => {
      run.setGlobal(i, load('i32.load', table, 4 * (count + i)))
    })
    append(run.body, prologue)
    append(run.body, main)
    return { bytes: module.bytes(), kernels: this.kernels, plan, dims: module.variables.map((v) => v.name) }
  }

  private dim(d: Dim): Value {
    if (typeof d === 'number') return i32(d)
    const terms = d.terms.map((t) => t.variables.reduce((product, v) => mul(this.module.dimension(v), product), i32(t.coefficient)))
    return terms.reduce((sum, t) => add(sum, t))
  }

  private prepare(kernels: readonly Kernel[], results: readonly Node[]): Prepared[] {
    const kept = keptValues(kernels, results)
    const isKept = (node: Node): boolean => kept.has(node)
    return kernels.map((kernel) => {
      if (kernel.kind === 'whole') {
        const { op } = kernel.node
        if (op.name === 'scan') return this.control(kernel, [op.body])
        if (op.name === 'cond') return this.control(kernel, [op.whenTrue, op.whenFalse])
        if (op.name === 'while') return this.control(kernel, [op.condition, op.body])
      }
      return this.kernel(kernel, isKept)
    })
  }

  /** Emits a kernel, or takes the function of one of the same structure. */
  private kernel(kernel: Kernel, isKept: (node: Node) => boolean): Prepared {
    this.kernels.push(kernel)
    const { key, values } = kernelKey(kernel, isKept)
    const known = this.emitted.get(key)
    if (known !== undefined) {
      const buffers = known.buffers.map((i) => values[i]).filter((n) => n !== undefined)
      return { kind: 'call', fn: known.kernel.fn, buffers, scratchBytes: known.kernel.scratchBytes }
    }
    const made = emitKernel(this.module, kernel, isKept)
    const buffers = made.buffers.map((node) => values.indexOf(node))
    if (!buffers.includes(-1)) this.emitted.set(key, { kernel: made, buffers })
    return { kind: 'call', fn: made.fn, buffers: made.buffers, scratchBytes: made.scratchBytes }
  }

  private control(kernel: Extract<Kernel, { kind: 'whole' }>, graphs: readonly Subgraph[]): Prepared {
    const bodies = graphs.map((body): Body => {
      const simple = optimize({ inputs: body.parameters, results: body.results, donated: new Map() }, false)
      const graph: Subgraph = { ...body, results: simple.results }
      const kernels = fuse(graph.results)
      const prepared = this.prepare(kernels, graph.results)
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
        bytes += align(bytesOf(node))
        return offset
      })
      return { graph, prepared, plan, bytes, resultOffsets }
    })
    return { kind: 'control', kernel, bodies, scratchBytes: bodies.reduce((sum, b) => sum + b.bytes, 0) }
  }

  /** States the calls of kernels in order; scratch lies where the plan says, from `arena` on. */
  private emit(prepared: readonly Prepared[], plan: MemoryPlan, addressOf: (node: Node) => Value, arena: Value): void {
    prepared.forEach((p, i) => {
      const scratch = add(arena, plan.scratch[i] ?? 0)
      if (p.kind === 'call') this.run.call(p.fn, [...p.buffers.map(addressOf), scratch])
      else this.emitControl(p.kernel, p.bodies, addressOf, this.run.let(scratch))
    })
  }

  private bytesOf(node: Node): Value {
    return mul(this.dim(elementCount(node.shape)), byteSize(node.dtype))
  }

  private copy(target: Value, source: Value, node: Node): void {
    if (target !== source) this.run.copyMemory(target, source, this.bytesOf(node))
  }

  private emitControl(kernel: Extract<Kernel, { kind: 'whole' }>, bodies: readonly Body[], addressOf: (node: Node) => Value, scratch: Value): void {
    const { run } = this
    const { op: operation } = kernel.node
    const inputs = kernel.inputs.map((node) => run.let(addressOf(node)))
    const outputs = kernel.outputs.map((node) => run.let(addressOf(node)))
    const [first, second] = bodies
    const at = (list: readonly Value[], i: number): Value => list[i] ?? i32(0)
    if (first === undefined) throw new DeviceError(`wasm: expected a body of ${operation.name}, there is none. Report this graph.`)
    switch (operation.name) {
      case 'scan': {
        outputs.slice(0, operation.carries).forEach((target, i) => {
          const node = kernel.inputs[i]
          if (node !== undefined) this.copy(target, at(inputs, i), node)
        })
        const steps = run.let(this.dim(operation.length))
        run.loop(0, steps, 1, (count) => {
          const step = operation.reverse ? sub(sub(steps, 1), count) : count
          const moved = (base: Value, node: Node) => run.let(add(base, mul(step, this.bytesOf(node))))
          const parameters = first.graph.parameters.map((p, i) => {
            if (i < operation.carries) return at(outputs, i)
            const input = kernel.inputs[i]
            return input !== undefined && input.shape.length > p.shape.length ? moved(at(inputs, i), p) : at(inputs, i)
          })
          const wanted = first.graph.results.map((r, i) =>
            i < operation.carries ? run.let(add(scratch, first.resultOffsets[i] ?? 0)) : moved(at(outputs, i), r),
          )
          this.emitBody(first, parameters, wanted, scratch)
          first.graph.results.slice(0, operation.carries).forEach((node, i) => {
            this.copy(at(outputs, i), at(wanted, i), node)
          })
        })
        return
      }
      case 'cond': {
        if (second === undefined) throw new DeviceError('wasm: expected two branches of cond. Report this graph.')
        run.if(
          load('i32.load8_u', at(inputs, 0)),
          () => this.emitBody(first, inputs.slice(1), outputs, scratch),
          () => this.emitBody(second, inputs.slice(1), outputs, run.let(add(scratch, first.bytes))),
        )
        return
      }
      case 'while': {
        if (second === undefined) throw new DeviceError('wasm: expected a condition and a body of while. Report this graph.')
        kernel.inputs.forEach((node, i) => {
          this.copy(at(outputs, i), at(inputs, i), node)
        })
        const after = run.let(add(scratch, first.bytes))
        run.while(
          () => {
            const predicate = run.let(add(scratch, first.resultOffsets[0] ?? 0))
            this.emitBody(first, outputs, [predicate], scratch)
            return load('i32.load8_u', predicate)
          },
          () => {
            const wanted = second.graph.results.map((r, i) =>
              r === second.graph.parameters[i] ? at(outputs, i) : run.let(add(after, second.resultOffsets[i] ?? 0)),
            )
            this.emitBody(second, outputs, wanted, after)
            second.graph.results.forEach((node, i) => {
              this.copy(at(outputs, i), at(wanted, i), node)
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
    const addressOf = (node: Node): Value => {
      const place = placeOf(body.plan, node)
      switch (place.kind) {
        case 'input':
          return parameters[place.index] ?? i32(0)
        case 'output':
          return wanted[place.index] ?? i32(0)
        case 'arena':
          return add(arena, place.offset)
      }
    }
    this.emit(body.prepared, body.plan, addressOf, arena)
    body.graph.results.forEach((node, i) => {
      this.copy(wanted[i] ?? i32(0), addressOf(node), node)
    })
  }
}

function placeOf(plan: MemoryPlan, node: Node) {
  const place = plan.places.get(node)
  if (place === undefined) throw new DeviceError(`wasm: expected a place in memory for a value of ${node.op.name}, it has none. Report this graph.`)
  return place
}

function verify(kernels: readonly Kernel[], results: readonly Node[], plan: MemoryPlan): void {
  if (!isVerifying()) return
  verifyOrder(kernels, results)
  verifyPlan(kernels, results, plan)
}
