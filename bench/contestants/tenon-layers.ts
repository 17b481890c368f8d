// The layers of the `layers` suite: forward and backward for one batch, as one program.

import { type AnyLayer, ConfigError, flattenTree, jit, layers, parametersOf, random, type Tensor, vjp, zeros } from '../../src/index.ts'
import type { Prepared } from '../repeat.ts'
import { numberIn, type Work } from './serve.ts'

interface Subject {
  readonly layer: AnyLayer
  readonly inputs: Tensor
}

function subjectOf(work: Work): Subject {
  const kind = work.get('layer')
  if (kind === 'lstm') {
    const shape = [numberIn(work, 'batch'), numberIn(work, 'time'), numberIn(work, 'features')]
    return { layer: layers.lstm({ units: numberIn(work, 'units'), returnSequences: true }), inputs: random.normal(random.key(1), shape) }
  }
  throw new ConfigError(`layers: expected the layer lstm, got '${String(kind)}'. Choose it.`)
}

/** Forward, and the gradients of inputs and parameters for a cotangent of the output. */
export async function prepareLayer(work: Work): Promise<Prepared> {
  const { layer, inputs } = subjectOf(work)
  const run = (x: Tensor): Tensor[] =>
    flattenTree(layer.run(x, { training: true, nextKey: () => random.key(2), initialKey: () => random.key(3) })).leaves
  const outputs = run(inputs)
  const parameters = parametersOf(layer).map(({ parameter }) => parameter)
  const values = parameters.map(({ value }) => value)
  const cotangents = outputs.map((y) => random.normal(random.key(4), y.shape))
  await Promise.all([inputs, ...values, ...cotangents].map((x) => x.storage()))
  // Results go to the buffers of the last ones, as the peers' go to memory that their allocators keep.
  const step = jit(
    (_last: readonly Tensor[], given: readonly Tensor[], own: readonly Tensor[]) => {
      const formula = ([x, ...weights]: readonly Tensor[]): Tensor[] => {
        const before = parameters.map(({ value }) => value)
        parameters.forEach((parameter, i) => {
          parameter.value = weights[i] ?? parameter.value
        })
        const result = run(x ?? inputs)
        parameters.forEach((parameter, i) => {
          parameter.value = before[i] ?? parameter.value
        })
        return result
      }
      const [y, pull] = vjp(formula, own)
      const [gradients] = pull([...given])
      return [...y, ...gradients]
    },
    { donate: [0], name: 'layer' },
  )
  let results: readonly Tensor[] = [...cotangents, inputs, ...values].map((x) => zeros(x.shape))
  return {
    run: () => {
      results = step(results, cotangents, [inputs, ...values])
    },
    settle: () => results[0]?.storage() ?? Promise.resolve(),
    info: { parameters: values.reduce((count, { size }) => count + size, 0) },
  }
}
