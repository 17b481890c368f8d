// Gradient rule of loops of known length. The loop runs backwards over what the forward loop keeps for it: the carries that steps began with, and the
// results of products and other costly work; what is elementwise is computed again. What every step reads gets one product over all steps, after
// the loop, where its cotangent is a sum of products (see sums-over-steps.ts), instead of one addition a step.

import { inline, substitute, traceFunctions } from '../capture.ts'
import { nodesBetween } from '../dependence.ts'
import { ShapeError } from '../errors.ts'
import { makeNode, type Node, parameterNode, topologicalOrder } from '../graph.ts'
import { add, filledLike, resultsOf } from '../node-algebra.ts'
import type { PrimitiveName } from '../primitives.ts'
import { indicesWhere, isFloating, scanRoles, typeOf } from './control.ts'
import type { OpOf, Rule, Use } from './rule.ts'
import { type StepSum, sumOverSteps } from './sums-over-steps.ts'

/** What costs less to compute again than to keep and read: it is fused into what uses it. */
const cheap: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>([
  'fill',
  'iota',
  'unary',
  'binary',
  'compare',
  'where',
  'cast',
  'stopGradient',
  'randomBits',
  'reshape',
  'permute',
  'expand',
  'pad',
  'slice',
  'flip',
  'concat',
  'gather',
  'dynamicSlice',
  'dynamicUpdateSlice',
])

export const scanGradient: Rule<'scan'> = (op, use) => {
  const { inputs, types } = use.node
  const roles = scanRoles(op, inputs)
  const carries = indicesWhere(types.slice(0, op.carries), isFloating)
  const outputs = indicesWhere(types, (t, i) => i >= op.carries && isFloating(t) && use.has(i))
  const constants = indicesWhere(inputs, (x, i) => roles[i] === 'constant' && isFloating(x) && use.needs(i))
  const scanned = indicesWhere(inputs, (x, i) => roles[i] === 'scanned' && isFloating(x) && use.needs(i))
  const step = differentiateStep(op, use, carries, outputs)
  const forward = keepForward(op, inputs, roles, step)

  // What one step of the backward loop reads: cotangents, then values of the forward loop, each either the step's own or the same for all steps.
  const own = new Map<Node, Node>()
  step.parameters.forEach((p, i) => {
    const value = roles[i] === 'carry' ? forward.history.get(p) : inputs[i]
    if (value !== undefined) own.set(p, value)
  })
  const stepValues = new Map([...[...own].filter(([p]) => roles[step.parameters.indexOf(p)] !== 'constant'), ...forward.kept])
  const constantValues = new Map([...own].filter(([p]) => !stepValues.has(p)))

  const outputCotangents = new Map(step.outputs.map((p, place) => [p, use.cotangent(outputs[place] ?? 0)]))

  // Cotangents of what every step reads: sums over the steps, of stacked values after the loop where that can be, else carried through it.
  const varying = new Set([...stepValues.keys(), ...step.carried, ...step.outputs])
  const total = constants.map((i): StepSum | undefined => {
    const at = step.cotangentOf(i)
    return at === undefined ? undefined : sumOverSteps(at, varying)
  })
  const accumulated = constants.filter((i, place) => total[place] === undefined && step.cotangentOf(i) !== undefined)
  const sums = accumulated.map((i) => parameterNode(`sum${i}`, typeOf(step.parameters[i] ?? use.node)))
  const afterLoop = new Map([...stepValues, ...outputCotangents])
  const stacked = [...new Set([...scanned.flatMap((i) => step.cotangentOf(i) ?? []), ...total.flatMap((sum) => sum?.stacked ?? [])])].filter(
    (node) => !afterLoop.has(node),
  )
  const results = [
    ...carries.map((i) => step.cotangentOf(i) ?? filledLike(step.parameters[i] ?? use.node, 0)),
    ...accumulated.map((i, place) => add(sums[place] ?? use.node, step.cotangentOf(i) ?? use.node)),
    ...stacked,
  ]
  const needed = reachedFrom(results, new Set(stepValues.keys()))
  const stepParameters = [...stepValues.keys()].filter((p) => needed.has(p))
  const constantParameters = [...constantValues.keys()].filter((p) => needed.has(p))
  const parameters = [...step.carried, ...sums, ...stepParameters, ...step.outputs, ...constantParameters]
  const carriedCount = step.carried.length + sums.length
  const { bodies, captured } = traceFunctions([
    { types: parameters.map(typeOf), run: (p) => substitute(results, new Map(parameters.map((node, i) => [node, p[i] ?? node]))) },
  ])
  const [body] = bodies
  if (body === undefined) throw new ShapeError('scan: expected one body.')
  const backward = makeNode({ name: 'scan', body, carries: carriedCount, length: op.length, reverse: !op.reverse }, [
    ...carries.map((i) => use.cotangent(i)),
    ...sums.map((x) => filledLike(x, 0)),
    ...stepParameters.map((p) => stepValues.get(p) ?? p),
    ...outputs.map((i) => use.cotangent(i)),
    ...constantParameters.map((p) => constantValues.get(p) ?? p),
    ...captured,
  ])
  const given = resultsOf(backward)
  stacked.forEach((node, place) => {
    const value = given[carriedCount + place]
    if (value !== undefined) afterLoop.set(node, value)
  })
  return inputs.map((_, i) => {
    if (roles[i] === 'carry') return given[carries.indexOf(i)]
    const at = step.cotangentOf(i)
    if (roles[i] === 'scanned') return scanned.includes(i) ? (at === undefined ? undefined : afterLoop.get(at)) : undefined
    const sum = total[constants.indexOf(i)]
    if (sum !== undefined) return sum.after((node) => afterLoop.get(node) ?? node)
    const place = accumulated.indexOf(i)
    return place < 0 ? undefined : given[step.carried.length + place]
  })
}

