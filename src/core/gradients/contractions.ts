// Gradient rules of contractions: products of the same kind with other axes contracted.

import { makeNode, type Node } from '../graph.ts'
import { inverseOf, permute } from '../node-algebra.ts'
import type { OpOf, Rule } from './rule.ts'

export const dotGradient: Rule<'dot'> = (op, use) => {
  const [a, b, g] = [use.input(0), use.input(1), use.cotangent()]
  const batch = op.lhsBatch.length
  const lhsFree = freeAxes(a, op.lhsBatch, op.lhsContract)
  const rhsFree = freeAxes(b, op.rhsBatch, op.rhsContract)
  const lhsInResult = lhsFree.map((_, i) => batch + i)
  const rhsInResult = rhsFree.map((_, i) => batch + lhsFree.length + i)
  const sides: readonly [Side, Side] = [
    { node: a, batch: op.lhsBatch, free: lhsFree, contract: op.lhsContract, inResult: lhsInResult },
    { node: b, batch: op.rhsBatch, free: rhsFree, contract: op.rhsContract, inResult: rhsInResult },
  ]
  return [use.needs(0) ? sideGradient(g, sides[0], sides[1]) : undefined, use.needs(1) ? sideGradient(g, sides[1], sides[0]) : undefined]
}

/** One operand of a dot: what its axes are, and where its free ones stand in the result. */
interface Side {
  readonly node: Node
  readonly batch: readonly number[]
  readonly free: readonly number[]
  readonly contract: readonly number[]
  readonly inResult: readonly number[]
}

const freeAxes = (x: Node, batch: readonly number[], contract: readonly number[]): number[] =>
  [...x.shape.keys()].filter((i) => !batch.includes(i) && !contract.includes(i))

/** The cotangent of `side`: g times the other operand over the other's free axes, in the order that needs no permutation where there is one. */
function sideGradient(g: Node, side: Side, other: Side): Node {
  const inG = { node: g, batch: side.batch.map((_, i) => i), contract: other.inResult }
  const inOther = { node: other.node, batch: other.batch, contract: other.free }
  // What the axes of the product are, as axes of `side`: of g its batch and own free axes, of the other its contracted ones in ascending order.
  const fromG = side.free
  const fromOther = [...other.contract.keys()].sort((i, j) => (other.contract[i] ?? 0) - (other.contract[j] ?? 0)).map((i) => side.contract[i] ?? 0)
  const gFirst = [...side.batch, ...fromG, ...fromOther]
  const otherFirst = [...side.batch, ...fromOther, ...fromG]
  const inPlace = (axes: readonly number[]) => axes.every((a, i) => a === i)
  if (!inPlace(gFirst) && inPlace(otherFirst)) return dot(inOther, inG)
  return permute(dot(inG, inOther), inverseOf(gFirst))
}

interface DotSide {
  readonly node: Node
  readonly batch: readonly number[]
  readonly contract: readonly number[]
}

function dot(lhs: DotSide, rhs: DotSide): Node {
  const op: OpOf['dot'] = { name: 'dot', lhsBatch: lhs.batch, rhsBatch: rhs.batch, lhsContract: lhs.contract, rhsContract: rhs.contract }
  return makeNode(op, [lhs.node, rhs.node])
}

export const convGradient: Rule<'conv'> = ({ geometry }, use) => {
  const [x, filter, g] = [use.input(0), use.input(1), use.cotangent()]
  return [
    use.needs(0) ? makeNode({ name: 'convInputGradient', geometry, inputShape: x.shape }, [g, filter]) : undefined,
    use.needs(1) ? makeNode({ name: 'convFilterGradient', geometry, filterShape: filter.shape }, [x, g]) : undefined,
  ]
}

export const convInputGradientGradient: Rule<'convInputGradient'> = ({ geometry }, use) => {
  const [outputGradient, filter, g] = [use.input(0), use.input(1), use.cotangent()]
  return [
    use.needs(0) ? makeNode({ name: 'conv', geometry }, [g, filter]) : undefined,
    use.needs(1) ? makeNode({ name: 'convFilterGradient', geometry, filterShape: filter.shape }, [g, outputGradient]) : undefined,
  ]
}

export const convFilterGradientGradient: Rule<'convFilterGradient'> = ({ geometry }, use) => {
  const [x, outputGradient, g] = [use.input(0), use.input(1), use.cotangent()]
  return [
    use.needs(0) ? makeNode({ name: 'convInputGradient', geometry, inputShape: x.shape }, [outputGradient, g]) : undefined,
    use.needs(1) ? makeNode({ name: 'conv', geometry }, [x, g]) : undefined,
  ]
}
