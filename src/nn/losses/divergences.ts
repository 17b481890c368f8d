// Distances of distributions: Kullback and Leibler's divergence, and the likelihood of counts. Functions give a value for each sample.

import { divide, log, mean, sum, type Tensor, where } from '../../core/index.ts'
import { type LabelKind, Loss, type LossOptions } from './loss.ts'
import { epsilon, matching } from './matching.ts'

/** Σ t·log(t / p) over the last axis, both kept within [1e-7, 1]. */
export function klDivergence(yTrue: Tensor, yPred: Tensor): Tensor {
  const [target, prediction] = matching('klDivergence', yTrue, yPred)
  const [t, p] = [kept(target), kept(prediction)]
  return sum(t.multiply(log(divide<Tensor, Tensor>(t, p))), -1)
}

/** x within [1e-7, 1]; a certain 1, which is common, keeps its slope. */
const kept = (x: Tensor): Tensor => where(x.less(epsilon), epsilon, where(x.greater(1), 1, x))

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
