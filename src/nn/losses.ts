// Losses as Keras has them: the mean over all samples (and steps) of the batch. Each says what it expects of labels and whether it can be
// computed from logits, so that training needs no list of losses.

import {
  clip,
  type Dim,
  type Dims,
  divide,
  exp,
  expandDims,
  log,
  logSoftmax,
  max,
  mean,
  negate,
  oneHot,
  type Shape,
  ShapeError,
  softplus,
  stopGradient,
  square,
  squeeze,
  sum,
  type Tensor,
} from '../core/index.ts'
import { lookUp } from './identifiers.ts'

/** Keras's fuzz: probabilities are kept within [epsilon, 1 − epsilon] before their logarithm. */
const epsilon = 1e-7

/** What a cross-entropy can be told. */
export interface LossOptions {
  /** Predictions are before the softmax or sigmoid. Default false. */
  readonly fromLogits?: boolean
}

/** A scalar from targets and predictions. */
export type Loss = (target: Tensor, prediction: Tensor, options?: LossOptions) => Tensor

/** Targets in the shape of the predictions: a missing last axis of size 1 is added, anything else is an error that names both. */
function matching(where: string, target: Tensor, prediction: Tensor, hint: string): Tensor {
  const last = prediction.dims.at(-1)
  const full = target.rank === prediction.rank - 1 && last === 1 ? expandDims<Shape, number>(target, -1) : target
  const equal = full.rank === prediction.rank && full.dims.every((d, i) => String(d) === String(prediction.dims[i]))
  if (!equal) {
    throw new ShapeError(`${where}: expected targets of [${prediction.dims.join(', ')}] as the predictions, got [${target.dims.join(', ')}]. ${hint}`)
  }
  return full.cast(prediction.dtype)
}

/** Labels without a last axis of size 1, for predictions `[…, classes]`. */
export function classLabels(where: string, target: Tensor, prediction: Tensor): Tensor {
  const labels: Tensor = target.rank === prediction.rank && target.dims.at(-1) === 1 ? squeeze<Shape, number>(target, -1) : target
  const wanted: Dims = prediction.dims.slice(0, -1)
  if (labels.rank !== wanted.length || labels.dims.some((d, i) => String(d) !== String(wanted[i]))) {
    throw new ShapeError(
      `${where}: expected one label for each of [${wanted.join(', ')}] predictions, got targets of [${target.dims.join(', ')}]. ` +
        'Rows of probabilities belong to categoricalCrossentropy.',
    )
  }
  return labels.cast('i32')
}

/** −Σ target · log p over the last axis, p divided by its sum first; from logits −Σ target · log softmax. Targets are `[…, classes]`. */
export const categoricalCrossentropy: Loss = (target, prediction, { fromLogits = false } = {}) => {
  const t = matching('categoricalCrossentropy', target, prediction, 'Labels as numbers belong to sparseCategoricalCrossentropy, or use oneHot.')
  return negate(mean(sum(t.multiply(logProbabilities(prediction, fromLogits)), -1)))
}

/** {@link categoricalCrossentropy} with labels as numbers, `[…]` or `[…, 1]`. */
export const sparseCategoricalCrossentropy: Loss = (target, prediction, { fromLogits = false } = {}) => {
  const labels = classLabels('sparseCategoricalCrossentropy', target, prediction)
  const hot = oneHot(labels, knownSize('sparseCategoricalCrossentropy', prediction.dims.at(-1)), prediction.dtype)
  if (fromLogits) {
    // log Σ e^z − z[label] instead of −log softmax: the gradient, softmax − hot, then needs no sum over hot.
    const shifted: Tensor = prediction.subtract(stopGradient<Shape>(max<Shape, -1, true>(prediction, -1, { keepDims: true })))
    return mean(log(sum(exp(shifted), -1)).subtract(sum(hot.multiply(shifted), -1)))
  }
  return negate(mean(sum(hot.multiply(logProbabilities(prediction, false)), -1)))
}

function logProbabilities(prediction: Tensor, fromLogits: boolean): Tensor {
  if (fromLogits) return logSoftmax(prediction, -1)
  return log(clip(divide<Tensor, Tensor>(prediction, sum(prediction, -1, { keepDims: true })), epsilon, 1 - epsilon))
}

/** −(t log p + (1 − t) log(1 − p)), the mean over every element; from logits softplus(z) − t z. Targets are 0, 1 or between. */
export const binaryCrossentropy: Loss = (target, prediction, { fromLogits = false } = {}) => {
  const t = matching('binaryCrossentropy', target, prediction, 'Give one target for every output.')
  if (fromLogits) return mean(softplus(prediction).subtract(prediction.multiply(t)))
  const p = clip(prediction, epsilon, 1 - epsilon)
  const positive = t.multiply(log(p.add(epsilon)))
  const negative = negate(t)
    .add(1)
    .multiply(log(negate(p).add(1 + epsilon)))
  return negate(mean(positive.add(negative)))
}

/** Mean of (prediction − target)². */
export const meanSquaredError: Loss = (target, prediction) =>
  mean(square(prediction.subtract(matching('meanSquaredError', target, prediction, 'Give one target for every output.'))))

function knownSize(where: string, size: Dim | undefined): number {
  if (typeof size === 'number') return size
  throw new ShapeError(`${where}: expected predictions [batch, …, classes], got a last axis of ${String(size)}. Add a layer that has one.`)
}

/** What a loss expects of its labels: numbers of classes, probabilities or other values for each output, or it does not say. */
export type LabelKind = 'classes' | 'probabilities' | 'values' | 'any'

/** A loss and what training needs to know of it. */
export interface LossDefinition {
  readonly name: string
  readonly compute: Loss
  readonly labels: LabelKind
  /** The last activation that `fromLogits` stands for. */
  readonly activation?: 'softmax' | 'sigmoid'
}

const definitions: readonly LossDefinition[] = [
  { name: 'categoricalCrossentropy', compute: categoricalCrossentropy, labels: 'probabilities', activation: 'softmax' },
  { name: 'sparseCategoricalCrossentropy', compute: sparseCategoricalCrossentropy, labels: 'classes', activation: 'softmax' },
  { name: 'binaryCrossentropy', compute: binaryCrossentropy, labels: 'probabilities', activation: 'sigmoid' },
  { name: 'meanSquaredError', compute: meanSquaredError, labels: 'values' },
]

const named: Readonly<Record<string, LossDefinition>> = {
  ...Object.fromEntries(definitions.map((definition) => [definition.name, definition])),
  mse: { name: 'meanSquaredError', compute: meanSquaredError, labels: 'values' },
}

/** Losses by name. */
export const losses: Readonly<Record<string, Loss>> = Object.fromEntries(Object.entries(named).map(([name, { compute }]) => [name, compute]))

/** A loss by name, a loss function, or a definition. */
export function resolveLoss(loss: string | Loss | LossDefinition): LossDefinition {
  if (typeof loss === 'string') return lookUp('loss', loss, named)
  if (typeof loss === 'object') return loss
  return definitions.find((definition) => definition.compute === loss) ?? { name: loss.name || 'loss', compute: loss, labels: 'any' }
}

/**
 * A cross-entropy for a model whose outputs are logits (its last layer has no softmax or sigmoid).
 *
 * ```ts
 * model.compile({ loss: fromLogits('sparseCategoricalCrossentropy'), optimizer: 'adam' })
 * ```
 */
export function fromLogits(loss: string | Loss): LossDefinition {
  const { name, compute, labels } = resolveLoss(loss)
  return { name, labels, compute: (target, prediction) => compute(target, prediction, { fromLogits: true }) }
}
