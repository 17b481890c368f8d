// Distances of distributions: Kullback and Leibler's divergence, and the likelihood of counts. Functions give a value for each sample.

import { clip, divide, log, mean, sum, type Tensor } from '../../core/index.ts'
import { type LabelKind, Loss, type LossOptions } from './loss.ts'
import { epsilon, matching } from './matching.ts'

/** Σ t·log(t / p) over the last axis, both kept within [1e-7, 1]. */
export function klDivergence(yTrue: Tensor, yPred: Tensor): Tensor {
  const [target, prediction] = matching('klDivergence', yTrue, yPred)
  const [t, p] = [clip(target, epsilon, 1), clip(prediction, epsilon, 1)]
  return sum(t.multiply(log(divide<Tensor, Tensor>(t, p))), -1)
}

/** Mean of p − t·log(p + 1e-7) over the last axis: the negative log-likelihood of counts t at rates p. */
export function poisson(yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = matching('poisson', yTrue, yPred)
  return mean(p.subtract(t.multiply(log(p.add(epsilon)))), -1)
}

/** {@link klDivergence} of a batch. */
export class KLDivergence extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'KLDivergence')
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return klDivergence(yTrue, yPred)
  }
}

/** {@link poisson} of a batch. */
export class Poisson extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'Poisson')
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return poisson(yTrue, yPred)
  }
}
