// Calling callbacks: a hook of every callback in order; those of batches only where somebody listens, so that steps need not wait.

import { Callback, type Logs, type RunParameters } from './callback.ts'
import type { HookName } from './hook-names.ts'
import type { AnyModel } from '../model/model.ts'
import { standardTerminal } from '../progress/terminal.ts'

/** What a hook is told, but for the model. */
export type HookArguments<H extends HookName> = NonNullable<Callback[H]> extends (...args: [...infer A, model: AnyModel]) => unknown ? A : never

/** Hooks before a batch, told its step. */
type BeginHook = 'onTrainBatchBegin' | 'onBatchBegin' | 'onTestBatchBegin' | 'onPredictBatchBegin'
/** Hooks after a batch, told its step and figures. */
type EndHook = 'onTrainBatchEnd' | 'onBatchEnd' | 'onTestBatchEnd' | 'onPredictBatchEnd'

const nothing = (): void => {}

/** The callbacks of one run: those that are last after the others, lists as what they hold. */
export class CallbackHooks {
  private readonly model: AnyModel
  private readonly callbacks: readonly Callback[]

  constructor(model: AnyModel, callbacks: readonly Callback[], params: Partial<Omit<RunParameters, 'callbacks'>> = {}) {
    this.model = model
    const all = callbacks.flatMap(partsOf)
    this.callbacks = [...all.filter(({ isLast }) => isLast !== true), ...all.filter(({ isLast }) => isLast === true)]
    const told: RunParameters = { verbose: 'auto', validates: false, terminal: params.terminal ?? standardTerminal(), ...params, callbacks: all }
    for (const callback of this.callbacks) {
      if (callback instanceof Callback) callback.model = model
      callback.setParams?.(told, model)
    }
  }

  /** Calls a hook of all callbacks, one after the other. */
  async each<H extends HookName>(hook: H, ...args: HookArguments<H>): Promise<void> {
    for (const callback of this.callbacks) await Reflect.apply(callback[hook] ?? nothing, callback, [...args, this.model])
  }

  /** Lets all callbacks close what they hold open. */
  async release(): Promise<void> {
    for (const callback of this.callbacks) await callback.release?.()
  }

  /** Whether a callback shows progress. */
  get showsProgress(): boolean {
    return this.callbacks.some(({ showsProgress }) => showsProgress === true)
  }

  /** What callbacks add to the figures of an epoch. */
  async epochFigures(epoch: number): Promise<Record<string, number>> {
    const figures: Record<string, number> = {}
    for (const callback of this.callbacks) Object.assign(figures, await callback.epochFigures?.(epoch, this.model))
    return figures
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

  private hasOne(hooks: readonly HookName[]): boolean {
    return this.callbacks.some((callback) => hooks.some((hook) => callback[hook] !== undefined))
  }
}

/** The callbacks of a list, and of lists in it. */
const partsOf = (callback: Callback): readonly Callback[] => callback.callbacks?.flatMap(partsOf) ?? [callback]
