// Cross-entropies and other distances of distributions as metrics: their means over an epoch.

import type { Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { flag, numberWithin, optionalNumber } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { type BinaryCrossentropySettings, binaryCrossentropy } from '../losses/binary-crossentropy.ts'
import { type CategoricalCrossentropySettings, categoricalCrossentropy } from '../losses/categorical-crossentropy.ts'
import { klDivergence, poisson } from '../losses/divergences.ts'
import { labelsAreNumbers } from '../losses/resolve.ts'
import { type SparseCategoricalCrossentropySettings, sparseCategoricalCrossentropy } from '../losses/sparse-crossentropy.ts'
import { MeanMetric } from './mean.ts'
import type { MetricOptions } from './metric.ts'

/** Mean of Σ t·log(t / p). */
export class KLDivergence extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'KLDivergence')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return klDivergence(yTrue, yPred)
  }
}

/** Mean of p − t·log p. */
export class Poisson extends MeanMetric {
  constructor(options: MetricOptions = {}) {
    super(options, 'Poisson')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return poisson(yTrue, yPred)
  }
}

/** Mean of the cross-entropy of yes-or-no outputs. */
export class BinaryCrossentropy extends MeanMetric {
  private readonly settings: Required<Omit<BinaryCrossentropySettings, 'axis'>>

  constructor(given: MetricOptions & Omit<BinaryCrossentropySettings, 'axis'> = {}) {
    const {
      fromLogits = false,
      labelSmoothing = 0,
      ...options
    } = checkOptionNames('BinaryCrossentropy', given, ['labelSmoothing', 'fromLogits', 'name', 'dtype'])
    super(options, 'BinaryCrossentropy')
    this.settings = {
      fromLogits: flag(this.name, 'fromLogits', fromLogits),
      labelSmoothing: numberWithin(this.name, 'labelSmoothing', labelSmoothing, { min: 0, max: 1 }),
    }
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return binaryCrossentropy(yTrue, yPred, this.settings)
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings }
  }
}

/** Mean of the cross-entropy of one class out of several, for targets `[…, classes]`. */
export class CategoricalCrossentropy extends MeanMetric {
  private readonly settings: Required<CategoricalCrossentropySettings>

  constructor(given: MetricOptions & CategoricalCrossentropySettings = {}) {
    const {
      fromLogits = false,
      labelSmoothing = 0,
      axis = -1,
      ...options
    } = checkOptionNames('CategoricalCrossentropy', given, ['labelSmoothing', 'axis', 'fromLogits', 'name', 'dtype'])
    super(options, 'CategoricalCrossentropy')
    this.settings = {
      fromLogits: flag(this.name, 'fromLogits', fromLogits),
      labelSmoothing: numberWithin(this.name, 'labelSmoothing', labelSmoothing, { min: 0, max: 1 }),
      axis: numberWithin(this.name, 'axis', axis, { whole: true }),
    }
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return categoricalCrossentropy(yTrue, yPred, this.settings)
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings }
  }
}

/** Mean of the cross-entropy for labels that are numbers; samples of `ignoreClass` count as 0, and are left out where there are weights. */
export class SparseCategoricalCrossentropy extends MeanMetric {
  private readonly settings: Required<SparseCategoricalCrossentropySettings>

  constructor(given: MetricOptions & SparseCategoricalCrossentropySettings = {}) {
    const {
      fromLogits = false,
      ignoreClass,
      axis = -1,
      ...options
    } = checkOptionNames('SparseCategoricalCrossentropy', given, ['ignoreClass', 'axis', 'fromLogits', 'name', 'dtype'])
    super(options, 'SparseCategoricalCrossentropy')
    this.settings = {
      fromLogits: flag(this.name, 'fromLogits', fromLogits),
      axis: numberWithin(this.name, 'axis', axis, { whole: true }),
      ignoreClass: optionalNumber(this.name, 'ignoreClass', ignoreClass, { whole: true }) ?? null,
    }
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    return sparseCategoricalCrossentropy(yTrue, yPred, this.settings)
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings }
  }
}

/** What 'crossentropy' means when a model is compiled: binary for one output, categorical for rows of the predictions' size, else sparse. */
export class CrossentropyByShape extends MeanMetric {
  constructor(options: MetricOptions) {
    super(options, 'Crossentropy')
  }

  override values(yTrue: Tensor, yPred: Tensor): Tensor {
    if (yPred.dims.at(-1) === 1) return binaryCrossentropy(yTrue, yPred)
    return labelsAreNumbers(yTrue.dims, yPred.dims) ? sparseCategoricalCrossentropy(yTrue, yPred) : categoricalCrossentropy(yTrue, yPred)
  }
}
