// Tangent rules of elementwise primitives: each partial derivative is a factor, the same in both directions.

import { isFloat } from '../dtype.ts'
import { binaryRules, unaryRules } from '../gradients/elementwise.ts'
import type { Node } from '../graph.ts'
import { add, castNode, where } from '../node-algebra.ts'
import type { TangentRule } from './rule.ts'

/** The sum of what is not zero. */
export function sumOf(terms: readonly (Node | undefined)[]): Node | undefined {
  return terms.reduce((a, b) => (a === undefined ? b : b === undefined ? a : add(a, b)), undefined)
}

export const unaryTangent: TangentRule<'unary'> = (op, use) => [unaryRules[op.fn](use.tangent(0), use.input(0), use.node)]

export const binaryTangent: TangentRule<'binary'> = (op, use) => {
  const share = (index: 0 | 1): Node | undefined =>
    use.has(index) ? binaryRules[op.fn](use.tangent(index), use.input(0), use.input(1), use.node)[index] : undefined
  return [sumOf([share(0), share(1)])]
}

export const whereTangent: TangentRule<'where'> = (_op, use) => [where(use.input(0), use.tangent(1), use.tangent(2))]

export const castTangent: TangentRule<'cast'> = (op, use) => [isFloat(op.dtype) ? castNode(use.tangent(0), op.dtype) : undefined]
