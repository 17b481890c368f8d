// How fast a training ran.

import type { Callback } from '../../index.ts'

/** One line of the closing table. */
export interface Speed {
  readonly name: string
  /** `97.8 % of test digits`. */
  readonly result: string
  readonly perSecond: number
  readonly unit: string
  readonly flopsPerSecond: number
}

/** Measures `fit` without its first steps, in which programs are compiled. */
export class Stopwatch implements Callback {
  private readonly skipped: number
  private steps = 0
  private timed = 0
  private began = 0
  private seconds = 0

  /** `skipped`: steps before the clock starts. */
  constructor(skipped: number) {
    this.skipped = skipped
  }

  onEpochBegin(): void {
    if (this.steps >= this.skipped) this.began = performance.now()
  }

  onBatchBegin(): void {
    if (this.steps === this.skipped) this.began = performance.now()
    if (this.steps++ >= this.skipped) this.timed++
  }

  onEpochEnd(): void {
    if (this.timed > 0) this.seconds += (performance.now() - this.began) / 1000
  }

  /** Steps per second. Validation at the end of an epoch counts as time. */
  get stepsPerSecond(): number {
    return this.timed / this.seconds
  }
}
