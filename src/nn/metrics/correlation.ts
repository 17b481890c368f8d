// Correlations along an axis, as means over an epoch. Functions give a value for each sample.

import { divide, mean, type Shape, sqrt, square, type Tensor, variance } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import type { AxisSetting } from '../losses/cosine-similarity.ts'
import { epsilon, matching } from '../losses/matching.ts'
import { MeanMetric } from './mean.ts'
import type { MetricOptions } from './metric.ts'

const keep = { keepDims: true } as const
const middle = (x: Tensor, axis: number): Tensor => mean<Shape, number, true>(x, axis, keep)
const spreadOf = (x: Tensor, axis: number): Tensor => variance<Shape, number, true>(x, axis, keep)

/** Mean of the products of targets and predictions, each less its mean and divided by its standard deviation (Pearson 1895). */
export function pearsonCorrelation(yTrue: Tensor, yPred: Tensor, { axis = -1 }: AxisSetting = {}): Tensor {
  const [t, p] = matching('pearsonCorrelation', yTrue, yPred)
  const standard = (x: Tensor): Tensor => divide<Tensor, Tensor>(x.subtract<Shape, Tensor>(middle(x, axis)), sqrt(spreadOf(x, axis)))
  return mean(standard(t).multiply(standard(p)), axis)
}

/** How near predictions are to the line p = t: 2 cov / (var t + var p + (mean t − mean p)²) (Lin 1989). */
export function concordanceCorrelation(yTrue: Tensor, yPred: Tensor, { axis = -1 }: AxisSetting = {}): Tensor {
  const [t, p] = matching('concordanceCorrelation', yTrue, yPred)
  const [meanT, meanP] = [middle(t, axis), middle(p, axis)]
  // Σ (t − mean t)(p − mean p) = Σ (t − mean p)(p − mean p): deviations of p add up to 0.
  const together: Tensor = t.subtract<Shape, Tensor>(meanP).multiply<Shape, Tensor>(p.subtract<Shape, Tensor>(meanP))
  const apart = spreadOf(t, axis)
    .add<Shape, Tensor>(spreadOf(p, axis))
    .add<Shape, Tensor>(square(meanT.subtract<Shape, Tensor>(meanP)))
  return mean(divide<Tensor, Tensor>(together.multiply(2), apart.add(epsilon)), axis)
}

/** {@link pearsonCorrelation} over an epoch. */
export class PearsonCorrelation extends MeanMetric {
  private readonly axis: number

  constructor(given: MetricOptions & AxisSetting = {}) {
    const { axis = -1, ...options } = checkOptionNames('PearsonCorrelation', given, ['axis', 'name', 'dtype'])
    super(options, 'PearsonCorrelation')
    this.axis = numberWithin(this.name, 'axis', axis, { whole: true })
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return pearsonCorrelation(yTrue, yPred, { axis: this.axis })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis }
  }
}

/** {@link concordanceCorrelation} over an epoch. */
export class ConcordanceCorrelation extends MeanMetric {
  private readonly axis: number

  constructor(given: MetricOptions & AxisSetting = {}) {
    const { axis = -1, ...options } = checkOptionNames('ConcordanceCorrelation', given, ['axis', 'name', 'dtype'])
    super(options, 'ConcordanceCorrelation')
    this.axis = numberWithin(this.name, 'axis', axis, { whole: true })
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return concordanceCorrelation(yTrue, yPred, { axis: this.axis })
  }

  override getConfig(): Config {
    return { ...super.getConfig(), axis: this.axis }
  }
}
