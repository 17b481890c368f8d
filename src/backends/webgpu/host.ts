// The side of the device that owns the GPU: takes commands in order and answers questions. Nothing here waits for the GPU before it takes the next
// command, except where a program must know a predicate. What goes wrong becomes the fate of the memory that a command was to fill, and is told
// when somebody asks for it.

import { DeviceError } from '../../core/errors.ts'
import { evaluateDim } from '../../core/dimension.ts'
import type { Answer, Command, Fault, Question } from './commands.ts'
import { Fate } from './fate.ts'
import type { GpuProgram } from './gpu-program.ts'
import { type BindingLimits, partSizes } from './memory-parts.ts'
import { LoadedProgram, type Parts, partsOf, pick, type RunMemory } from './run-program.ts'
import { noneOutstanding, untilSettled } from './outstanding.ts'
import { mapForReading, Session } from './session.ts'

/** What the host tells of its own accord. */
export interface HostEvents {
  /** The device was lost: memory that was made before is gone. */
  lost(): void
  /** The GPU has finished one more run. */
  finished(): void
  /** The thread is to fail; throws. */
  fail(): void
}

interface Memory {
  /** Absent where there is nothing to read: its fate says why. */
  readonly parts: Parts | undefined
  readonly fate: Fate
}

interface ProgramEntry {
  readonly program: GpuProgram | Promise<GpuProgram>
  loaded: { readonly session: Session; readonly program: Promise<LoadedProgram> } | undefined
}

type Run = Extract<Command, { kind: 'run' }>
type Entry = { readonly command: Command } | { readonly question: Question; readonly answer: (answer: Answer) => void }

const messageOf = (error: unknown): string =>
  error instanceof DeviceError
    ? error.message
    : `webgpu: expected the GPU to do what it was asked, it failed: ${error instanceof Error ? error.message : String(error)}.`

/** Milliseconds that the end of the host waits for a command in the midst of which it is. */
const mostWaited = 5000

const lossMessage = (because: string): string =>
  `webgpu: expected numbers in the memory of the GPU, but the device was lost (${because}) and they were nowhere else. Compute them again, or restore a checkpoint; what you compute now uses a fresh device.`

export class Host {
  private readonly events: HostEvents
  private readonly missing: Fate
  private readonly limits: Partial<BindingLimits>
  private readonly queue: Entry[] = []
  private isBusy = false
  private isClosed = false
  private session: Session | undefined
  private opening: Promise<Session> | undefined
  private readonly memories = new Map<number, Memory>()
  private readonly programs = new Map<number, ProgramEntry>()
  /** When the GPU will have finished the runs before the latest. */
  private previous: Promise<void> = Promise.resolve()
  private latest: Promise<void> = Promise.resolve()

  /** `missing`: what to say of memory that this host never had. `limits`: stricter ones than the adapter's. */
  constructor(events: HostEvents, missing: string, limits: Partial<BindingLimits> = {}) {
    this.events = events
    this.limits = limits
    this.missing = Fate.of(missing)
  }

  /** Takes a command. */
  post(command: Command): void {
    this.queue.push({ command })
    void this.drain()
  }

  /** Takes a question; bytes in the answer may be read only until `answer` returns. */
  ask(question: Question, answer: (answer: Answer) => void): void {
    this.queue.push({ question, answer })
    void this.drain()
  }

  /** Lets the GPU go: what it has not begun is not done any more. */
  async close(): Promise<void> {
    this.isClosed = true
    this.queue.length = 0
    this.session?.device.destroy()
    for (let waited = 0; this.isBusy && waited < mostWaited; waited++) await new Promise((resolve) => setTimeout(resolve, 1))
    await noneOutstanding()
    // One that was being opened meanwhile, or the first, which then is lost already.
    this.session?.device.destroy()
    await this.session?.device.lost
  }

