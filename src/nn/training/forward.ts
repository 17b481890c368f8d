// A model's answer to a batch, with the logits behind it where the model has some.

import { flattenTree, Tensor, type Tree } from '../../core/index.ts'
import { sigmoid, softmax } from '../activations/activations.ts'
import type { CallContext } from '../layer/call-context.ts'
import type { AnyLayer } from '../layer/layer.ts'
import { withLogits } from '../activations/logits-behind.ts'
import { maskOf, withMask } from '../layer/masks.ts'

/** The results of a model that is built; losses of them are computed from their logits where there are some. */
export function predictionOf(model: AnyLayer, x: Tree, context: CallContext): Tree {
  const hook = model.logits()
  if (hook === undefined || !(x instanceof Tensor)) return model.run(x, context)
  const value = model.applyLogits(hook, x, context)
  const { activation } = hook
  const prediction = activation === 'softmax' ? softmax(value) : activation === 'sigmoid' ? sigmoid(value) : value
  return withLogits(withMask(prediction, maskOf(value)), { value, activation })
}

/** The results of a model, one by one. */
export const outputsOf = (prediction: Tree): Tensor[] => flattenTree(prediction).leaves
