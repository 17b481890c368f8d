// From a graph to a program: kernels as modules, memory planned, and the steps that dispatch them in order; loops and branches are steps around
// those of their bodies.

import type { GraphFunction } from '../../compiler/device.ts'
import { fuse } from '../../compiler/fuse.ts'
import { kernelKey } from '../../compiler/loop-ir/kernel-key.ts'
import type { Kernel } from '../../compiler/loop-ir/loop-ir.ts'
import { bytesOf, keptValues, type MemoryPlan, planMemory } from '../../compiler/memory-plan.ts'
import { optimize } from '../../compiler/passes/optimize.ts'
import { isVerifying, verifyOrder, verifyPlan } from '../../compiler/verify.ts'
import { addDims, type Dim, dimension, divideDims, elementCount, maxDim, multiplyDims } from '../../core/dimension.ts'
import { byteSize, type DType } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Node } from '../../core/graph.ts'
import type { Subgraph } from '../../core/primitives.ts'
import { baseOf, layOutBindings, type Location, moved, pieceOf, samePlace, windowCount } from './binding-layout.ts'
import { copyPass } from './copy-kernel.ts'
import type { GpuKernel, GpuPass, GpuTarget } from './gpu-kernel.ts'
import { takesAttention } from './kernels/takes-attention.ts'
import type { ByteAddress, GpuModule, GpuProgram, Output, Root, Step } from './gpu-program.ts'
import { alignment, type BindingLimits, partBytes, windowBytes } from './memory-parts.ts'
import { groupsPosition, type ModuleLayout, moduleText, type ValueAccess } from './module-text.ts'
import { splitKernels } from './split-kernels.ts'

/** How kernels become text. */
export interface Renderer {
  render(kernel: Kernel, isKept: (node: Node) => boolean, target: GpuTarget): GpuKernel
  /** What the text of a pass needs besides. */
  prelude(body: string): string
}

/** A program with what explains it. */
export interface Assembly {
  readonly program: GpuProgram
  readonly kernels: readonly Kernel[]
  /** The text of each kernel's passes. */
  readonly texts: readonly string[]
  readonly plan: MemoryPlan
}

/** Indices of elements are numbers of 32 bits with a sign, and loops over them step beyond the last by less than the difference. */
const mostElements = 2 ** 31 - 2 ** 24

/** Assembles an optimized graph. */
export function assemble(graph: GraphFunction, renderer: Renderer, target: GpuTarget & BindingLimits): Assembly {
  return new Assembler(renderer, target).program(graph)
}

type Whole = Extract<Kernel, { kind: 'whole' }>

/** A kernel ready to be dispatched, or the bodies of a loop or branch. */
type Prepared =
  | {
      readonly kind: 'dispatch'
      readonly kernel: GpuKernel
      readonly nodes: readonly Node[]
      /** Values that are copied into the arena for this kernel, with their place behind its scratch memory. */
      readonly staged: ReadonlyMap<Node, number>
      readonly scratchBytes: number
    }
  | { readonly kind: 'control'; readonly kernel: Whole; readonly bodies: readonly Body[]; readonly scratchBytes: number }

interface Body {
  readonly graph: Subgraph
  readonly prepared: readonly Prepared[]
  readonly plan: MemoryPlan
  /** Bytes of the body's arena, then of a copy of each result. */
  readonly bytes: number
  readonly resultOffsets: readonly number[]
}

type Locate = (node: Node) => Location

const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

const sizeOf = (node: Node): Dim => multiplyDims(elementCount(node.shape), byteSize(node.dtype))

class Assembler {
  private readonly renderer: Renderer
  private readonly target: GpuTarget & BindingLimits
  private readonly rendered = new Map<string, { readonly kernel: GpuKernel; readonly buffers: readonly number[] }>()
  private readonly modules: GpuModule[] = []
  private readonly moduleNumbers = new Map<string, number>()
  /** Modules of a kernel's passes, by their layout. */
  private readonly modulesByLayout = new WeakMap<object, Map<string, readonly number[]>>()
  private readonly kernels: Kernel[] = []
  private readonly texts: string[] = []
  /** Bytes of a buffer of the arena at most. */
  private readonly bufferBytes: number
  private frameWords = 1
  private counters = 0

