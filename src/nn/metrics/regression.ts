// Metrics of regression: means over an epoch of distances from the truth.

import { sqrt, square, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { type AxisSetting, cosine } from '../losses/cosine-similarity.ts'
import { matching } from '../losses/matching.ts'
import { logCosh, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredError, meanSquaredLogarithmicError } from '../losses/regression.ts'
import { MeanMetric, type MeanState } from './mean.ts'
import type { MetricOptions } from './metric.ts'

/** Mean of (t − p)². */
export class MeanSquaredError extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'MeanSquaredError')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanSquaredError(yTrue, yPred)
  }
}

/** Mean of |t − p|. */
export class MeanAbsoluteError extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'MeanAbsoluteError')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanAbsoluteError(yTrue, yPred)
  }
}

/** Mean of 100 · |t − p| / |t|. */
export class MeanAbsolutePercentageError extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'MeanAbsolutePercentageError')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanAbsolutePercentageError(yTrue, yPred)
  }
}

/** Mean of (log(1 + t) − log(1 + p))². */
export class MeanSquaredLogarithmicError extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'MeanSquaredLogarithmicError')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return meanSquaredLogarithmicError(yTrue, yPred)
  }
}

/** Mean of log cosh(p − t). */
export class LogCoshError extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'LogCoshError', 'logcosh')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return logCosh(yTrue, yPred)
  }
}

/** Square root of the mean of (t − p)². */
export class RootMeanSquaredError extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'RootMeanSquaredError')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    const [t, p] = matching(this.name, yTrue, yPred)
    return square(p.subtract(t))
  }

  override compute(state: MeanState): Tensor {
    return sqrt(super.compute(state))
  }

  override async read(): Promise<number> {
    return Math.sqrt(await super.read())
  }
}

/** Mean of the cosine of the angle between targets and predictions along an axis. */
export class CosineSimilarity extends MeanMetric {
  private readonly axis: number

  constructor(given: MetricOptions & AxisSetting = {}) {
    const { axis = -1, ...options } = checkOptionNames('CosineSimilarity', given, ['axis', 'name', 'dtype'])
    super(options, 'CosineSimilarity')
    this.axis = numberWithin(this.name, 'axis', axis, { whole: true })
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return cosine(this.name, yTrue, yPred, this.axis)
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis }
  }
}
