// Losses and metrics, and what their options may be.

import { losses, type LossOptions, metrics, type MetricOptions } from '../../../src/index.ts'
import type { Kinds, Row } from './check-options.ts'
import {
  axes,
  axis,
  count,
  dtype,
  flag,
  func,
  like,
  list,
  nullable,
  number,
  type OptionalKind,
  required,
  share,
  text,
  together,
  whole,
  word,
  either,
} from './kinds.ts'

type Options<C extends abstract new (options: never) => unknown> = NonNullable<ConstructorParameters<C>[0]>
type Class = abstract new (options: never) => object

function row(made: Class, className: string, kinds: Kinds<object>): Row {
  const make = (options: unknown) =>
    Reflect.construct(made, [typeof options === 'object' && options !== null ? { name: 'given', ...options } : options])
  return { made, className, who: 'given', kinds: Object.entries(kinds), make }
}

const name = like(text, 'given')
const reduction = nullable(word('sumOverBatchSize', 'sum', 'mean', 'meanWithSampleWeight', 'none'))

const loss = <C extends Class>(made: C, className: string, own: Kinds<Omit<Options<C>, keyof LossOptions>>): Row =>
  row(made, className, { name, reduction, dtype, ...own })

const metric = <C extends Class>(made: C, className: string, own: Kinds<Omit<Options<C>, keyof MetricOptions>>): Row =>
  row(made, className, { name, dtype, ...own })

const logits = { fromLogits: flag, labelSmoothing: share, axis: axis() }
const overlap = { axis: axes() }
const thresholds: OptionalKind = either(share, list(share, { min: 1 }))
const atValue = { numThresholds: count(), classId: whole({ min: 0 }) }
const value = required(share)
const classes = { numClasses: required(count(3)), ignoreClass: whole(), sparseYPred: flag, axis: axis() }
const targets = list(whole({ min: 0, max: 2 }, 0), { min: 1 })
const average = nullable(word('micro', 'macro', 'weighted'))
const threshold = number({ above: 0, max: 1 }, 0.5)

export const lossTable: readonly Row[] = [
  loss(losses.BinaryCrossentropy, 'BinaryCrossentropy', logits),
  loss(losses.BinaryFocalCrossentropy, 'BinaryFocalCrossentropy', { ...logits, applyClassBalancing: flag, alpha: share, gamma: number({ min: 0 }) }),
  loss(losses.CategoricalCrossentropy, 'CategoricalCrossentropy', logits),
  loss(losses.CategoricalFocalCrossentropy, 'CategoricalFocalCrossentropy', { ...logits, alpha: number({ min: 0 }), gamma: number({ min: 0 }) }),
  loss(losses.Circle, 'Circle', { gamma: number({ min: 0 }), margin: number({ min: 0 }), removeDiagonal: flag }),
  loss(losses.CosineSimilarity, 'CosineSimilarity', { axis: axis() }),
  loss(losses.CTC, 'CTC', {}),
  loss(losses.KLDivergence, 'KLDivergence', {}),
  loss(losses.Poisson, 'Poisson', {}),
  loss(losses.Hinge, 'Hinge', {}),
  loss(losses.SquaredHinge, 'SquaredHinge', {}),
  loss(losses.CategoricalHinge, 'CategoricalHinge', {}),
  loss(losses.Dice, 'Dice', overlap),
  loss(losses.Tversky, 'Tversky', { ...overlap, alpha: number({ min: 0 }), beta: number({ min: 0 }) }),
  loss(losses.MeanSquaredError, 'MeanSquaredError', {}),
  loss(losses.MeanAbsoluteError, 'MeanAbsoluteError', {}),
  loss(losses.MeanAbsolutePercentageError, 'MeanAbsolutePercentageError', {}),
  loss(losses.MeanSquaredLogarithmicError, 'MeanSquaredLogarithmicError', {}),
  loss(losses.LogCosh, 'LogCosh', {}),
  loss(losses.Huber, 'Huber', { delta: number({ above: 0 }) }),
  loss(losses.SparseCategoricalCrossentropy, 'SparseCategoricalCrossentropy', { ignoreClass: whole(), axis: axis(), fromLogits: flag }),
  loss(losses.CategoricalGeneralizedCrossEntropy, 'CategoricalGeneralizedCrossEntropy', { q: number({ above: 0, below: 1 }, 0.5) }),
]