  constructor(renderer: Renderer, target: GpuTarget & BindingLimits) {
    this.renderer = renderer
    this.target = target
    this.bufferBytes = partBytes(target)
  }

  program(graph: GraphFunction): Assembly {
    const kernels = splitKernels(fuse(graph.results, nodePairs(graph.donated, graph.inputs, graph.results)), this.target)
    const prepared = this.prepare(kernels, graph.inputs, graph.results)
    const plan = this.plan(kernels, graph.inputs, graph.results, graph.donated, prepared, this.bufferBytes)
    const locate: Locate = (node) => {
      const place = placeOf(plan, node)
      const whole = (root: Root): Location => ({ root, offset: 0, bytes: sizeOf(node), maxBytes: bytesOf(node), shift: 0 })
      switch (place.kind) {
        case 'input':
          return whole(place)
        case 'output': {
          const source = plan.inPlace.get(place.index)
          return whole(source === undefined ? place : { kind: 'input', index: source })
        }
        case 'arena':
          return this.inArena(place.offset, place.bytes)
      }
    }
    const steps: Step[] = []
    this.emit(prepared, plan, locate, 0, steps)
    const outputs = graph.results.map((node, i): Output => {
      const place = placeOf(plan, node)
      const source = plan.inPlace.get(i)
      if (source !== undefined) return { kind: 'taken', input: source }
      if (place.kind === 'output' && place.index === i) return { kind: 'own', bytes: sizeOf(node) }
      if (place.kind === 'input' && graph.donated.get(place.index) === i) return { kind: 'taken', input: place.index }
      return { kind: 'copy', from: locate(node).root, bytes: sizeOf(node) }
    })
    const program = { modules: this.modules, steps, arenas: this.buffersOf(plan.arenaBytes), outputs, frameWords: this.frameWords }
    return { program, kernels: this.kernels, texts: this.texts, plan }
  }

  private plan(
    kernels: readonly Kernel[],
    inputs: readonly Node[],
    results: readonly Node[],
    donated: ReadonlyMap<number, number>,
    prepared: readonly Prepared[],
    bufferBytes: number,
  ): MemoryPlan {
    const scratchBytes = prepared.map((p) => p.scratchBytes)
    // What has several values in it; a kernel's own scratch memory may go on in the next buffer.
    const most = Math.max(0, ...prepared.map((p) => (p.kind === 'control' || p.staged.size > 0 ? p.scratchBytes : 0)))
    if (most > this.bufferBytes) {
      throw new DeviceError(
        `webgpu: expected what a loop or a kernel needs meanwhile to fit a buffer of ${this.bufferBytes} bytes (the adapter's maxBufferSize), one needs ${most} bytes. Use smaller batches or shorter sequences, or another device.`,
      )
    }
    const plan = planMemory(kernels, inputs, results, donated, scratchBytes, { alignment, bufferBytes })
    if (isVerifying()) {
      verifyOrder(kernels, results)
      verifyPlan(kernels, results, plan)
    }
    return plan
  }

  private prepare(kernels: readonly Kernel[], inputs: readonly Node[], results: readonly Node[]): Prepared[] {
    const kept = keptValues(kernels, results)
    const outside = new Set([...inputs, ...results])
    return kernels.map((kernel) => {
      if (kernel.kind === 'whole') {
        const { op } = kernel.node
        if (op.name === 'scan') return this.control(kernel, [{ graph: op.body, carries: op.carries }])
        if (op.name === 'cond')
          return this.control(
            kernel,
            [op.whenTrue, op.whenFalse].map((graph) => ({ graph, carries: 0 })),
          )
        if (op.name === 'while') {
          const { length } = kernel.outputs
          return this.control(kernel, [
            { graph: op.condition, carries: 0 },
            { graph: op.body, carries: length },
          ])
        }
      }
      return this.kernel(kernel, (node) => kept.has(node), outside)
    })
  }

