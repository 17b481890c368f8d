// How much of a value one binding shows, and how much of it one buffer holds: larger values are shown by several windows, and lie in several buffers.

/** What an adapter allows, as far as the layout of memory depends on it. */
export interface BindingLimits {
  /** Storage bindings of a dispatch. */
  readonly mostBindings: number
  /** Bytes that one binding shows at most. */
  readonly mostBindingBytes: number
  /** Bytes of a buffer at most. */
  readonly mostBufferBytes: number
}

/** Bindings may begin only at multiples of this many bytes: the largest value that an adapter may ask for. */
export const alignment = 256

/** Bytes of each window of a value that needs several, but the last. */
export function windowBytes({ mostBindingBytes, mostBufferBytes }: BindingLimits): number {
  const most = Math.min(mostBindingBytes, mostBufferBytes)
  return most - (most % alignment)
}

/** Bytes of each buffer of a value that needs several, but the last: whole windows, so that none lies in two buffers. */
export function partBytes(limits: BindingLimits): number {
  return limits.mostBufferBytes - (limits.mostBufferBytes % windowBytes(limits))
}

/** Bytes in each of the buffers that hold `bytes` bytes; at least one buffer. */
export function partSizes(bytes: number, part: number): number[] {
  return Array.from({ length: Math.max(1, Math.ceil(bytes / part)) }, (_, i) => Math.min(part, bytes - i * part))
}
