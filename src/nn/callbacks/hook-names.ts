// The names of all hooks of a callback.

import type { Callback } from './callback.ts'

/** The names of what callbacks are told while something runs. */
export type HookName = Extract<keyof Callback, `on${string}`>

const hooks: Readonly<Record<HookName, true>> = {
  onTrainBegin: true,
  onTrainEnd: true,
  onEpochBegin: true,
  onEpochEnd: true,
  onTrainBatchBegin: true,
  onTrainBatchEnd: true,
  onBatchBegin: true,
  onBatchEnd: true,
  onTestBegin: true,
  onTestEnd: true,
  onTestBatchBegin: true,
  onTestBatchEnd: true,
  onPredictBegin: true,
  onPredictEnd: true,
  onPredictBatchBegin: true,
  onPredictBatchEnd: true,
  onNonFinite: true,
}

/** All of them. */
export const hookNames: readonly string[] = Object.keys(hooks)
