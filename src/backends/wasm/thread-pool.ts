// The threads that share the work of programs. Workers start at the first program that has work for them; until they are there, whoever runs
// a program computes its tasks alone. Worker 0 leads whole programs for callers that must not wait; the others help whoever runs a program.
//
// One program uses the helpers at a time; another one that runs meanwhile computes on its own thread alone. When a worker ends by itself the
// pool has ended: what was running ends with an error if it needed that worker, and the device makes a new pool.

import { DeviceError } from '../../core/errors.ts'
import { control, controlBytes } from './control-block.ts'
import type { WasmModule } from './engine.ts'
import type { LinearMemory } from './linear-memory.ts'
import { type PoolWorker, startWorker, type WorkerMessage } from './pool-worker.ts'

/** A program under way on worker 0. */
interface Led {
  resolve(): void
  reject(error: DeviceError): void
}

/** Milliseconds after which a worker that was asked to lead must have started: much longer than it takes on a busy machine. */
const startPatience = 15_000

/** Thrown where worker 0 could not be started, before anything was computed. */
export class LeaderUnavailable extends Error {}

export class ThreadPool {
  /** Threads that compute at once, the one that runs the program included. */
  readonly threads: number
  /** Address of the control block. */
  readonly block: number
  private readonly memory: LinearMemory
  /** Milliseconds without a finished task after which the workers are given up. */
  private readonly patience: number
  private readonly helpers: PoolWorker[] = []
  private leader: PoolWorker | undefined
  private hasLeader = false
  private led: Led | undefined
  private readonly numbers = new WeakMap<WasmModule, number>()
  private readonly known = new Map<PoolWorker, Set<number>>()
  private readonly forgotten = new FinalizationRegistry<number>((program) => this.forget(program))
  private programs = 0
  private isClaimed = false
  /** What stood in the control block when a waiting thread last saw it change, and when. */
  private progress = { state: '', since: 0 }
  /** Answers whoever waits for worker 0 to start. */
  private starting: ((leader: PoolWorker | undefined) => void) | undefined
  private reason: string | undefined
  private gone: Promise<void> | undefined

  constructor(memory: LinearMemory, threads: number, patience: number) {
    const block = memory.take(controlBytes)
    if (block === undefined) throw new DeviceError('wasm: expected room for a pool of threads, there is none. Use a smaller model.')
    this.memory = memory
    this.threads = threads
    this.patience = patience
    this.block = block
    this.words.fill(0)
  }

  /** Why the pool has ended, or `undefined`. */
  get ended(): string | undefined {
    return this.reason
  }

  /** Whether this place does not let workers start: one has ended or thrown, and none has ever started. */
  wasRefused = false
  private hasStarted = false

  /** Whether workers that help are there or on their way. */
  get hasHelpers(): boolean {
    return this.helpers.length > 0
  }

  /** Settled when no worker of an ended pool runs any more, so that none can touch memory. */
  get whenGone(): Promise<void> {
    return this.gone ?? Promise.resolve()
  }

  private get words(): Int32Array {
    return new Int32Array(this.memory.memory.buffer, this.block, controlBytes / 4)
  }

  /** Reserves the helpers for one run; false where they are taken or there are none. */
  claim(): boolean {
    if (this.isClaimed || this.reason !== undefined || this.threads < 2) return false
    this.isClaimed = true
    return true
  }

  release(): void {
    this.isClaimed = false
  }

  /** The number of a program whose tasks all helpers can take from now on. */
  announce(module: WasmModule): number {
    const program = this.numberOf(module)
    while (this.helpers.length < this.threads - 1) {
      const helper = this.start(this.helpers.length + 1)
      if (helper === undefined) break
      this.helpers.push(helper)
    }
    let isNews = false
    this.helpers.forEach((helper, i) => {
      isNews = this.teach(helper, i + 1, program, module) || isNews
    })
    if (isNews) this.signal()
    return program
  }

  /** Runs a program on worker 0, from a segment on. Rejects with LeaderUnavailable where there is no such worker. */
  async lead(module: WasmModule, table: number, first: number): Promise<void> {
    const leader = await this.startedLeader()
    this.teach(leader, 0, this.numberOf(module), module)
    leader.keepProcess(true)
    try {
      await new Promise<void>((resolve, reject) => {
        this.led = { resolve, reject }
        leader.post({ kind: 'lead', program: this.numberOf(module), table: this.memory.pointer(table), first })
      })
    } finally {
      this.led = undefined
      leader.keepProcess(false)
    }
  }

