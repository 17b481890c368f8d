// Gradient rules of control flow: branches and calls are differentiated in their bodies. Loops of known length are in scan.ts.

import { inline, traceFunctions } from '../capture.ts'
import { isFloat } from '../dtype.ts'
import { ConfigError, ShapeError } from '../errors.ts'
import { makeNode, type Node, type TensorType } from '../graph.ts'
import { filledLike, resultsOf } from '../node-algebra.ts'
import type { OpOf, Rule, Use } from './rule.ts'

export const typeOf = (x: Node): TensorType => ({ dtype: x.dtype, shape: x.shape })
export const isFloating = (x: { readonly dtype: TensorType['dtype'] }): boolean => isFloat(x.dtype)
export const indicesWhere = <T>(values: readonly T[], holds: (value: T, index: number) => boolean): number[] =>
  values.flatMap((value, i) => (holds(value, i) ? [i] : []))

/** What a scan does with each of its inputs. */
export function scanRoles(op: OpOf['scan'], inputs: readonly Node[]): readonly ('carry' | 'scanned' | 'constant')[] {
  return inputs.map((x, i) => {
    if (i < op.carries) return 'carry'
    return x.shape.length === (op.body.parameters[i]?.shape.length ?? 0) + 1 ? 'scanned' : 'constant'
  })
}

/** The vector-Jacobian product of bodies as new bodies: parameters are the operands, then the cotangents of the results. */
function differentiateBodies(bodies: readonly OpOf['call']['body'][], operands: readonly Node[], wanted: readonly number[], use: Use) {
  const active = indicesWhere(use.node.types, (t, i) => isFloating(t) && use.has(i))
  const cotangents = active.map((i) => use.cotangent(i))
  const traced = traceFunctions(
    bodies.map((body) => ({
      types: [...operands, ...cotangents].map(typeOf),
      run: (parameters: readonly Node[]) => {
        const own = parameters.slice(0, operands.length)
        const results = inline(body, own)
        const given = use.reverse(
          results,
          results.map((_, i) => (active.includes(i) ? parameters[operands.length + active.indexOf(i)] : undefined)),
          own,
        )
        return wanted.map((i) => given[i] ?? filledLike(own[i] ?? use.node, 0))
      },
    })),
  )
  return { bodies: traced.bodies, inputs: [...operands, ...cotangents, ...traced.captured] }
}

export const condGradient: Rule<'cond'> = (op, use) => {
  const operands = use.node.inputs.slice(1)
  const wanted = indicesWhere(operands, (x, i) => isFloating(x) && use.needs(i + 1))
  const { bodies, inputs } = differentiateBodies([op.whenTrue, op.whenFalse], operands, wanted, use)
  const [whenTrue, whenFalse] = bodies
  if (whenTrue === undefined || whenFalse === undefined) throw new ShapeError('cond: expected two branches.')
  const results = resultsOf(makeNode({ name: 'cond', whenTrue, whenFalse }, [use.input(0), ...inputs]))
  return [undefined, ...operands.map((_, i) => results[wanted.indexOf(i)])]
}

export const whileGradient: Rule<'while'> = () => {
  throw new ConfigError(
    'whileLoop: expected a loop of known length to differentiate in reverse, got a while loop, whose number of steps is not known. ' +
      'Use scan, or jvp (forward mode).',
  )
}

export const callGradient: Rule<'call'> = (op, use) => {
  const { inputs } = use.node
  if (op.gradient.kind === 'custom') {
    const outputs = resultsOf(use.node)
    return op.gradient.vjp(
      inputs,
      outputs,
      outputs.map((_, i) => use.cotangent(i)),
    )
  }
  const wanted = indicesWhere(inputs, (x, i) => isFloating(x) && use.needs(i))
  const differentiated = differentiateBodies([op.body], inputs, wanted, use)
  const [body] = differentiated.bodies
  if (body === undefined) throw new ShapeError('call: expected one body.')
  const results = resultsOf(makeNode({ name: 'call', body, gradient: { kind: 'recompute' } }, differentiated.inputs))
  return inputs.map((_, i) => results[wanted.indexOf(i)])
}
