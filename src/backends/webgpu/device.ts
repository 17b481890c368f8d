// The WebGPU device as its caller sees it: compiles graphs to programs that are plain data, hands out tensors whose numbers lie on the GPU, and
// asks the host, which owns the GPU, for what somebody reads.

import type { Device, Executable, GraphFunction } from '../../compiler/device.ts'
import { type Explanation, explainKernel, explainMemory, graphLines } from '../../compiler/explain.ts'
import { keptValues } from '../../compiler/memory-plan.ts'
import { optimize } from '../../compiler/passes/optimize.ts'
import { elementCount, evaluateDim } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Storage } from '../../core/graph.ts'
import { type Assembly, assemble, type Renderer } from './assemble.ts'
import { type Channel, LocalChannel } from './channel.ts'
import type { AdapterFacts, Answer, Fault } from './commands.ts'
import { DoublesExecutable, hasDoubles } from './doubles.ts'
import type { GpuProgram } from './gpu-program.ts'
import { takesAttention } from './kernels/takes-attention.ts'
import { preludeOf } from './prelude.ts'
import { renderKernel } from './render-kernel.ts'
import type { BindingLimits } from './memory-parts.ts'
import { Residency } from './residency.ts'
import { mayWait, WorkerChannel } from './worker-channel.ts'
import { hostWorkerUrl } from './worker-url.ts'

export interface WebgpuOptions {
  /** Computes programs with f64 values, which WGSL does not have. Default: none, and such a program is a DeviceError. */
  readonly doubles?: () => Device
  /**
   * Whether the GPU has a thread of its own, so that numbers can be read at once, where this thread may wait and memory can be shared: always in
   * Node, and in a browser in workers of cross-origin isolated pages. Default: true.
   */
  readonly thread?: boolean
  /** The module that thread starts with. Default: the one that comes with this package. */
  readonly workerUrl?: string | URL
  /**
   * Bytes of tensors that stay on the GPU beyond twice what the latest program used; what was used least recently is moved out, where this thread
   * may wait. Default: 1 GiB.
   */
  readonly spareBytes?: number
  /** Stricter limits than the adapter's, to see what a program does where another adapter has them. Default: none. */
  readonly limits?: Partial<BindingLimits>
}

const renderer: Renderer = { render: renderKernel, prelude: preludeOf }

/** Makes the WebGPU device. The GPU itself is asked for when it is first needed; where there is none, that is a DeviceError that says what to do. */
export function createWebgpuDevice(options: WebgpuOptions = {}): WebgpuDevice {
  return new WebgpuDevice(options)
}

export class WebgpuDevice implements Device {
  readonly name = 'webgpu'
  private readonly options: WebgpuOptions
  private readonly channel: Channel
  private readonly residency: Residency
  private readonly forgotten = new FinalizationRegistry<number>((id) => this.channel.post({ kind: 'forgetProgram', id }))
  private facts: AdapterFacts | undefined
  private programs = 0

  constructor(options: WebgpuOptions) {
    this.options = options
    const { thread = true, workerUrl, limits = {} } = options
    this.channel = thread && mayWait() ? new WorkerChannel(workerUrl ?? hostWorkerUrl(), limits) : new LocalChannel(limits)
    this.residency = new Residency(this.channel, options.spareBytes ?? 2 ** 30)
  }

  compile(graph: GraphFunction): Executable {
    if (hasDoubles(graph)) return this.doubles(graph)
    const simple = optimize(graph, takesAttention(graph.results))
    const facts = this.channel.canWait ? this.factsNow() : this.facts
    if (facts !== undefined) return this.executable(simple, assemble(simple, renderer, facts).program)
    // Where nothing can be waited for, the text is written once the adapter has said what it can do. Where there is none, reads say so.
    const program = this.factsLater().then((f) => assemble(simple, renderer, f).program)
    program.catch(() => undefined)
    return this.executable(simple, program)
  }

  async compileAsync(graph: GraphFunction): Promise<Executable> {
    if (hasDoubles(graph)) return this.doubles(graph)
    const simple = optimize(graph, takesAttention(graph.results))
    const facts = await this.factsLater()
    const executable = this.executable(simple, assemble(simple, renderer, facts).program)
    await executable.made()
    return executable
  }

