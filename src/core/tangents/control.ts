// Tangent rules of control flow: the same loop, branch or call over values and their tangents together.

import { inline, type Traceable, traceFunctions } from '../capture.ts'
import { ShapeError } from '../errors.ts'
import { indicesWhere, isFloating, scanRoles, typeOf } from '../gradients/control.ts'
import { makeNode, type Node } from '../graph.ts'
import { filledLike, renamed, resultsOf } from '../node-algebra.ts'
import type { Subgraph } from '../primitives.ts'
import type { ForwardUse, TangentRule } from './rule.ts'

/** The results of a body and the tangents of the floating-point ones, zeros included. */
function differentiated(body: Subgraph, own: readonly Node[], tangents: readonly (Node | undefined)[], use: ForwardUse) {
  const results = inline(body, own)
  const given = use.forward(results, own, tangents)
  return { results, tangentAt: (i: number): Node => given[i] ?? filledLike(results[i] ?? use.node, 0) }
}

/** One body traced, or the error that there is none. */
function traceOne(where: string, traceable: Traceable) {
  const { bodies, captured } = traceFunctions([traceable])
  const [body] = bodies
  if (body === undefined) throw new ShapeError(`${where}: expected one body.`)
  return { body, captured }
}

export const scanTangent: TangentRule<'scan'> = (op, use) => {
  const { inputs, types } = use.node
  const roles = scanRoles(op, inputs)
  const carries = indicesWhere(inputs, (x, i) => roles[i] === 'carry' && isFloating(x))
  const others = indicesWhere(inputs, (_, i) => roles[i] !== 'carry' && use.has(i))
  const outputs = indicesWhere(types, (t, i) => i >= op.carries && isFloating(t))
  const parameterTypes = op.body.parameters.map(typeOf)
  const typesAt = (indices: readonly number[]) => indices.flatMap((i) => parameterTypes[i] ?? [])

  // Parameters: carries, their tangents, what else the step reads, the tangents of that.
  const restAt = op.carries + carries.length
  const tangentsAt = carries.length + inputs.length
  const run = (parameters: readonly Node[]): readonly Node[] => {
    const own = [...parameters.slice(0, op.carries), ...parameters.slice(restAt, tangentsAt)]
    const carryTangents = parameters.slice(op.carries, restAt)
    const otherTangents = parameters.slice(tangentsAt)
    const tangents = own.map((_, i) => carryTangents[carries.indexOf(i)] ?? otherTangents[others.indexOf(i)])
    const { results, tangentAt } = differentiated(op.body, own, tangents, use)
    return [...results.slice(0, op.carries), ...carries.map(tangentAt), ...results.slice(op.carries), ...outputs.map(tangentAt)]
  }
  const { body, captured } = traceOne('scan', {
    types: [...parameterTypes.slice(0, op.carries), ...typesAt(carries), ...parameterTypes.slice(op.carries), ...typesAt(others)],
    run,
  })
  const joint = makeNode({ ...op, body, carries: op.carries + carries.length }, [
    ...inputs.slice(0, op.carries),
    ...carries.map(use.tangent),
    ...inputs.slice(op.carries),
    ...others.map(use.tangent),
    ...captured,
  ])
  const results = resultsOf(joint)
  const tangentResults = [...results.slice(op.carries, restAt), ...results.slice(restAt + types.length - op.carries)]
  return types.map((_, i) => tangentResults[[...carries, ...outputs].indexOf(i)])
}

