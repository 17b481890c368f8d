// Optimizers and schedules, and what their options may be.

import { optimizers, type OptimizerOptions } from '../../../src/index.ts'
import type { Kinds, Row } from './check-options.ts'
import { anything, count, either, flag, func, type Kind, like, list, nullable, number, required, share, text, whole, word } from './kinds.ts'

const { schedules } = optimizers
const adam = new optimizers.Adam()
const anOptimizer = anything(adam, (value) => value === adam)

const shared: Kinds<OptimizerOptions> = {
  name: like(text, 'given'),
  learningRate: either(number({ min: 0 }), func),
  weightDecay: nullable(number({ min: 0 })),
  decayMatricesOnly: flag,
  useEma: flag,
  emaMomentum: share,
  emaOverwriteFrequency: count(),
  lossScaleFactor: number({ above: 0 }),
  gradientAccumulationSteps: count(),
  clipNorm: number({ above: 0 }),
  globalClipNorm: number({ above: 0 }),
  clipValue: number({ above: 0 }),
}

type Options<C extends abstract new (options: never) => unknown> = NonNullable<ConstructorParameters<C>[0]>

function row(made: new (options: never) => object, className: string, who: string, kinds: Readonly<Record<string, Kind>>, named: boolean): Row {
  const given = named ? { name: who } : {}
  return {
    made,
    className,
    who,
    kinds: Object.entries(kinds),
    make: (options) => Reflect.construct(made, [typeof options === 'object' && options !== null ? { ...given, ...options } : options]),
  }
}

const optimizer = <C extends new (options: never) => object>(made: C, className: string, own: Kinds<Omit<Options<C>, keyof OptimizerOptions>>): Row =>
  row(made, className, 'given', { ...shared, ...own }, true)

const schedule = <C extends new (options: never) => object>(made: C, className: string, kinds: Kinds<Options<C>>): Row =>
  row(made, className, className, kinds, false)

const beta = number({ min: 0, below: 1 }, 0.5)
const moments = { beta1: beta, beta2: beta, epsilon: number({ min: 0 }) }
const rate = required(number())
const positiveRate = required(number({ min: 0 }))
const steps = required(number({ above: 0 }, 10))
const name = text
const decay = { initialLearningRate: rate, decaySteps: steps, decayRate: required(number({ min: 0 })), staircase: flag, name }

