// Learning rates that follow the number of steps, and their names. `cosineDecay(options)` is short for `new CosineDecay(options)`; either is a
// function of the step.

import { ConfigError } from '../../../core/index.ts'
import { deserializeFrom, isSerialized, maker, type Makers, type SerializedInput } from '../../saving/serialized.ts'
import { CosineDecay, type CosineDecayOptions, CosineDecayRestarts, type CosineDecayRestartsOptions } from './cosine-decay.ts'
import { type DecayOptions, ExponentialDecay, InverseTimeDecay } from './decay.ts'
import type { LearningRateSchedule, Schedule } from './learning-rate-schedule.ts'
import { OneCycle, type OneCycleOptions } from './one-cycle.ts'
import { PiecewiseConstantDecay, type PiecewiseConstantDecayOptions } from './piecewise-constant-decay.ts'
import { PolynomialDecay, type PolynomialDecayOptions } from './polynomial-decay.ts'
import { LinearWarmupDecay, type LinearWarmupDecayOptions, WarmupStableDecay, type WarmupStableDecayOptions } from './warmup.ts'

export { serialize } from '../../saving/serialized.ts'
export { CosineDecay, type CosineDecayOptions, CosineDecayRestarts, type CosineDecayRestartsOptions } from './cosine-decay.ts'
export { type DecayOptions, ExponentialDecay, InverseTimeDecay } from './decay.ts'
export { LearningRateSchedule, type Schedule } from './learning-rate-schedule.ts'
export { OneCycle, type OneCycleOptions } from './one-cycle.ts'
export { PiecewiseConstantDecay, type PiecewiseConstantDecayOptions } from './piecewise-constant-decay.ts'
export { PolynomialDecay, type PolynomialDecayOptions } from './polynomial-decay.ts'
export { LinearWarmupDecay, type LinearWarmupDecayOptions, WarmupStableDecay, type WarmupStableDecayOptions } from './warmup.ts'

const makers: Makers<LearningRateSchedule> = {
  CosineDecay: maker(CosineDecay, ['initialLearningRate', 'decaySteps']),
  CosineDecayRestarts: maker(CosineDecayRestarts, ['initialLearningRate', 'firstDecaySteps']),
  ExponentialDecay: maker(ExponentialDecay, ['initialLearningRate', 'decaySteps', 'decayRate']),
  InverseTimeDecay: maker(InverseTimeDecay, ['initialLearningRate', 'decaySteps', 'decayRate']),
  LinearWarmupDecay: maker(LinearWarmupDecay, ['peakLearningRate', 'warmupSteps', 'totalSteps']),
  OneCycle: maker(OneCycle, ['maxLearningRate', 'totalSteps']),
  PiecewiseConstantDecay: maker(PiecewiseConstantDecay, ['boundaries', 'values']),
  PolynomialDecay: maker(PolynomialDecay, ['initialLearningRate', 'decaySteps']),
  WarmupStableDecay: maker(WarmupStableDecay, ['peakLearningRate', 'warmupSteps', 'stableSteps', 'decaySteps']),
}

/** {@link CosineDecay}. */
export const cosineDecay = (options: CosineDecayOptions): CosineDecay => new CosineDecay(options)
/** {@link CosineDecayRestarts}. */
export const cosineDecayRestarts = (options: CosineDecayRestartsOptions): CosineDecayRestarts => new CosineDecayRestarts(options)
/** {@link ExponentialDecay}. */
export const exponentialDecay = (options: DecayOptions): ExponentialDecay => new ExponentialDecay(options)
/** {@link InverseTimeDecay}. */
export const inverseTimeDecay = (options: DecayOptions): InverseTimeDecay => new InverseTimeDecay(options)
/** {@link LinearWarmupDecay}. */
export const linearWarmupDecay = (options: LinearWarmupDecayOptions): LinearWarmupDecay => new LinearWarmupDecay(options)
/** {@link OneCycle}. */
export const oneCycle = (options: OneCycleOptions): OneCycle => new OneCycle(options)
/** {@link PiecewiseConstantDecay}. */
export const piecewiseConstantDecay = (options: PiecewiseConstantDecayOptions): PiecewiseConstantDecay => new PiecewiseConstantDecay(options)
/** {@link PolynomialDecay}. */
export const polynomialDecay = (options: PolynomialDecayOptions): PolynomialDecay => new PolynomialDecay(options)
/** {@link WarmupStableDecay}. */
export const warmupStableDecay = (options: WarmupStableDecayOptions): WarmupStableDecay => new WarmupStableDecay(options)

/** A schedule from `{ className, config }`. */
export const deserialize = (serialized: SerializedInput): LearningRateSchedule => deserializeFrom('schedule', serialized, makers)

/** A schedule by config, or itself. */
export function get(identifier: Schedule | SerializedInput): Schedule {
  if (typeof identifier === 'function') return identifier
  if (isSerialized(identifier)) return deserialize(identifier)
  throw new ConfigError(`schedule: expected a function of the step or { className, config }, got ${String(identifier)}. Pass a schedule.`)
}
