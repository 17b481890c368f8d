// Callbacks of fit that need no files.

export { Callback, type CallbackState, type Logs, type NonFiniteReport, type RunParameters } from './callback.ts'
export { CallbackList, type CallbackListOptions } from './callback-list.ts'
export { savedNumber, optionalSavedNumber } from './callback-state.ts'
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts'
export { LambdaCallback } from './lambda-callback.ts'
export { LearningRateScheduler, type LearningRateSchedulerOptions } from './learning-rate-scheduler.ts'
export { Monitor, type MonitorOptions } from './monitor.ts'
export { ProgbarLogger } from './progbar-logger.ts'
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduce-lr-on-plateau.ts'
export { SwapEMAWeights, type SwapEMAWeightsOptions } from './swap-ema-weights.ts'
export { TerminateOnNaN, type TerminateOnNaNOptions } from './terminate-on-nan.ts'