export const metricTable: readonly Row[] = [
  metric(metrics.Accuracy, 'Accuracy', {}),
  metric(metrics.BinaryAccuracy, 'BinaryAccuracy', { threshold: number() }),
  metric(metrics.CategoricalAccuracy, 'CategoricalAccuracy', {}),
  metric(metrics.SparseCategoricalAccuracy, 'SparseCategoricalAccuracy', {}),
  metric(metrics.AUC, 'AUC', {
    numThresholds: whole({ min: 2 }, 3),
    curve: word('ROC', 'PR', 'PRGAIN'),
    summationMethod: word('interpolation', 'majoring', 'minoring'),
    thresholds: list(share),
    multiLabel: flag,
    numLabels: together(count(), { multiLabel: true }),
    labelWeights: together(list(number({ min: 0 })), { multiLabel: true }),
    fromLogits: flag,
  }),
  metric(metrics.PrecisionAtRecall, 'PrecisionAtRecall', { ...atValue, recall: value }),
  metric(metrics.RecallAtPrecision, 'RecallAtPrecision', { ...atValue, precision: value }),
  metric(metrics.SensitivityAtSpecificity, 'SensitivityAtSpecificity', { ...atValue, specificity: value }),
  metric(metrics.SpecificityAtSensitivity, 'SpecificityAtSensitivity', { ...atValue, sensitivity: value }),
  metric(metrics.FalseNegatives, 'FalseNegatives', { thresholds }),
  metric(metrics.FalsePositives, 'FalsePositives', { thresholds }),
  metric(metrics.TrueNegatives, 'TrueNegatives', { thresholds }),
  metric(metrics.TruePositives, 'TruePositives', { thresholds }),
  metric(metrics.F1Score, 'F1Score', { average, threshold }),
  metric(metrics.FBetaScore, 'FBetaScore', { average, threshold, beta: number({ above: 0 }) }),
  metric(metrics.BinaryIoU, 'BinaryIoU', { targetClassIds: list(whole({ min: 0, max: 1 }, 0), { min: 1 }), threshold: number() }),
  metric(metrics.IoU, 'IoU', { ...classes, targetClassIds: required(targets), sparseYTrue: flag }),
  metric(metrics.MeanIoU, 'MeanIoU', { ...classes, sparseYTrue: flag }),
  metric(metrics.OneHotIoU, 'OneHotIoU', { ...classes, targetClassIds: required(targets) }),
  metric(metrics.OneHotMeanIoU, 'OneHotMeanIoU', classes),
  metric(metrics.Mean, 'Mean', {}),
  metric(metrics.MeanMetricWrapper, 'MeanMetricWrapper', { fn: required(func) }),
  metric(metrics.Sum, 'Sum', {}),
  metric(metrics.Precision, 'Precision', { topK: count(), classId: whole({ min: 0 }), thresholds }),
  metric(metrics.Recall, 'Recall', { topK: count(), classId: whole({ min: 0 }), thresholds }),
  metric(metrics.BinaryCrossentropy, 'BinaryCrossentropy', { labelSmoothing: share, fromLogits: flag }),
  metric(metrics.CategoricalCrossentropy, 'CategoricalCrossentropy', logits),
  metric(metrics.KLDivergence, 'KLDivergence', {}),
  metric(metrics.Poisson, 'Poisson', {}),
  metric(metrics.SparseCategoricalCrossentropy, 'SparseCategoricalCrossentropy', { ignoreClass: whole(), axis: axis(), fromLogits: flag }),
  metric(metrics.R2Score, 'R2Score', {
    classAggregation: nullable(word('uniformAverage', 'varianceWeightedAverage')),
    numRegressors: whole({ min: 0 }),
  }),
  metric(metrics.PearsonCorrelation, 'PearsonCorrelation', { axis: axis() }),
  metric(metrics.ConcordanceCorrelation, 'ConcordanceCorrelation', { axis: axis() }),
  metric(metrics.Hinge, 'Hinge', {}),
  metric(metrics.SquaredHinge, 'SquaredHinge', {}),
  metric(metrics.CategoricalHinge, 'CategoricalHinge', {}),
  metric(metrics.MeanSquaredError, 'MeanSquaredError', {}),
  metric(metrics.MeanAbsoluteError, 'MeanAbsoluteError', {}),
  metric(metrics.MeanAbsolutePercentageError, 'MeanAbsolutePercentageError', {}),
  metric(metrics.MeanSquaredLogarithmicError, 'MeanSquaredLogarithmicError', {}),
  metric(metrics.LogCoshError, 'LogCoshError', {}),
  metric(metrics.RootMeanSquaredError, 'RootMeanSquaredError', {}),
  metric(metrics.CosineSimilarity, 'CosineSimilarity', { axis: axis() }),
  metric(metrics.TopKCategoricalAccuracy, 'TopKCategoricalAccuracy', { k: count() }),
  metric(metrics.SparseTopKCategoricalAccuracy, 'SparseTopKCategoricalAccuracy', { k: count(), fromSortedIds: flag }),
]
