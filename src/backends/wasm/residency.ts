// Which tensors lie in linear memory. Results stay there and are copied out when somebody reads their bytes; inputs that are passed again stay
// there too, so that parameters are not copied in every step. Where memory becomes scarce, the blocks that were used least recently make room:
// they are copied out, if need be, and can come back. What nobody holds any more is freed.

import { byteSize, type DType } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Storage } from '../../core/graph.ts'
import { hasMemory64, newerEngines } from './features.ts'
import type { LinearMemory } from './linear-memory.ts'
import { present } from './present.ts'

/** The numbers of a tensor: in linear memory, outside, or both. Nothing here points back to the tensor, so that it can be collected. */
interface Block {
  /** `undefined` once the block was moved out or given to another tensor. */
  address: number | undefined
  readonly bytes: number
  copy: ArrayBuffer | undefined
  /** Whether the tensor has a buffer of its own besides. */
  readonly hasSource: boolean
}

/** What is kept beyond twice what the latest call used. */
const idleBytes = 256 * 2 ** 20
/** Results up to this size are copied out at once: cheaper than keeping account of them. */
const smallResult = 32768

/** Cause of the error that says that a run needs more memory than there is; nothing was computed then. */
export const outOfRoom = 'out of room'

/**
 * What holds a block for a result. When it is collected, so is the block; a result that takes a donated one's place takes its holder, too, which
 * costs a tenth of registering another.
 */
interface Holder {
  readonly block: Block
}

/** A result whose bytes lie in linear memory until somebody reads them. */
class WasmStorage implements Storage {
  readonly dtype: DType
  readonly length: number
  donated?: boolean
  /** `undefined` once it was donated. */
  holder: Holder | undefined
  readonly memory: LinearMemory

  constructor(dtype: DType, length: number, holder: Holder, memory: LinearMemory) {
    this.dtype = dtype
    this.length = length
    this.holder = holder
    this.memory = memory
  }

  get bytes(): ArrayBuffer {
    return copyOf(this.holder?.block, this.memory)
  }

  /** Copies its bytes, from one memory to another if need be. */
  copyInto(target: Uint8Array): void {
    const { address, copy } = this.holder?.block ?? {}
    const { buffer } = this.memory.memory
    const isOutside = copy !== undefined || address === undefined
    target.set(isOutside ? new Uint8Array(this.bytes, 0, target.length) : new Uint8Array(buffer, address, target.length))
  }
}

function copyOf(held: Block | undefined, memory: LinearMemory): ArrayBuffer {
  const block = present(held, 'numbers of a tensor that was not donated')
  block.copy ??= memory.copy(present(block.address, 'numbers in memory'), block.bytes)
  return block.copy
}

export class Residency {
  private readonly memory: LinearMemory
  /** In order of use, the latest last. */
  private readonly residents = new Set<Block>()
  /** Of inputs; results know their own. */
  private readonly blocks = new WeakMap<Storage, Block>()
  /** Holders of donated results, by address, until the results of the same run have taken theirs. */
  private readonly passing = new Map<number, Holder>()
  /** Inputs passed once: those that come again are kept. */
  private readonly seen = new WeakSet<Storage>()
  private readonly dropped = new FinalizationRegistry<Block>((block) => this.free(block))

  /** Blocks that runs under way use, with how many do: they stay where they are. */
  private readonly pins = new Map<number, number>()

  constructor(memory: LinearMemory) {
    this.memory = memory
  }

  pin(address: number): void {
    this.pins.set(address, (this.pins.get(address) ?? 0) + 1)
  }

  unpin(address: number): void {
    const count = (this.pins.get(address) ?? 0) - 1
    if (count > 0) this.pins.set(address, count)
    else this.pins.delete(address)
  }

  /** Memory for the time of a call; `what` names it in the error where there is none. */
  take(bytes: number, what: string): number {
    for (;;) {
      const address = this.memory.take(bytes)
      if (address !== undefined) return address
      // What cannot fit beside blocks in use need not drive the others out.
      let inUse = bytes
      for (const pinned of this.pins.keys()) inUse += this.memory.sizeOf(pinned)
      if (inUse <= this.memory.limit && this.makeRoom()) continue
      const { limit, used } = this.memory
      throw new DeviceError(
        `wasm: expected room for ${showBytes(bytes)} of ${what}, but of at most ${showBytes(limit)} of memory ${showBytes(used)} are in use. Use smaller batches, a smaller model or lower precision,${hasMemory64() ? '' : ` ${newerEngines},`} or another device.`,
        { cause: outOfRoom },
      )
    }
  }

