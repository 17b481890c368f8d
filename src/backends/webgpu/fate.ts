// Whether the numbers of a memory are what they should be: known only after the GPU has looked at the commands that made them, and never where
// those read something that failed.

import { DeviceError } from '../../core/errors.ts'

export class Fate {
  /** Of memory that was simply filled. */
  static readonly good = new Fate(undefined)
  /** What went wrong, as far as is known. */
  message: string | undefined
  private pending: Promise<void> | undefined

  /** Of memory that cannot be read. */
  static of(message: string): Fate {
    return new Fate(message)
  }

  /** Of the results of a run: its own error, or that of the first of its inputs that has one. */
  static pending(own: Promise<string | undefined>, causes: readonly Fate[]): Fate {
    const fate = new Fate(undefined)
    // Scopes are answered in order, so the causes are known by then; forgetting them here keeps long loops from growing a chain.
    let known: readonly Fate[] = causes
    fate.pending = own.then((message) => {
      fate.message = message ?? known.find((cause) => cause.message !== undefined)?.message
      fate.pending = undefined
      known = []
    })
    return fate
  }

  private constructor(message: string | undefined) {
    this.message = message
  }

  /** Resolves once it is known that all went well; rejects with a DeviceError where it did not. */
  async check(): Promise<void> {
    await this.pending
    if (this.message !== undefined) throw new DeviceError(this.message)
  }
}
