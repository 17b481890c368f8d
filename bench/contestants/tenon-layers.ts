// The layers of the `layers` suite: forward and backward for one batch, as one program.

import { flattenTree, jit, parametersOf, random, type Tensor, vjp, zeros } from '../../src/index.ts'
import type { Prepared } from '../repeat.ts'
import { subjectOf } from './layer-subjects.ts'
import type { Work } from './serve.ts'

/** Forward, moving averages included, and the gradients of inputs and parameters for a cotangent of the output. */
export async function prepareLayer(work: Work): Promise<Prepared> {
  const { layer, inputs } = subjectOf(work)
  const run = (x: Tensor): Tensor[] =>
    flattenTree(layer.run(x, { training: true, nextKey: () => random.key(2), initialKey: () => random.key(3) })).leaves
  const outputs = run(inputs)
  const parameters = parametersOf(layer).map(({ parameter }) => parameter)
  const trainable = parameters.filter((parameter) => parameter.trainable)
  const averages = parameters.filter((parameter) => !parameter.trainable)
  const values = trainable.map(({ value }) => value)
  const cotangents = outputs.map((y) => random.normal(random.key(4), y.shape))
  const moving = averages.map(({ value }) => value)
  await Promise.all([inputs, ...values, ...moving, ...cotangents].map((x) => x.storage()))
  const put = (cells: typeof parameters, contents: readonly Tensor[]): void =>
    cells.forEach((cell, i) => {
      cell.value = contents[i] ?? cell.value
    })
  // Results go to the buffers of the last ones, as the peers' go to memory that their allocators keep.
  const step = jit(
    (_last: readonly Tensor[], before: readonly Tensor[], given: readonly Tensor[], own: readonly Tensor[]) => {
      const formula = ([x, ...weights]: readonly Tensor[]): Tensor[] => {
        put(trainable, weights)
        return run(x ?? inputs)
      }
      put(averages, before)
      const [y, pull] = vjp(formula, own)
      const after = averages.map(({ value }) => value)
      put([...trainable, ...averages], [...values, ...moving])
      const [gradients] = pull([...given])
      return { results: [...y, ...gradients], after }
    },
    { donate: [0, 1], name: 'layer' },
  )
  let last: { results: readonly Tensor[]; after: readonly Tensor[] } = {
    results: [...cotangents, inputs, ...values].map((x) => zeros(x.shape)),
    after: moving.map((x) => x.add(0)),
  }
  return {
    run: () => {
      last = step(last.results, last.after, cotangents, [inputs, ...values])
    },
    settle: () => last.results[0]?.storage() ?? Promise.resolve(),
    info: { parameters: values.reduce((count, { size }) => count + size, 0) },
  }
}
