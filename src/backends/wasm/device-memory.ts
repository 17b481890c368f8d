// A memory of a device with what programs need to run in it: an account of which tensors lie there, and threads.

import { mathFunctions } from './double-functions.ts'
import { wasmEngine, type WasmModule } from './engine.ts'
import { hasRelaxedSimd } from './features.ts'
import type { AddressType } from './instructions.ts'
import { LinearMemory } from './linear-memory.ts'
import type { ModuleFeatures } from './module-builder.ts'
import { present } from './present.ts'
import type { ProgramFunctions, ProgramPlace } from './program.ts'
import { Residency } from './residency.ts'
import { ThreadPool } from './thread-pool.ts'

export interface DeviceMemoryOptions {
  readonly address: AddressType
  /** Whether threads are to share it, how many, and the milliseconds without a finished task after which workers are given up. */
  readonly isShared: boolean
  readonly threads: number
  readonly patience: number
}

export class DeviceMemory implements ProgramPlace {
  readonly memory: LinearMemory
  readonly residency: Residency
  readonly mayWait: boolean
  /** What modules for this memory may use. */
  readonly features: ModuleFeatures
  /** Threads that compute at once; 1 where the memory is not shared. */
  readonly threads: number
  private readonly patience: number
  private current: ThreadPool | undefined
  private turn: Promise<unknown> = Promise.resolve()
  /** Whether workers are not allowed here. */
  private isRefused = false

  constructor({ address, isShared, threads, patience }: DeviceMemoryOptions) {
    this.memory = new LinearMemory(isShared, address)
    this.residency = new Residency(this.memory)
    this.mayWait = this.memory.isShared && mayWaitHere()
    this.features = { relaxed: hasRelaxedSimd(), threads: this.memory.isShared, address }
    this.threads = this.memory.isShared ? threads : 1
    this.patience = patience
  }

  /** The threads, made anew when they have ended. */
  pool(): ThreadPool | undefined {
    if (!this.memory.isShared || this.isRefused) return undefined
    if (this.current?.ended !== undefined) {
      this.isRefused = this.current.wasRefused
      this.current = undefined
      if (this.isRefused) return undefined
    }
    this.current ??= new ThreadPool(this.memory, this.threads, this.patience)
    return this.current
  }

  async inTurn<T>(body: () => Promise<T>): Promise<T> {
    const before = this.turn
    const result = before.then(body, body)
    this.turn = result.catch(() => undefined)
    return result
  }

  /** The functions of a module that was assembled for this memory. */
  instantiate(module: WasmModule): ProgramFunctions {
    const engine = present(wasmEngine(), 'WebAssembly')
    const stalled = (done: number): void => this.current?.stalled(done)
    const { memory, isShared } = this.memory
    const env = isShared ? { memory, stalled } : { memory }
    const { run, step } = new engine.Instance(module, { env, math: mathFunctions }).exports
    return { run: present(run, 'run'), step: present(step, 'step') }
  }
}

/** Whether the calling thread may wait; a page's main thread may not. */
function mayWaitHere(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0)
    return true
  } catch {
    return false
  }
}
