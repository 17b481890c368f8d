// Calling callbacks: a hook of every callback in order; those of batches only where somebody listens, so that steps need not wait.

import type { Callback, Logs } from './callbacks/callback.ts'
import type { AnyModel } from './model.ts'

type Arguments<H extends keyof Callback> = NonNullable<Callback[H]> extends (...args: [...infer A, model: AnyModel]) => unknown ? A : never

/** Hooks before a batch, told its step. */
type BeginHook = 'onTrainBatchBegin' | 'onBatchBegin' | 'onTestBatchBegin' | 'onPredictBatchBegin'
/** Hooks after a batch, told its step and figures. */
type EndHook = 'onTrainBatchEnd' | 'onBatchEnd' | 'onTestBatchEnd' | 'onPredictBatchEnd'

const nothing = (): void => {}

/** The callbacks of one run. */
export class CallbackHooks {
  private readonly model: AnyModel
  private readonly callbacks: readonly Callback[]

  constructor(model: AnyModel, callbacks: readonly Callback[]) {
    this.model = model
    this.callbacks = callbacks
  }

  /** Calls a hook of all callbacks, one after the other. */
  async each<H extends keyof Callback>(hook: H, ...args: Arguments<H>): Promise<void> {
    for (const callback of this.callbacks) await Reflect.apply(callback[hook] ?? nothing, callback, [...args, this.model])
  }

  /** What is to be done before every batch. */
  before(hooks: readonly BeginHook[]): ((step: number) => Promise<void>) | undefined {
    if (!this.hasOne(hooks)) return undefined
    return async (step) => {
      for (const callback of this.callbacks) for (const hook of hooks) await callback[hook]?.(step, this.model)
    }
  }

  /** What is to be done after every batch. */
  after(hooks: readonly EndHook[], figures: () => Promise<Logs>): ((step: number) => Promise<void>) | undefined {
    if (!this.hasOne(hooks)) return undefined
    return async (step) => {
      const logs = await figures()
      for (const callback of this.callbacks) for (const hook of hooks) await callback[hook]?.(step, logs, this.model)
    }
  }

  private hasOne(hooks: readonly (keyof Callback)[]): boolean {
    return this.callbacks.some((callback) => hooks.some((hook) => callback[hook] !== undefined))
  }
}
