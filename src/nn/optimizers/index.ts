// Optimizers, their schedules, and their names.

import type { Optimizer } from './optimizer.ts'
import { get, type OptimizerIdentifier } from './registry.ts'

export { serialize } from '../saving/serialized.ts'
export { Adadelta, type AdadeltaOptions } from './adadelta.ts'
export { Adafactor, type AdafactorOptions } from './adafactor.ts'
export { Adagrad, type AdagradOptions } from './adagrad.ts'
export { Adam, type AdamOptions, AdamW, type AdamWOptions, type MomentOptions } from './adam.ts'
export { Adamax } from './adamax.ts'
export type { Clipping } from './clipping.ts'
export { Ftrl, type FtrlOptions } from './ftrl.ts'
export { kerasOptionNames } from './keras-names.ts'
export { Lamb } from './lamb.ts'
export { Lion, type LionOptions } from './lion.ts'
export { LossScaleOptimizer, type LossScaleOptimizerOptions } from './loss-scale-optimizer.ts'
export { MultiOptimizer, type MultiOptimizerOptions } from './multi-optimizer.ts'
export { Muon, type MuonOptions } from './muon.ts'
export { Nadam } from './nadam.ts'
export { type DecayExclusions, Optimizer, type Rule, type Step, type UpdatedParameter } from './optimizer.ts'
export { OptimizerMap, type OptimizerMapOptions } from './optimizer-map.ts'
export { checkRate, type OptimizerOptions } from './optimizer-options.ts'
export type { Gradients, OptimizerState, ParameterTraits, Slots, Update } from './optimizer-state.ts'
export { deserialize, get, type OptimizerIdentifier } from './registry.ts'
export { RMSprop, type RMSpropOptions } from './rmsprop.ts'
export { ScheduleFreeAdamW, type ScheduleFreeAdamWOptions } from './schedule-free-adamw.ts'
export * as schedules from './schedules/index.ts'
export { type CosineDecayOptions, cosineDecay, LearningRateSchedule, type Schedule } from './schedules/index.ts'
export { SGD, type SGDOptions } from './sgd.ts'

/** An optimizer by name (with its defaults), by config, or itself. */
export const resolveOptimizer = (optimizer: OptimizerIdentifier): Optimizer => get(optimizer)
