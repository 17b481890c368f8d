// Tenon in a tab: a first training step, and a large product.

import { jit, layers, random, Sequential, SGD, type Tensor } from 'tenon'
import type { Prepared } from '../repeat.ts'

/** Builds the textbook network and trains it on one batch of 32, to the loss. */
export async function firstStep(): Promise<unknown> {
  const model = new Sequential([layers.dense({ units: 64, activation: 'relu', inputDim: 100 }), layers.dense({ units: 10, activation: 'softmax' })])
  model.compile({ loss: 'categoricalCrossentropy', optimizer: new SGD({ learningRate: 0.01 }) })
  const labels = random.uniform(random.key(2), [32], { maxval: 10 }).floor().cast('i32').oneHot(10)
  return model.trainOnBatch(random.normal(random.key(1), [32, 100]), labels)
}

/** The product of two square matrices, again and again into one buffer. */
export async function product(size: number): Promise<Prepared> {
  const draw = (seed: number): Tensor => random.uniform(random.key(seed), [size, size], { minval: -1 })
  const [a, b] = [draw(1), draw(2)]
  const multiply = jit((_target: Tensor, left: Tensor, right: Tensor): Tensor => left.matmul(right), { donate: [0], name: 'product' })
  let result = draw(3)
  return {
    run: () => {
      result = multiply(result, a, b)
    },
  }
}
