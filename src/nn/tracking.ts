// What the loss and the metrics of an epoch remember between steps: a tree of tensors that every step grows and hands on, with the figures that it
// stands for, so that nothing is computed for display.

import {
  type Dims,
  equal,
  flattenTree,
  lessEqual,
  logicalAnd,
  logicalNot,
  numbersOf,
  ones,
  type Operand,
  rebuildTree,
  sum,
  type Tensor,
  tensor,
  type Tree,
  where,
} from '../core/index.ts'
import { metricOf, type Outputs } from './forward.ts'
import { type MeanState, meanOf } from './metrics/mean.ts'
import type { Metric } from './metrics/metric.ts'
import { grow, noSum } from './metrics/running-sum.ts'

type Values = readonly Tensor[]

/** Loss and metrics over the samples seen. */
export type Figures = Record<string, number> & { loss: number }

type Memory = { readonly firstBad: Tensor; readonly loss: MeanState; readonly metrics: readonly Tree[] }

/** What a step knows of its batch. */
export interface TrackedBatch {
  readonly loss: Tensor
  readonly outputs: Outputs
  readonly target: Tensor
  /** Number of the step, i32. */
  readonly iteration: Tensor
}

/** What a step leaves behind: what the next one needs, and the figures after this one: the loss, then the metrics. */
export type Tracked = { readonly memory: Tensor[]; readonly figures: Tensor[] }

/** The loss (its mean over samples) and the metrics of a model. */
export class Tracker {
  private readonly metrics: readonly Metric[]
  private readonly names: readonly string[]
  private readonly output: Dims

  constructor(metrics: readonly Metric[], output: Dims) {
    this.metrics = metrics
    this.output = output
    this.names = ['loss', ...metrics.map(({ name }) => name)].map(numbered)
  }

  /** Before the first step. */
  start(): Tensor[] {
    return flattenTree(this.fresh()).leaves
  }

  private fresh(): Memory {
    return {
      firstBad: tensor(-1, []),
      loss: { total: noSum([], 'f32'), count: noSum([], 'f32') },
      metrics: this.metrics.map((metric) => metric.initialState(this.output)),
    }
  }

  /** One step; in programs. */
  step(flat: Values, { loss, outputs, target, iteration }: TrackedBatch): Tracked {
    const { firstBad, loss: mean, metrics } = rebuildTree(this.fresh(), flat)
    const finite = lessEqual<Tensor, number>(loss.abs(), 3.4e38)
    const isFirst = logicalAnd<Tensor, Tensor>(equal<Tensor, number>(firstBad, -1), logicalNot(finite))
    const rows = rowsIn(target)
    const memory: Memory = {
      firstBad: where(isFirst, iteration.cast('f32'), firstBad),
      loss: { total: grow(mean.total, loss.cast('f32').multiply(rows)), count: grow(mean.count, rows) },
      metrics: this.metrics.map((metric, i) => metricOf(metric, metrics[i] ?? [], target, outputs)),
    }
    const figures = this.metrics.map((metric, i) => metric.compute(memory.metrics[i] ?? []))
    return { memory: flattenTree(memory).leaves, figures: [meanOf(memory.loss), ...figures] }
  }

  /** The step, as it was numbered, whose loss was the first that is NaN or infinite; −1 where none was. */
  async firstBad(flat: Values): Promise<number> {
    return rebuildTree(this.fresh(), flat).firstBad.item()
  }

  /** Figures by name; those of a metric that has several (for each class) as `name_0`, `name_1`, …. NaN where there are none yet. */
  async read(figures: Values): Promise<Figures> {
    const numbers = await Promise.all(figures.map(async (figure) => Array.from(numbersOf(await figure.storage()))))
    const read: Figures = { loss: Number.NaN }
    this.names.forEach((name, i) => {
      const own = numbers[i] ?? [Number.NaN]
      const several = figures[i] !== undefined && figures[i].rank > 0
      own.forEach((value, at) => {
        read[several ? `${name}_${at}` : name] = value
      })
    })
    return read
  }
}

/** Names that are there already get a number: `auc`, `auc_1`. */
function numbered(name: string, index: number, all: readonly string[]): string {
  const earlier = all.slice(0, index).filter((other) => other === name).length
  return earlier === 0 ? name : `${name}_${earlier}`
}

function rowsIn(batch: Tensor): Operand {
  const [rows = 1] = batch.dims
  return typeof rows === 'number' ? rows : sum(ones([rows]))
}
