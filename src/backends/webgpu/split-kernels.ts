// Kernels that compute several values, divided where an adapter has too few bindings for all that they read and write.

import { inputsOf, bytesOf } from '../../compiler/memory-plan.ts'
import { type Kernel, outputsOf, type Statement } from '../../compiler/loop-ir/loop-ir.ts'
import { everyLoad } from '../../compiler/loop-ir/walk-expression.ts'
import type { Node } from '../../core/graph.ts'
import { windowCount } from './binding-layout.ts'
import { type BindingLimits, windowBytes } from './memory-parts.ts'

type Rows = Extract<Kernel, { kind: 'rows' }>

/**
 * The kernels themselves, and in place of each that reads and writes values of several windows, more than the adapter has bindings, one for each
 * few of the values that it computes. Where that is not enough, laying out its bindings says so.
 */
export function splitKernels(kernels: readonly Kernel[], limits: BindingLimits): Kernel[] {
  const most = windowBytes(limits)
  const windows = (kernel: Kernel): number[] =>
    [...new Set([...inputsOf(kernel), ...outputsOf(kernel)])].map((node) => windowCount(bytesOf(node), most))
  const fits = (kernel: Kernel): boolean => {
    const counts = windows(kernel)
    return counts.every((count) => count === 1) || counts.reduce((sum, count) => sum + count, 0) <= limits.mostBindings
  }
  return kernels.flatMap((kernel): Kernel[] => (kernel.kind !== 'rows' || fits(kernel) ? [kernel] : splitRows(kernel, fits)))
}

function splitRows({ outer, statements }: Rows, fits: (kernel: Kernel) => boolean): Rows[] {
  const kernels: Rows[] = []
  for (const group of inseparable(statements)) {
    const last = kernels.at(-1)
    const together: Rows | undefined = last && { kind: 'rows', outer, statements: [...last.statements, ...group] }
    if (together !== undefined && fits(together)) kernels.splice(-1, 1, together)
    else kernels.push({ kind: 'rows', outer, statements: group })
  }
  return kernels
}

/** Runs of statements none of which needs what another computes of the same row. */
function inseparable(statements: readonly Statement[]): Statement[][] {
  const groups: { readonly statements: Statement[]; readonly nodes: Set<Node> }[] = []
  for (const statement of statements) {
    const nodes = new Set([statement.kind === 'map' ? statement.store.node : statement.node])
    const needed = localsOf(statement)
    const first = groups.findIndex((group) => [...needed].some((node) => group.nodes.has(node)))
    const joined = first < 0 ? [] : groups.splice(first)
    groups.push({
      statements: [...joined.flatMap((group) => group.statements), statement],
      nodes: new Set([...joined.flatMap((group) => [...group.nodes]), ...nodes]),
    })
  }
  return groups.map((group) => group.statements)
}

function localsOf(statement: Statement): Set<Node> {
  const found = new Set<Node>()
  everyLoad(
    statement.kind === 'map' ? statement.store.value : statement.value,
    () => true,
    (node) => {
      found.add(node)
      return true
    },
  )
  return found
}
