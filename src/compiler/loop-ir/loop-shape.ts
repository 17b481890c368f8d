// The loops of a kernel made simpler before they are rendered: axes of size 1 vanish, neighbours that are walked as one become one, and the
// axis for the vector loop is chosen. Pure rewriting of the loop IR.

import { maxDim, multiplyDims } from '../../core/dimension.ts'
import { type Axis, axis, axisIndex, divideIndex, type Index, moduloIndex, strideOf, substitute } from './index-expression.ts'
import type { Expression, Statement } from './loop-ir.ts'
import { indicesOf, partsOf } from './walk-expression.ts'

/** Outer loops and the statements inside them. */
export interface Loops {
  readonly outer: readonly Axis[]
  readonly statements: readonly Statement[]
}

/** Drops axes of size 1 and joins neighbouring axes wherever every index stays linear in the joint axis. */
export function joinAxes({ outer, statements }: Loops): Loops {
  let loops: Loops = {
    outer: outer.filter((a) => a.extent !== 1),
    statements: statements.map((s) => ({ ...s, inner: s.inner.filter((a) => a.extent !== 1) })),
  }
  for (let i = loops.outer.length - 2; i >= 0; i--) {
    const [a, b] = [loops.outer[i], loops.outer[i + 1]]
    const joint = a === undefined || b === undefined ? undefined : join(a, b, loops.statements)
    if (joint !== undefined) loops = { outer: [...loops.outer.slice(0, i), joint.axis, ...loops.outer.slice(i + 2)], statements: joint.statements }
  }
  const inner = loops.statements.find((s) => s.inner.length > 1)?.inner ?? []
  for (let i = inner.length - 2; i >= 0; i--) {
    const current = loops.statements.find((s) => s.inner.length > 0)?.inner ?? []
    const [a, b] = [current[i], current[i + 1]]
    const joint = a === undefined || b === undefined ? undefined : join(a, b, loops.statements)
    if (joint === undefined) continue
    const replace = (axes: readonly Axis[]) => (axes.length > 0 ? [...axes.slice(0, i), joint.axis, ...axes.slice(i + 2)] : axes)
    loops = { outer: loops.outer, statements: joint.statements.map((s) => ({ ...s, inner: replace(s.inner) })) }
  }
  return loops
}

/** The statements over one axis in place of two, or `undefined` where an index needs both. */
function join(a: Axis, b: Axis, statements: readonly Statement[]): { readonly axis: Axis; readonly statements: Statement[] } | undefined {
  const joint = axis(multiplyDims(a.extent, b.extent))
  const position = axisIndex(joint)
  const replacement = new Map([
    [a.id, divideIndex(position, b.extent)],
    [b.id, moduloIndex(position, b.extent)],
  ])
  let linear = true
  const memo = new Map<Expression, Expression>()
  const inIndex = (index: Index): Index => {
    const result = substitute(index, replacement, inExpression)
    linear &&= !divides(result, joint)
    return result
  }
  const inExpression = (e: Expression): Expression => {
    const old = memo.get(e)
    if (old !== undefined) return old
    const result = mapExpression(e, inExpression, inIndex)
    memo.set(e, result)
    return result
  }
  const rewritten = statements.map((s): Statement => {
    if (s.kind === 'reduce') return { ...s, value: inExpression(s.value), index: inIndex(s.index) }
    return { ...s, store: { node: s.store.node, index: inIndex(s.store.index), value: inExpression(s.store.value) } }
  })
  return linear ? { axis: joint, statements: rewritten } : undefined
}

/** Whether the axis stands inside a division or a remainder. */
function divides(index: Index, a: Axis): boolean {
  return index.terms.some(({ atom }) => (atom.kind === 'divide' || atom.kind === 'modulo') && mentions(atom.of, a))
}

function mentions(index: Index, a: Axis): boolean {
  return index.terms.some(({ atom }) => {
    if (atom.kind === 'axis') return atom.axis.id === a.id
    return atom.kind !== 'value' && mentions(atom.of, a)
  })
}

function mapExpression(e: Expression, part: (e: Expression) => Expression, index: (i: Index) => Index): Expression {
  switch (e.kind) {
    case 'constant':
    case 'local':
      return e
    case 'load':
    case 'index':
      return { ...e, index: index(e.index) }
    case 'unary':
    case 'cast':
    case 'clamp':
      return { ...e, x: part(e.x) }
    case 'binary':
    case 'compare':
      return { ...e, a: part(e.a), b: part(e.b) }
    case 'where':
      return { ...e, condition: part(e.condition), a: part(e.a), b: part(e.b) }
    case 'guard':
      return {
        ...e,
        bounds: e.bounds.map((b) => ({ ...b, index: index(b.index) })),
        value: part(e.value),
        otherwise: part(e.otherwise),
      }
    case 'randomBits':
      return { ...e, key0: part(e.key0), key1: part(e.key1), counter: index(e.counter) }
  }
}

/** Calls `visit` once for every expression that the statements are made of. */
export function eachExpression(statements: readonly Statement[], visit: (e: Expression) => void): void {
  const seen = new Set<Expression>()
  const stack = statements.map((s) => (s.kind === 'map' ? s.store.value : s.value))
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (seen.has(e)) continue
    seen.add(e)
    visit(e)
    stack.push(...partsOf(e))
  }
}

/** Vector loops shorter than this are worth exchanging with another loop. */
const shortAxis = 12

/** The loops of an elementwise kernel around its vector loop. */
export interface ElementLoops {
  readonly outer: readonly Axis[]
  readonly inner: Axis
  /** An axis of `outer` along which some value lies contiguous in memory while it is strided along `inner`: the two are walked in blocks. */
  readonly across: Axis | undefined
}

/** Chooses the vector loop of an elementwise kernel: the last axis, unless it is short and another is long. */
export function elementLoops(axes: readonly Axis[], statements: readonly Statement[]): ElementLoops | undefined {
  const last = axes.at(-1)
  if (last === undefined) return undefined
  const longest = axes.reduce((best, a) => (maxDim(a.extent) > maxDim(best.extent) ? a : best), last)
  const inner = maxDim(last.extent) < shortAxis && maxDim(longest.extent) >= 4 * maxDim(last.extent) ? longest : last
  const outer = axes.filter((a) => a !== inner)
  let across: Axis | undefined
  eachExpression(statements, (e) => {
    for (const index of e.kind === 'load' ? indicesOf(e) : []) {
      const stride = strideOf(index, inner)
      if (stride === undefined || stride === 0 || stride === 1) continue
      across ??= outer.find((a) => strideOf(index, a) === 1 && maxDim(a.extent) >= shortAxis)
    }
  })
  return { outer, inner, across: inner === last ? across : undefined }
}