  private async drain(): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    try {
      for (let entry = this.queue.shift(); entry !== undefined; entry = this.queue.shift()) {
        if ('command' in entry) await this.take(entry.command)
        else await this.reply(entry.question, entry.answer)
      }
    } finally {
      this.isBusy = false
    }
  }

  private async open(): Promise<Session> {
    if (this.session !== undefined) return this.session
    if (this.isClosed) throw new DeviceError('webgpu: expected the process to go on, it ends.')
    this.opening ??= this.openSession().finally(() => {
      this.opening = undefined
    })
    return this.opening
  }

  private async openSession(): Promise<Session> {
    const session = await untilSettled(Session.open(this.limits))
    this.session = session
    void session.device.lost.then(({ message, reason }) => this.lose(session, message === '' ? reason : message))
    return session
  }

  private lose(session: Session, because: string): void {
    session.lostBecause ??= because
    if (this.session !== session) return
    this.session = undefined
    const fate = Fate.of(lossMessage(because))
    for (const id of this.memories.keys()) this.memories.set(id, { parts: undefined, fate })
    this.events.lost()
  }

  private async take(command: Command): Promise<void> {
    switch (command.kind) {
      case 'program':
        this.define(command.id, command.program)
        return
      case 'forgetProgram': {
        const entry = this.programs.get(command.id)
        this.programs.delete(command.id)
        void entry?.loaded?.program.then((p) => p.forget()).catch(() => undefined)
        return
      }
      case 'upload':
        await this.upload(command.memory, command.bytes)
        return
      case 'run':
        await this.run(command)
        return
      case 'free':
        for (const id of command.memory) this.free(id)
        return
      case 'provoke':
        await this.provoke(command.fault)
        return
    }
  }

  private define(id: number, program: GpuProgram | Promise<GpuProgram>): void {
    this.programs.set(id, { program, loaded: undefined })
    // Compiling begins now; where it fails, the first run says so.
    void this.load(id).catch(() => undefined)
  }

  private async load(id: number): Promise<LoadedProgram> {
    const entry = this.programs.get(id)
    if (entry === undefined) throw new DeviceError(`webgpu: expected program ${id}, it is gone. Report this.`)
    const session = await this.open()
    if (entry.loaded?.session !== session) {
      const load = async (): Promise<LoadedProgram> => LoadedProgram.load(session, await entry.program)
      entry.loaded = { session, program: load() }
    }
    return entry.loaded.program
  }

  private async upload(id: number, bytes: ArrayBuffer): Promise<void> {
    try {
      const session = await this.open()
      const parts = await this.allocateParts(session, partSizes(bytes.byteLength, session.partBytes))
      parts.forEach((part, i) => {
        const from = i * session.partBytes
        session.device.queue.writeBuffer(part, 0, bytes, from, Math.min(session.partBytes, bytes.byteLength - from))
      })
      this.memories.set(id, { parts, fate: Fate.good })
    } catch (error) {
      this.memories.set(id, { parts: undefined, fate: Fate.of(messageOf(error)) })
    }
  }

  private async run(command: Run): Promise<void> {
    try {
      await this.start(command)
    } catch (error) {
      const fate = Fate.of(messageOf(error))
      for (const id of command.outputs) this.memories.set(id, { parts: undefined, fate })
      this.events.finished()
    }
    for (const position of command.donated) this.free(command.inputs[position] ?? -1)
  }

  private async start(command: Run): Promise<void> {
    const loaded = await this.load(command.program)
    const { session } = loaded
    const inputs = command.inputs.map((id) => this.memory(id))
    const failed = inputs.find((m) => m.parts === undefined)
    if (failed !== undefined) throw new DeviceError(failed.fate.message ?? lossMessage(session.lostBecause ?? 'unknown'))
    const lent: GPUBuffer[] = []
    const made: GPUBuffer[] = []
    let memory: RunMemory
    try {
      const gathered = await this.gather(loaded, command, inputs, lent, made)
      memory = gathered.memory
      const checks = await this.submit(loaded, command.dims, gathered)
      if (session.lostBecause !== undefined) throw new DeviceError(lossMessage(session.lostBecause))
      const fate = Fate.pending(
        this.judge(session, checks),
        inputs.map((m) => m.fate),
      )
      command.outputs.forEach((id, i) => {
        this.memories.set(id, { parts: memory.outputs[i], fate })
      })
    } catch (error) {
      for (const buffer of made) session.memory.give(buffer)
      throw error
    } finally {
      for (const buffer of lent) session.memory.give(buffer)
    }
    for (const output of loaded.program.outputs) {
      if (output.kind !== 'taken') continue
      const id = command.inputs[output.input] ?? -1
      if (this.memories.get(id)?.parts === memory.inputs[output.input]) this.memories.delete(id)
    }
    this.previous = this.latest
    this.latest = untilSettled(session.device.queue.onSubmittedWorkDone()).then(
      () => this.events.finished(),
      () => this.events.finished(),
    )
  }

  /** The memory of a run. What is `lent` goes back when its commands are handed over; what is `made` holds results. */
  private async gather(loaded: LoadedProgram, command: Run, inputs: readonly Memory[], lent: GPUBuffer[], made: GPUBuffer[]): Promise<Gathered> {
    const { session, program } = loaded
    const taken = new Set(program.outputs.flatMap((output) => (output.kind === 'taken' ? [output.input] : [])))
    const take = async (sizes: readonly number[], list: GPUBuffer[]): Promise<Parts> => {
      const parts = await this.allocateParts(session, sizes)
      list.push(...parts)
      return parts
    }
    const copies: Copy[] = []
    const all: Parts[] = []
    for (const { parts } of inputs) {
      if (parts === undefined) continue
      const sizes = parts.map((part) => part.size)
      // Bindings must not overlap: memory that is passed twice is copied.
      const own = all.includes(parts) ? await take(sizes, taken.has(all.length) ? made : lent) : parts
      if (own !== parts) copies.push(...copiesOf(parts, own, sizes))
      all.push(own)
    }
    const outputs: Parts[] = []
    for (const output of program.outputs) {
      const isTaken = output.kind === 'taken'
      outputs.push(isTaken ? pick(all, output.input) : await take(partSizes(evaluateDim(output.bytes, command.dims), session.partBytes), made))
    }
    const arenas = await take(program.arenas, lent)
    return { memory: { inputs: all, outputs, arenas }, copies }
  }

  /** Hands the commands of a run over; gives what the adapter will say of them. */
  private async submit(loaded: LoadedProgram, dims: ReadonlyMap<string, number>, { memory, copies }: Gathered) {
    const { device } = loaded.session
    const copiesOut = loaded.program.outputs.flatMap((output, i): Copy[] => {
      if (output.kind !== 'copy') return []
      const sizes = partSizes(Math.ceil(evaluateDim(output.bytes, dims) / 4) * 4, loaded.session.partBytes)
      return copiesOf(partsOf(memory, output.from), pick(memory.outputs, i), sizes)
    })
    device.pushErrorScope('validation')
    device.pushErrorScope('out-of-memory')
    try {
      copyBuffers(device, copies)
      await loaded.run(memory, dims)
      copyBuffers(device, copiesOut)
    } catch (error) {
      await Promise.allSettled([untilSettled(device.popErrorScope()), untilSettled(device.popErrorScope())])
      throw loaded.session.lostBecause === undefined ? error : new DeviceError(lossMessage(loaded.session.lostBecause))
    }
    return [untilSettled(device.popErrorScope()), untilSettled(device.popErrorScope())]
  }

  /** What the error scopes of a run say. */
  private async judge(session: Session, checks: readonly Promise<GPUError | null>[]): Promise<string | undefined> {
    try {
      const found = (await Promise.all(checks)).find((error) => error !== null)
      if (found === undefined || found === null) return undefined
      return `webgpu: expected the adapter to run a program, it refused: ${found.message}. Report this graph.`
    } catch (error) {
      return session.lostBecause === undefined ? messageOf(error) : undefined
    }
  }

  private memory(id: number): Memory {
    return this.memories.get(id) ?? { parts: undefined, fate: this.missing }
  }

  private free(id: number): void {
    const memory = this.memories.get(id)
    if (memory === undefined) return
    this.memories.delete(id)
    for (const part of memory.parts ?? []) this.session?.memory.give(part)
  }

  private async allocateParts(session: Session, sizes: readonly number[]): Promise<Parts> {
    const parts: GPUBuffer[] = []
    try {
      for (const size of sizes) parts.push(await this.allocate(session, size))
      return parts
    } catch (error) {
      for (const part of parts) session.memory.give(part)
      throw error
    }
  }

  /** Memory on the GPU; idle buffers make room where it is scarce. */
  private async allocate(session: Session, bytes: number): Promise<GPUBuffer> {
    const { memory, device } = session
    const old = memory.reuse(bytes)
    if (old !== undefined) return old
    let refused = ''
    for (const isLast of [false, true]) {
      device.pushErrorScope('validation')
      device.pushErrorScope('out-of-memory')
      const buffer = memory.create(bytes)
      const [full, invalid] = await Promise.all([untilSettled(device.popErrorScope()), untilSettled(device.popErrorScope())])
      const error = full ?? invalid
      if (error === null) return buffer
      memory.drop(buffer)
      refused = error.message
      if (!isLast) memory.shrink(0)
    }
    throw new DeviceError(
      `webgpu: expected room for ${bytes} bytes, but the adapter refused them while ${memory.bytes} bytes are in use (${refused}). Use smaller batches or a smaller model, let go of tensors and await, so that they are freed, or use another device.`,
    )
  }

  private async reply(question: Question, answer: (answer: Answer) => void): Promise<void> {
    const attempt = async (ask: () => Promise<Answer>): Promise<void> => {
      try {
        answer(await ask())
      } catch (error) {
        answer({ kind: 'error', message: messageOf(error) })
      }
    }
    switch (question.kind) {
      case 'adapter':
        await attempt(async () => ({ kind: 'adapter', facts: (await this.open()).facts }))
        return
      case 'made': {
        const { program } = question
        void attempt(async () => {
          await this.load(program)
          return { kind: 'done' }
        })
        return
      }
      case 'settled': {
        const { previous } = this
        const fates = question.memory.map((id) => this.memory(id).fate)
        void attempt(async () => {
          await previous
          for (const fate of fates) await fate.check()
          return { kind: 'done' }
        })
        return
      }
      case 'read': {
        const { memory, bytes } = question
        // Begun now, so that later commands do not change what is read; finished while they are taken.
        void this.read(memory, bytes, answer)
        return
      }
    }
  }

  private async read(id: number, bytes: number, answer: (answer: Answer) => void): Promise<void> {
    const { parts, fate } = this.memory(id)
    const { session } = this
    try {
      if (parts === undefined || session === undefined)
        throw new DeviceError(fate.message ?? 'webgpu: expected numbers to read, there are none. Report this.')
      const sizes = partSizes(Math.ceil(bytes / 4) * 4, session.partBytes)
      const { device } = session
      const encoder = device.createCommandEncoder()
      const staged = sizes.map((size, i) => {
        const staging = session.staging.take(size)
        encoder.copyBufferToBuffer(pick(parts, i), 0, staging, 0, size)
        return { staging, size }
      })
      device.queue.submit([encoder.finish()])
      try {
        for (const { staging, size } of staged) await untilSettled(staging.mapAsync(mapForReading, 0, size))
      } catch (error) {
        throw await this.whyUnread(session, error)
      }
      try {
        await fate.check()
        const complaint = session.takeComplaint()
        if (complaint !== undefined) throw new Error(complaint)
        answer({ kind: 'bytes', bytes: joined(staged.map(({ staging, size }) => staging.getMappedRange(0, size))).subarray(0, bytes) })
      } finally {
        for (const { staging } of staged) {
          staging.unmap()
          session.staging.give(staging)
        }
      }
    } catch (error) {
      answer({ kind: 'error', message: messageOf(error) })
    }
  }

  /** A device that is lost says so only after it failed a read. */
  private async whyUnread(session: Session, error: unknown): Promise<Error> {
    const patience = new Promise<undefined>((resolve) => setTimeout(resolve, 1000, undefined))
    const lost = await Promise.race([session.device.lost, patience])
    if (lost === undefined) return new DeviceError(messageOf(error))
    return new DeviceError(lossMessage(lost.message === '' ? lost.reason : lost.message))
  }

  private async provoke(fault: Fault): Promise<void> {
    if (fault === 'workerDeath') {
      this.events.fail()
      return
    }
    const { session } = this
    if (session === undefined) return
    session.device.destroy()
    await session.device.lost
    this.lose(session, 'destroyed')
  }
}

