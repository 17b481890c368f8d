// The loss of a Sequential with weights from outside: what `fit` differentiates, as a function of the weights.

import { type Loss, parametersOf, random, type Sequential, type Tensor } from '../../src/index.ts'
import { type Weights, weight } from './training.ts'

/** The loss with these weights (by path: `dense/kernel`), computed from the logits. */
export function modelLoss(model: Sequential, loss: Loss, weights: Weights, x: Tensor, y: Tensor): Tensor {
  const parameters = parametersOf(model)
  const own = parameters.map(({ parameter }) => parameter.value)
  const context = { training: true, nextKey: () => random.key(0) }
  try {
    for (const { path, parameter } of parameters) parameter.value = weight(weights, path)
    const hook = model.logits()
    return hook === undefined ? loss.compute(y, model.call(x, context)) : loss.compute(y, hook.call(x, context), { fromLogits: true })
  } finally {
    parameters.forEach(({ parameter }, i) => {
      parameter.value = own[i] ?? parameter.value
    })
  }
}
