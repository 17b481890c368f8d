// All schedules by name.

import { noteComplete } from '../../options/identifiers.ts'
import { maker } from '../../saving/serialized.ts'
import { CosineDecay, CosineDecayRestarts } from './cosine-decay.ts'
import { ExponentialDecay, InverseTimeDecay } from './decay.ts'
import { OneCycle } from './one-cycle.ts'
import { PiecewiseConstantDecay } from './piecewise-constant-decay.ts'
import { PolynomialDecay } from './polynomial-decay.ts'
import * as registry from './registry.ts'
import { LinearWarmupDecay, WarmupStableDecay } from './warmup.ts'

/** Makes all schedules known by name, and returns what finds them. */
export function withAllSchedules<T>(finder: T): T {
  registry.registerSchedules({
    CosineDecay: maker(CosineDecay, ['initialLearningRate', 'decaySteps']),
    CosineDecayRestarts: maker(CosineDecayRestarts, ['initialLearningRate', 'firstDecaySteps']),
    ExponentialDecay: maker(ExponentialDecay, ['initialLearningRate', 'decaySteps', 'decayRate']),
    InverseTimeDecay: maker(InverseTimeDecay, ['initialLearningRate', 'decaySteps', 'decayRate']),
    LinearWarmupDecay: maker(LinearWarmupDecay, ['peakLearningRate', 'warmupSteps', 'totalSteps']),
    OneCycle: maker(OneCycle, ['maxLearningRate', 'totalSteps']),
    PiecewiseConstantDecay: maker(PiecewiseConstantDecay, ['boundaries', 'values']),
    PolynomialDecay: maker(PolynomialDecay, ['initialLearningRate', 'decaySteps']),
    WarmupStableDecay: maker(WarmupStableDecay, ['peakLearningRate', 'warmupSteps', 'stableSteps', 'decaySteps']),
  })
  noteComplete('schedule')
  return finder
}

/** A schedule from `{ className, config }`. */
export const deserialize = /* @__PURE__ */ withAllSchedules(registry.deserialize)

/** A schedule by config, or itself. */
export const get = /* @__PURE__ */ withAllSchedules(registry.get)