  /** Renders a kernel, or takes the text of one of the same structure. */
  private kernel(kernel: Kernel, isKept: (node: Node) => boolean, outside: ReadonlySet<Node>): Prepared {
    const { key, values } = kernelKey(kernel, isKept)
    let made = this.rendered.get(key)
    let nodes: readonly Node[]
    if (made === undefined) {
      const gpuKernel = this.renderer.render(kernel, isKept, this.target)
      nodes = gpuKernel.buffers.map((b) => b.node)
      made = { kernel: gpuKernel, buffers: nodes.map((node) => values.indexOf(node)) }
      if (!made.buffers.includes(-1)) this.rendered.set(key, made)
    } else {
      nodes = made.buffers.map((i) => values[i]).filter((n) => n !== undefined)
    }
    this.kernels.push(kernel)
    this.texts.push(made.kernel.passes.map((p) => p.body).join('\n'))
    return { kind: 'dispatch', kernel: made.kernel, nodes, ...this.stage(made.kernel, nodes, outside) }
  }

  /** Inputs and results have bindings of their own: the smallest of those that are too many are copied into the arena. */
  private stage(
    kernel: GpuKernel,
    nodes: readonly Node[],
    outside: ReadonlySet<Node>,
  ): { readonly staged: ReadonlyMap<Node, number>; readonly scratchBytes: number } {
    const most = windowBytes(this.target)
    const ownBytes = align(kernel.scratchBytes)
    const used = [...new Set(nodes)]
    const apart = used.filter((node) => outside.has(node)).sort((a, b) => bytesOf(a) - bytesOf(b))
    let arenaBytes = ownBytes + used.reduce((sum, node) => sum + (outside.has(node) ? 0 : align(bytesOf(node))), 0)
    let windows = apart.reduce((sum, node) => sum + windowCount(bytesOf(node), most), 0)
    const staged = new Map<Node, number>()
    const usesArena = kernel.scratchBytes > 0 || apart.length < used.length
    const fits = (): boolean => windows + (usesArena || staged.size > 0 ? windowCount(arenaBytes, most) : 0) <= this.target.mostBindings
    let scratchBytes = ownBytes
    for (const node of apart) {
      if (fits()) break
      staged.set(node, scratchBytes)
      const bytes = align(bytesOf(node))
      scratchBytes += bytes
      arenaBytes += bytes
      windows -= windowCount(bytesOf(node), most)
    }
    // Where it does not help, results may still lie where inputs do.
    return fits() ? { staged, scratchBytes } : { staged: new Map(), scratchBytes: ownBytes }
  }

