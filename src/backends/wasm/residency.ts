// Which tensors lie in linear memory. Results stay there and are copied out when somebody reads their bytes; inputs that are passed again stay
// there too. Where memory becomes scarce, the tensors that were used least recently make room: they are copied out, if need be, and can come
// back. What nobody holds any more is freed.

import type { DType } from '../../core/dtype.ts'
import { byteSize } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Storage } from '../../core/graph.ts'
import type { LinearMemory } from './linear-memory.ts'

/** A block of linear memory that holds a tensor. */
interface Resident {
  readonly address: number
  readonly bytes: number
  readonly owner: WeakRef<Storage>
}

/** Results that nobody has used again are kept up to this many bytes beyond what the latest call needed. */
const idleBytes = 256 * 2 ** 20

/** A result: its bytes lie in linear memory until somebody reads them. */
class WasmStorage implements Storage {
  readonly dtype: DType
  readonly length: number
  donated?: boolean
  private copy: ArrayBuffer | undefined
  private readonly copyOut: (storage: WasmStorage) => ArrayBuffer

  constructor(dtype: DType, length: number, copyOut: (storage: WasmStorage) => ArrayBuffer) {
    this.dtype = dtype
    this.length = length
    this.copyOut = copyOut
  }

  get bytes(): ArrayBuffer {
    this.copy ??= this.copyOut(this)
    return this.copy
  }

  /** Whether its bytes were read: then they exist outside, too. */
  get isCopied(): boolean {
    return this.copy !== undefined
  }
}

export class Residency {
  private readonly memory: LinearMemory
  /** By use, the latest last. */
  private readonly residents = new Map<number, Resident>()
  private readonly addresses = new WeakMap<Storage, Resident>()
  /** Inputs passed once: those that come again are kept. */
  private readonly seen = new WeakSet<Storage>()
  private readonly dropped = new FinalizationRegistry<Resident>((resident) => this.free(resident))

  constructor(memory: LinearMemory) {
    this.memory = memory
  }

  /** Memory for the time of a call. */
  take(bytes: number, pinned: ReadonlySet<number>): number {
    for (;;) {
      const address = this.memory.take(bytes)
      if (address !== undefined) return address
      if (!this.makeRoom(pinned)) {
        throw new DeviceError(
          `wasm: expected ${bytes} bytes of memory, but of at most 4 GiB ${this.memory.used} are in use. Use smaller batches or a smaller model, or the native device.`,
        )
      }
    }
  }

  give(address: number): void {
    this.memory.give(address)
  }

  /** Where an input lies, and whether only for this call. */
  place(storage: Storage, pinned: ReadonlySet<number>): { readonly address: number; readonly temporary: boolean } {
    const known = this.addresses.get(storage)
    if (known !== undefined) {
      this.residents.delete(known.address)
      this.residents.set(known.address, known)
      return { address: known.address, temporary: false }
    }
    const bytes = storage.length * byteSize(storage.dtype)
    const address = this.take(bytes, pinned)
    new Uint8Array(this.memory.memory.buffer, address, bytes).set(new Uint8Array(storage.bytes, 0, bytes))
    if (!this.seen.has(storage)) {
      this.seen.add(storage)
      return { address, temporary: true }
    }
    this.keep(storage, address, bytes)
    return { address, temporary: false }
  }

  /** A result that lies at `address` from now on. */
  result(dtype: DType, length: number, address: number): Storage {
    const storage = new WasmStorage(dtype, length, (s) => this.copyOut(s))
    this.keep(storage, address, length * byteSize(dtype))
    return storage
  }

  /** Takes the memory of a donated input away from it. */
  release(storage: Storage): void {
    const resident = this.addresses.get(storage)
    if (resident === undefined) return
    this.addresses.delete(storage)
    this.residents.delete(resident.address)
    this.dropped.unregister(resident)
  }

  /** Frees what was not used lately, after a call that used `needed` bytes. */
  trim(needed: number, pinned: ReadonlySet<number>): void {
    while (this.memory.used > 2 * needed + idleBytes) if (!this.makeRoom(pinned)) return
  }

  private keep(storage: Storage, address: number, bytes: number): void {
    const resident: Resident = { address, bytes, owner: new WeakRef(storage) }
    this.addresses.set(storage, resident)
    this.residents.set(address, resident)
    this.dropped.register(storage, resident, resident)
  }

  private free(resident: Resident): void {
    if (this.residents.get(resident.address) !== resident) return
    this.residents.delete(resident.address)
    this.memory.give(resident.address)
  }

  private copyOut(storage: Storage): ArrayBuffer {
    const resident = this.addresses.get(storage)
    if (resident === undefined) throw new DeviceError('wasm: expected numbers in memory, they are gone. Do not read donated tensors.')
    return this.memory.memory.buffer.slice(resident.address, resident.address + resident.bytes)
  }

  /** Moves the tensor used least recently out; false where there is none. */
  private makeRoom(pinned: ReadonlySet<number>): boolean {
    for (const resident of this.residents.values()) {
      if (pinned.has(resident.address)) continue
      const owner = resident.owner.deref()
      if (owner instanceof WasmStorage && !owner.isCopied) void owner.bytes
      if (owner !== undefined) this.addresses.delete(owner)
      this.dropped.unregister(resident)
      this.free(resident)
      return true
    }
    return false
  }
}
