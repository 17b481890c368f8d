// Gradient rules of elementwise primitives. g is the cotangent of the result, y the result.

import { isFloat } from '../dtype.ts'
import type { Node } from '../graph.ts'
import { add, binary, castNode, compare, constantOf, divide, filledLike, multiply, negate, scale, subtract, unary, where } from '../node-algebra.ts'
import type { BinaryFunction, UnaryFunction } from '../primitives.ts'
import type { Rule } from './rule.ts'

type UnaryRule = (g: Node, x: Node, y: Node) => Node | undefined
type BinaryRule = (g: Node, a: Node, b: Node, y: Node) => readonly [Node | undefined, Node | undefined]

const none = (): undefined => undefined
const one = (x: Node): Node => filledLike(x, 1)

/** g · f'(x) for each function of one variable. */
export const unaryRules: { readonly [F in UnaryFunction]: UnaryRule } = {
  negate: (g) => negate(g),
  abs: (g, x) => multiply(g, unary('sign', x)),
  sign: none,
  floor: none,
  ceil: none,
  round: none,
  exp: (g, _x, y) => multiply(g, y),
  expm1: (g, _x, y) => multiply(g, add(y, one(y))),
  log: (g, x) => divide(g, x),
  log1p: (g, x) => divide(g, add(x, one(x))),
  sqrt: (g, _x, y) => divide(scale(g, 0.5), y),
  sin: (g, x) => multiply(g, unary('cos', x)),
  cos: (g, x) => negate(multiply(g, unary('sin', x))),
  tanh: (g, _x, y) => multiply(g, subtract(one(y), multiply(y, y))),
  erf: (g, x) => multiply(g, scale(unary('exp', negate(multiply(x, x))), 2 / Math.sqrt(Math.PI))),
  not: none,
}

const noneOfTwo = (): readonly [undefined, undefined] => [undefined, undefined]

/** The shares of both operands for each function of two variables. */
export const binaryRules: { readonly [F in BinaryFunction]: BinaryRule } = {
  add: (g) => [g, g],
  subtract: (g) => [g, negate(g)],
  // A square is one term, not two equal ones.
  multiply: (g, a, b) => (a === b ? [multiply(scale(g, 2), a), undefined] : [multiply(g, b), multiply(g, a)]),
  divide: (g, _a, b, y) => {
    const ga = divide(g, b)
    return [ga, negate(multiply(ga, y))]
  },
  power: (g, a, b, y) => [multiply(g, powerSlope(a, b)), multiply(g, multiply(y, unary('log', safeBase(a, b))))],
  maximum: (g, a, b) => extremumShares(g, a, b, 'greater'),
  minimum: (g, a, b) => extremumShares(g, a, b, 'less'),
  // y = a − n b for a whole number n, whatever the rounding; n is constant between its jumps.
  remainder: (g, a, b, y) => [g, negate(multiply(g, unary('round', divide(subtract(a, y), b))))],
  and: noneOfTwo,
  or: noneOfTwo,
  xor: noneOfTwo,
  shiftLeft: noneOfTwo,
  shiftRight: noneOfTwo,
}

/** b aᵇ⁻¹, which is 0 for b = 0 even where a is 0. */
function powerSlope(a: Node, b: Node): Node {
  const exponent = constantOf(b)
  if (exponent === 0 || exponent === 1) return filledLike(a, exponent)
  if (exponent === 2) return scale(a, 2)
  if (exponent === 3) return scale(multiply(a, a), 3)
  if (exponent !== undefined) return scale(binary('power', a, filledLike(b, exponent - 1)), exponent)
  const reduced = where(compare('equal', b, filledLike(b, 0)), one(b), subtract(b, one(b)))
  return multiply(b, binary('power', a, reduced))
}

/** a, but 1 where 0ᵇ is constant in b ≥ 0, so that its logarithm is 0 there (as PyTorch's pow). */
function safeBase(a: Node, b: Node): Node {
  const flat = binary('and', compare('equal', a, filledLike(a, 0)), compare('greaterEqual', b, filledLike(b, 0)))
  return where(flat, one(a), a)
}

/** The larger (or smaller) operand takes all; two tensors that are equal share evenly, a constant leaves nothing at its own value (relu). */
function extremumShares(g: Node, a: Node, b: Node, wins: 'greater' | 'less'): readonly [Node, Node] {
  const zero = filledLike(g, 0)
  const constant = constantOf(a) !== undefined || constantOf(b) !== undefined
  const tie = constant ? zero : where(compare('equal', a, b), scale(g, 0.5), zero)
  return [where(compare(wins, a, b), g, tie), where(compare(wins, b, a), g, tie)]
}

export const unaryGradient: Rule<'unary'> = (op, use) => [unaryRules[op.fn](use.cotangent(), use.input(0), use.node)]

export const binaryGradient: Rule<'binary'> = (op, use) => {
  const [a, b] = [use.input(0), use.input(1)]
  const shares = binaryRules[op.fn](use.cotangent(), a, b, use.node)
  return shares.map((share, i) => (use.needs(i) ? share : undefined))
}

export const whereGradient: Rule<'where'> = (_op, use) => {
  const [condition, g] = [use.input(0), use.cotangent()]
  const zero = filledLike(g, 0)
  return [undefined, where(condition, g, zero), where(condition, zero, g)]
}

export const castGradient: Rule<'cast'> = (_op, use) => {
  const x = use.input(0)
  return [isFloat(x.dtype) ? castNode(use.cotangent(), x.dtype) : undefined]
}
