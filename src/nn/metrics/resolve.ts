// Metrics by name, by class and configuration, or as functions.

import { ConfigError } from '../../core/index.ts'
import { camelCase, lookUp } from '../identifiers.ts'
import { binaryCrossentropy, binaryFocalCrossentropy } from '../losses/binary-crossentropy.ts'
import { categoricalCrossentropy, categoricalFocalCrossentropy } from '../losses/categorical-crossentropy.ts'
import { klDivergence, poisson } from '../losses/divergences.ts'
import { categoricalHinge, hinge, squaredHinge } from '../losses/hinge.ts'
import type { LossFunction } from '../losses/loss.ts'
import {
  huber,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from '../losses/regression.ts'
import { type SerializedObject, withoutNulls } from '../losses/resolve.ts'
import { sparseCategoricalCrossentropy } from '../losses/sparse-crossentropy.ts'
import {
  Accuracy,
  AccuracyByShape,
  BinaryAccuracy,
  binaryAccuracy,
  CategoricalAccuracy,
  categoricalAccuracy,
  SparseCategoricalAccuracy,
  sparseCategoricalAccuracy,
} from './accuracy.ts'
import { AUC } from './auc.ts'
import { PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity } from './best-at.ts'
import { FalseNegatives, FalsePositives, TrueNegatives, TruePositives } from './condition-counts.ts'
import { ConcordanceCorrelation, concordanceCorrelation, PearsonCorrelation, pearsonCorrelation } from './correlation.ts'
import { F1Score, FBetaScore } from './f-score.ts'
import { CategoricalHinge, Hinge, SquaredHinge } from './hinge.ts'
import { BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU } from './iou.ts'
import { Mean, MeanMetricWrapper, Sum } from './mean.ts'
import { Accumulator, Metric, type MetricOptions } from './metric.ts'
import { Precision, Recall } from './precision-recall.ts'
import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  CrossentropyByShape,
  KLDivergence,
  Poisson,
  SparseCategoricalCrossentropy,
} from './probabilistic.ts'
import { R2Score } from './r2-score.ts'
import {
  CosineSimilarity,
  LogCoshError,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  RootMeanSquaredError,
} from './regression.ts'
import { SparseTopKCategoricalAccuracy, sparseTopKCategoricalAccuracy, TopKCategoricalAccuracy, topKCategoricalAccuracy } from './top-k.ts'

/** Values of samples from targets and predictions, as a plain function: their weighted mean is reported. */
export type MetricFunction = LossFunction

/** What stands for a metric: a name, a function of targets and predictions, a metric, or what {@link serialize} gave. */
export type MetricIdentifier = string | MetricFunction | Metric | SerializedObject

/** Metrics of targets and predictions that can be made without options. */
const plain: Readonly<Record<string, new (options?: MetricOptions) => Metric>> = {
  AUC,
  Accuracy,
  BinaryAccuracy,
  BinaryCrossentropy,
  BinaryIoU,
  CategoricalAccuracy,
  CategoricalCrossentropy,
  CategoricalHinge,
  ConcordanceCorrelation,
  CosineSimilarity,
  F1Score,
  FBetaScore,
  FalseNegatives,
  FalsePositives,
  Hinge,
  KLDivergence,
  LogCoshError,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  PearsonCorrelation,
  Poisson,
  Precision,
  R2Score,
  Recall,
  RootMeanSquaredError,
  SparseCategoricalAccuracy,
  SparseCategoricalCrossentropy,
  SparseTopKCategoricalAccuracy,
  SquaredHinge,
  TopKCategoricalAccuracy,
  TrueNegatives,
  TruePositives,
}

/** Those that have an option without a default, and those that are handed values. */
const others: Readonly<Record<string, new (options: never) => Accumulator>> = {
  IoU,
  Mean,
  MeanIoU,
  MeanMetricWrapper,
  OneHotIoU,
  OneHotMeanIoU,
  PrecisionAtRecall,
  RecallAtPrecision,
  SensitivityAtSpecificity,
  SpecificityAtSensitivity,
  Sum,
}

const classes: Readonly<Record<string, new (options: never) => Accumulator>> = { ...plain, ...others }