export const condTangent: TangentRule<'cond'> = (op, use) => {
  const operands = use.node.inputs.slice(1)
  const active = indicesWhere(operands, (_, i) => use.has(i + 1))
  const tangents = active.map((i) => use.tangent(i + 1))
  const outputs = indicesWhere(use.node.types, isFloating)
  const traceable = (body: Subgraph): Traceable => ({
    types: [...operands, ...tangents].map(typeOf),
    run: (parameters) => {
      const own = parameters.slice(0, operands.length)
      const given = own.map((_, i) => (active.includes(i) ? parameters[operands.length + active.indexOf(i)] : undefined))
      return outputs.map(differentiated(body, own, given, use).tangentAt)
    },
  })
  const { bodies, captured } = traceFunctions([traceable(op.whenTrue), traceable(op.whenFalse)])
  const [whenTrue, whenFalse] = bodies
  if (whenTrue === undefined || whenFalse === undefined) throw new ShapeError('cond: expected two branches.')
  const results = resultsOf(makeNode({ name: 'cond', whenTrue, whenFalse }, [use.input(0), ...operands, ...tangents, ...captured]))
  return use.node.types.map((_, i) => results[outputs.indexOf(i)])
}

export const whileTangent: TangentRule<'while'> = (op, use) => {
  const { inputs } = use.node
  const active = indicesWhere(inputs, isFloating)
  const state = [...inputs, ...active.map(use.tangent)]
  const types = state.map(typeOf)
  const run = (parameters: readonly Node[]): readonly Node[] => {
    const own = parameters.slice(0, inputs.length)
    const tangents = own.map((_, i) => (active.includes(i) ? parameters[inputs.length + active.indexOf(i)] : undefined))
    const { results, tangentAt } = differentiated(op.body, own, tangents, use)
    return [...results, ...active.map(tangentAt)]
  }
  const test = (parameters: readonly Node[]) => inline(op.condition, parameters.slice(0, inputs.length))
  const { bodies, captured } = traceFunctions([
    { types, run: test },
    { types, run },
  ])
  const [condition, step] = bodies
  if (condition === undefined || step === undefined) throw new ShapeError('while: expected a condition and a body.')
  const body = { parameters: step.parameters, results: [...step.results, ...step.parameters.slice(types.length)] }
  const results = resultsOf(makeNode({ name: 'while', condition, body }, [...state, ...captured]))
  return inputs.map((_, i) => (active.includes(i) ? results[inputs.length + active.indexOf(i)] : undefined))
}

export const callTangent: TangentRule<'call'> = (op, use) => {
  const { inputs, types } = use.node
  if (op.gradient.kind === 'custom') return transposedRule(op.gradient.vjp, use)
  const active = indicesWhere(inputs, (_, i) => use.has(i))
  const tangents = active.map(use.tangent)
  const outputs = indicesWhere(types, isFloating)
  const { body, captured } = traceOne('call', {
    types: [...inputs, ...tangents].map(typeOf),
    run: (parameters) => {
      const own = parameters.slice(0, inputs.length)
      const given = own.map((_, i) => (active.includes(i) ? parameters[inputs.length + active.indexOf(i)] : undefined))
      return outputs.map(differentiated(op.body, own, given, use).tangentAt)
    },
  })
  const results = resultsOf(makeNode({ name: 'call', body, gradient: { kind: 'recompute' } }, [...inputs, ...tangents, ...captured]))
  return types.map((_, i) => results[outputs.indexOf(i)])
}

type CustomRule = (inputs: readonly Node[], outputs: readonly Node[], cotangents: readonly Node[]) => readonly (Node | undefined)[]

/** J t from the user's u ↦ Jᵀu, which is linear in u: its transpose, applied to t. */
function transposedRule(vjp: CustomRule, use: ForwardUse): readonly (Node | undefined)[] {
  const outputs = resultsOf(use.node)
  // Named zeros: the transpose of a linear function does not depend on where it is taken.
  const cotangents = outputs.map((y) => renamed(filledLike(y, 0)))
  const given = vjp(use.node.inputs, outputs, cotangents)
  const active = indicesWhere(use.node.inputs, (_, i) => use.has(i) && given[i] !== undefined)
  return use.reverse(
    active.flatMap((i) => given[i] ?? []),
    active.map(use.tangent),
    cotangents,
  )
}