  give(address: number): void {
    this.memory.give(address)
  }

  /** Where an input lies, and whether only for this call. */
  place(storage: Storage): { readonly address: number; readonly isTemporary: boolean } {
    const block = this.blockOf(storage)
    if (block?.address !== undefined) {
      this.residents.delete(block)
      this.residents.add(block)
      return { address: block.address, isTemporary: false }
    }
    const bytes = storage.length * byteSize(storage.dtype)
    const address = this.take(bytes, 'inputs')
    const target = new Uint8Array(this.memory.memory.buffer, address, bytes)
    if (storage instanceof WasmStorage) storage.copyInto(target)
    else target.set(new Uint8Array(storage.bytes, 0, bytes))
    const isKept = storage.isRewritten !== true && (this.seen.has(storage) || storage instanceof WasmStorage)
    if (isKept) this.keep(storage, storage, { address, bytes, copy: undefined, hasSource: true })
    else this.seen.add(storage)
    return { address, isTemporary: !isKept }
  }

  /** The result that lies at `address`, whose memory passes to it. `isLasting`: it replaces a donated input. */
  result(dtype: DType, length: number, address: number, isLasting: boolean): Storage {
    const bytes = length * byteSize(dtype)
    if (!isLasting && bytes <= smallResult) {
      const copy = this.memory.copy(address, bytes)
      this.memory.give(address)
      return { dtype, bytes: copy, length }
    }
    const passed = this.passing.get(address)
    if (passed !== undefined && passed.block.bytes === bytes) {
      this.passing.delete(address)
      passed.block.copy = undefined
      return new WasmStorage(dtype, length, passed, this.memory)
    }
    const block: Block = { address, bytes, copy: undefined, hasSource: false }
    const holder: Holder = { block }
    this.keep(undefined, holder, block)
    return new WasmStorage(dtype, length, holder, this.memory)
  }

  /** Takes a donated input's memory away from it, for the result that comes to lie there. {@link passed} follows when all results are made. */
  release(storage: Storage): void {
    const block = this.blockOf(storage)
    if (block === undefined) return
    if (storage instanceof WasmStorage && storage.holder?.block === block) {
      if (block.address !== undefined) this.passing.set(block.address, storage.holder)
      storage.holder = undefined
      return
    }
    this.blocks.delete(storage)
    this.forget(block)
  }

  /** No result has taken what is still passing: whoever gives its memory back has it now. */
  passed(): void {
    for (const { block } of this.passing.values()) this.forget(block)
    this.passing.clear()
  }

  private forget(block: Block): void {
    this.residents.delete(block)
    this.dropped.unregister(block)
    block.address = undefined
  }

  private blockOf(storage: Storage): Block | undefined {
    const own = storage instanceof WasmStorage && storage.memory === this.memory ? storage.holder?.block : undefined
    return own?.address === undefined ? this.blocks.get(storage) : own
  }

  /** Moves out what was not used lately, after a call that used `needed` bytes. */
  trim(needed: number): void {
    while (this.memory.used > 2 * needed + idleBytes) if (!this.makeRoom()) return
  }

  /** Keeps a block of an input, if it is one, for as long as `target` lives. */
  private keep(input: Storage | undefined, target: object, block: Block): void {
    if (input !== undefined) this.blocks.set(input, block)
    this.residents.add(block)
    this.dropped.register(target, block, block)
  }

  private free(block: Block): void {
    if (!this.residents.delete(block) || block.address === undefined) return
    this.memory.give(block.address)
    block.address = undefined
  }

  /** Moves the block used least recently out; false where there is none. */
  private makeRoom(): boolean {
    for (const block of this.residents) {
      if (block.address === undefined || this.pins.has(block.address)) continue
      if (!block.hasSource) copyOf(block, this.memory)
      this.dropped.unregister(block)
      this.free(block)
      return true
    }
    return false
  }
}

const showBytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
