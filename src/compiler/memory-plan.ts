// The memory plan: which values are results, which replace a donated parameter in place, and where in one arena all others lie.
// The peak is known before anything runs.

import { elementCount, maxDim, sameDims } from '../core/dimension.ts'
import { byteSize } from '../core/dtype.ts'
import type { Node } from '../core/graph.ts'
import { everyLoad } from './loop-ir/walk-expression.ts'
import { type Index, sameIndex } from './loop-ir/index-expression.ts'
import type { Expression, Kernel, StoreTo } from './loop-ir/loop-ir.ts'
import { outputsOf } from './loop-ir/loop-ir.ts'
import { isSource } from './loop-ir/lower.ts'

export type Place =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'output'; readonly index: number }
  | { readonly kind: 'arena'; readonly offset: number; readonly bytes: number }

export interface MemoryPlan {
  readonly places: ReadonlyMap<Node, Place>
  readonly arenaBytes: number
  /** Results that overwrite a donated input: result index → input index. */
  readonly inPlace: ReadonlyMap<number, number>
  /** Arena offset of each kernel's scratch, given its bytes. */
  readonly scratch: readonly number[]
}

export function bytesOf(node: Node): number {
  return maxDim(elementCount(node.shape)) * byteSize(node.dtype)
}

interface Access {
  readonly from: Node
  readonly index: Index | undefined
}

const knownReads = new WeakMap<Kernel, Access[][]>()

/** What a kernel reads, statement by statement; `index` is undefined where whole values are read in an order of the kernel's own. */
function readsOf(kernel: Kernel): Access[][] {
  const known = knownReads.get(kernel)
  if (known !== undefined) return known
  const reads = findReads(kernel)
  knownReads.set(kernel, reads)
  return reads
}

function findReads(kernel: Kernel): Access[][] {
  const loads = (expression: Expression): Access[] => {
    const found: Access[] = []
    everyLoad(expression, (from, index) => {
      found.push({ from, index })
      return true
    })
    return found
  }
  const stores = (list: readonly StoreTo[]) => list.map((s) => loads(s.value))
  switch (kernel.kind) {
    case 'rows':
      return kernel.statements.map((s) => loads(s.kind === 'map' ? s.store.value : s.value))
    case 'columns':
      return [loads(kernel.value).map((a) => ({ from: a.from, index: undefined }))]
    case 'matmul':
      return [[kernel.lhs.node, kernel.rhs.node].map((from) => ({ from, index: undefined })), ...stores(kernel.epilogue)]
    case 'convolution':
      return [[kernel.a, kernel.b].map((from) => ({ from, index: undefined })), ...stores(kernel.epilogue)]
    case 'window':
      return [kernel.inputs.map((from) => ({ from, index: undefined })), ...stores(kernel.epilogue)]
    case 'whole':
      return [kernel.inputs.map((from) => ({ from, index: undefined }))]
  }
}

/** Every value a kernel reads. */
export function inputsOf(kernel: Kernel): Set<Node> {
  return new Set(readsOf(kernel).flatMap((reads) => reads.map((a) => a.from)))
}

/** The values that must be in memory: results, and what any kernel reads other than in the very sweep that computes it. */
export function keptValues(kernels: readonly Kernel[], results: readonly Node[]): Set<Node> {
  const kept = new Set<Node>(results)
  for (const kernel of kernels) {
    const own = kernel.kind === 'whole' || kernel.kind === 'columns' || isOneSweep(kernel) ? new Set(outputsOf(kernel)) : new Set<Node>()
    for (const node of inputsOf(kernel)) if (!own.has(node)) kept.add(node)
    if (kernel.kind === 'whole' || kernel.kind === 'columns') for (const node of outputsOf(kernel)) kept.add(node)
  }
  return kept
}

/** Whether every value a kernel computes is at hand where the kernel itself reads it. */
function isOneSweep(kernel: Kernel): boolean {
  if (kernel.kind !== 'rows') return true
  const [first] = kernel.statements
  return kernel.statements.every(
    (s) => s.kind === 'map' && s.inner.length === first?.inner.length && s.inner.every((a, i) => a.id === first.inner[i]?.id),
  )
}

/** Whether `kernel` may write `result` over `source`: it reads each element of it before, and only before, it writes there. */
export function mayOverwrite(kernel: Kernel, result: Node, source: Node): boolean {
  const reads = readsOf(kernel)
  let at = -1
  let index: Index | undefined
  if (kernel.kind === 'rows') {
    at = kernel.statements.findIndex((s) => s.kind === 'map' && s.store.node === result)
    const statement = kernel.statements[at]
    index = statement?.kind === 'map' ? statement.store.index : undefined
  } else if (kernel.kind === 'matmul' || kernel.kind === 'convolution' || kernel.kind === 'window') {
    const store = kernel.epilogue.findIndex((s) => s.node === result)
    index = kernel.epilogue[store]?.index
    at = store + 1
  }
  if (at < 0 || index === undefined) return false
  const written = index
  return reads.every((list, i) => list.every((a) => a.from !== source || (i <= at && a.index !== undefined && sameIndex(a.index, written))))
}

/** How values lie in an arena. */
export interface ArenaLayout {
  /** Places are multiples of this many bytes. Default 64. */
  readonly alignment?: number
  /** The arena consists of buffers of this many bytes, a multiple of the alignment; no value lies in two. Default: one buffer. */
  readonly bufferBytes?: number
}

