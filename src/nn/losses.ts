// Losses as Keras has them: the mean over all samples (and steps) of the batch.

import { clip, divide, log, logSoftmax, mean, negate, oneHot, reshape, softplus, square, squeeze, sum, type Tensor } from '../core/index.ts'
import { lookUp } from './identifiers.ts'

/** Keras's fuzz. */
const epsilon = 1e-7

export interface LossOptions {
  /** Predictions are before the softmax or sigmoid. Default false. */
  readonly fromLogits?: boolean
}

/** A scalar from targets and predictions. */
export type Loss = (target: Tensor, prediction: Tensor, options?: LossOptions) => Tensor

/** −Σ target · log softmax. */
export const categoricalCrossentropy: Loss = (target, prediction, { fromLogits = false } = {}) => {
  const logProbabilities = fromLogits
    ? logSoftmax(prediction, -1)
    : log(clip(divide<Tensor, Tensor>(prediction, sum(prediction, -1, { keepDims: true })), epsilon, 1 - epsilon))
  return negate(mean(sum(target.cast(prediction.dtype).multiply(logProbabilities), -1)))
}

/** {@link categoricalCrossentropy} with labels as numbers. */
export const sparseCategoricalCrossentropy: Loss = (target, prediction, options) => {
  const labels = target.rank === prediction.rank ? squeeze(target, -1) : target
  const classes = prediction.shape.at(-1) ?? 1
  return categoricalCrossentropy(oneHot(labels.cast('i32'), classes, prediction.dtype), prediction, options)
}

/** −(t log p + (1 − t) log(1 − p)). */
export const binaryCrossentropy: Loss = (target, prediction, { fromLogits = false } = {}) => {
  const t = reshape(target.cast(prediction.dtype), prediction.dims)
  if (fromLogits) return mean(softplus(prediction).subtract(prediction.multiply(t)))
  const p = clip(prediction, epsilon, 1 - epsilon)
  const positive = t.multiply(log(p.add(epsilon)))
  const negative = negate(t)
    .add(1)
    .multiply(log(negate(p).add(1 + epsilon)))
  return negate(mean(positive.add(negative)))
}

/** Mean of (prediction − target)². */
export const meanSquaredError: Loss = (target, prediction) => {
  const t = target.rank < prediction.rank ? reshape(target, prediction.dims) : target
  return mean(square(prediction.subtract(t)))
}

export const losses: Readonly<Record<string, Loss>> = {
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  binaryCrossentropy,
  meanSquaredError,
  mse: meanSquaredError,
}

/** A loss by name, or the function itself. */
export function resolveLoss(loss: string | Loss): Loss {
  return typeof loss === 'function' ? loss : lookUp('loss', loss, losses)
}
