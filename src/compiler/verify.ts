// What must hold of a compiled program before it runs: every value is computed once and before it is read, and no two values that are needed at the
// same time share memory. Always on in tests (TENON_VERIFY=1).

import { environmentVariable } from '../core/environment.ts'
import type { Node } from '../core/graph.ts'
import type { Kernel } from './loop-ir/loop-ir.ts'
import { outputsOf } from './loop-ir/loop-ir.ts'
import { isSource } from './loop-ir/lower.ts'
import { bytesOf, inputsOf, keptValues, mayOverwrite, type MemoryPlan } from './memory-plan.ts'

/** Whether programs are verified in this process. */
export function isVerifying(): boolean {
  // The first half is false in the module for pages, which then leaves the checks out.
  return typeof process !== 'undefined' && environmentVariable('TENON_VERIFY') === '1'
}

const show = (node: Node): string => `${node.op.name} #${node.id} [${node.shape.map(String).join(', ')}]`

function fail(what: string): never {
  throw new RangeError(`compiler: ${what}. This is a defect of the compiler, not of the program.`)
}

/** Throws where kernels, in their order, read what is not there yet or write what was written. */
export function verifyOrder(kernels: readonly Kernel[], results: readonly Node[]): void {
  const written = new Set<Node>()
  kernels.forEach((kernel, k) => {
    const own = new Set(outputsOf(kernel))
    for (const node of inputsOf(kernel)) {
      if (!isSource(node) && !written.has(node) && !own.has(node)) fail(`kernel ${k} (${kernel.kind}) reads ${show(node)} before it is computed`)
    }
    for (const node of own) {
      if (written.has(node)) fail(`kernel ${k} (${kernel.kind}) computes ${show(node)} a second time`)
      written.add(node)
    }
  })
  for (const node of results) if (!isSource(node) && !written.has(node)) fail(`no kernel computes the result ${show(node)}`)
}

interface Range {
  readonly node: Node
  readonly from: number
  readonly to: number
  /** Bytes of the place, which may be more than those of the value. */
  readonly room: number
  readonly first: number
  readonly last: number
  /** Position among all values, in the order in which they are computed. */
  readonly rank: number
}

/** Throws where two values overlap in the arena while both are needed; one may take over the place of another that the same kernel reads last. */
export function verifyPlan(kernels: readonly Kernel[], results: readonly Node[], plan: MemoryPlan): void {
  const kept = keptValues(kernels, results)
  const lastRead = new Map<Node, number>()
  kernels.forEach((kernel, k) => {
    for (const node of inputsOf(kernel)) lastRead.set(node, k)
  })
  const ranges: Range[] = []
  kernels.forEach((kernel, k) => {
    for (const node of outputsOf(kernel)) {
      if (!kept.has(node)) continue
      const place = plan.places.get(node)
      if (place === undefined) fail(`${show(node)} has no place in memory`)
      if (place.kind !== 'arena') continue
      if (place.offset + bytesOf(node) > plan.arenaBytes) fail(`${show(node)} ends behind the arena`)
      ranges.push({
        node,
        from: place.offset,
        to: place.offset + bytesOf(node),
        room: place.bytes,
        first: k,
        last: Math.max(k, lastRead.get(node) ?? k),
        rank: ranges.length,
      })
    }
  })
  ranges.sort((a, b) => a.from - b.from)
  ranges.forEach((a, i) => {
    for (let j = i + 1; j < ranges.length; j++) {
      const b = ranges[j]
      if (b === undefined || b.from >= a.to) break
      const [early, late] = a.rank < b.rank ? [a, b] : [b, a]
      const writer = kernels[late.first]
      const takesOver =
        early.last === late.first &&
        early.from === late.from &&
        // What takes over may be smaller (the head of a value); its place is as large.
        early.room === late.room &&
        writer !== undefined &&
        mayOverwrite(writer, late.node, early.node)
      if (late.first <= early.last && !takesOver) fail(`${show(a.node)} and ${show(b.node)} share memory while both are needed`)
    }
  })
}
