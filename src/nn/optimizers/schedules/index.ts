// Learning rates that follow the number of steps, and their names. `cosineDecay(options)` is short for `new CosineDecay(options)`; either is a
// function of the step.

import { CosineDecay, type CosineDecayOptions, CosineDecayRestarts, type CosineDecayRestartsOptions } from './cosine-decay.ts'
import { type DecayOptions, ExponentialDecay, InverseTimeDecay } from './decay.ts'
import { OneCycle, type OneCycleOptions } from './one-cycle.ts'
import { PiecewiseConstantDecay, type PiecewiseConstantDecayOptions } from './piecewise-constant-decay.ts'
import { PolynomialDecay, type PolynomialDecayOptions } from './polynomial-decay.ts'
import { LinearWarmupDecay, type LinearWarmupDecayOptions, WarmupStableDecay, type WarmupStableDecayOptions } from './warmup.ts'

export { serialize } from '../../saving/serialized.ts'
export { deserialize, get } from './all.ts'
export { CosineDecay, type CosineDecayOptions, CosineDecayRestarts, type CosineDecayRestartsOptions } from './cosine-decay.ts'
export { type DecayOptions, ExponentialDecay, InverseTimeDecay } from './decay.ts'
export { LearningRateSchedule, type Schedule } from './learning-rate-schedule.ts'
export { OneCycle, type OneCycleOptions } from './one-cycle.ts'
export { PiecewiseConstantDecay, type PiecewiseConstantDecayOptions } from './piecewise-constant-decay.ts'
export { PolynomialDecay, type PolynomialDecayOptions } from './polynomial-decay.ts'
export { LinearWarmupDecay, type LinearWarmupDecayOptions, WarmupStableDecay, type WarmupStableDecayOptions } from './warmup.ts'

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