/** The memory of a run, and the copies that it begins with. */
interface Gathered {
  readonly memory: RunMemory
  readonly copies: readonly Copy[]
}

interface Copy {
  readonly from: GPUBuffer
  readonly to: GPUBuffer
  readonly bytes: number
}

/** Copies of the parts of a value, of so many bytes each. */
const copiesOf = (from: Parts, to: Parts, sizes: readonly number[]): Copy[] =>
  sizes.map((bytes, i): Copy => ({ from: pick(from, i), to: pick(to, i), bytes }))

/** Bytes one behind the other; not copied where there is one range. */
function joined(ranges: readonly ArrayBuffer[]): Uint8Array<ArrayBuffer> {
  const [first] = ranges
  if (first !== undefined && ranges.length === 1) return new Uint8Array(first)
  const all = new Uint8Array(ranges.reduce((sum, range) => sum + range.byteLength, 0))
  let at = 0
  for (const range of ranges) {
    all.set(new Uint8Array(range), at)
    at += range.byteLength
  }
  return all
}

function copyBuffers(device: GPUDevice, copies: readonly Copy[]): void {
  if (copies.length === 0) return
  const encoder = device.createCommandEncoder()
  for (const { from, to, bytes } of copies) if (bytes > 0) encoder.copyBufferToBuffer(from, 0, to, 0, bytes)
  device.queue.submit([encoder.finish()])
}
