// Walks over scalar expressions: what they load.

import type { Node } from '../core/graph.ts'
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
