// Metrics: per-sample values whose mean over an epoch is reported.

import { argmax, greater, mean, reshape, squeeze, type Tensor } from '../core/index.ts'
import { lookUp } from './identifiers.ts'

/** The mean over a batch, as a scalar. */
export type Metric = (target: Tensor, prediction: Tensor) => Tensor

export const binaryAccuracy: Metric = (target, prediction) =>
  mean(greater<Tensor, number>(prediction, 0.5).equal(greater<Tensor, number>(reshape(target, prediction.dims), 0.5)))
export const categoricalAccuracy: Metric = (target, prediction) => mean(argmax(target, -1).equal(argmax(prediction, -1)))
export const sparseCategoricalAccuracy: Metric = (target, prediction) =>
  mean((target.rank === prediction.rank ? squeeze(target, -1) : target).cast('i32').equal(argmax(prediction, -1)))

/** Binary, categorical or sparse, by the shapes of targets and predictions. */
export const accuracy: Metric = (target, prediction) => {
  if (prediction.shape.at(-1) === 1) return binaryAccuracy(target, prediction)
  const sameSize = target.rank === prediction.rank && target.shape.at(-1) === prediction.shape.at(-1)
  return sameSize ? categoricalAccuracy(target, prediction) : sparseCategoricalAccuracy(target, prediction)
}

const metrics: Readonly<Record<string, Metric>> = {
  accuracy,
  acc: accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
}

/** A metric by name, or the function itself, with the name it is reported under. */
export function resolveMetric(metric: string | Metric): { readonly name: string; readonly compute: Metric } {
  return typeof metric === 'string'
    ? { name: metric, compute: lookUp('metric', metric, metrics) }
    : { name: metric.name || 'metric', compute: metric }
}
