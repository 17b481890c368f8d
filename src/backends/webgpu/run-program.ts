// Runs a program: its steps become dispatches of one command encoder, handed over at the end. Only where a branch or loop must know a predicate
// are the commands handed over before, and the predicate read.

import { type Dim, evaluateDim } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { ByteAddress, GpuProgram, Root, Step } from './gpu-program.ts'
import { untilSettled } from './outstanding.ts'
import { mapForReading, type Session } from './session.ts'

/** The memory of one value: one buffer, or several where one does not hold it. */
export type Parts = readonly GPUBuffer[]

/** The memory of one run. */
export interface RunMemory {
  readonly inputs: readonly Parts[]
  readonly outputs: readonly Parts[]
  readonly arenas: readonly GPUBuffer[]
}

export function pick<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new DeviceError(`webgpu: expected buffer ${index} of a program, there is none. Report this graph.`)
  return item
}

/** The buffers of a root, in order. */
export function partsOf(memory: RunMemory, root: Root): Parts {
  switch (root.kind) {
    case 'input':
      return pick(memory.inputs, root.index)
    case 'output':
      return pick(memory.outputs, root.index)
    case 'arena':
      return memory.arenas.slice(root.index)
  }
}

/** A buffer of a root. */
function bufferAt(memory: RunMemory, { kind, index }: Root, part: number): GPUBuffer {
  switch (kind) {
    case 'input':
      return pick(pick(memory.inputs, index), part)
    case 'output':
      return pick(pick(memory.outputs, index), part)
    case 'arena':
      return pick(memory.arenas, index + part)
  }
}

type Dispatch = Extract<Step, { kind: 'dispatch' }>

interface Command {
  readonly step: Dispatch
  readonly group: GPUBindGroup
  readonly groups: number
}

/** Frames that were written once and hold for every run of the same sizes. */
interface KnownFrames {
  readonly words: Int32Array<ArrayBuffer>
  readonly buffer: GPUBuffer
  readonly group: GPUBindGroup
}

/** A program with its pipelines. */
export class LoadedProgram {
  readonly program: GpuProgram
  readonly session: Session
  private readonly pipelines: readonly GPUComputePipeline[]
  private known: KnownFrames | undefined

  static async load(session: Session, program: GpuProgram): Promise<LoadedProgram> {
    return new LoadedProgram(session, program, await Promise.all(program.modules.map((module) => session.pipeline(module))))
  }

  private constructor(session: Session, program: GpuProgram, pipelines: readonly GPUComputePipeline[]) {
    this.session = session
    this.program = program
    this.pipelines = pipelines
  }

  /** Hands all commands over. */
  async run(memory: RunMemory, dims: ReadonlyMap<string, number>): Promise<void> {
    const run = new Run(this.session, this.program, memory, dims, (commands, words, isWhole) => this.submit(commands, words, isWhole))
    const { steps } = this.program
    if (readsBack(steps)) await run.walk(steps)
    else run.record(steps)
    run.flush(!readsBack(steps))
  }

  /** Gives up what the program keeps between runs. */
  forget(): void {
    if (this.known !== undefined) this.session.frames.give(this.known.buffer)
    this.known = undefined
  }

  /** `isWhole`: these are all the commands of the run, so that its frames may hold for the next. */
  private submit(commands: readonly Command[], words: Int32Array<ArrayBuffer>, isWhole: boolean): void {
    const { device } = this.session
    const frames = this.frames(words)
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    const stride = frameStride(this.program)
    const most = device.limits.maxComputeWorkgroupsPerDimension
    let current: GPUComputePipeline | undefined
    commands.forEach(({ step, group, groups }, i) => {
      const pipeline = this.pipelines[step.module]
      if (pipeline === undefined) return
      if (pipeline !== current) pass.setPipeline(pipeline)
      current = pipeline
      pass.setBindGroup(0, group)
      pass.setBindGroup(1, frames.group, [i * stride])
      const x = Math.min(groups, most)
      const y = Math.min(Math.ceil(groups / x), most)
      pass.dispatchWorkgroups(x, y, Math.ceil(groups / (x * y)))
    })
    pass.end()
    device.queue.submit([encoder.finish()])
    if (this.known === frames) return
    if (isWhole) {
      this.forget()
      this.known = frames
    } else this.session.frames.give(frames.buffer)
  }

  private frames(words: Int32Array<ArrayBuffer>): KnownFrames {
    const { known, session } = this
    if (known?.words.length === words.length && known.words.every((word, i) => word === words[i])) return known
    const buffer = session.frames.take(words.byteLength)
    session.device.queue.writeBuffer(buffer, 0, words)
    return { words, buffer, group: session.frameGroup(buffer, frameStride(this.program)) }
  }
}