export const optimizerTable: readonly Row[] = [
  optimizer(optimizers.Adadelta, 'Adadelta', { rho: share, epsilon: number({ min: 0 }) }),
  optimizer(optimizers.Adafactor, 'Adafactor', {
    beta2Decay: number({ max: 0 }, -0.8),
    epsilon1: number({ min: 0 }),
    epsilon2: number({ min: 0 }),
    clipThreshold: number({ above: 0 }),
    relativeStep: flag,
  }),
  optimizer(optimizers.Adagrad, 'Adagrad', { initialAccumulatorValue: number({ min: 0 }), epsilon: number({ min: 0 }) }),
  optimizer(optimizers.Adam, 'Adam', { amsgrad: flag, ...moments }),
  optimizer(optimizers.AdamW, 'AdamW', { amsgrad: flag, ...moments }),
  optimizer(optimizers.Adamax, 'Adamax', moments),
  optimizer(optimizers.Ftrl, 'Ftrl', {
    learningRatePower: number({ max: 0 }, -0.5),
    initialAccumulatorValue: number({ min: 0 }),
    l1RegularizationStrength: number({ min: 0 }),
    l2RegularizationStrength: number({ min: 0 }),
    l2ShrinkageRegularizationStrength: number({ min: 0 }),
    beta: number({ min: 0 }),
  }),
  optimizer(optimizers.Lamb, 'Lamb', moments),
  optimizer(optimizers.Lion, 'Lion', { beta1: number({ above: 0, max: 1 }), beta2: share }),
  row(
    optimizers.LossScaleOptimizer,
    'LossScaleOptimizer',
    'given',
    { name: like(text, 'given'), innerOptimizer: required(anOptimizer), initialScale: number({ above: 0 }), dynamicGrowthSteps: count() },
    true,
  ),
  row(
    optimizers.MultiOptimizer,
    'MultiOptimizer',
    'given',
    {
      name: like(text, 'given'),
      optimizerMap: required(
        anything({ defaultOptimizer: adam }, (value) => typeof value === 'object' && value !== null && 'defaultOptimizer' in value),
      ),
      lossScaleFactor: number({ above: 0 }),
    },
    true,
  ),
  row(
    optimizers.OptimizerMap,
    'OptimizerMap',
    'OptimizerMap',
    {
      defaultOptimizer: required(anOptimizer),
      optimizerMap: anything(
        { kernel: adam },
        (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0,
        [[3]],
      ),
    },
    false,
  ),
  optimizer(optimizers.Muon, 'Muon', {
    adamBeta1: beta,
    adamBeta2: beta,
    adamWeightDecay: nullable(number({ min: 0 })),
    epsilon: number({ min: 0 }),
    excludeLayers: list(anything('head', (value) => typeof value === 'string')),
    excludeEmbeddings: flag,
    muonA: number(),
    muonB: number(),
    muonC: number(),
    adamLrRatio: number({ min: 0 }),
    momentum: share,
    nsSteps: whole({ min: 0 }),
    nesterov: flag,
    rmsRate: nullable(number({ min: 0 })),
  }),
  optimizer(optimizers.Nadam, 'Nadam', moments),
  optimizer(optimizers.RMSprop, 'RMSprop', { rho: share, momentum: share, epsilon: number({ min: 0 }), centered: flag }),
  optimizer(optimizers.SGD, 'SGD', { momentum: share, nesterov: flag }),
  optimizer(optimizers.ScheduleFreeAdamW, 'ScheduleFreeAdamW', { ...moments, beta1: number({ above: 0, max: 1 }), warmupSteps: number({ min: 0 }) }),
]

export const scheduleTable: readonly Row[] = [
  schedule(schedules.CosineDecay, 'CosineDecay', {
    initialLearningRate: rate,
    decaySteps: steps,
    alpha: number(),
    warmupTarget: { ...number(), together: { warmupSteps: 2 } },
    warmupSteps: { ...number({ above: 0 }), together: { warmupTarget: 1 } },
    name,
  }),
  schedule(schedules.CosineDecayRestarts, 'CosineDecayRestarts', {
    initialLearningRate: rate,
    firstDecaySteps: steps,
    tMul: number({ min: 1 }),
    mMul: number({ min: 0 }),
    alpha: number(),
    name,
  }),
  schedule(schedules.ExponentialDecay, 'ExponentialDecay', decay),
  schedule(schedules.InverseTimeDecay, 'InverseTimeDecay', decay),
  schedule(schedules.OneCycle, 'OneCycle', {
    maxLearningRate: positiveRate,
    totalSteps: required(count(10)),
    pctStart: share,
    annealStrategy: word('cos', 'linear'),
    divFactor: number({ above: 0 }),
    finalDivFactor: number({ above: 0 }),
    threePhase: flag,
  }),
  schedule(schedules.PiecewiseConstantDecay, 'PiecewiseConstantDecay', {
    boundaries: required(list(number(), { length: 1 })),
    values: required(list(number(), { length: 2 })),
    name,
  }),
  schedule(schedules.PolynomialDecay, 'PolynomialDecay', {
    initialLearningRate: rate,
    decaySteps: steps,
    endLearningRate: number(),
    power: number({ min: 0 }),
    cycle: flag,
    name,
  }),
  schedule(schedules.LinearWarmupDecay, 'LinearWarmupDecay', {
    peakLearningRate: positiveRate,
    warmupSteps: required(number({ min: 0 })),
    totalSteps: required(number({ above: 1 }, 10)),
    initialLearningRate: number({ min: 0 }),
    endLearningRate: number({ min: 0 }),
  }),
  schedule(schedules.WarmupStableDecay, 'WarmupStableDecay', {
    peakLearningRate: positiveRate,
    warmupSteps: required(number({ min: 0 })),
    stableSteps: required(number({ min: 0 })),
    decaySteps: steps,
    initialLearningRate: number({ min: 0 }),
    endLearningRate: number({ min: 0 }),
    decayType: word('linear', 'cosine', 'sqrt'),
  }),
]
