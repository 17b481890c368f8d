// Several callbacks as one, for loops of one's own.

import { ConfigError } from '../../core/index.ts'
import { CallbackHooks, type HookArguments } from './callback-hooks.ts'
import { History } from './history.ts'
import type { AnyModel } from '../model/model.ts'
import { flag } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { Callback, type Logs, type NonFiniteReport, type RunParameters } from './callback.ts'
import type { HookName } from './hook-names.ts'
import { ProgbarLogger } from './progbar-logger.ts'

/** Options of {@link CallbackList}. */
export interface CallbackListOptions {
  /** Adds a History where there is none. Default false. */
  readonly addHistory?: boolean
  /** Adds a ProgbarLogger where there is none. Default false. */
  readonly addProgbar?: boolean
  /** The model that the callbacks are told of. */
  readonly model?: AnyModel
  /** What callbacks are told of the run. */
  readonly params?: Partial<Omit<RunParameters, 'callbacks'>>
}

const where = 'callbackList'

/**
 * Calls the hooks of several callbacks, one callback after the other, as Keras's CallbackList. Each hook waits for all callbacks. Among the callbacks of
 * `fit`, a list is what it holds.
 *
 * ```ts
 * const list = new CallbackList([new CSVLogger({ filename: 'log.csv' })], { model, params: { epochs: 2, steps: 100 } })
 * await list.onTrainBegin()
 * for (let epoch = 0; epoch < 2; epoch++) {
 *   await list.onEpochBegin(epoch)
 *   const logs = await model.trainOnBatch(x, y)
 *   await list.onEpochEnd(epoch, logs)
 * }
 * await list.onTrainEnd({})
 * ```
 */
export class CallbackList extends Callback {
  override readonly callbacks: Callback[]
  override model: AnyModel | undefined
  private params: CallbackListOptions['params']
  private readonly told = new WeakMap<AnyModel, { readonly count: number; readonly hooks: CallbackHooks }>()

  constructor(callbacks: readonly Callback[] = [], options: CallbackListOptions = {}) {
    super()
    checkOptionNames(where, options, ['addHistory', 'addProgbar', 'model', 'params'])
    const { addHistory = false, addProgbar = false, model, params } = options
    this.callbacks = [...callbacks]
    if (flag(where, 'addHistory', addHistory) && this.history === undefined) this.callbacks.push(new History())
    if (flag(where, 'addProgbar', addProgbar) && !callbacks.some((callback) => callback instanceof ProgbarLogger))
      this.callbacks.push(new ProgbarLogger())
    this.model = model
    this.params = params
  }

  /** The History in the list, if there is one. */
  get history(): History | undefined {
    return this.callbacks.find((callback) => callback instanceof History)
  }

  /** Adds a callback at the end. */
  append(callback: Callback): void {
    this.callbacks.push(callback)
  }

  override setParams(params: Partial<Omit<RunParameters, 'callbacks'>>): void {
    this.params = params
  }

  override onTrainBegin(model?: AnyModel): Promise<void> {
    return this.each(model, 'onTrainBegin')
  }

  override onTrainEnd(logs: Logs, model?: AnyModel): Promise<void> {
    return this.each(model, 'onTrainEnd', logs)
  }

  override onEpochBegin(epoch: number, model?: AnyModel): Promise<void> {
    return this.each(model, 'onEpochBegin', epoch)
  }

  override async onEpochEnd(epoch: number, logs: Logs, model?: AnyModel): Promise<void> {
    const hooks = this.hooks(model)
    await hooks.each('onEpochEnd', epoch, { ...logs, ...(await hooks.epochFigures(epoch)) })
  }

  override async onTrainBatchBegin(step: number, model?: AnyModel): Promise<void> {
    await this.hooks(model).before(['onTrainBatchBegin', 'onBatchBegin'])?.(step)
  }

  override async onTrainBatchEnd(step: number, logs: Logs, model?: AnyModel): Promise<void> {
    await this.hooks(model).after(['onTrainBatchEnd', 'onBatchEnd'], () => Promise.resolve(logs))?.(step)
  }

  override onTestBegin(model?: AnyModel): Promise<void> {
    return this.each(model, 'onTestBegin')
  }

  override onTestEnd(logs: Logs, model?: AnyModel): Promise<void> {
    return this.each(model, 'onTestEnd', logs)
  }

  override onTestBatchBegin(step: number, model?: AnyModel): Promise<void> {
    return this.each(model, 'onTestBatchBegin', step)
  }

  override onTestBatchEnd(step: number, logs: Logs, model?: AnyModel): Promise<void> {
    return this.each(model, 'onTestBatchEnd', step, logs)
  }

  override onPredictBegin(model?: AnyModel): Promise<void> {
    return this.each(model, 'onPredictBegin')
  }

  override onPredictEnd(logs: Logs, model?: AnyModel): Promise<void> {
    return this.each(model, 'onPredictEnd', logs)
  }

  override onPredictBatchBegin(step: number, model?: AnyModel): Promise<void> {
    return this.each(model, 'onPredictBatchBegin', step)
  }

  override onPredictBatchEnd(step: number, logs: Logs, model?: AnyModel): Promise<void> {
    return this.each(model, 'onPredictBatchEnd', step, logs)
  }

  override onNonFinite(report: NonFiniteReport, model?: AnyModel): Promise<void> {
    return this.each(model, 'onNonFinite', report)
  }

  private each<H extends HookName>(model: AnyModel | undefined, hook: H, ...args: HookArguments<H>): Promise<void> {
    return this.hooks(model).each(hook, ...args)
  }

  /** The callbacks, told of a model and of the run; told again when one was added. */
  private hooks(model: AnyModel | undefined = this.model): CallbackHooks {
    if (model === undefined) throw new ConfigError(`${where}: expected a model, got none. Pass it: new CallbackList(callbacks, { model }).`)
    const known = this.told.get(model)
    if (known?.count === this.callbacks.length) return known.hooks
    const hooks = new CallbackHooks(model, this.callbacks, this.params)
    this.told.set(model, { count: this.callbacks.length, hooks })
    return hooks
  }
}