/** Bytes from one frame to the next: dynamic offsets are multiples of 256. */
const frameStride = (program: GpuProgram): number => Math.ceil((4 * program.frameWords) / 256) * 256

const knownReaders = new WeakMap<readonly Step[], boolean>()

/** Whether a predicate must be read while the steps run. */
function readsBack(steps: readonly Step[]): boolean {
  const known = knownReaders.get(steps)
  if (known !== undefined) return known
  const found = steps.some((s) => s.kind === 'cond' || s.kind === 'while' || (s.kind === 'scan' && readsBack(s.steps)))
  knownReaders.set(steps, found)
  return found
}

type Submit = (commands: readonly Command[], words: Int32Array<ArrayBuffer>, isWhole: boolean) => void

/** One walk over the steps. */
class Run {
  private readonly session: Session
  private readonly memory: RunMemory
  private readonly sizes: Map<string, number>
  private readonly submit: Submit
  private readonly stride: number
  private commands: Command[] = []
  private words: Int32Array<ArrayBuffer>

  constructor(session: Session, program: GpuProgram, memory: RunMemory, dims: ReadonlyMap<string, number>, submit: Submit) {
    this.session = session
    this.memory = memory
    this.sizes = new Map(dims)
    this.submit = submit
    this.stride = frameStride(program) / 4
    this.words = new Int32Array(this.stride * Math.max(16, program.steps.length))
  }

  /** Steps in which nothing must be read. */
  record(steps: readonly Step[]): void {
    for (const step of steps) {
      if (step.kind === 'dispatch') this.dispatch(step)
      else if (step.kind === 'scan') for (const _ of this.iterations(step)) this.record(step.steps)
    }
  }

  async walk(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      switch (step.kind) {
        case 'dispatch':
          this.dispatch(step)
          break
        case 'scan':
          for (const _ of this.iterations(step)) {
            if (readsBack(step.steps)) await this.walk(step.steps)
            else this.record(step.steps)
          }
          break
        case 'cond':
          await this.walk((await this.isTrue(step.predicate)) ? step.whenTrue : step.whenFalse)
          break
        case 'while':
          for (;;) {
            await this.walk(step.condition)
            if (!(await this.isTrue(step.predicate))) break
            await this.walk(step.body)
          }
          break
      }
    }
  }

  /** Hands over what was recorded. */
  flush(isWhole: boolean): void {
    const { commands } = this
    if (commands.length === 0) return
    this.commands = []
    this.submit(commands, this.words.slice(0, commands.length * this.stride), isWhole)
  }

  private *iterations(step: Extract<Step, { kind: 'scan' }>): Generator<void> {
    const length = this.value(step.length)
    for (let i = 0; i < length; i++) {
      this.sizes.set(step.counter, step.reverse ? length - 1 - i : i)
      yield
    }
  }

  private value(d: Dim): number {
    return evaluateDim(d, this.sizes)
  }

  private dispatch(step: Dispatch): void {
    const groups = this.value(step.groups)
    if (groups <= 0) return
    const at = this.commands.length * this.stride
    if (at + this.stride > this.words.length) {
      const grown = new Int32Array(2 * this.words.length)
      grown.set(this.words)
      this.words = grown
    }
    this.words[at] = groups
    step.frame.forEach((d, i) => {
      this.words[at + 1 + i] = this.value(d)
    })
    const { session } = this
    const buffers: GPUBuffer[] = []
    const sizes: number[] = []
    for (const { root, offset, bytes: rest, mostBytes } of step.windows) {
      const left = this.value(rest)
      const bytes = mostBytes === undefined ? left : Math.min(mostBytes, left)
      buffers.push(bytes <= 0 && offset > 0 ? session.beyond() : bufferAt(this.memory, root, Math.floor(offset / session.partBytes)))
      sizes.push(Math.max(4, Math.ceil(bytes / 4) * 4))
    }
    this.commands.push({ step, group: session.group(step, buffers, sizes), groups })
  }

  private async isTrue(address: ByteAddress): Promise<boolean> {
    this.flush(false)
    const { device, staging, partBytes } = this.session
    const position = this.value(address.offset)
    const offset = position % partBytes
    const word = offset - (offset % 4)
    const buffer = staging.take(4)
    const encoder = device.createCommandEncoder()
    encoder.copyBufferToBuffer(bufferAt(this.memory, address.root, Math.floor(position / partBytes)), word, buffer, 0, 4)
    device.queue.submit([encoder.finish()])
    await untilSettled(buffer.mapAsync(mapForReading, 0, 4))
    const byte = new Uint8Array(buffer.getMappedRange(0, 4))[offset % 4] ?? 0
    buffer.unmap()
    staging.give(buffer)
    return byte !== 0
  }
}
