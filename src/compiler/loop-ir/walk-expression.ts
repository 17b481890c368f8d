// Walks over scalar expressions: what they load, what they are made of.

import type { Node } from '../../core/graph.ts'
import type { Index } from './index-expression.ts'
import type { Expression } from './loop-ir.ts'

/** Calls `test` for every load in an expression, indices inside indices included, and `testLocal` for values of the same row. */
export function everyLoad(root: Expression, test: (from: Node, index: Index) => boolean, testLocal: (node: Node) => boolean = () => true): boolean {
  const seen = new Set<Expression>()
  const inIndex = (index: Index): boolean =>
    index.terms.every(({ atom }) => {
      if (atom.kind === 'value') return visit(atom.value)
      return atom.kind === 'axis' || inIndex(atom.of)
    })
  const visit = (e: Expression): boolean => {
    if (seen.has(e)) return true
    seen.add(e)
    switch (e.kind) {
      case 'constant':
        return true
      case 'local':
        return testLocal(e.node)
      case 'load':
        return test(e.from, e.index) && inIndex(e.index)
      case 'index':
        return inIndex(e.index)
      case 'unary':
      case 'cast':
      case 'clamp':
        return visit(e.x)
      case 'binary':
      case 'compare':
        return visit(e.a) && visit(e.b)
      case 'where':
        return visit(e.condition) && visit(e.a) && visit(e.b)
      case 'guard':
        return e.bounds.every((b) => inIndex(b.index)) && visit(e.value) && visit(e.otherwise)
      case 'randomBits':
        return visit(e.key0) && visit(e.key1) && inIndex(e.counter)
    }
  }
  return visit(root)
}

/** The expressions that an expression is made of, run-time values inside indices included. */
export function partsOf(e: Expression): Expression[] {
  const values = indicesOf(e).flatMap(valuesIn)
  switch (e.kind) {
    case 'constant':
    case 'local':
    case 'load':
    case 'index':
      return values
    case 'unary':
    case 'cast':
    case 'clamp':
      return [e.x]
    case 'binary':
    case 'compare':
      return [e.a, e.b]
    case 'where':
      return [e.condition, e.a, e.b]
    case 'guard':
      return [...values, e.value, e.otherwise]
    case 'randomBits':
      return [...values, e.key0, e.key1]
  }
}

/** The indices that stand in an expression itself, not in its parts. */
export function indicesOf(e: Expression): Index[] {
  switch (e.kind) {
    case 'load':
    case 'index':
      return [e.index]
    case 'guard':
      return e.bounds.map((b) => b.index)
    case 'randomBits':
      return [e.counter]
    default:
      return []
  }
}

function valuesIn(index: Index): Expression[] {
  return index.terms.flatMap(({ atom }) => (atom.kind === 'axis' ? [] : atom.kind === 'value' ? [atom.value] : valuesIn(atom.of)))
}
