// Which tensors have memory on the GPU. Results stay there and are fetched when somebody reads their bytes; inputs that are passed again stay
// there too, so that parameters are not uploaded in every step. What nobody holds any more is freed.

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

/** A result whose bytes lie on the GPU until somebody reads them. */
class GpuStorage implements Storage {
  readonly dtype: DType
  readonly length: number
  donated?: boolean
  private readonly block: Block
  private readonly channel: Channel

  constructor(dtype: DType, length: number, block: Block, channel: Channel) {
    this.dtype = dtype
    this.length = length
    this.block = block
    this.channel = channel
  }

  get bytes(): ArrayBuffer {
    const { block, channel } = this
    block.copy ??= bytesOf(channel.askNow({ kind: 'read', memory: memoryOf(block), bytes: block.bytes }))
    return block.copy
  }

  readonly load = async (): Promise<void> => {
    const { block, channel } = this
    if (block.copy !== undefined) return
    const answer = await channel.ask({ kind: 'read', memory: memoryOf(block), bytes: block.bytes })
    block.copy ??= bytesOf(answer)
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
  private memories = 0

  constructor(channel: Channel) {
    this.channel = channel
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
    const storage = new GpuStorage(dtype, length, block, this.channel)
    this.keep(storage, block)
    return storage
  }

  /** Takes a donated input's memory away from it. */
  release(storage: Storage): void {
    const block = this.blocks.get(storage)
    if (block === undefined) return
    this.blocks.delete(storage)
    this.dropped.unregister(block)
    block.memory = undefined
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
    this.dropped.register(storage, block, block)
  }

  private free(block: Block): void {
    if (block.memory !== undefined) this.channel.post({ kind: 'free', memory: [block.memory] })
    block.memory = undefined
  }
}
