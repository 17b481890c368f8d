// Control flow: subgraphs run by the interpreter itself.

import type { Rules } from './rule.ts'
import { allocate, at, bigintsOf, countOf, numbersOf, type ResolvedType, type Values } from './values.ts'

/** `scan`, `cond`, `while`, `call`, `element`. */
export const control: Rules<'scan' | 'cond' | 'while' | 'call' | 'element'> = {
  /** Step t reads element t of the scanned inputs and writes element t of the stacked results; `reverse` runs from the last t to the first. */
  scan: (op, inputs, { types, size, run }) => {
    const length = size(op.length)
    let carries = inputs.slice(0, op.carries)
    const stacks = types.slice(op.carries).map(stackOf)
    for (let step = 0; step < length; step++) {
      const t = op.reverse ? length - 1 - step : step
      const rest = inputs.slice(op.carries).map((x, i) => {
        const parameter = at(op.body.parameters, op.carries + i)
        return x.shape.length === parameter.shape.length + 1 ? elementAlongFirst(x, t) : x
      })
      const results = run(op.body, [...carries, ...rest])
      carries = results.slice(0, op.carries)
      stacks.forEach((stack, i) => {
        writeAlongFirst(stack, t, at(results, op.carries + i))
      })
    }
    return [...carries, ...stacks]
  },

  cond: (op, inputs, { run }) => run(isTrue(at(inputs, 0)) ? op.whenTrue : op.whenFalse, inputs.slice(1)),

  while: (op, inputs, { run }) => {
    let state = inputs
    while (isTrue(at(run(op.condition, state), 0))) state = run(op.body, state)
    return state
  },

  call: (op, inputs, { run }) => run(op.body, inputs),

  /** The interpreter gives this rule all values of the tuple. */
  element: (op, inputs) => [at(inputs, op.index)],
}

const isTrue = (predicate: Values) => at(numbersOf(predicate), 0) !== 0

function elementAlongFirst(x: Values, index: number): Values {
  const shape = x.shape.slice(1)
  const count = countOf(shape)
  return { dtype: x.dtype, shape, data: x.data.slice(index * count, (index + 1) * count) }
}

const stackOf = (type: ResolvedType): Values => ({ ...type, data: allocate(type.dtype, countOf(type.shape)) })

function writeAlongFirst(stack: Values, index: number, part: Values): void {
  const offset = index * part.data.length
  if (stack.data instanceof BigInt64Array) stack.data.set(bigintsOf(part), offset)
  else stack.data.set(numbersOf(part), offset)
}
