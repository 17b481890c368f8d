// Targets in the shape of predictions, and labels as numbers of classes.

import { type Dim, type Dims, oneHot, permute, type Shape, ShapeError, sameDims, showDims, type Tensor } from '../../core/index.ts'
import { alignRanks, withoutLastAxis } from './weighting.ts'

/** Keras's fuzz: probabilities are kept within [epsilon, 1 − epsilon] before their logarithm. */
export const epsilon = 1e-7

const oneEach = 'Give one target for every output.'

/**
 * Targets and predictions of one shape and dtype: a last axis of size 1 is added or taken away where the ranks differ, anything else is an error that
 * names both (nothing broadcasts: it would hide a mistake).
 */
export function matching(where: string, yTrue: Tensor, yPred: Tensor, hint = oneEach): readonly [target: Tensor, prediction: Tensor] {
  const [target, prediction] = alignRanks(yTrue, yPred)
  if (!sameDims(target.dims, prediction.dims)) {
    throw new ShapeError(`${where}: expected targets of ${showDims(yPred.dims)} as the predictions, got ${showDims(yTrue.dims)}. ${hint}`)
  }
  return [target.cast(prediction.dtype), prediction]
}

/** Labels (i32) without a last axis of size 1, for predictions `[…, classes]`. */
export function classLabels(where: string, yTrue: Tensor, yPred: Tensor): Tensor {
  const labels = yTrue.rank === yPred.rank && yTrue.dims.at(-1) === 1 ? withoutLastAxis(yTrue) : yTrue
  const wanted: Dims = yPred.dims.slice(0, -1)
  if (!sameDims(labels.dims, wanted)) {
    throw new ShapeError(
      `${where}: expected one label for each of ${showDims(wanted)} predictions, got targets of ${showDims(yTrue.dims)}. ` +
        'Rows of probabilities belong to categoricalCrossentropy.',
    )
  }
  return labels.cast('i32')
}

/** Rows with a one at the label, for predictions `[…, classes]`. */
export const hotLabels = (where: string, labels: Tensor, yPred: Tensor): Tensor => oneHot(labels, knownSize(where, yPred.dims.at(-1)), yPred.dtype)

/** The number of classes; a ShapeError where it is not known. */
export function knownSize(where: string, size: Dim | undefined): number {
  if (typeof size === 'number') return size
  throw new ShapeError(`${where}: expected predictions [batch, …, classes], got a last axis of ${String(size)}. Add a layer that has one.`)
}

/** x with one of its axes as the last. */
export function axisLast(where: string, x: Tensor, axis: number): Tensor {
  const at = axis < 0 ? axis + x.rank : axis
  if (!(at >= 0 && at < x.rank)) {
    throw new ShapeError(`${where}: expected an axis of ${showDims(x.dims)}, got ${axis}. Choose one from ${-x.rank} to ${x.rank - 1}.`)
  }
  if (at === x.rank - 1) return x
  return permute<Shape, Shape>(x, [...x.dims.keys()].filter((i) => i !== at).concat(at))
}

/** Targets moved a little towards the middle of `classes` equal shares (Szegedy et al. 2016, §7). */
export function smoothed(target: Tensor, labelSmoothing: number, classes: number): Tensor {
  return labelSmoothing === 0 ? target : target.multiply(1 - labelSmoothing).add(labelSmoothing / classes)
}
