// Which values of a kernel share a binding. Two bindings of a dispatch must not overlap, so values that share memory share one; where a kernel
// has more values than the adapter has bindings, neighbours in the arena share one, too. What one binding does not show has several.

import { addDims, type Dim, sameDim, subtractDims } from '../../core/dimension.ts'
import { DeviceError } from '../../core/errors.ts'
import type { Root, Window } from './gpu-program.ts'
import { type BindingLimits, windowBytes } from './memory-parts.ts'

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
  /** One, or several where one does not show all; they have consecutive numbers. */
  readonly windows: readonly Window[]
  /** The number of the first. */
  readonly first: number
  /** Bytes from the start of the root to what the first window shows. */
  readonly offset: number
  /** Bytes that all windows show, for the largest sizes. */
  readonly maxBytes: number
  /** Positions in the list of locations. */
  readonly members: readonly number[]
}

interface Range {
  readonly root: Root
  from: number
  to: number
  bytes: Dim
  readonly members: number[]
}

const isSameRoot = (a: Root, b: Root): boolean => a.kind === b.kind && a.index === b.index

/** Whether two values begin at the same byte. */
export const samePlace = (a: Location, b: Location): boolean =>
  isSameRoot(a.root, b.root) && sameDim(addDims(a.offset, a.shift), addDims(b.offset, b.shift))

/** A value `shift` bytes further. */
export const moved = (location: Location, shift: Dim): Location => ({ ...location, shift: addDims(location.shift, shift) })

/** `bytes` bytes of a value, from `from` on, which is a multiple of 256. */
export const pieceOf = (location: Location, from: number, bytes: number): Location => ({
  ...location,
  offset: location.offset + from,
  bytes,
  maxBytes: bytes,
})

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
  const most = windowBytes(limits)
  const total = (): number => ranges.reduce((sum, range) => sum + windowCount(range.to - range.from, most), 0)
  for (let needed = total(); needed > limits.mostBindings; needed = total()) {
    const [first, ...others] = savingRun(ranges, most)
    if (first === undefined) {
      const bytes = ranges.reduce((sum, range) => sum + range.to - range.from, 0)
      throw new DeviceError(
        `webgpu: expected ${where} to need at most ${limits.mostBindings} storage bindings (the adapter's maxStorageBuffersPerShaderStage) of ${most} bytes (its maxStorageBufferBindingSize), it needs ${needed} for ${bytes} bytes in ${ranges.length} places. Use smaller batches or a narrower dtype, or another device.`,
      )
    }
    for (const other of others) join(ranges, first, other)
  }
  let first = 0
  return ranges.map((range) => {
    const binding = { windows: windowsOf(range, most), first, offset: range.from, maxBytes: range.to - range.from, members: range.members }
    first += binding.windows.length
    return binding
  })
}

/** Windows that show `bytes` bytes, where one shows `most`. */
export const windowCount = (bytes: number, most: number): number => Math.max(1, Math.ceil(bytes / most))

function windowsOf({ root, from, to, bytes }: Range, most: number): Window[] {
  const count = windowCount(to - from, most)
  const all = root.kind === 'arena' ? to - from : bytes
  if (count === 1) return [{ root, offset: from, bytes: all }]
  return Array.from({ length: count }, (_, i) => ({ root, offset: from + i * most, bytes: subtractDims(all, i * most), mostBytes: most }))
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

/** The neighbours in the arena that need fewer windows together than apart, and the fewest bytes of all that do; none where there are none. */
function savingRun(ranges: readonly Range[], most: number): readonly Range[] {
  const inArena = ranges.filter((r) => r.root.kind === 'arena').sort((a, b) => a.root.index - b.root.index || a.from - b.from)
  let best: readonly Range[] = []
  let fewest = Infinity
  inArena.forEach((a, i) => {
    let apart = windowCount(a.to - a.from, most)
    for (const [j, b] of inArena.entries()) {
      if (j <= i || !isSameRoot(a.root, b.root)) continue
      const bytes = b.to - a.from
      apart += windowCount(b.to - b.from, most)
      if (bytes >= fewest || windowCount(bytes, most) >= apart) continue
      fewest = bytes
      best = inArena.slice(i, j + 1)
    }
  })
  return best
}

/** Bytes from the start of a binding to a value in it. */
export function baseOf(location: Location, binding: Binding): Dim {
  return addDims(location.offset - binding.offset, location.shift)
}
