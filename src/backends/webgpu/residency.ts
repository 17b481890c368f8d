// Which tensors have memory on the GPU. Results stay there and are fetched when somebody reads their bytes; inputs that are passed again stay
// there too, so that parameters are not uploaded in every step. What nobody holds any more is freed; as the engine says so only between turns of
// the event loop, a loop that never returns to it would fill the GPU, so what was used least recently is moved out where this thread may wait.

import { byteSize, type DType } from '../../core/dtype.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Storage } from '../../core/graph.ts'
import type { Channel } from './channel.ts'
import type { Answer } from './commands.ts'

/** The numbers of a tensor: on the GPU, here, or both. Nothing here points back to the tensor, so that it can be collected. */
interface Block {
  /** `undefined` once the memory was given to another tensor, or was lost while there is a copy. */
  memory: number | undefined
  /** The channel's generation in which the memory was filled. */
  generation: number
  readonly bytes: number
  copy: ArrayBuffer | undefined
  /** Whether the tensor has a buffer of its own besides. */
  readonly hasSource: boolean
}

/** Tensors of up to so many bytes leave the GPU when they are read: it is cheaper to bring them back than to keep account of them. */
const smallBytes = 4096
/** Tensors that stay on the GPU beyond twice what the latest call used. */
const spareBlocks = 4096

/** A result whose bytes lie on the GPU until somebody reads them. */
class GpuStorage implements Storage {
  readonly dtype: DType
  readonly length: number
  donated?: boolean
  private readonly block: Block
  private readonly residency: Residency

  constructor(dtype: DType, length: number, block: Block, residency: Residency) {
    this.dtype = dtype
    this.length = length
    this.block = block
    this.residency = residency
  }

  get bytes(): ArrayBuffer {
    return this.block.copy ?? this.residency.fetch(this.block)
  }

  readonly load = async (): Promise<void> => {
    if (this.block.copy === undefined) await this.residency.fetchLater(this.block)
  }
}

function memoryOf(block: Block): number {
  if (block.memory === undefined)
    throw new DeviceError('webgpu: expected numbers in the memory of the GPU, they are gone. Do not read donated tensors.')
  return block.memory
}

function bytesOf(answer: Answer): ArrayBuffer {
  if (answer.kind === 'error') throw new DeviceError(answer.message)
  if (answer.kind !== 'bytes') throw new DeviceError(`webgpu: expected bytes, got ${answer.kind}. Report this.`)
  return answer.bytes.buffer
}

export class Residency {
  private readonly channel: Channel
  private readonly blocks = new WeakMap<Storage, Block>()
  /** Inputs passed once: those that come again are kept. */
  private readonly seen = new WeakSet<Storage>()
  private readonly dropped = new FinalizationRegistry<Block>((block) => this.free(block))
  /** In order of use, the latest last. */
  private readonly residents = new Set<Block>()
  private residentBytes = 0
  private memories = 0
  private readonly spareBytes: number

  /** `spareBytes`: what may stay beyond twice what the latest call used. */
  constructor(channel: Channel, spareBytes: number) {
    this.channel = channel
    this.spareBytes = spareBytes
  }

  /** A number for memory that is to be filled. */
  newMemory(): number {
    return this.memories++
  }

  /** The memory of an input, and whether it is only for this call. */
  place(storage: Storage): { readonly memory: number; readonly isTemporary: boolean } {
    const block = this.blocks.get(storage)
    const generation = this.channel.generation()
    if (block?.memory !== undefined) {
      this.residents.delete(block)
      this.residents.add(block)
      if (block.generation === generation || (block.copy === undefined && !block.hasSource)) return { memory: block.memory, isTemporary: false }
      this.channel.post({ kind: 'free', memory: [block.memory] })
      block.memory = this.upload(storage)
      block.generation = generation
      return { memory: block.memory, isTemporary: false }
    }
    const memory = this.upload(storage)
    const isKept = storage.isRewritten !== true && (this.seen.has(storage) || storage instanceof GpuStorage)
    if (isKept) this.keep(storage, { memory, generation, bytes: storage.length * byteSize(storage.dtype), copy: undefined, hasSource: true })
    else this.seen.add(storage)
    return { memory, isTemporary: !isKept }
  }

  /** The result that lies in `memory`. */
  result(dtype: DType, length: number, memory: number): Storage {
    const block: Block = { memory, generation: this.channel.generation(), bytes: length * byteSize(dtype), copy: undefined, hasSource: false }
    const storage = new GpuStorage(dtype, length, block, this)
    this.keep(storage, block)
    return storage
  }

  /** The numbers of a block, once they are here. */
  fetch(block: Block): ArrayBuffer {
    return this.arrived(block, this.channel.askNow({ kind: 'read', memory: memoryOf(block), bytes: block.bytes }))
  }

  async fetchLater(block: Block): Promise<ArrayBuffer> {
    return this.arrived(block, await this.channel.ask({ kind: 'read', memory: memoryOf(block), bytes: block.bytes }))
  }

  private arrived(block: Block, answer: Answer): ArrayBuffer {
    block.copy ??= bytesOf(answer)
    if (block.bytes <= smallBytes) this.free(block)
    return block.copy
  }

  /** Takes a donated input's memory away from it. */
  release(storage: Storage): void {
    const block = this.blocks.get(storage)
    if (block === undefined) return
    this.blocks.delete(storage)
    this.forget(block)
    block.memory = undefined
  }

  /** Moves out what was not used lately, after a call that used `used`. */
  trim(used: readonly Storage[]): void {
    if (!this.channel.canWait) return
    const kept = new Set(used.map((storage) => this.blocks.get(storage)))
    let needed = 0
    for (const block of kept) needed += block?.bytes ?? 0
    for (const block of this.residents) {
      if (this.residentBytes <= 2 * needed + this.spareBytes && this.residents.size <= 2 * kept.size + spareBlocks) return
      if (kept.has(block)) continue
      if (this.moveOut(block)) this.free(block)
      else this.forget(block)
    }
  }

  private upload(storage: Storage): number {
    const memory = this.newMemory()
    const bytes = storage.length * byteSize(storage.dtype)
    // A copy in any case: the caller may fill its buffer anew before the host comes to it.
    const padded = new Uint8Array(Math.ceil(bytes / 4) * 4)
    padded.set(new Uint8Array(storage.bytes, 0, bytes))
    this.channel.post({ kind: 'upload', memory, bytes: padded.buffer })
    return memory
  }

  private keep(storage: Storage, block: Block): void {
    this.blocks.set(storage, block)
    this.residents.add(block)
    this.residentBytes += block.bytes
    this.dropped.register(storage, block, block)
  }

  private forget(block: Block): void {
    if (this.residents.delete(block)) this.residentBytes -= block.bytes
    this.dropped.unregister(block)
  }

  /** Copies a block's numbers here; false where they cannot be read, as whoever asks for them will be told. */
  private moveOut(block: Block): boolean {
    if (block.hasSource || block.copy !== undefined) return true
    const answer = this.channel.askNow({ kind: 'read', memory: memoryOf(block), bytes: block.bytes })
    if (answer.kind !== 'bytes') return false
    block.copy = answer.bytes.buffer
    return true
  }

  private free(block: Block): void {
    this.forget(block)
    if (block.memory !== undefined) this.channel.post({ kind: 'free', memory: [block.memory] })
    block.memory = undefined
  }
}
