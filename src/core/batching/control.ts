// Batching rules of control flow. What stays the same for all examples stays one value; loops that stop at different steps go on until
// the last one stops, and keep what has stopped.

import { inline, traceFunctions } from '../capture.ts'
import { nodesBetween } from '../dependence.ts'
import type { Dim } from '../dimension.ts'
import { ShapeError } from '../errors.ts'
import { scanRoles, typeOf } from '../gradients/control.ts'
import { makeNode, type Node, parameterNode, type TensorType } from '../graph.ts'
import { moveAxis, repeatInFront, restoreAxes, resultsOf, sum, where } from '../node-algebra.ts'
import type { Subgraph } from '../primitives.ts'
import type { BatchRule, BatchUse } from './rule.ts'

type Flags = readonly boolean[]

/** The results of a body for values of which some have examples along axis 0; `undefined` for a result that has none. */
function batchBody(
  body: Subgraph,
  values: readonly Node[],
  flags: Flags,
  use: BatchUse,
): { readonly own: readonly Node[]; readonly batched: readonly (Node | undefined)[] } {
  // One example's parameters stand for the values with examples, and disappear when the body is batched.
  const examples = body.parameters.map((p, i) => (flags[i] === true ? parameterNode(`example${i}`, typeOf(p)) : (values[i] ?? p)))
  const own = inline(body, examples)
  const chosen = flags.flatMap((flag, i) => (flag ? [i] : []))
  const pick = (nodes: readonly Node[]): Node[] => chosen.flatMap((i) => nodes[i] ?? [])
  return { own, batched: use.batch(own, pick(examples), pick(values), use.size) }
}

/** All results of a body with examples along axis 0. */
function allBatched(body: Subgraph, values: readonly Node[], flags: Flags, use: BatchUse): Node[] {
  const { own, batched } = batchBody(body, values, flags, use)
  return own.map((result, i) => batched[i] ?? repeatInFront(result, use.size))
}

/** Which results of a body depend on parameters that have examples. */
function dependentResults(body: Subgraph, flags: Flags): boolean[] {
  const sources = new Set(body.parameters.filter((_, i) => flags[i] === true))
  const reached = new Set(nodesBetween(sources, body.results))
  return body.results.map((result) => reached.has(result))
}

/** Carried state that gets examples from what it is computed from, until nothing more does. */
function settleFlags(body: Subgraph, initial: Flags, carries: number): boolean[] {
  const flags = [...initial]
  for (let changed = true; changed; ) {
    changed = false
    dependentResults(body, flags).forEach((depends, i) => {
      if (i >= carries || !depends || flags[i] === true) return
      flags[i] = true
      changed = true
    })
  }
  return flags
}

const withExamples = (type: TensorType, size: Dim): TensorType => ({ dtype: type.dtype, shape: [size, ...type.shape] })

function first<T>(where: string, values: readonly T[]): T {
  const [value] = values
  if (value === undefined) throw new ShapeError(`${where}: expected one body.`)
  return value
}

const flagsOf = (use: BatchUse, from = 0): boolean[] => use.node.inputs.slice(from).map((_, i) => use.batched(i + from))

export const scanBatch: BatchRule<'scan'> = (op, use) => {
  const { inputs } = use.node
  const roles = scanRoles(op, inputs)
  const flags = settleFlags(op.body, flagsOf(use), op.carries)
  const resultFlags = dependentResults(op.body, flags).map((depends, i) => (i < op.carries ? flags[i] === true : depends))
  const { bodies, captured } = traceFunctions([
    {
      types: op.body.parameters.map((p, i) => (flags[i] === true ? withExamples(typeOf(p), use.size) : typeOf(p))),
      run: (parameters) => {
        const { own, batched } = batchBody(op.body, parameters, flags, use)
        return own.map((result, i) => (resultFlags[i] === true ? (batched[i] ?? repeatInFront(result, use.size)) : result))
      },
    },
  ])
  const values = inputs.map((_, i) => {
    if (flags[i] !== true) return use.input(i)
    return roles[i] === 'scanned' ? moveAxis(use.front(i), 0, 1) : use.front(i)
  })
  const results = resultsOf(makeNode({ ...op, body: first('scan', bodies) }, [...values, ...captured]))
  return results.map((result, i) => {
    if (resultFlags[i] !== true) return repeatInFront(result, use.size)
    return i < op.carries ? result : moveAxis(result, 1, 0)
  })
}

/** One choice per example, over all elements of the example. */
function choose(condition: Node, whenTrue: Node, whenFalse: Node): Node {
  const axes = [...whenTrue.shape.keys()].slice(1)
  return where(restoreAxes(condition, axes, whenTrue.shape), whenTrue, whenFalse)
}