/** One step with the cotangents of what it reads, all in terms of parameters. */
interface DifferentiatedStep {
  /** Of the forward step. */
  readonly parameters: readonly Node[]
  /** Of the forward step. */
  readonly results: readonly Node[]
  /** Cotangents of the carries after the step. */
  readonly carried: readonly Node[]
  /** Cotangents of its other results. */
  readonly outputs: readonly Node[]
  /** The cotangent of a parameter; undefined where it is zero. */
  readonly cotangentOf: (index: number) => Node | undefined
  /** Values of the forward step that the cotangents need. */
  readonly frontier: readonly Node[]
}

function differentiateStep(op: OpOf['scan'], use: Use, carries: readonly number[], outputs: readonly number[]): DifferentiatedStep {
  const parameters = op.body.parameters.map((p, i) => parameterNode(`own${i}`, typeOf(p)))
  const carried = carries.map((i) => parameterNode(`cotangent${i}`, typeOf(parameters[i] ?? use.node)))
  const outputCotangents = outputs.map((i) => parameterNode(`cotangent${i}`, typeOf(op.body.results[i] ?? use.node)))
  const results = inline(op.body, parameters)
  const given = use.reverse(
    results,
    results.map((_, i) => carried[carries.indexOf(i)] ?? outputCotangents[outputs.indexOf(i)]),
    parameters,
  )
  const wanted = given.filter((x) => x !== undefined)
  const late = new Set(nodesBetween(new Set([...carried, ...outputCotangents]), wanted))
  const frontier = new Set([...late].flatMap((node) => node.inputs).filter((x) => !late.has(x)))
  for (const node of wanted) if (!late.has(node)) frontier.add(node)
  return { parameters, results, carried, outputs: outputCotangents, cotangentOf: (i) => given[i], frontier: [...frontier] }
}

/** What the forward loop keeps for the backward one. */
interface Kept {
  /** The carries that steps began with, stacked, by the step's parameter. */
  readonly history: ReadonlyMap<Node, Node>
  /** Other values of steps, stacked, and values that are the same for all steps, by the node of the step. */
  readonly kept: ReadonlyMap<Node, Node>
}

