// What `compile` takes: losses, metrics and an optimizer, checked when they are given, and the same as plain JSON for saving.

import { ConfigError } from '../../core/index.ts'
import type { ByName } from '../options/by-name.ts'
import { isLoss, type LossOption, type LossWeightsOption } from './compiled-losses.ts'
import { isMetric, type MetricsOption } from './compiled-metrics.ts'
import { Loss } from '../losses/loss.ts'
import { type LossIdentifier, resolveLoss, serialize as serializeLoss } from '../losses/resolve.ts'
import { Metric } from '../metrics/metric.ts'
import { type MetricIdentifier, resolveMetric, serialize as serializeMetric } from '../metrics/resolve.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import { get as optimizerOf, type OptimizerIdentifier } from '../optimizers/registry.ts'
import type { DTypePolicy } from '../dtype-policies/dtype-policy.ts'
import { flag } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { serialize } from '../saving/serialized.ts'

/** What a model is trained with. Outputs are named as the layers that make them, or by their keys where the model's outputs are a record. */
export interface CompileOptions {
  /** A name, for its defaults, `{ className, config }`, or an optimizer. Default 'sgd'. */
  readonly optimizer?: OptimizerIdentifier
  /**
   * A name (`'categoricalCrossentropy'`; Keras's `'categorical_crossentropy'` does as well), a loss, or a function of targets and predictions; for
   * several outputs a list, or a record by name, with null for outputs without a loss. Default: only what layers add.
   */
  readonly loss?: LossOption
  /** What the losses of several outputs are multiplied by before they are added up. Default 1. */
  readonly lossWeights?: LossWeightsOption
  /** Names, metrics, or functions of targets and predictions; for several outputs a list or record of such lists. Default none. */
  readonly metrics?: MetricsOption
  /** Metrics that sample and class weights count for. Default none. */
  readonly weightedMetrics?: MetricsOption
  /** Whether the loss of models in `mixed_float16` is scaled, so that small gradients are not lost. Default true. */
  readonly autoScaleLoss?: boolean
  /** Whether steps run operation by operation, so that their code can print values: for finding faults, slow. Default false. */
  readonly runEagerly?: boolean
}

/** {@link CompileOptions} with everything resolved. */
export interface Compiled {
  readonly optimizer: Optimizer
  readonly loss: ByName<Loss>
  readonly lossWeights: LossWeightsOption
  readonly metrics: ByName<Metric>
  readonly weightedMetrics: ByName<Metric>
  readonly runEagerly: boolean
}

const known = ['optimizer', 'loss', 'lossWeights', 'metrics', 'weightedMetrics', 'autoScaleLoss', 'runEagerly']

/** Names and configs as objects, for a model that computes by a policy; a ConfigError where one is not known. */
export function resolveCompile(options: CompileOptions, policy: DTypePolicy): Compiled {
  checkOptionNames('compile', options, known)
  const { optimizer = 'sgd', loss, lossWeights, metrics, weightedMetrics, autoScaleLoss = true, runEagerly = false } = options
  const resolved = optimizerOf(optimizer)
  const scales = flag('compile', 'autoScaleLoss', autoScaleLoss) && policy.name === 'mixed_float16' && !('innerOptimizer' in resolved)
  return {
    optimizer: scales ? optimizerOf({ className: 'LossScaleOptimizer', config: { innerOptimizer: resolved } }) : resolved,
    loss: mapped(loss, isLoss, resolveLoss),
    lossWeights,
    metrics: mapped(metrics, isMetric, resolveMetric),
    weightedMetrics: mapped(weightedMetrics, isMetric, resolveMetric),
    runEagerly: flag('compile', 'runEagerly', runEagerly),
  }
}

/** What `compile` was given, as plain JSON: `model.compileFromConfig` takes it. */
export interface CompileConfig {
  readonly optimizer: unknown
  readonly loss: unknown
  readonly lossWeights: unknown
  readonly metrics: unknown
  readonly weightedMetrics: unknown
}

/** {@link CompileConfig} of options; null for what was not given. */
export function compileConfig({ optimizer }: Compiled, options: CompileOptions): CompileConfig {
  return {
    optimizer: serialize(optimizer),
    loss: mapped(options.loss, isLoss, lossConfig) ?? null,
    lossWeights: options.lossWeights ?? null,
    metrics: mapped(options.metrics, isMetric, metricConfig) ?? null,
    weightedMetrics: mapped(options.weightedMetrics, isMetric, metricConfig) ?? null,
  }
}

const lossConfig = (loss: LossIdentifier): unknown => (loss instanceof Loss || typeof loss === 'function' ? serializeLoss(loss) : loss)
const metricConfig = (metric: MetricIdentifier): unknown =>
  metric instanceof Metric || typeof metric === 'function' ? serializeMetric(metric) : metric

/** The options that a {@link CompileConfig} stands for. */
export function optionsOfConfig(config: Readonly<Record<string, unknown>>): CompileOptions {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== undefined))
  if (isOptions(given)) return given
  throw new ConfigError(`compileFromConfig: expected what getCompileConfig gave, got ${JSON.stringify(config)}. Save the model again.`)
}

const isOptions = (config: object): config is CompileOptions => Object.keys(config).every((name) => known.includes(name))

/** Every thing among lists and records in another form. */
function mapped<T, R>(given: ByName<T>, isThing: (value: unknown) => value is T, map: (thing: T) => R): ByName<R> {
  if (isThing(given)) return map(given)
  if (given === undefined || given === null) return null
  if (isList(given)) return given.map((part) => mapped(part, isThing, map))
  if (typeof given === 'object') return Object.fromEntries(Object.entries(given).map(([name, part]) => [name, mapped(part, isThing, map)]))
  throw new ConfigError(`compile: expected losses and metrics by name, as functions or as objects, got ${String(given)}. Change it.`)
}

const isList = <T>(value: ByName<T>): value is readonly ByName<T>[] => Array.isArray(value)
