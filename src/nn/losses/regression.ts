// Losses of regression: distances of predictions from values. Functions give a value for each sample, the mean over the last axis.

import { abs, divide, log, maximum, mean, softplus, square, type Tensor, where } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { type LabelKind, Loss, type LossOptions } from './loss.ts'
import { epsilon, matching } from './matching.ts'

/** Mean of (t − p)² over the last axis. */
export function meanSquaredError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = matching('meanSquaredError', yTrue, yPred)
  return mean(square(p.subtract(t)), -1)
}

/** Mean of |t − p| over the last axis. */
export function meanAbsoluteError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = matching('meanAbsoluteError', yTrue, yPred)
  return mean(abs(p.subtract(t)), -1)
}

/** 100 · mean of |t − p| / max(|t|, 1e-7) over the last axis. */
export function meanAbsolutePercentageError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = matching('meanAbsolutePercentageError', yTrue, yPred)
  return mean(abs(divide<Tensor, Tensor>(t.subtract(p), maximum<Tensor, number>(abs(t), epsilon))), -1).multiply(100)
}

/** Mean of (log(1 + t) − log(1 + p))² over the last axis, both at least 1e-7. */
export function meanSquaredLogarithmicError(yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = matching('meanSquaredLogarithmicError', yTrue, yPred)
  const logarithm = (x: Tensor): Tensor => log(maximum<Tensor, number>(x, epsilon).add(1))
  return mean(square(logarithm(p).subtract(logarithm(t))), -1)
}

/** What {@link huber} can be told. */
export interface HuberSettings {
  /** Where the square becomes a line. Above 0. Default 1. */
  readonly delta?: number
}

/** Mean over the last axis of e²/2 where |e| ≤ delta, else delta·|e| − delta²/2, for e = p − t (Huber 1964). */
export function huber(yTrue: Tensor, yPred: Tensor, { delta = 1 }: HuberSettings = {}): Tensor {
  const [t, p] = matching('huber', yTrue, yPred)
  const error: Tensor = p.subtract(t)
  const size = abs(error)
  const near = square(error).multiply(0.5)
  return mean(where(size.lessEqual(delta), near, size.multiply(delta).subtract(0.5 * delta * delta)), -1)
}

/** Mean of log cosh(p − t) over the last axis. */
export function logCosh(yTrue: Tensor, yPred: Tensor): Tensor {
  const [t, p] = matching('logCosh', yTrue, yPred)
  const error: Tensor = p.subtract(t)
  return mean(error.add(softplus(error.multiply(-2))).subtract(Math.LN2), -1)
}

/** {@link meanSquaredError} of a batch. */
export class MeanSquaredError extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'MeanSquaredError')
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanSquaredError(yTrue, yPred)
  }
}

/** {@link meanAbsoluteError} of a batch. */
export class MeanAbsoluteError extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'MeanAbsoluteError')
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanAbsoluteError(yTrue, yPred)
  }
}

/** {@link meanAbsolutePercentageError} of a batch. */
export class MeanAbsolutePercentageError extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'MeanAbsolutePercentageError')
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanAbsolutePercentageError(yTrue, yPred)
  }
}

/** {@link meanSquaredLogarithmicError} of a batch. */
export class MeanSquaredLogarithmicError extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'MeanSquaredLogarithmicError')
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanSquaredLogarithmicError(yTrue, yPred)
  }
}

/** {@link logCosh} of a batch. */
export class LogCosh extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'LogCosh')
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return logCosh(yTrue, yPred)
  }
}

/** {@link huber} of a batch. */
export class Huber extends Loss {
  private readonly delta: number

  constructor(given: LossOptions & HuberSettings = {}) {
    const { delta = 1, ...options } = checkOptionNames('Huber', given, ['reduction', 'delta', 'name', 'dtype'])
    super(options, 'Huber', 'huberLoss')
    this.delta = numberWithin(this.name, 'delta', delta, { above: 0 })
  }

  override get labels(): LabelKind {
    return 'values'
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return huber(yTrue, yPred, { delta: this.delta })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), delta: this.delta }
  }
}
