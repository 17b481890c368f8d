// A model's golden file against Tenon: loss, gradients, and ten steps of each optimizer, all through jit on the default device.

import test from 'node:test'
import {
  Adam,
  AdamW,
  currentDevice,
  flattenTree,
  jit,
  type Optimizer,
  type OptimizerState,
  rebuildTree,
  SGD,
  type Tensor,
  valueAndGrad,
} from '../../src/index.ts'
import { assertClose, assertNear, GoldenFile } from './golden-file.ts'

/** Weights by the names they have in the golden file. */
export type Weights = Readonly<Record<string, Tensor>>

/** The optimizers of make.py. */
const optimizers: Readonly<Record<string, () => Optimizer>> = {
  momentum: () => new SGD({ learningRate: 0.02, momentum: 0.9 }),
  nesterov: () => new SGD({ learningRate: 0.02, momentum: 0.9, nesterov: true }),
  adam: () => new Adam({ learningRate: 0.002, beta1: 0.9, beta2: 0.999 }),
  adamw: () => new AdamW({ learningRate: 0.002, beta1: 0.9, beta2: 0.95, weightDecay: 0.1 }),
}

/** Declares the tests of one model: its golden file, and its loss as a formula. */
export function testAgainstGolden(golden: GoldenFile, loss: (weights: Weights, x: Tensor, y: Tensor) => Tensor): void {
  const { name } = golden
  const names = golden.keys('weights')
  const initial = (): Weights => Object.fromEntries(names.map((key) => [key, golden.tensor('weights', key)]))
  const [x, y] = [golden.tensor('x'), golden.tensor('y')]
  const device = currentDevice().name

  test(`${name} on ${device}: loss and gradients are PyTorch's`, () => {
    const [value, gradients] = jit((weights: Weights) => valueAndGrad((w: Weights) => loss(w, x, y))(weights))(initial())
    assertNear(value.itemSync(), golden.number('loss'), 'loss')
    for (const key of golden.keys('gradients')) {
      const gradient = gradients[key]
      if (gradient !== undefined) assertClose(gradient, golden.array('gradients', key), `gradient of ${key}`)
    }
  })

  for (const [kind, make] of Object.entries(optimizers)) {
    test(`${name} on ${device}: ten steps of ${kind} are PyTorch's`, () => {
      const optimizer = make()
      let weights = initial()
      let state = optimizer.initialize(flattenTree(weights).leaves)
      const step = jit((current: Weights, memory: OptimizerState): readonly [Tensor, Weights, OptimizerState] => {
        const [value, gradients] = valueAndGrad((w: Weights) => loss(w, x, y))(current)
        const updated = optimizer.update(flattenTree(gradients).leaves, flattenTree(current).leaves, memory)
        return [value, rebuildTree(current, updated.parameters), updated.state]
      })
      const losses = golden.numbers('optimizers', kind, 'losses')
      losses.forEach((expected, i) => {
        const [value, next, memory] = step(weights, state)
        assertNear(value.itemSync(), expected, `loss of step ${i + 1}`)
        weights = next
        state = memory
      })
      for (const key of golden.keys('optimizers', kind, 'weights')) {
        const weight = weights[key]
        if (weight !== undefined) assertClose(weight, golden.array('optimizers', kind, 'weights', key), `${key} after ten steps`)
      }
    })
  }
}

/** A weight by name. */
export function weight(weights: Weights, name: string): Tensor {
  const found = weights[name]
  if (found === undefined) throw new Error(`expected a weight '${name}', found ${Object.keys(weights).join(', ')}`)
  return found
}