/** Plans memory for kernels in their order. `donated`: input index → result index. */
export function planMemory(
  kernels: readonly Kernel[],
  inputs: readonly Node[],
  results: readonly Node[],
  donated: ReadonlyMap<number, number>,
  scratchBytes: readonly number[],
  { alignment = 64, bufferBytes = Infinity }: ArenaLayout = {},
): MemoryPlan {
  const align = (bytes: number): number => Math.ceil(bytes / alignment) * alignment
  const places = new Map<Node, Place>()
  inputs.forEach((node, index) => {
    places.set(node, { kind: 'input', index })
  })
  const kept = keptValues(kernels, results)
  const writer = new Map<Node, number>()
  const lastRead = new Map<Node, number>()
  kernels.forEach((kernel, k) => {
    for (const node of outputsOf(kernel)) writer.set(node, k)
    for (const node of inputsOf(kernel)) lastRead.set(node, k)
  })
  results.forEach((node, index) => {
    if (!places.has(node)) places.set(node, { kind: 'output', index })
  })
  const inPlace = new Map<number, number>()
  for (const [inputIndex, resultIndex] of donated) {
    const [input, result] = [inputs[inputIndex], results[resultIndex]]
    if (input === undefined || result === undefined || input === result) continue
    if (input.dtype !== result.dtype || !sameDims(input.shape, result.shape)) continue
    const k = writer.get(result)
    const kernel = k === undefined ? undefined : kernels[k]
    if (k === undefined || kernel === undefined || (lastRead.get(input) ?? -1) > k || results.includes(input)) continue
    const place = places.get(result)
    if (place?.kind !== 'output' || place.index !== resultIndex) continue
    if (!mayOverwrite(kernel, result, input)) continue
    inPlace.set(resultIndex, inputIndex)
  }
  const arena = new Arena(bufferBytes)
  const scratch: number[] = []
  const release = new Map<number, { node: Node; offset: number; bytes: number }[]>()
  kernels.forEach((kernel, k) => {
    for (const node of outputsOf(kernel)) {
      if (places.has(node) || isSource(node) || !kept.has(node)) continue
      const bytes = align(bytesOf(node))
      const end = lastRead.get(node) ?? k
      const reused = takeOver(kernel, k, node, bytes)
      const offset = reused ?? arena.take(bytes)
      places.set(node, { kind: 'arena', offset, bytes })
      release.set(end, [...(release.get(end) ?? []), { node, offset, bytes }])
    }
    const need = align(scratchBytes[k] ?? 0)
    const offset = need > 0 ? arena.take(need) : 0
    scratch.push(offset)
    if (need > 0) arena.give(offset, need)
    for (const { offset: freed, bytes } of release.get(k) ?? []) arena.give(freed, bytes)
  })
  return { places, arenaBytes: arena.peak, inPlace, scratch }

  /** The place of an arena value that dies in this kernel and may be overwritten by `node`. */
  function takeOver(kernel: Kernel, k: number, node: Node, bytes: number): number | undefined {
    const dying = release.get(k) ?? []
    for (const source of inputsOf(kernel)) {
      const place = places.get(source)
      if (place?.kind !== 'arena' || place.bytes !== bytes || lastRead.get(source) !== k || source.dtype !== node.dtype) continue
      // By its owner: another output of this kernel may have taken the place over already.
      const at = dying.findIndex((d) => d.node === source)
      if (at < 0 || !mayOverwrite(kernel, node, source)) continue
      dying.splice(at, 1)
      return place.offset
    }
    return undefined
  }
}

/** Best-fit allocation of offsets with coalescing. */
class Arena {
  peak = 0
  private readonly bufferBytes: number
  private free: { offset: number; bytes: number }[] = []

  constructor(bufferBytes: number) {
    this.bufferBytes = bufferBytes
  }

  take(bytes: number): number {
    let best: { offset: number; bytes: number } | undefined
    for (const hole of this.free) {
      if (this.within(hole.offset, bytes) + bytes <= hole.offset + hole.bytes && (best === undefined || hole.bytes < best.bytes)) best = hole
    }
    if (best === undefined) {
      const last = this.free.at(-1)
      best = last !== undefined && last.offset + last.bytes === this.peak ? last : { offset: this.peak, bytes: 0 }
      if (best !== last) this.free.push(best)
      this.peak = this.within(best.offset, bytes) + bytes
      best.bytes = this.peak - best.offset
    }
    const { offset: hole } = best
    const end = hole + best.bytes
    const offset = this.within(hole, bytes)
    this.free.splice(this.free.indexOf(best), 1)
    this.give(hole, offset - hole)
    this.give(offset + bytes, end - offset - bytes)
    return offset
  }

  /** The first place from `offset` on where so many bytes lie in one buffer. */
  private within(offset: number, bytes: number): number {
    const next = Math.ceil(offset / this.bufferBytes) * this.bufferBytes
    return this.bufferBytes === Infinity || offset + bytes <= next || offset === next ? offset : next
  }

  give(offset: number, bytes: number): void {
    if (bytes === 0) return
    let at = this.free.findIndex((hole) => hole.offset > offset)
    if (at < 0) at = this.free.length
    this.free.splice(at, 0, { offset, bytes })
    for (const i of [at, at - 1]) {
      const [left, right] = [this.free[i], this.free[i + 1]]
      if (left !== undefined && right !== undefined && left.offset + left.bytes === right.offset) {
        left.bytes += right.bytes
        this.free.splice(i + 1, 1)
      }
    }
  }
}