  /** Called by a thread that has waited for others for long, or (−1) when one has failed. */
  stalled(done: number): void {
    if (done >= 0) {
      const { words } = this
      const state = `${words[control.ticket / 4]} ${words[control.ticket / 4 + 1]} ${done}`
      const now = performance.now()
      if (state !== this.progress.state) this.progress = { state, since: now }
      if (now - this.progress.since < this.patience) return
    }
    const what = done < 0 ? 'a thread failed in a task' : `no task was finished for ${this.patience / 1000} s`
    this.end(what)
    throw new DeviceError(`wasm: expected all threads to finish their tasks, but ${what}. Run again, or set TENON_THREADS=1.`)
  }

  /** Ends all workers. */
  end(reason: string): void {
    if (this.reason !== undefined) return
    this.reason = reason
    const { words } = this
    Atomics.store(words, control.abort / 4, 1)
    Atomics.notify(words, control.done / 4)
    const { led } = this
    this.starting?.(undefined)
    const workers = this.leader === undefined ? this.helpers : [this.leader, ...this.helpers]
    this.gone = Promise.all(workers.map((w) => w.terminate())).then(() => {
      this.memory.give(this.block)
      led?.reject(
        new DeviceError(
          `wasm: expected the workers to finish the run, but one of them ended: ${reason}. Run again; what was donated to this run is lost.`,
        ),
      )
    })
  }

  private numberOf(module: WasmModule): number {
    const old = this.numbers.get(module)
    if (old !== undefined) return old
    this.programs++
    this.numbers.set(module, this.programs)
    this.forgotten.register(module, this.programs)
    return this.programs
  }

  private start(thread: number, onStart?: () => void): PoolWorker | undefined {
    if (this.reason !== undefined) return undefined
    try {
      const worker = startWorker({
        onReply: (reply) => {
          if (reply.kind === 'started') {
            this.hasStarted = true
            onStart?.()
          } else if (reply.error === undefined) this.led?.resolve()
          else this.end(reply.error)
        },
        onEnd: (reason) => {
          if (this.reason === undefined) this.wasRefused = !this.hasStarted
          this.end(reason)
        },
      })
      const { memory, block, patience } = this
      worker.post({ kind: 'start', memory: memory.memory, block, pointer: memory.pointer(block), thread, patience, layout: control })
      this.known.set(worker, new Set())
      return worker
    } catch (error) {
      this.wasRefused = true
      this.end(error instanceof Error ? error.message : String(error))
      return undefined
    }
  }

  private async startedLeader(): Promise<PoolWorker> {
    if (this.leader !== undefined && this.hasLeader) return this.leader
    const leader = await new Promise<PoolWorker | undefined>((resolve) => {
      const patience = setTimeout(() => resolve(undefined), startPatience)
      this.starting = (answer) => {
        clearTimeout(patience)
        resolve(answer)
      }
      this.leader = this.start(0, () => this.starting?.(this.leader))
      if (this.leader === undefined) this.starting(undefined)
    })
    this.starting = undefined
    if (leader === undefined) {
      this.end('a worker could not be started')
      throw new LeaderUnavailable()
    }
    this.hasLeader = true
    return leader
  }

  /** Sends a program to a worker that does not have it; whether that was so. */
  private teach(worker: PoolWorker, thread: number, program: number, module: WasmModule): boolean {
    const known = this.known.get(worker)
    if (known === undefined || known.has(program)) return false
    known.add(program)
    this.mail(worker, thread, { kind: 'program', program, module })
    return true
  }

  private mail(worker: PoolWorker, thread: number, message: WorkerMessage): void {
    worker.post(message)
    if (thread > 0) Atomics.add(this.words, control.mail / 4 + thread, 1)
  }

  /** Makes helpers that wait look for messages. */
  private signal(): void {
    Atomics.add(this.words, control.signal / 4, 1)
    Atomics.notify(this.words, control.signal / 4)
  }

  private forget(program: number): void {
    if (this.reason !== undefined) return
    const workers: [PoolWorker, number][] = this.helpers.map((helper, i) => [helper, i + 1])
    if (this.leader !== undefined) workers.push([this.leader, 0])
    for (const [worker, thread] of workers) {
      if (this.known.get(worker)?.delete(program) === true) this.mail(worker, thread, { kind: 'forget', program })
    }
    this.signal()
  }
}
