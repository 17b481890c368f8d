// Cosine similarity as a loss: −1 where predictions point where targets do.

import { maximum, rsqrt, square, sum, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { type LabelKind, Loss, type LossOptions } from './loss.ts'
import { epsilon, matching } from './matching.ts'

/** What depends on one axis. */
export interface AxisSetting {
  /** The axis that is taken out. Default −1, the last. */
  readonly axis?: number
}

/** x of length 1 along an axis; zeros stay zeros, with a finite slope. */
function unit(x: Tensor, axis: number): Tensor {
  return x.multiply<readonly number[], Tensor>(rsqrt(maximum<Tensor, number>(sum(square(x), axis, { keepDims: true }), epsilon * epsilon)))
}

/** Σ of the products of targets and predictions of length 1: between −1 and 1. */
export function cosine(where: string, yTrue: Tensor, yPred: Tensor, axis: number): Tensor {
  const [t, p] = matching(where, yTrue, yPred)
  return sum(unit(t, axis).multiply(unit(p, axis)), axis)
}

/** −cos of the angle between targets and predictions along an axis. */
export function cosineSimilarity(yTrue: Tensor, yPred: Tensor, { axis = -1 }: AxisSetting = {}): Tensor {
  return cosine('cosineSimilarity', yTrue, yPred, axis).negate()
}

/** {@link cosineSimilarity} of a batch. */
export class CosineSimilarity extends Loss {
  private readonly axis: number

  constructor(given: LossOptions & AxisSetting = {}) {
    const { axis = -1, ...options } = checkOptionNames('CosineSimilarity', given, ['reduction', 'axis', 'name', 'dtype'])
    super(options, 'CosineSimilarity')
    this.axis = numberWithin(this.name, 'axis', axis, { whole: true })
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return cosineSimilarity(yTrue, yPred, { axis: this.axis })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis }
  }
}
