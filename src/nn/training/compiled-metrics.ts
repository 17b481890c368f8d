// The metrics that a model is compiled with: which of them look at which output, with or without sample weights, and what they are reported as.

import type { Dims, Tensor } from '../../core/index.ts'
import { type ByName, byName } from '../options/by-name.ts'
import { camelCase } from '../options/identifiers.ts'
import { logitsBehind } from '../activations/logits-behind.ts'
import { maskOf } from '../layer/masks.ts'
import { Metric } from '../metrics/metric.ts'
import { type MetricIdentifier, resolveMetric } from '../metrics/resolve.ts'

/** Metrics of a model's one output, or those of each output by position or by the output's name; null for an output that has none. */
export type MetricsOption = ByName<MetricIdentifier>

/** What metrics are compiled from. */
export interface MetricsOptions {
  /** Without sample weights. */
  readonly metrics?: MetricsOption
  /** With sample and class weights. */
  readonly weightedMetrics?: MetricsOption
}

/** A metric of one output. */
export interface OutputMetric {
  /** The output's position among all. */
  readonly index: number
  readonly reported: string
  readonly metric: Metric
  readonly weighted: boolean
}

type Entry = MetricIdentifier | readonly MetricIdentifier[]

/** Whether something stands for a metric. */
export const isMetric = (value: unknown): value is MetricIdentifier =>
  typeof value === 'string' ||
  typeof value === 'function' ||
  value instanceof Metric ||
  (typeof value === 'object' && value !== null && 'className' in value)
const isEntry = (value: unknown): value is Entry => isMetric(value) || (Array.isArray(value) && value.every(isMetric))

/** Metrics by output. */
export class CompiledMetrics {
  /** Those without weights first. */
  readonly parts: readonly OutputMetric[]

  /** @throws ConfigError where metrics do not belong to outputs of these names. */
  constructor({ metrics, weightedMetrics }: MetricsOptions, names: readonly string[]) {
    const taken = new Map<string, number>()
    this.parts = [...entriesOf('metrics', metrics, names), ...entriesOf('weightedMetrics', weightedMetrics, names)].map(
      ({ index, metric, what }): OutputMetric => {
        const weighted = what === 'weightedMetrics'
        const prefix = names.length === 1 ? '' : `${names[index] ?? ''}_`
        return { index, metric, weighted, reported: camelCase(freeName(taken, prefix, metric.name, weighted)) }
      },
    )
  }

  /** Makes the metrics' variables for predictions of these shapes. */
  build(outputs: readonly Dims[]): void {
    for (const { index, metric } of this.parts) metric.build(outputs[index])
  }

  /** Shows the metrics a batch: targets, predictions and weights by output. */
  update(targets: readonly (Tensor | undefined)[], predictions: readonly Tensor[], weights: readonly (Tensor | undefined)[]): void {
    for (const { index, metric, weighted } of this.parts) {
      const [target, prediction] = [targets[index], predictions[index]]
      if (target === undefined || prediction === undefined) continue
      const mask = maskOf(prediction)
      metric.updateState(target, valuesFor(metric, prediction), { sampleWeight: weighted ? weights[index] : undefined, mask })
    }
  }

  /** {@link results} as numbers. */
  async figures(): Promise<Record<string, number>> {
    const read = this.parts.map(async ({ reported, metric }) => [reported, await metric.read()] as const)
    return flatFigures(await Promise.all(read))
  }

  /** What the metrics stand at, by the names that they are reported as. */
  results(): Record<string, Tensor> {
    return Object.fromEntries(this.parts.map(({ reported, metric }) => [reported, metric.result()]))
  }
}

/** Figures by name; those that have several numbers (one for each class) as `name_0`, `name_1`, …. */
export function flatFigures(figures: readonly (readonly [name: string, value: number | readonly number[]])[]): Record<string, number> {
  const named = figures.flatMap(([name, value]) =>
    typeof value === 'number' ? [[name, value] as const] : value.map((number, i) => [`${name}_${i}`, number] as const),
  )
  return Object.fromEntries(named)
}

/** Predictions, or the logits behind a softmax, which keeps the order, for metrics that only look at that. */
function valuesFor(metric: Metric, prediction: Tensor): Tensor {
  const logits = logitsBehind(prediction)
  return metric.ordersOnly && logits?.activation === 'softmax' && prediction.dims.at(-1) !== 1 ? logits.value : prediction
}

function entriesOf(what: 'metrics' | 'weightedMetrics', given: MetricsOption, names: readonly string[]) {
  if (given === undefined || given === null || (Array.isArray(given) && given.length === 0)) return []
  const entries = byName<Entry>({ where: 'compile', what, names }, given, isEntry)
  return entries.flatMap((entry, index) => listOf(entry).map((metric) => ({ index, what, metric: resolveMetric(metric) })))
}

const listOf = (entry: Entry | undefined): readonly MetricIdentifier[] => (entry === undefined ? [] : isMetric(entry) ? [entry] : entry)

/** As Keras: a name that is taken gets a number; a weighted metric is first called `weighted_…`. */
function freeName(taken: Map<string, number>, prefix: string, name: string, weighted: boolean): string {
  const numbered = (full: string): string => {
    const count = taken.get(full) ?? 0
    taken.set(full, count + 1)
    return count === 0 ? full : `${full}_${count}`
  }
  return weighted && taken.has(`${prefix}${name}`) ? numbered(`${prefix}weighted_${name}`) : numbered(`${prefix}${name}`)
}
