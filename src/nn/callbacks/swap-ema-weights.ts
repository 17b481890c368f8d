// Evaluates with moving averages of the weights.

import { ConfigError } from '../../core/index.ts'
import type { AnyModel } from '../model/model.ts'
import { flag } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { Callback, type Logs } from './callback.ts'

/** Options of {@link SwapEMAWeights}. */
export interface SwapEMAWeightsOptions {
  /** The averages stay in the model from the end of an epoch to the begin of the next, so that callbacks after this one save them. Default false. */
  readonly swapOnEpoch?: boolean
}

const where = 'swapEMAWeights'

/**
 * Gives the model the moving averages of its weights while it is validated, evaluated or asked, and its own back afterwards, as Keras's
 * SwapEMAWeights (Polyak and Juditsky 1992). The optimizer needs `useEma: true`.
 *
 * ```ts
 * model.compile({ optimizer: new Adam({ useEma: true }), loss: 'meanSquaredError' })
 * await model.fit(x, y, { validationSplit: 0.1, callbacks: [new SwapEMAWeights()] })
 * ```
 */
export class SwapEMAWeights extends Callback {
  private readonly swapOnEpoch: boolean

  constructor(options: SwapEMAWeightsOptions = {}) {
    super()
    checkOptionNames(where, options, ['swapOnEpoch'])
    this.swapOnEpoch = flag(where, 'swapOnEpoch', options.swapOnEpoch ?? false)
  }

  override onTrainBegin(model: AnyModel): void {
    checkAverages(model)
  }

  override onEpochBegin(_epoch: number, model: AnyModel): void {
    if (this.swapOnEpoch) putAverages(model, false)
  }

  override onEpochEnd(_epoch: number, _logs: Logs, model: AnyModel): void {
    if (this.swapOnEpoch) putAverages(model, true)
  }

  override onTestBegin(model: AnyModel): void {
    putAverages(model, true)
  }

  override onTestEnd(_logs: Logs, model: AnyModel): void {
    putAverages(model, false)
  }

  override onPredictBegin(model: AnyModel): void {
    putAverages(model, true)
  }

  override onPredictEnd(_logs: Logs, model: AnyModel): void {
    putAverages(model, false)
  }
}

function checkAverages(model: AnyModel): void {
  if (model.optimizer.useEma) return
  throw new ConfigError(
    `${where}: expected an optimizer that keeps averages of the weights, got ${model.optimizer.name} without. Pass it useEma: true.`,
  )
}

/** Whether the model shall have the averages or its own weights now. */
function putAverages(model: AnyModel, averages: boolean): void {
  checkAverages(model)
  const training = model.training(where)
  if (training.hasAverages !== averages) training.swapAverages()
}