const functions: Readonly<Record<string, MetricFunction>> = {
  binaryAccuracy,
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalAccuracy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalHinge,
  concordanceCorrelation,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  pearsonCorrelation,
  poisson,
  sparseCategoricalAccuracy,
  sparseCategoricalCrossentropy,
  sparseTopKCategoricalAccuracy,
  squaredHinge,
  topKCategoricalAccuracy,
}

const shortNames: Readonly<Record<string, string>> = {
  bce: 'BinaryCrossentropy',
  kld: 'KLDivergence',
  mae: 'MeanAbsoluteError',
  mape: 'MeanAbsolutePercentageError',
  mse: 'MeanSquaredError',
  msle: 'MeanSquaredLogarithmicError',
  rmse: 'RootMeanSquaredError',
}

/** Names that people write, in camelCase, with the class that each stands for. */
const classNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.keys(classes).map((name) => [name.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+$|[A-Z])/, (start) => start.toLowerCase()), name]),
  ),
  ...shortNames,
}

const trainingNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(classNames).filter(([, name]) => plain[name] !== undefined)),
  accuracy: 'accuracy',
  acc: 'accuracy',
  crossentropy: 'crossentropy',
  ce: 'crossentropy',
}

/**
 * A metric to train with, from whatever stands for one, reported under the name as it is written. 'accuracy' and 'crossentropy' are binary,
 * categorical or sparse by the shapes of targets and predictions.
 */
export function resolveMetric(metric: MetricIdentifier): Metric {
  if (metric instanceof Metric) return metric
  if (typeof metric === 'string') {
    const name = camelCase(metric)
    const found = lookUp('metric', metric, trainingNames)
    if (found === 'accuracy') return new AccuracyByShape({ name })
    if (found === 'crossentropy') return new CrossentropyByShape({ name })
    return new (lookUp('metric', found, plain))({ name })
  }
  if (typeof metric === 'function') return new MeanMetricWrapper({ fn: metric, name: nameOf(metric) })
  const made = deserialize(metric)
  if (made instanceof Metric) return made
  throw new ConfigError(`metric: expected a metric of targets and predictions, got ${metric.className}. Update it yourself.`)
}

const nameOf = (fn: MetricFunction): string | undefined => Object.keys(functions).find((name) => functions[name] === fn)

/** A metric by its name or class (`'meanSquaredError'`, `'mse'`, `'AUC'`), or from what {@link serialize} gave; metrics and functions are what they are. */
export function get(identifier: string | MetricFunction | Accumulator | SerializedObject): Accumulator | MetricFunction {
  if (identifier instanceof Accumulator || typeof identifier === 'function') return identifier
  return deserialize(typeof identifier === 'string' ? { className: identifier, config: {} } : identifier)
}

/** A metric as class and configuration, a function as its name. */
export function serialize(metric: Accumulator | MetricFunction): SerializedObject | string {
  if (!(metric instanceof Accumulator)) return nameOf(metric) ?? metric.name
  const className = Object.keys(classes).find((name) => classes[name] === metric.constructor) ?? metric.constructor.name
  return { className, config: { ...metric.getConfig() } }
}

/** Classes and functions of one's own, by name. */
export type CustomMetrics = Readonly<Record<string, MetricFunction | (new (options: never) => Accumulator)>>

/** The metric of {@link serialize}, or the function of a name. */
export function deserialize(serialized: string | SerializedObject, customObjects: CustomMetrics = {}): Accumulator | MetricFunction {
  if (typeof serialized === 'string') {
    const custom = customObjects[serialized]
    return custom !== undefined && isFunction(custom) ? custom : lookUp('metric', serialized, functions)
  }
  const { className, config } = serialized
  const Class = customObjects[className] ?? classes[className] ?? classes[lookUp('metric', className, classNames)]
  const { fn, ...options } = withoutNulls(config)
  const own = typeof fn === 'string' ? { fn: deserialize(fn, customObjects) } : {}
  const made: unknown = Class === undefined || isFunction(Class) ? undefined : Reflect.construct(Class, [{ ...options, ...own }])
  if (made instanceof Accumulator) return made
  throw new ConfigError(`metric: expected '${className}' to be a class of metrics, got something else. Pass a function's name alone.`)
}

const isFunction = (from: MetricFunction | (new (options: never) => Accumulator)): from is MetricFunction => !(from.prototype instanceof Accumulator)