  /** `carries`: so many parameters of a body are replaced by its results of the same number, and may be written over. */
  private control(kernel: Whole, graphs: readonly { readonly graph: Subgraph; readonly carries: number }[]): Prepared {
    const bodies = graphs.map(({ graph: body, carries }): Body => {
      const donated = new Map(Array.from({ length: carries }, (_, i) => [i, i] as const))
      const simple = optimize({ inputs: body.parameters, results: body.results, donated: new Map() }, takesAttention(body.results))
      const graph: Subgraph = { ...body, results: simple.results }
      const kernels = splitKernels(fuse(graph.results, nodePairs(donated, graph.parameters, graph.results)), this.target)
      const prepared = this.prepare(kernels, graph.parameters, graph.results)
      const plan = this.plan(kernels, graph.parameters, graph.results, donated, prepared, Infinity)
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

  /** States the dispatches of kernels in order; scratch lies where the plan says, from `arena` on. */
  private emit(prepared: readonly Prepared[], plan: MemoryPlan, locate: Locate, arena: number, steps: Step[]): void {
    prepared.forEach((p, i) => {
      const scratch = arena + (plan.scratch[i] ?? 0)
      if (p.kind === 'control') {
        this.emitControl(p.kernel, p.bodies, locate, scratch, steps)
        return
      }
      const copies = new Map([...p.staged].map(([node, offset]) => [node, this.inArena(scratch + offset, align(bytesOf(node)))]))
      for (const [node, copy] of copies) this.copy(locate(node), copy, node, steps)
      this.emitDispatch(
        p.kernel,
        p.nodes.map((node) => copies.get(node) ?? locate(node)),
        scratch,
        steps,
      )
      p.kernel.buffers.forEach((buffer, b) => {
        const node = p.nodes[b]
        const copy = node === undefined ? undefined : copies.get(node)
        if (buffer.isWritten && node !== undefined && copy !== undefined) this.copy(copy, locate(node), node, steps)
      })
    })
  }

  private emitDispatch(kernel: GpuKernel, locations: readonly Location[], scratch: number, steps: Step[]): void {
    const values = kernel.buffers.map((b, i) => ({ dtype: b.node.dtype, isWritten: b.isWritten, location: locations[i] ?? this.inArena(0, 0) }))
    const scratchLocation = kernel.scratchBytes > 0 ? this.inArena(scratch, align(kernel.scratchBytes)) : undefined
    const dims = kernel.dims.map((name) => dimension(name, { max: Number.MAX_SAFE_INTEGER }))
    this.dispatch(kernel, values, scratchLocation, dims, steps)
  }

  private dispatch(
    kernel: { readonly passes: readonly GpuPass[] },
    values: readonly { readonly dtype: DType; readonly isWritten: boolean; readonly location: Location }[],
    scratch: Location | undefined,
    dims: readonly Dim[],
    steps: Step[],
  ): void {
    const all = values.map((v) => v.location)
    if (scratch !== undefined) all.push(scratch)
    const bindings = layOutBindings(all, this.target, 'one kernel')
    const frame: Dim[] = []
    const access = (location: Location, i: number, dtype: DType, isWritten: boolean): ValueAccess => {
      const found = bindings.find((b) => b.members.includes(i))
      if (found === undefined) throw new DeviceError('webgpu: expected a binding of every value, one has none. Report this graph.')
      const { first, windows, maxBytes } = found
      if (maxBytes / byteSize(dtype) > mostElements) {
        throw new DeviceError(
          `webgpu: expected values of at most ${mostElements} elements, got ${maxBytes / byteSize(dtype)} of ${dtype}. Use smaller batches, or another device.`,
        )
      }
      const bytes = baseOf(location, found)
      const base = bytes === 0 ? undefined : frame.push(scaled(bytes, byteSize(dtype))) + groupsPosition
      const split = windows.length === 1 ? undefined : { windows: windows.length, words: windowBytes(this.target) / 4 }
      return { dtype, binding: first, base, isWritten, split }
    }
    const accesses = values.map((v, i) => access(v.location, i, v.dtype, v.isWritten))
    const scratchAccess = scratch === undefined ? undefined : access(scratch, values.length, 'u32', true)
    const positions = dims.map((d) => frame.push(d) + groupsPosition)
    const windows = bindings.flatMap((b) => b.windows)
    const layout = {
      values: accesses,
      scratch: scratchAccess,
      bindings: windows.length,
      dims: positions,
      frameWords: frame.length + 1,
    }
    this.frameWords = Math.max(this.frameWords, layout.frameWords)
    const modules = this.modulesOf(kernel, layout)
    kernel.passes.forEach((pass, i) => {
      steps.push({ kind: 'dispatch', module: modules[i] ?? 0, groups: pass.groups, windows, frame })
    })
  }

  private modulesOf(kernel: { readonly passes: readonly GpuPass[] }, layout: ModuleLayout): readonly number[] {
    const key = JSON.stringify(layout)
    const known = this.modulesByLayout.get(kernel) ?? new Map<string, readonly number[]>()
    this.modulesByLayout.set(kernel, known)
    const old = known.get(key)
    if (old !== undefined) return old
    const made = this.makeModules(kernel, layout)
    known.set(key, made)
    return made
  }

  private makeModules(kernel: { readonly passes: readonly GpuPass[] }, layout: ModuleLayout): readonly number[] {
    return kernel.passes.map((pass) => {
      const text = moduleText(pass, layout, this.renderer.prelude(pass.body))
      const old = this.moduleNumbers.get(text)
      if (old !== undefined) return old
      const number = this.modules.push({ text, bindings: layout.bindings }) - 1
      this.moduleNumbers.set(text, number)
      return number
    })
  }

  private copy(source: Location, target: Location, node: Node, steps: Step[]): void {
    if (samePlace(source, target)) return
    const count = elementCount(node.shape)
    const asWords = source.shift === 0 && target.shift === 0 && typeof count === 'number' && byteSize(node.dtype) < 4
    // A narrow value that begins at a word is copied with the rest of its last word, which nobody uses.
    const dtype = asWords ? 'u32' : node.dtype
    const elements = asWords ? Math.ceil((count * byteSize(node.dtype)) / 4) : count
    const most = windowBytes(this.target)
    const isInPieces = typeof elements === 'number' && source.shift === 0 && target.shift === 0 && elements * byteSize(dtype) > most
    if (!isInPieces) {
      this.copyElements(source, target, dtype, elements, steps)
      return
    }
    // A window of each at a time, so that two bindings do.
    const size = byteSize(dtype)
    for (let bytes = 0; bytes < elements * size; bytes += most) {
      const length = Math.min(most, elements * size - bytes)
      this.copyElements(pieceOf(source, bytes, length), pieceOf(target, bytes, length), dtype, length / size, steps)
    }
  }

  private copyElements(source: Location, target: Location, dtype: DType, count: Dim, steps: Step[]): void {
    const values = [
      { dtype, isWritten: false, location: source },
      { dtype, isWritten: true, location: target },
    ]
    this.dispatch({ passes: [copyPass(maxDim(count))] }, values, undefined, [count], steps)
  }

  private emitControl(kernel: Whole, bodies: readonly Body[], locate: Locate, scratch: number, steps: Step[]): void {
    const { op } = kernel.node
    const [first, second] = bodies
    if (first === undefined) throw new DeviceError(`webgpu: expected a body of ${op.name}, there is none. Report this graph.`)
    const inputs = kernel.inputs.map(locate)
    const outputs = kernel.outputs.map(locate)
    const at = (list: readonly Location[], i: number): Location => list[i] ?? this.inArena(0, 0)
    const resultsIn = (body: Body, base: number): Location[] =>
      body.graph.results.map((node, i) => this.inArena(base + (body.resultOffsets[i] ?? 0), align(bytesOf(node))))
    switch (op.name) {
      case 'scan': {
        outputs.slice(0, op.carries).forEach((target, i) => {
          const node = kernel.inputs[i]
          if (node !== undefined) this.copy(at(inputs, i), target, node, steps)
        })
        const counter = `step ${this.counters++}`
        const step = dimension(counter, { max: Math.max(1, maxDim(op.length)) })
        const slice = (whole: Location, node: Node): Location => moved(whole, multiplyDims(step, sizeOf(node)))
        const parameters = first.graph.parameters.map((p, i) => {
          if (i < op.carries) return at(outputs, i)
          const input = kernel.inputs[i]
          return input !== undefined && input.shape.length > p.shape.length ? slice(at(inputs, i), p) : at(inputs, i)
        })
        const own = resultsIn(first, scratch)
        const wanted = first.graph.results.map((r, i) => {
          if (i >= op.carries) return slice(at(outputs, i), r)
          return first.plan.inPlace.has(i) ? at(outputs, i) : at(own, i)
        })
        const inner: Step[] = []
        this.emitBody(first, parameters, wanted, scratch, inner)
        first.graph.results.slice(0, op.carries).forEach((node, i) => {
          this.copy(at(wanted, i), at(outputs, i), node, inner)
        })
        steps.push({ kind: 'scan', counter, length: op.length, reverse: op.reverse, steps: inner })
        return
      }
      case 'cond': {
        if (second === undefined) throw new DeviceError('webgpu: expected two branches of cond. Report this graph.')
        const whenTrue: Step[] = []
        const whenFalse: Step[] = []
        this.emitBody(first, inputs.slice(1), outputs, scratch, whenTrue)
        this.emitBody(second, inputs.slice(1), outputs, scratch + first.bytes, whenFalse)
        steps.push({ kind: 'cond', predicate: addressOf(at(inputs, 0)), whenTrue, whenFalse })
        return
      }
      case 'while': {
        if (second === undefined) throw new DeviceError('webgpu: expected a condition and a body of while. Report this graph.')
        kernel.inputs.forEach((node, i) => {
          this.copy(at(inputs, i), at(outputs, i), node, steps)
        })
        const [predicate = this.inArena(0, 0)] = resultsIn(first, scratch)
        const condition: Step[] = []
        this.emitBody(first, outputs, [predicate], scratch, condition)
        const after = scratch + first.bytes
        const own = resultsIn(second, after)
        const isInPlace = (r: Node, i: number): boolean => r === second.graph.parameters[i] || second.plan.inPlace.has(i)
        const wanted = second.graph.results.map((r, i) => (isInPlace(r, i) ? at(outputs, i) : at(own, i)))
        const body: Step[] = []
        this.emitBody(second, outputs, wanted, after, body)
        second.graph.results.forEach((node, i) => {
          this.copy(at(wanted, i), at(outputs, i), node, body)
        })
        steps.push({ kind: 'while', condition, predicate: addressOf(predicate), body })
        return
      }
      default:
        throw new DeviceError(`webgpu: expected a loop or a branch, got ${op.name}. Report this graph.`)
    }
  }

  /** A place in the arena; a binding shows at least a word. */
  private inArena(place: number, size: number): Location {
    const bytes = Math.max(4, size)
    const index = Math.floor(place / this.bufferBytes)
    return { root: { kind: 'arena', index }, offset: place - index * this.bufferBytes, bytes, maxBytes: bytes, shift: 0 }
  }

  private buffersOf(arenaBytes: number): number[] {
    const { bufferBytes } = this
    return Array.from({ length: Math.floor(arenaBytes / bufferBytes) + 1 }, (_, i) =>
      Math.min(bufferBytes, Math.max(alignment, arenaBytes - i * bufferBytes)),
    )
  }

  /** States a body: its parameters lie in `parameters`, its results go to `wanted`. */
  private emitBody(body: Body, parameters: readonly Location[], wanted: readonly Location[], arena: number, steps: Step[]): void {
    const locate: Locate = (node) => {
      const place = placeOf(body.plan, node)
      if (place.kind === 'arena') return this.inArena(arena + place.offset, place.bytes)
      const found = place.kind === 'input' ? parameters[place.index] : wanted[place.index]
      if (found === undefined)
        throw new DeviceError(`webgpu: expected a place of ${place.kind} ${place.index} of a body, there is none. Report this graph.`)
      return found
    }
    this.emit(body.prepared, body.plan, locate, arena, steps)
    body.graph.results.forEach((node, i) => {
      const target = wanted[i]
      if (target !== undefined) this.copy(locate(node), target, node, steps)
    })
  }
}

/** Donated inputs with the results that may replace them. */
function nodePairs(donated: ReadonlyMap<number, number>, inputs: readonly Node[], results: readonly Node[]): Map<Node, Node> {
  const pairs = new Map<Node, Node>()
  for (const [input, result] of donated) {
    const [from, to] = [inputs[input], results[result]]
    if (from !== undefined && to !== undefined) pairs.set(from, to)
  }
  return pairs
}

const addressOf = (location: Location): ByteAddress => ({ root: location.root, offset: addDims(location.offset, location.shift) })

/** Bytes as elements: every term is a multiple of the element's size. */
function scaled(bytes: Dim, size: number): Dim {
  const elements = size === 1 ? bytes : divideDims(bytes, size)
  if (elements === undefined)
    throw new DeviceError(`webgpu: expected a value to begin at a multiple of ${size} bytes, got ${String(bytes)}. Report this graph.`)
  return elements
}

function placeOf(plan: MemoryPlan, node: Node) {
  const place = plan.places.get(node)
  if (place === undefined) throw new DeviceError(`webgpu: expected a place in memory for a value of ${node.op.name}, it has none. Report this graph.`)
  return place
}
