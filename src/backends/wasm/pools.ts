// The threads of one memory over time: a pool that has ended is replaced, and runs that lead workers follow each other.

import type { LinearMemory } from './linear-memory.ts'
import { ThreadPool } from './thread-pool.ts'

/** The pool of a memory, made anew when it has ended. */
export class Pools {
  private readonly memory: LinearMemory
  private readonly threads: number
  private readonly patience: number
  private pool: ThreadPool | undefined
  private turn: Promise<unknown> = Promise.resolve()
  /** Whether workers are not allowed here. */
  private isRefused = false

  constructor(memory: LinearMemory, threads: number, patience: number) {
    this.memory = memory
    this.threads = threads
    this.patience = patience
  }

  current(): ThreadPool | undefined {
    if (!this.memory.isShared || this.isRefused) return undefined
    if (this.pool?.ended !== undefined) {
      this.isRefused = this.pool.wasRefused
      this.pool = undefined
      if (this.isRefused) return undefined
    }
    this.pool ??= new ThreadPool(this.memory, this.threads, this.patience)
    return this.pool
  }

  /** See {@link ThreadPool.stalled}. */
  stalled(done: number): void {
    this.pool?.stalled(done)
  }

  async inTurn<T>(body: () => Promise<T>): Promise<T> {
    const before = this.turn
    const result = before.then(body, body)
    this.turn = result.catch(() => undefined)
    return result
  }
}
