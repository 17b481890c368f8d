// The order of statements in a row sweep, and which of them share a loop.

import type { Node } from '../../core/graph.ts'
import type { Expression, Statement } from './loop-ir.ts'
import { everyLoad, partsOf } from './walk-expression.ts'

/**
 * Statements in an order in which full rows are written as late as possible: reductions then share sweeps, and a row may be written over one
 * that nothing reads any more (the gradient of logits over the logits).
 */
export function reductionsFirst(statements: readonly Statement[]): Statement[] {
  const writers = new Map(statements.map((s) => [s.kind === 'map' ? s.store.node : s.node, s]))
  const needs = new Map<Statement, Set<Statement>>()
  for (const statement of statements) {
    const set = new Set<Statement>()
    const note = (node: Node): boolean => {
      const writer = writers.get(node)
      if (writer !== undefined && writer !== statement) set.add(writer)
      return true
    }
    everyLoad(statement.kind === 'map' ? statement.store.value : statement.value, note, note)
    needs.set(statement, set)
  }
  const order: Statement[] = []
  const left = new Set(statements)
  while (left.size > 0) {
    const ready = [...left].filter((s) => [...(needs.get(s) ?? [])].every((n) => !left.has(n)))
    const isPerRow = (s: Statement): boolean => s.kind === 'reduce' || s.inner.length === 0
    const chosen = ready.find(isPerRow) ?? ready[0]
    if (chosen === undefined) throw new RangeError('compiler: the statements of a row sweep depend on each other')
    order.push(chosen)
    left.delete(chosen)
  }
  return order
}

/** Neighbouring statements that share one loop: the same inner axes, and none reads a reduction of its own loop. */
export function sweepsOf(statements: readonly Statement[]): Statement[][] {
  const groups: Statement[][] = []
  for (const statement of statements) {
    const last = groups.at(-1)
    const first = last?.[0]
    const same = first !== undefined && first.inner.length === statement.inner.length && first.inner.every((a, i) => a.id === statement.inner[i]?.id)
    const reduced = new Set((last ?? []).flatMap((s) => (s.kind === 'reduce' ? [s.node] : [])))
    if (last !== undefined && same && !readsLocal(statement.kind === 'map' ? statement.store.value : statement.value, reduced)) last.push(statement)
    else groups.push([statement])
  }
  return groups
}

function readsLocal(root: Expression, nodes: ReadonlySet<Node>): boolean {
  const seen = new Set<Expression>()
  const visit = (e: Expression): boolean => {
    if (seen.has(e)) return false
    seen.add(e)
    return (e.kind === 'local' && nodes.has(e.node)) || partsOf(e).some(visit)
  }
  return nodes.size > 0 && visit(root)
}