function keepForward(op: OpOf['scan'], inputs: readonly Node[], roles: readonly string[], step: DifferentiatedStep): Kept {
  const { parameters, results, frontier } = step
  const ofSteps = new Set(nodesBetween(new Set(parameters.filter((_, i) => roles[i] !== 'constant')), [...results, ...frontier]))
  const users = usersOf([...results, ...frontier])
  const used = new Set<Node>()
  const kept = new Set<Node>()
  const stack = [...frontier]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (used.has(node)) continue
    used.add(node)
    if (parameters.includes(node)) continue
    if (ofSteps.has(node) && !cheap.has(node.op.name) && node.types.length === 1) kept.add(node)
    else stack.push(...node.inputs)
  }
  // A product and what is done with its elements are stored as one where nothing else uses the product.
  const late = new Set(frontier)
  const lifted = [...kept].map((node) => liftedOf(node, users, late))
  const histories = parameters.filter((p, i) => roles[i] === 'carry' && used.has(p))
  if (histories.length + lifted.length === 0) return { history: new Map(), kept: new Map() }
  const inside = new Set([...topologicalOrder(op.body.results), ...ofSteps])
  const wanted = [...results.slice(0, op.carries), ...histories, ...lifted]
  const { bodies, captured } = traceFunctions([
    { types: parameters.map(typeOf), run: (p) => copied(wanted, new Map(parameters.map((node, i) => [node, p[i] ?? node])), inside) },
  ])
  const [body] = bodies
  if (body === undefined) throw new ShapeError('scan: expected one body.')
  const stacked = resultsOf(makeNode({ ...op, body }, [...inputs, ...captured])).slice(op.carries)
  const pairs = [...histories, ...lifted].flatMap((node, i): (readonly [Node, Node])[] => {
    const value = stacked[i]
    return value === undefined ? [] : [[node, value]]
  })
  return { history: new Map(pairs.slice(0, histories.length)), kept: new Map(pairs.slice(histories.length)) }
}

/** Who uses each node of a graph. */
function usersOf(roots: readonly Node[]): ReadonlyMap<Node, readonly Node[]> {
  const users = new Map<Node, Node[]>()
  for (const node of topologicalOrder(roots)) {
    for (const x of new Set(node.inputs)) {
      const list = users.get(x)
      if (list === undefined) users.set(x, [node])
      else list.push(node)
    }
  }
  return users
}

/**
 * The last of a chain of elementwise operations that begins with a node and of which nothing but the next one is used: what follows a product is
 * computed as the product is stored, and need not be computed again.
 */
function liftedOf(node: Node, users: ReadonlyMap<Node, readonly Node[]>, needed: ReadonlySet<Node>): Node {
  let at = node
  for (;;) {
    const [user, ...others] = users.get(at) ?? []
    if (user === undefined || others.length > 0 || needed.has(at) || !elementwise.has(user.op.name) || user.dtype !== at.dtype) return at
    at = user
  }
}

const elementwise: ReadonlySet<PrimitiveName> = new Set<PrimitiveName>(['unary', 'binary'])

/** The same values in nodes of their own, as far as they are `inside`, with some of them replaced. */
function copied(roots: readonly Node[], replacements: ReadonlyMap<Node, Node>, inside: ReadonlySet<Node>): readonly Node[] {
  const done = new Map<Node, Node>(replacements)
  for (const node of topologicalOrder(roots)) {
    if (done.has(node)) continue
    const inputs = node.inputs.map((x) => done.get(x) ?? x)
    const same = !inside.has(node) && inputs.every((x, i) => x === node.inputs[i])
    done.set(node, same || node.op.name === 'data' || node.op.name === 'parameter' ? node : makeNode(node.op, inputs))
  }
  return roots.map((root) => done.get(root) ?? root)
}

/** What the roots are made of, without what is behind `ends`. */
function reachedFrom(roots: readonly Node[], ends: ReadonlySet<Node>): ReadonlySet<Node> {
  const reached = new Set<Node>()
  const stack = [...roots]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (reached.has(node)) continue
    reached.add(node)
    if (!ends.has(node)) stack.push(...node.inputs)
  }
  return reached
}
