// Metrics by name, by class and configuration, or as functions. The everyday ones are known here; `all.ts` makes the others known.

import { ConfigError } from '../../core/index.ts'
import { binaryCrossentropy } from '../losses/binary-crossentropy.ts'
import { categoricalCrossentropy } from '../losses/categorical-crossentropy.ts'
import type { LossFunction } from '../losses/loss.ts'
import { meanAbsoluteError, meanAbsolutePercentageError, meanSquaredError } from '../losses/regression.ts'
import { sparseCategoricalCrossentropy } from '../losses/sparse-crossentropy.ts'
import { camelCase, lookUp, merged, nameOfClass } from '../options/identifiers.ts'
import {
  deserializeFrom,
  type Makers,
  maker,
  type SerializedInput,
  type SerializedObject,
  serialize as serializeObject,
} from '../saving/serialized.ts'
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
import { Mean, MeanMetricWrapper, Sum } from './mean.ts'
import { Accumulator, Metric } from './metric.ts'
import { BinaryCrossentropy, CategoricalCrossentropy, CrossentropyByShape, SparseCategoricalCrossentropy } from './probabilistic.ts'
import { MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError, RootMeanSquaredError } from './regression.ts'

/** Values of samples from targets and predictions, as a plain function: their weighted mean is reported. */
export type MetricFunction = LossFunction

/** What stands for a metric: a name, a function of targets and predictions, a metric, or what {@link serialize} gave. */
export type MetricIdentifier = string | MetricFunction | Metric | SerializedInput

/** Metrics of targets and predictions. */
let makers: Makers<Metric> = {
  Accuracy: maker(Accuracy),
  BinaryAccuracy: maker(BinaryAccuracy),
  BinaryCrossentropy: maker(BinaryCrossentropy),
  CategoricalAccuracy: maker(CategoricalAccuracy),
  CategoricalCrossentropy: maker(CategoricalCrossentropy),
  MeanAbsoluteError: maker(MeanAbsoluteError),
  MeanAbsolutePercentageError: maker(MeanAbsolutePercentageError),
  MeanSquaredError: maker(MeanSquaredError),
  RootMeanSquaredError: maker(RootMeanSquaredError),
  SparseCategoricalAccuracy: maker(SparseCategoricalAccuracy),
  SparseCategoricalCrossentropy: maker(SparseCategoricalCrossentropy),
}

/** Those that are handed values. */
const accumulators: Makers<Accumulator> = { Mean: maker(Mean), Sum: maker(Sum) }

let functions: Readonly<Record<string, MetricFunction>> = {
  binaryAccuracy,
  binaryCrossentropy,
  categoricalAccuracy,
  categoricalCrossentropy,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  sparseCategoricalAccuracy,
  sparseCategoricalCrossentropy,
}

let shortNames: Readonly<Record<string, string>> = {
  bce: 'BinaryCrossentropy',
  mae: 'MeanAbsoluteError',
  mape: 'MeanAbsolutePercentageError',
  mse: 'MeanSquaredError',
  rmse: 'RootMeanSquaredError',
}

/** Metrics by the names of their classes, functions by their own, and further names of classes. */
export interface NamedMetrics {
  readonly makers: Makers<Metric>
  readonly functions: Readonly<Record<string, MetricFunction>>
  readonly shortNames: Readonly<Record<string, string>>
}

/** Makes further metrics known by name. */
export function registerMetrics(named: NamedMetrics): void {
  makers = merged(makers, named.makers)
  functions = merged(functions, named.functions)
  shortNames = merged(shortNames, named.shortNames)
}

/** What 'accuracy' and 'crossentropy' become depends on shapes, so they are no classes. */
const byShape: Readonly<Record<string, (name: string) => Metric>> = {
  accuracy: (name) => new AccuracyByShape({ name }),
  acc: (name) => new AccuracyByShape({ name }),
  crossentropy: (name) => new CrossentropyByShape({ name }),
  ce: (name) => new CrossentropyByShape({ name }),
}

/** The names of classes that people write, in camelCase, and short ones. */
const namesOf = (table: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(Object.keys(table).map((className) => [nameOfClass(className), className])),
  ...shortNames,
})