  explain(graph: GraphFunction): Explanation {
    const simple = optimize(graph, takesAttention(graph.results))
    const facts = this.facts ?? this.factsNow()
    const { kernels, texts, plan }: Assembly = assemble(simple, renderer, facts)
    const kept = keptValues(kernels, simple.results)
    return {
      device: `webgpu: ${facts.description}`,
      graph: graphLines(simple),
      kernels: kernels.map((kernel, i) => explainKernel(kernel, (node) => kept.has(node), texts[i])),
      memory: explainMemory(simple, kernels, plan),
    }
  }

  /** What the adapter can do; a DeviceError where there is none. */
  async describe(): Promise<AdapterFacts> {
    return this.factsLater()
  }

  /** Makes a fault happen, to see what follows: the GPU disappears, or the thread that owns it ends. */
  provoke(fault: Fault): void {
    this.channel.post({ kind: 'provoke', fault })
  }

  private factsNow(): AdapterFacts {
    this.facts ??= factsIn(this.channel.askNow({ kind: 'adapter' }))
    return this.facts
  }

  private async factsLater(): Promise<AdapterFacts> {
    this.facts ??= factsIn(await this.channel.ask({ kind: 'adapter' }))
    return this.facts
  }

  private executable(graph: GraphFunction, program: GpuProgram | Promise<GpuProgram>): Program {
    const id = this.programs++
    const made = new Program(this.channel, this.residency, graph, program, id)
    this.forgotten.register(made, id)
    return made
  }

  private doubles(graph: GraphFunction): Executable {
    const { doubles } = this.options
    if (doubles === undefined) {
      throw new DeviceError('webgpu: expected values of dtypes that a GPU has, got f64. Use f32, or create the device with another for doubles.')
    }
    return new DoublesExecutable(doubles().compile(graph))
  }
}

function factsIn(answer: Answer): AdapterFacts {
  if (answer.kind === 'adapter') return answer.facts
  throw new DeviceError(answer.kind === 'error' ? answer.message : `webgpu: expected facts of the adapter, got ${answer.kind}. Report this.`)
}

class Program implements Executable {
  private readonly channel: Channel
  private readonly residency: Residency
  private readonly graph: GraphFunction
  private readonly program: GpuProgram | Promise<GpuProgram>
  private readonly id: number
  /** The channel's generation that knows the program. */
  private knownIn = -1

  constructor(channel: Channel, residency: Residency, graph: GraphFunction, program: GpuProgram | Promise<GpuProgram>, id: number) {
    this.channel = channel
    this.residency = residency
    this.graph = graph
    this.program = program
    this.id = id
    this.makeKnown()
  }

  /** Resolves once the pipelines exist. */
  async made(): Promise<void> {
    const answer = await this.channel.ask({ kind: 'made', program: this.id })
    if (answer.kind === 'error') throw new DeviceError(answer.message)
  }

  run(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Storage[] {
    return this.start(inputs, dims).storages
  }

  async runAsync(inputs: readonly Storage[], dims: ReadonlyMap<string, number>): Promise<Storage[]> {
    const { storages, outputs } = this.start(inputs, dims)
    const answer = await this.channel.ask({ kind: 'settled', memory: outputs })
    if (answer.kind === 'error') throw new DeviceError(answer.message)
    return storages
  }

  private start(inputs: readonly Storage[], dims: ReadonlyMap<string, number>) {
    const { graph, residency, channel } = this
    this.makeKnown()
    const temporary: number[] = []
    const memory = graph.inputs.map((_, i) => {
      const storage = inputs[i]
      if (storage === undefined) throw new DeviceError(`webgpu: expected ${graph.inputs.length} inputs, got ${inputs.length}. Pass them all.`)
      const placed = residency.place(storage)
      if (placed.isTemporary) temporary.push(placed.memory)
      return placed.memory
    })
    const outputs = graph.results.map(() => residency.newMemory())
    const donated = [...graph.donated.keys()]
    channel.post({ kind: 'run', program: this.id, inputs: memory, outputs, dims, donated })
    for (const input of donated) {
      const storage = inputs[input]
      if (storage !== undefined) residency.release(storage)
    }
    if (temporary.length > 0) channel.post({ kind: 'free', memory: temporary })
    const storages = graph.results.map((node, i) => residency.result(node.dtype, evaluateDim(elementCount(node.shape), dims), outputs[i] ?? -1))
    residency.trim([...inputs, ...storages])
    return { storages, outputs }
  }

  private makeKnown(): void {
    const generation = this.channel.generation()
    if (this.knownIn === generation) return
    this.channel.post({ kind: 'program', id: this.id, program: this.program })
    this.knownIn = this.channel.generation()
  }
}
