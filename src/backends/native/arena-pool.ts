// Memory for the intermediate values of programs: buffers of the JavaScript engine, so that it counts and frees them, lent to one run at a time.

import { DeviceError } from '../../core/errors.ts'
import type { Runtime } from './runtime.ts'

/** A lent buffer; programs use it from its first 64-byte boundary on. */
export type Arena = ArrayBuffer

const alignment = 64

/** Buffers that are not in use, the largest last. */
export class ArenaPool {
  private readonly idle: Arena[] = []

  /** A buffer of at least `bytes`; smaller idle ones are let go, so that one buffer serves programs of all sizes. */
  take(bytes: number): Arena {
    const fits = this.idle.pop()
    if (fits !== undefined && fits.byteLength >= bytes + alignment) return fits
    try {
      return new ArrayBuffer(bytes + alignment)
    } catch (cause) {
      const mebibytes = Math.ceil(bytes / 2 ** 20)
      throw new DeviceError(
        `native: expected ${mebibytes} MiB for the intermediate values of a program, the system has not that much. Use a smaller batch, checkpoint, or lower precision.`,
        { cause },
      )
    }
  }

  give(arena: Arena): void {
    this.idle.push(arena)
    this.idle.sort((a, b) => a.byteLength - b.byteLength)
    // One for a run that waits and one for a run under way.
    if (this.idle.length > 2) this.idle.shift()
  }

  /** Where programs may write in a lent buffer. */
  address(arena: Arena, runtime: Runtime): number {
    return Math.ceil(runtime.addressOf(arena) / alignment) * alignment
  }
}
