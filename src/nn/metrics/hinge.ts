// Hinge losses as metrics: their means over an epoch.

import type { Tensor } from '../../core/index.ts'
import { categoricalHinge, hinge, squaredHinge } from '../losses/hinge.ts'
import { MeanMetric } from './mean.ts'
import type { MetricOptions } from './metric.ts'

/** Mean of max(1 − t·p, 0). */
export class Hinge extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'Hinge')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return hinge(yTrue, yPred)
  }
}

/** Mean of max(1 − t·p, 0)². */
export class SquaredHinge extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'SquaredHinge')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return squaredHinge(yTrue, yPred)
  }
}

/** Mean of max(max((1 − t)·p) − Σ t·p + 1, 0). */
export class CategoricalHinge extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'CategoricalHinge')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalHinge(yTrue, yPred)
  }
}
