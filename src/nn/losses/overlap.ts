// Losses of overlap, for segmentation: 1 minus the share that two (soft) sets have in common.

import { type Axes, divide, sum, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { checkedAxes, numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { type LabelKind, Loss, type LossOptions } from './loss.ts'
import { epsilon, matching } from './matching.ts'

/** What an overlap is summed over. */
export interface OverlapAxes {
  /** Axes that are summed. Default: all, which gives one number. */
  readonly axis?: Axes | null
}

/** 1 − 2 Σ t·p / (Σ t + Σ p) (Milletari et al. 2016). */
export function dice(yTrue: Tensor, yPred: Tensor, { axis }: OverlapAxes = {}): Tensor {
  const [t, p] = matching('dice', yTrue, yPred)
  const common: Tensor = total(t.multiply(p), axis).multiply(2)
  return divide<Tensor, Tensor>(common, total(t, axis).add(total(p, axis)).add(epsilon))
    .negate()
    .add(1)
}

/** What {@link tversky} can be told. */
export interface TverskySettings extends OverlapAxes {
  /** What missed targets cost. Default 0.5. */
  readonly alpha?: number
  /** What wrong predictions cost. Default 0.5. */
  readonly beta?: number
}

/** 1 − Σ t·p / (Σ t·p + alpha · Σ t·(1 − p) + beta · Σ p·(1 − t)) (Salehi et al. 2017). */
export function tversky(yTrue: Tensor, yPred: Tensor, { alpha = 0.5, beta = 0.5, axis }: TverskySettings = {}): Tensor {
  const [t, p] = matching('tversky', yTrue, yPred)
  const common = total(t.multiply(p), axis)
  const missed = total(p.negate().add(1).multiply(t), axis)
  const wrong = total(t.negate().add(1).multiply(p), axis)
  const all = common.add(missed.multiply(alpha)).add(wrong.multiply(beta)).add(epsilon)
  return divide<Tensor, Tensor>(common, all).negate().add(1)
}

const total = (x: Tensor, axis: Axes | null | undefined): Tensor => sum<readonly number[], Axes | undefined>(x, axis ?? undefined)

const axesOf = (where: string, axis: Axes | null = null): Axes | null => (axis === null ? null : checkedAxes(where, 'axis', axis))

/** {@link dice} of a batch. */
export class Dice extends Loss {
  private readonly axis: Axes | null

  constructor(given: LossOptions & OverlapAxes = {}) {
    const { axis, ...options } = checkOptionNames('Dice', given, ['reduction', 'axis', 'name', 'dtype'])
    super(options, 'Dice')
    this.axis = axesOf(this.name, axis)
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return dice(yTrue, yPred, { axis: this.axis })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis }
  }
}

/** {@link tversky} of a batch. */
export class Tversky extends Loss {
  private readonly alpha: number
  private readonly beta: number
  private readonly axis: Axes | null

  constructor(given: LossOptions & TverskySettings = {}) {
    const { alpha = 0.5, beta = 0.5, axis, ...options } = checkOptionNames('Tversky', given, ['reduction', 'alpha', 'beta', 'axis', 'name', 'dtype'])
    super(options, 'Tversky')
    this.alpha = numberWithin(this.name, 'alpha', alpha, { min: 0 })
    this.beta = numberWithin(this.name, 'beta', beta, { min: 0 })
    this.axis = axesOf(this.name, axis)
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    const { alpha, beta, axis } = this
    return tversky(yTrue, yPred, { alpha, beta, axis })
  }

  override getConfig(): Config {
    const { alpha, beta } = this
    return { ...super.getConfig(), alpha, beta, axis: this.axis }
  }
}
