// Metrics: a value for each sample; training reports the mean over an epoch.

import { argmax, type Dims, greater, reshape, type Shape, type Tensor } from '../core/index.ts'
import { camelCase, lookUp } from './identifiers.ts'
import { classLabels } from './losses.ts'

/** A value for each sample (or each step of it), or one for the whole batch, from targets and predictions. Means are reported. */
export type Metric = (target: Tensor, prediction: Tensor) => Tensor

/** Whether targets and predictions are on the same side of 0.5. */
export const binaryAccuracy: Metric = (target, prediction) =>
  greater<Tensor, number>(prediction, 0.5).equal(greater<Tensor, number>(reshape<Shape, Dims>(target, prediction.dims), 0.5))

/** Whether the largest prediction of a row is where the target's largest is. Targets are `[…, classes]`. */
export const categoricalAccuracy: Metric = (target, prediction) => argmax(target, -1).equal(argmax(prediction, -1))

/** Whether the largest prediction of a row is at the label. Targets are `[…]` or `[…, 1]`. */
export const sparseCategoricalAccuracy: Metric = (target, prediction) =>
  classLabels('sparseCategoricalAccuracy', target, prediction).equal(argmax(prediction, -1))

/** Binary for predictions `[…, 1]`, categorical for targets of the predictions' shape, else sparse (as Keras resolves 'accuracy'). */
export const accuracy: Metric = (target, prediction) => {
  const classes = prediction.dims.at(-1)
  if (classes === 1) return binaryAccuracy(target, prediction)
  const sameSize = target.rank === prediction.rank && target.dims.at(-1) === classes
  return sameSize ? categoricalAccuracy(target, prediction) : sparseCategoricalAccuracy(target, prediction)
}

/** A metric and what training needs to know of it. */
export interface MetricDefinition {
  /** What it is reported as. */
  readonly name: string
  readonly compute: Metric
  /** It only looks for the largest, so that logits before a softmax do as well as probabilities. */
  readonly ordersOnly: boolean
}

const table: Readonly<Record<string, Metric>> = { accuracy, acc: accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy }

const ordering: ReadonlySet<Metric> = new Set([accuracy, categoricalAccuracy, sparseCategoricalAccuracy])

/** A metric by name, or a function. */
export function resolveMetric(metric: string | Metric): MetricDefinition {
  const compute = typeof metric === 'string' ? lookUp('metric', metric, table) : metric
  const name = typeof metric === 'string' ? camelCase(metric) : metric.name || 'metric'
  return { name, compute, ordersOnly: ordering.has(compute) }
}
