// Which values of a kernel share a binding. Two bindings of a dispatch must not overlap, so values that share memory share one; where a kernel
// has more values than the adapter has bindings, neighbours in the arena share one, too.

import { addDims, type Dim } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Root, Window } from './gpu-program.ts'

/** Where the value of a buffer lies: `shift` bytes (known when it runs) from the start of a range of its root. */
export interface Location {
  readonly root: Root
  readonly offset: number
  /** Bytes of the range; of inputs and results those of the actual sizes. */
  readonly bytes: Dim
  /** The same for the largest sizes. */
  readonly maxBytes: number
  readonly shift: Dim
}

export interface Binding {
  readonly window: Window
  /** Positions in the list of locations. */
  readonly members: readonly number[]
}

export interface BindingLimits {
  /** Storage bindings of a dispatch. */
  readonly mostBindings: number
  /** Bytes that one binding shows at most. */
  readonly mostBindingBytes: number
  /** Bytes of a buffer at most. */
  readonly mostBufferBytes: number
}

interface Range {
  readonly root: Root
  from: number
  to: number
  bytes: Dim
  readonly members: number[]
}

export const isSameRoot = (a: Root, b: Root): boolean => a.kind === b.kind && a.index === b.index

/** Bindings for values at `locations`, in a fixed order. */
export function layOutBindings(locations: readonly Location[], limits: BindingLimits, where: string): Binding[] {
  const ranges: Range[] = []
  locations.forEach((location, i) => {
    const to = location.offset + location.maxBytes
    const old = ranges.find((r) => isSameRoot(r.root, location.root) && (r.root.kind !== 'arena' || (r.from < to && location.offset < r.to)))
    if (old === undefined) {
      ranges.push({ root: location.root, from: location.offset, to, bytes: location.bytes, members: [i] })
      return
    }
    if (old.root.kind === 'arena') widen(old, location.offset, to)
    old.members.push(i)
  })
  mergeOverlaps(ranges)
  while (ranges.length > limits.mostBindings) {
    const pair = nearestPair(ranges)
    if (pair === undefined) {
      throw new DeviceError(
        `webgpu: expected ${where} to read and write at most ${limits.mostBindings} buffers (the adapter's maxStorageBuffersPerShaderStage), it needs ${ranges.length}. Report this graph.`,
      )
    }
    join(ranges, pair[0], pair[1])
  }
  return ranges.map(({ root, from, to, bytes, members }) => {
    if (to - from > limits.mostBindingBytes) {
      throw new DeviceError(
        `webgpu: expected every value to fit a binding of ${limits.mostBindingBytes} bytes (the adapter's maxStorageBufferBindingSize), got ${to - from} bytes in ${where}. Use smaller batches or a narrower dtype, or another device.`,
      )
    }
    return { window: { root, offset: from, bytes: root.kind === 'arena' ? to - from : bytes }, members }
  })
}

function widen(range: Range, from: number, to: number): void {
  range.from = Math.min(range.from, from)
  range.to = Math.max(range.to, to)
  range.bytes = range.to - range.from
}

function join(ranges: Range[], a: Range, b: Range): void {
  widen(a, b.from, b.to)
  a.members.push(...b.members)
  a.members.sort((x, y) => x - y)
  ranges.splice(ranges.indexOf(b), 1)
}

/** A range that grew may have come to overlap another. */
function mergeOverlaps(ranges: Range[]): void {
  for (let i = 0; i < ranges.length; i++) {
    const a = ranges[i]
    if (a?.root.kind !== 'arena') continue
    const b = ranges.find((r) => r !== a && isSameRoot(r.root, a.root) && r.from < a.to && a.from < r.to)
    if (b === undefined) continue
    join(ranges, a, b)
    i = -1
  }
}

/** The two neighbours in the arena that take the fewest bytes together. */
function nearestPair(ranges: readonly Range[]): readonly [Range, Range] | undefined {
  const inArena = ranges.filter((r) => r.root.kind === 'arena').sort((a, b) => a.root.index - b.root.index || a.from - b.from)
  let best: readonly [Range, Range] | undefined
  inArena.forEach((a, i) => {
    const b = inArena[i + 1]
    if (b !== undefined && isSameRoot(a.root, b.root) && (best === undefined || b.to - a.from < best[1].to - best[0].from)) best = [a, b]
  })
  return best
}

/** Bytes from the start of a binding to a value in it. */
export function baseOf(location: Location, binding: Binding): Dim {
  return addDims(location.offset - binding.window.offset, location.shift)
}