/**
 * A metric to train with, from whatever stands for one, reported under the name as it is written. 'accuracy' and 'crossentropy' are binary,
 * categorical or sparse by the shapes of targets and predictions.
 */
export function resolveMetric(metric: MetricIdentifier): Metric {
  if (metric instanceof Metric) return metric
  if (typeof metric === 'string') {
    const name = camelCase(metric)
    const known: Readonly<Record<string, string | ((name: string) => Metric)>> = { ...byShape, ...omitted(namesOf(makers), byShape) }
    const found = lookUp('metric', metric, known)
    return typeof found === 'function' ? found(name) : deserializeFrom('metric', { className: found, config: { name } }, makers)
  }
  if (typeof metric === 'function') return new MeanMetricWrapper({ fn: metric, name: nameOf(metric) ?? null })
  const made = deserialize(metric)
  if (made instanceof Metric) return made
  throw new ConfigError(`metric: expected a metric of targets and predictions, got ${made.name}. Update it yourself.`)
}

/** A table without the keys that another has. */
const omitted = <T>(table: Readonly<Record<string, T>>, other: Readonly<Record<string, unknown>>): Record<string, T> =>
  Object.fromEntries(Object.entries(table).filter(([key]) => !(key in other)))

const nameOf = (fn: MetricFunction): string | undefined => Object.keys(functions).find((name) => functions[name] === fn)

/** A metric by its name or class (`'meanSquaredError'`, `'mse'`, `'AUC'`), or from what {@link serialize} gave; metrics and functions are what they are. */
export function get(identifier: string | MetricFunction | Accumulator | SerializedInput): Accumulator | MetricFunction {
  if (identifier instanceof Accumulator || typeof identifier === 'function') return identifier
  return deserialize(typeof identifier === 'string' ? { className: identifier } : identifier)
}

/** A metric as class and configuration, a function as its name. */
export function serialize(metric: Accumulator | MetricFunction): SerializedObject | string {
  return metric instanceof Accumulator ? serializeObject(metric) : (nameOf(metric) ?? metric.name)
}

/** Classes and functions of one's own, by name. */
export type CustomMetrics = Readonly<Record<string, MetricFunction | (new (options: never) => Accumulator)>>

/** The metric of {@link serialize}, or the function of a name. */
export function deserialize(serialized: string | SerializedInput, customObjects: CustomMetrics = {}): Accumulator | MetricFunction {
  if (typeof serialized === 'string') {
    const custom = customObjects[serialized]
    return custom !== undefined && isFunction(custom) ? custom : lookUp('metric', serialized, functions)
  }
  const known: Makers<Accumulator> = { ...accumulators, ...makers, MeanMetricWrapper: wrapperMaker(customObjects), ...customMakers(customObjects) }
  const written = serialized.className ?? serialized.class_name ?? ''
  const className = known[written] === undefined ? lookUp('metric', written, namesOf(known)) : written
  return deserializeFrom('metric', { className, config: serialized.config ?? null }, known)
}

/** Makes wrappers of functions that are given by name. */
const wrapperMaker =
  (customObjects: CustomMetrics) =>
  (options: object): Metric => {
    const name = 'fn' in options ? options.fn : undefined
    const fn = typeof name === 'string' ? deserialize(name, customObjects) : undefined
    if (typeof fn === 'function') return new MeanMetricWrapper({ ...options, fn })
    throw new ConfigError(`MeanMetricWrapper: expected the name of a function as fn, got ${String(name)}. Name one, and pass it in customObjects.`)
  }

const isFunction = (from: MetricFunction | (new (options: never) => Accumulator)): from is MetricFunction => !(from.prototype instanceof Accumulator)

function customMakers(customObjects: CustomMetrics): Makers<Accumulator> {
  const classes = Object.entries(customObjects).filter(([, object]) => !isFunction(object))
  return Object.fromEntries(
    classes.map(([name, Class]) => [
      name,
      (options: object) => {
        const metric: unknown = Reflect.construct(Class, [options])
        if (metric instanceof Accumulator) return metric
        throw new ConfigError(`metric: expected '${name}' to be a class of metrics, got something else. Derive it from Metric.`)
      },
    ]),
  )
}
