// GPU buffers that are used again. Commands on the queue are done in order, so a buffer may go to its next use as soon as the commands of the last
// one were handed over.

/** Idle buffers beyond this many bytes, and beyond what is in use, are destroyed. */
const idleBytes = 256 * 2 ** 20

/** Sizes are rounded up, so that values of about the same size share buffers: at most an eighth is wasted. */
export function sizeClass(bytes: number): number {
  const step = 2 ** Math.max(8, Math.floor(Math.log2(Math.max(1, bytes))) - 3)
  return Math.max(256, Math.ceil(bytes / step) * step)
}

export class BufferPool {
  private readonly device: GPUDevice
  private readonly usage: number
  /** By size, in the order in which they became idle. */
  private readonly idle = new Map<number, GPUBuffer[]>()
  private idleTotal = 0
  private usedTotal = 0

  constructor(device: GPUDevice, usage: number) {
    this.device = device
    this.usage = usage
  }

  /** Bytes of all buffers. */
  get bytes(): number {
    return this.idleTotal + this.usedTotal
  }

  /** An idle buffer of at least `bytes` bytes, or `undefined`. */
  reuse(bytes: number): GPUBuffer | undefined {
    const size = sizeClass(bytes)
    const buffer = this.idle.get(size)?.pop()
    if (buffer === undefined) return undefined
    this.idleTotal -= size
    this.usedTotal += size
    return buffer
  }

  /** A new buffer of at least `bytes` bytes; an invalid one where memory is out, as the device's error scope then says. */
  create(bytes: number): GPUBuffer {
    const size = Math.min(sizeClass(bytes), Math.max(bytes, this.device.limits.maxBufferSize))
    const buffer = this.device.createBuffer({ size: Math.ceil(size / 4) * 4, usage: this.usage })
    this.usedTotal += buffer.size
    return buffer
  }

  take(bytes: number): GPUBuffer {
    return this.reuse(bytes) ?? this.create(bytes)
  }

  give(buffer: GPUBuffer): void {
    const list = this.idle.get(buffer.size) ?? []
    list.push(buffer)
    this.idle.set(buffer.size, list)
    this.idleTotal += buffer.size
    this.usedTotal -= buffer.size
    if (this.idleTotal > Math.max(idleBytes, this.usedTotal)) this.shrink(Math.max(idleBytes, this.usedTotal))
  }

  /** Gives up a buffer for good. */
  drop(buffer: GPUBuffer): void {
    this.usedTotal -= buffer.size
    buffer.destroy()
  }

  /** Destroys idle buffers, the largest first, until at most `most` bytes are idle. */
  shrink(most: number): void {
    for (const size of [...this.idle.keys()].sort((a, b) => b - a)) {
      const list = this.idle.get(size) ?? []
      while (this.idleTotal > most && list.length > 0) {
        list.shift()?.destroy()
        this.idleTotal -= size
      }
      if (list.length === 0) this.idle.delete(size)
    }
  }
}
