// A linear memory that programs share, handed out in blocks.

import { DeviceError } from '../../core/errors.ts'
import { type WasmMemory, wasmEngine } from './engine.ts'
import type { AddressType } from './instructions.ts'
import { present } from './present.ts'

const pageBytes = 65536
/**
 * Sizes to which a memory may grow, in pages, the largest first: 4 GiB is all that 32-bit addresses reach, phones refuse to promise as much;
 * 16 GiB is all that engines give to 64-bit ones.
 */
const sizes: Readonly<Record<AddressType, readonly number[]>> = { i32: [65536, 32768, 16384, 8192, 4096], i64: [262144, 196608, 131072] }
/** Vectors may be read a little past the end of a value; address 0 is nobody's. */
const margin = 64

interface Hole {
  offset: number
  bytes: number
}

export class LinearMemory {
  readonly memory: WasmMemory
  readonly isShared: boolean
  readonly address: AddressType
  /** Pages to which the memory may grow. */
  private readonly most: number
  /** Bytes handed out. */
  used = 0
  private readonly taken = new Map<number, number>()
  private readonly holes: Hole[] = []
  private end = margin

  /** `isShared`: whether threads are to share it; one thread uses it where the engine refuses that. */
  constructor(isShared: boolean, address: AddressType = 'i32') {
    const made = (isShared ? largestMemory(true, address) : undefined) ?? largestMemory(false, address)
    if (made === undefined) {
      const least = (sizes[address].at(-1) ?? 0) / 16
      throw new DeviceError(`wasm: expected room for a memory of ${least} MiB at least, the engine refused. Close other pages or programs.`)
    }
    this.address = address
    this.memory = made.memory
    this.most = made.pages
    this.isShared = made.isShared
  }

  /** Bytes to which the memory may grow. */
  get limit(): number {
    return this.most * pageBytes
  }

  /** An address as functions of modules take it. */
  pointer(address: number): number | bigint {
    return inType(this.address, address)
  }

  /** A copy of bytes, in a buffer of their own. */
  copy(address: number, bytes: number): ArrayBuffer {
    const copy = new ArrayBuffer(bytes)
    new Uint8Array(copy).set(new Uint8Array(this.memory.buffer, address, bytes))
    return copy
  }

  /** A block of at least `bytes`, or `undefined` where the memory cannot grow that far. */
  take(bytes: number): number | undefined {
    const size = Math.ceil(Math.max(bytes, 1) / 64) * 64
    let best: Hole | undefined
    for (const hole of this.holes) if (hole.bytes >= size && (best === undefined || hole.bytes < best.bytes)) best = hole
    let offset: number
    if (best !== undefined) {
      offset = best.offset
      best.offset += size
      best.bytes -= size
      if (best.bytes === 0) this.holes.splice(this.holes.indexOf(best), 1)
    } else {
      const last = this.holes.at(-1)
      const start = last !== undefined && last.offset + last.bytes === this.end ? last.offset : this.end
      if (!this.reach(start + size)) return undefined
      if (start < this.end) this.holes.pop()
      offset = start
      this.end = start + size
    }
    this.taken.set(offset, size)
    this.used += size
    return offset
  }

  /** Bytes of a block. */
  sizeOf(offset: number): number {
    return this.taken.get(offset) ?? 0
  }

  give(offset: number): void {
    const bytes = this.taken.get(offset)
    if (bytes === undefined) return
    this.taken.delete(offset)
    this.used -= bytes
    let at = this.holes.findIndex((hole) => hole.offset > offset)
    if (at < 0) at = this.holes.length
    this.holes.splice(at, 0, { offset, bytes })
    for (const i of [at, at - 1]) {
      const [left, right] = [this.holes[i], this.holes[i + 1]]
      if (left !== undefined && right !== undefined && left.offset + left.bytes === right.offset) {
        left.bytes += right.bytes
        this.holes.splice(i + 1, 1)
      }
    }
  }

  private reach(end: number): boolean {
    const pages = Math.ceil((end + margin) / pageBytes)
    const missing = pages - this.memory.buffer.byteLength / pageBytes
    if (missing <= 0) return true
    if (pages > this.most) return false
    try {
      this.memory.grow(this.pointer(missing))
      return true
    } catch {
      return false
    }
  }
}

const inType = (address: AddressType, n: number): number | bigint => (address === 'i64' ? BigInt(n) : n)

interface Made {
  readonly memory: WasmMemory
  readonly pages: number
  readonly isShared: boolean
}

/** The memory that may grow the furthest; the address space is reserved at once where it is shared. */
function largestMemory(isShared: boolean, address: AddressType): Made | undefined {
  const engine = present(wasmEngine(), 'WebAssembly')
  for (const pages of sizes[address]) {
    try {
      const limits = { initial: inType(address, 16), maximum: inType(address, pages), shared: isShared, address }
      return { memory: new engine.Memory(limits), pages, isShared }
    } catch {
      // The next smaller one may be granted.
    }
  }
  return undefined
}