export const condBatch: BatchRule<'cond'> = (op, use) => {
  const flags = flagsOf(use, 1)
  const operands = flags.map((_, i) => use.input(i + 1))
  if (use.batched(0)) {
    // Both branches run for all.
    const whenFalse = allBatched(op.whenFalse, operands, flags, use)
    return allBatched(op.whenTrue, operands, flags, use).map((y, i) => choose(use.input(0), y, whenFalse[i] ?? y))
  }
  const types = operands.map(typeOf)
  const { bodies, captured } = traceFunctions(
    [op.whenTrue, op.whenFalse].map((body) => ({ types, run: (parameters: readonly Node[]) => allBatched(body, parameters, flags, use) })),
  )
  const [whenTrue, whenFalse] = bodies
  if (whenTrue === undefined || whenFalse === undefined) throw new ShapeError('cond: expected two branches.')
  return resultsOf(makeNode({ name: 'cond', whenTrue, whenFalse }, [use.input(0), ...operands, ...captured]))
}

export const whileBatch: BatchRule<'while'> = (op, use) => {
  const count = use.node.inputs.length
  const own = settleFlags(op.body, flagsOf(use), count)
  const stopsApart = dependentResults(op.condition, own).some((depends) => depends)
  const flags = stopsApart ? own.map(() => true) : own
  const values = flags.map((flag, i) => (flag ? use.front(i) : use.input(i)))
  const types = values.map(typeOf)
  const goesOn = (parameters: readonly Node[]): Node => {
    const state = parameters.slice(0, count)
    const { own: results, batched } = batchBody(op.condition, state, flags, use)
    return batched[0] ?? first('while', results)
  }
  const { bodies, captured } = traceFunctions([
    {
      types,
      run: (parameters) => {
        const each = goesOn(parameters)
        return [stopsApart ? makeNode({ name: 'reduce', fn: 'max', axes: [0] }, [each]) : each]
      },
    },
    {
      types,
      run: (parameters) => {
        const { own: results, batched } = batchBody(op.body, parameters, flags, use)
        const next = results.map((result, i) => (flags[i] === true ? (batched[i] ?? repeatInFront(result, use.size)) : result))
        if (!stopsApart) return next
        const each = goesOn(parameters)
        return next.map((value, i) => choose(each, value, parameters[i] ?? value))
      },
    },
  ])
  const [condition, step] = bodies
  if (condition === undefined || step === undefined) throw new ShapeError('while: expected a condition and a body.')
  // What was captured stays as it is: part of the state.
  const body = { parameters: step.parameters, results: [...step.results, ...step.parameters.slice(count)] }
  const results = resultsOf(makeNode({ name: 'while', condition, body }, [...values, ...captured]))
  return flags.map((flag, i) => {
    const result = results[i] ?? use.node
    return flag ? result : repeatInFront(result, use.size)
  })
}

export const callBatch: BatchRule<'call'> = (op, use) => {
  const flags = flagsOf(use)
  const values = flags.map((_, i) => use.input(i))
  const { bodies, captured } = traceFunctions([{ types: values.map(typeOf), run: (parameters) => allBatched(op.body, parameters, flags, use) }])
  const { gradient } = op
  const batched = gradient.kind === 'recompute' ? gradient : { kind: gradient.kind, vjp: batchRule(gradient.vjp, flags, use) }
  return resultsOf(makeNode({ name: 'call', body: first('call', bodies), gradient: batched }, [...values, ...captured]))
}

type CustomRule = (inputs: readonly Node[], outputs: readonly Node[], cotangents: readonly Node[]) => readonly (Node | undefined)[]

/** The user's rule for all examples: an input that they share gets the sum of what each gives. */
function batchRule(vjp: CustomRule, flags: Flags, use: BatchUse): CustomRule {
  return (inputs, outputs, cotangents) => {
    const example = (like: Node, label: string): Node => parameterNode(label, { dtype: like.dtype, shape: like.shape.slice(1) })
    const own = inputs.slice(0, flags.length)
    const ownExamples = own.map((x, i) => (flags[i] === true ? example(x, 'input') : x))
    const outputExamples = outputs.map((y) => example(y, 'output'))
    const cotangentExamples = cotangents.map((g) => example(g, 'cotangent'))
    const given = vjp(ownExamples, outputExamples, cotangentExamples)
    const chosen = own.flatMap((_, i) => (flags[i] === true ? [i] : []))
    const pick = (nodes: readonly Node[]): Node[] => chosen.flatMap((i) => nodes[i] ?? [])
    const known = given.flatMap((x) => x ?? [])
    const batched = use.batch(
      known,
      [...pick(ownExamples), ...outputExamples, ...cotangentExamples],
      [...pick(own), ...outputs, ...cotangents],
      use.size,
    )
    return given.map((x, i) => {
      if (x === undefined) return undefined
      const all = batched[known.indexOf(x)] ?? repeatInFront(x, use.size)
      return flags[i] === true ? all : sum(all, [0])
    })
  }
}
