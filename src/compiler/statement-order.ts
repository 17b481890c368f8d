// The order of statements in a row sweep.

import type { Node } from '../core/graph.ts'
import type { Statement } from './loop-ir.ts'
import { everyLoad } from './walk-expression.ts'

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
