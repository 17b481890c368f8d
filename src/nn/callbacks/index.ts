// Callbacks of fit.

export type { Callback, Logs, NonFiniteReport } from './callback.ts'
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts'
export { LambdaCallback } from './lambda-callback.ts'
export { TerminateOnNaN } from './terminate-on-nan.ts'
