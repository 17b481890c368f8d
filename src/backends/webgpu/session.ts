// All that belongs to one GPUDevice: its pools and its pipelines. A lost device takes its session with it.

import { DeviceError } from '../../core/errors.ts'
import { type OpenedGpu, openGpu } from './adapter.ts'
import { BufferPool } from './buffer-pool.ts'
import type { AdapterFacts } from './commands.ts'
import type { GpuModule, Step } from './gpu-program.ts'
import { alignment, type BindingLimits, partBytes } from './memory-parts.ts'
import { untilMade, untilSettled } from './outstanding.ts'

// The flags of GPUBufferUsage and GPUMapMode, which in Node are no global names.
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const
export const mapForReading = 1
const computeStage = 4

/** Texts whose pipelines are kept, for programs to come. */
const mostPipelines = 4096

/** A bind group with what it was made from. */
interface KnownGroup {
  readonly buffers: readonly GPUBuffer[]
  readonly sizes: readonly number[]
  readonly group: GPUBindGroup
}

type Dispatch = Extract<Step, { kind: 'dispatch' }>

export class Session {
  readonly device: GPUDevice
  readonly facts: AdapterFacts
  readonly memory: BufferPool
  readonly frames: BufferPool
  readonly staging: BufferPool
  /** Bytes of each buffer of a value that one does not hold, but the last. */
  readonly partBytes: number
  /** Why the device is gone, once it is. */
  lostBecause: string | undefined
  /** The first error that belongs to no run. */
  private complaint: string | undefined
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>()
  private readonly layouts = new Map<number, { readonly bindings: GPUBindGroupLayout; readonly pipeline: GPUPipelineLayout }>()
  private readonly groups = new WeakMap<Dispatch, KnownGroup>()
  private readonly frameLayout: GPUBindGroupLayout
  private unused: GPUBuffer | undefined

  /** `limits`: stricter ones than the adapter's. */
  static async open(limits: Partial<BindingLimits>): Promise<Session> {
    return new Session(await openGpu(), limits)
  }

  private constructor({ device, facts }: OpenedGpu, limits: Partial<BindingLimits>) {
    this.device = device
    this.facts = stricter(facts, limits)
    this.partBytes = partBytes(this.facts)
    device.onuncapturederror = ({ error }) => {
      this.complaint ??= error.message
    }
    this.memory = new BufferPool(device, usage.storage | usage.copySource | usage.copyTarget)
    this.frames = new BufferPool(device, usage.uniform | usage.copyTarget)
    this.staging = new BufferPool(device, usage.mapRead | usage.copyTarget)
    this.frameLayout = device.createBindGroupLayout({
      entries: [{ binding: 0, visibility: computeStage, buffer: { type: 'uniform', hasDynamicOffset: true } }],
    })
  }

  /** The pipeline of a module; modules of equal text share one. Rejects with a DeviceError where the text is not valid. */
  pipeline(module: GpuModule): Promise<GPUComputePipeline> {
    const old = this.pipelines.get(module.text)
    if (old !== undefined) return old
    const made = this.makePipeline(module)
    this.pipelines.set(module.text, made)
    const [oldest] = this.pipelines.keys()
    if (this.pipelines.size > mostPipelines && oldest !== undefined) this.pipelines.delete(oldest)
    return made
  }

  /** An error that belongs to no run, told once. */
  takeComplaint(): string | undefined {
    const { complaint } = this
    this.complaint = undefined
    return complaint
  }

  private async makePipeline({ text, bindings }: GpuModule): Promise<GPUComputePipeline> {
    const { device } = this
    device.pushErrorScope('validation')
    const module = device.createShaderModule({ code: text })
    const checked = untilSettled(device.popErrorScope())
    try {
      const pipeline = await untilMade(
        device.createComputePipelineAsync({ layout: this.layout(bindings).pipeline, compute: { module, entryPoint: 'main' } }),
      )
      await checked
      return pipeline
    } catch (cause) {
      await checked.catch(() => null)
      throw new DeviceError(
        `webgpu: expected the adapter to compile a kernel, it did not: ${await complaint(module, text, cause)}. Report this graph.`,
        { cause },
      )
    }
  }

  private layout(bindings: number) {
    const old = this.layouts.get(bindings)
    if (old !== undefined) return old
    const layout = this.device.createBindGroupLayout({
      entries: Array.from({ length: bindings }, (_, binding) => ({ binding, visibility: computeStage, buffer: { type: 'storage' as const } })),
    })
    const made = { bindings: layout, pipeline: this.device.createPipelineLayout({ bindGroupLayouts: [layout, this.frameLayout] }) }
    this.layouts.set(bindings, made)
    return made
  }

  /** What windows show that lie beyond the end of a value. */
  beyond(): GPUBuffer {
    this.unused ??= this.device.createBuffer({ size: alignment * this.facts.mostBindings, usage: usage.storage })
    return this.unused
  }

  /** The bind group of a dispatch; the last one is used again where the buffers are the same. */
  group(step: Dispatch, buffers: readonly GPUBuffer[], sizes: readonly number[]): GPUBindGroup {
    const old = this.groups.get(step)
    if (old?.buffers.every((buffer, i) => buffer === buffers[i]) === true && old.sizes.every((size, i) => size === sizes[i])) return old.group
    const entries = buffers.map((buffer, binding) => {
      // Bindings must not overlap.
      const offset = buffer === this.unused ? binding * alignment : (step.windows[binding]?.offset ?? 0) % this.partBytes
      return { binding, resource: { buffer, offset, size: sizes[binding] ?? 4 } }
    })
    const group = this.device.createBindGroup({ layout: this.layout(buffers.length).bindings, entries })
    this.groups.set(step, { buffers, sizes, group })
    return group
  }

  /** The bind group of frames that take `bytes` bytes each. */
  frameGroup(buffer: GPUBuffer, bytes: number): GPUBindGroup {
    return this.device.createBindGroup({ layout: this.frameLayout, entries: [{ binding: 0, resource: { buffer, size: bytes } }] })
  }
}

function stricter(facts: AdapterFacts, limits: Partial<BindingLimits>): AdapterFacts {
  return {
    ...facts,
    mostBindings: Math.min(facts.mostBindings, limits.mostBindings ?? Infinity),
    mostBindingBytes: Math.min(facts.mostBindingBytes, limits.mostBindingBytes ?? Infinity),
    mostBufferBytes: Math.min(facts.mostBufferBytes, limits.mostBufferBytes ?? Infinity),
  }
}

/** What the adapter says of a text, with the line it means. */
async function complaint(module: GPUShaderModule, text: string, cause: unknown): Promise<string> {
  const { messages } = await untilSettled(module.getCompilationInfo())
  const [first] = messages.filter((m) => m.type === 'error')
  if (first === undefined) return cause instanceof Error ? cause.message : String(cause)
  return `${first.message} in line ${first.lineNum}: ${text.split('\n')[first.lineNum - 1]?.trim() ?? ''}`
}
