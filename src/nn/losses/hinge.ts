// Hinge losses: predictions shall be on the right side of a margin. Functions give a value for each sample.

import { all, logicalOr, max, maximum, mean, square, sum, type Tensor, where } from '../../core/index.ts'
import { type LabelKind, Loss, type LossOptions } from './loss.ts'
import { matching } from './matching.ts'

/** Labels −1 and 1: where all are 0 or 1 they are converted. */
function signedLabels(t: Tensor): Tensor {
  const isBinary: Tensor = all(logicalOr<Tensor, Tensor>(t.equal(0), t.equal(1)))
  return where(isBinary, t.multiply(2).subtract(1), t)
}

/** max(1 − t·p, 0), elementwise. */
function shortfall(where: string, yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = matching(where, yTrue, yPred)
  return maximum<Tensor, number>(signedLabels(t).multiply(p).negate().add(1), 0)
}

/** Mean of max(1 − t·p, 0) over the last axis. Targets are −1 or 1; where all are 0 or 1 they are converted. */
export function hinge(yTrue: Tensor, yPred: Tensor): Tensor {
  return mean(shortfall('hinge', yTrue, yPred), -1)
}

/** Mean of max(1 − t·p, 0)² over the last axis. Targets as for {@link hinge}. */
export function squaredHinge(yTrue: Tensor, yPred: Tensor): Tensor {
  return mean(square(shortfall('squaredHinge', yTrue, yPred)), -1)
}

/** max(max((1 − t)·p) − Σ t·p + 1, 0) over the last axis, for targets `[…, classes]` with a one at the class. */
export function categoricalHinge(yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = matching('categoricalHinge', yTrue, yPred, 'Use oneHot for labels as numbers.')
  const right: Tensor = sum(t.multiply(p), -1)
  const wrong: Tensor = max(t.negate().add(1).multiply(p), -1)
  return maximum<Tensor, number>(wrong.subtract(right).add(1), 0)
}

/** {@link hinge} of a batch. */
export class Hinge extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'Hinge')
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return hinge(yTrue, yPred)
  }
}

/** {@link squaredHinge} of a batch. */
export class SquaredHinge extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'SquaredHinge')
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return squaredHinge(yTrue, yPred)
  }
}

/** {@link categoricalHinge} of a batch. */
export class CategoricalHinge extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'CategoricalHinge')
  }

  override get labels(): LabelKind {
    return 'probabilities'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalHinge(yTrue, yPred)
  }
}
