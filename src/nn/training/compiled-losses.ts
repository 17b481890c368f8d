// The losses that a model is compiled with: one for each output that has one, their weights, and their sum.

import { add, ConfigError, showDims, type Tensor } from '../../core/index.ts'
import { type ByName, byName } from '../options/by-name.ts'
import { camelCase } from '../options/identifiers.ts'
import { logitsBehind } from '../activations/logits-behind.ts'
import { Loss } from '../losses/loss.ts'
import { type LossIdentifier, resolveLoss } from '../losses/resolve.ts'
import { maskOf } from '../layer/masks.ts'

/** One loss, or one for each output by position or by the output's name; null for an output that has none. */
export type LossOption = ByName<LossIdentifier>
/** A factor, or one for each output by position or by the output's name. */
export type LossWeightsOption = ByName<number>

/** What losses are compiled from. */
export interface LossOptions {
  readonly loss?: LossOption
  readonly lossWeights?: LossWeightsOption
}

/** The loss of one output. */
export interface OutputLoss {
  /** The output's position among all. */
  readonly index: number
  /** What its mean is reported as. */
  readonly reported: string
  readonly loss: Loss
  readonly weight: number | undefined
}

/** A loss of an output for a batch, before its weight. */
export interface LossValue {
  readonly part: OutputLoss
  readonly value: Tensor
}

/** Whether something stands for a loss. */
export const isLoss = (value: unknown): value is LossIdentifier =>
  typeof value === 'string' ||
  typeof value === 'function' ||
  value instanceof Loss ||
  (typeof value === 'object' && value !== null && 'className' in value)
const isNumber = (value: unknown): value is number => typeof value === 'number'

/** Losses by output. */
export class CompiledLosses {
  readonly parts: readonly OutputLoss[]

  /** @throws ConfigError where losses or weights do not belong to outputs of these names. */
  constructor({ loss, lossWeights }: LossOptions, names: readonly string[]) {
    const given = isLoss(loss) ? names.map(() => loss) : byName({ where: 'compile', what: 'losses', names }, loss ?? names.map(() => null), isLoss)
    const weights = lossWeights === undefined || lossWeights === null ? [] : weightsOf(names, given, lossWeights)
    this.parts = given.flatMap((identifier, index) =>
      identifier === undefined || identifier === null
        ? []
        : [{ index, reported: camelCase(`${names[index] ?? ''}_loss`), loss: resolveLoss(identifier), weight: weights[index] }],
    )
  }

  /** The loss of every output that has one, for targets, predictions and weights by output. */
  values(
    where: string,
    targets: readonly (Tensor | undefined)[],
    predictions: readonly Tensor[],
    weights: readonly (Tensor | undefined)[],
  ): LossValue[] {
    return this.parts.flatMap((part) => {
      const [target, prediction] = [targets[part.index], predictions[part.index]]
      if (target === undefined || prediction === undefined) {
        throw new ConfigError(`${where}: expected targets for ${part.loss.name}, got none. Pass y, or compile without a loss for this output.`)
      }
      return [{ part, value: lossOf(part.loss, target, prediction, weights[part.index]) }]
    })
  }
}

/** The weighted sum; undefined of nothing. */
export function totalOf(values: readonly LossValue[]): Tensor | undefined {
  return values
    .map(({ part: { weight }, value }): Tensor => (weight === undefined ? value : value.multiply(weight)))
    .reduce<Tensor | undefined>((total, value): Tensor => (total === undefined ? value : add<Tensor, Tensor>(total, value)), undefined)
}

/** A loss of predictions; from the logits behind them where both stand for the same activation, which is exact and one pass cheaper. */
function lossOf(loss: Loss, target: Tensor, prediction: Tensor, sampleWeight: Tensor | undefined): Tensor {
  const logits = logitsBehind(prediction)
  const { activation } = loss.forShapes(target.dims, prediction.dims)
  const fits = logits !== undefined && activation !== undefined && (logits.activation === 'none' || logits.activation === activation)
  const mask = maskOf(prediction)
  const value = fits
    ? loss.compute(target, logits.value, { mask, sampleWeight, fromLogits: true })
    : loss.compute(target, prediction, { mask, sampleWeight })
  if (value.rank === 0) return value
  throw new ConfigError(
    `${loss.name}: expected a loss of one number to train with, got one of ${showDims(value.dims)}. Choose another reduction than 'none'.`,
  )
}

/** Weights by output; a list may also have one for each loss. */
function weightsOf(names: readonly string[], losses: readonly unknown[], given: LossWeightsOption): (number | undefined)[] {
  const used = names.filter((_, i) => losses[i] !== undefined && losses[i] !== null)
  const shortened = Array.isArray(given) && given.length === used.length && used.length < names.length
  const wanted = shortened ? used : names
  const weights = byName({ where: 'compile', what: 'lossWeights', names: wanted }, given, isNumber)
  const wrong = weights.find((weight) => weight !== undefined && !Number.isFinite(weight))
  if (wrong !== undefined) throw new ConfigError(`compile: expected lossWeights that are finite numbers, got ${wrong}. Change it.`)
  return names.map((name) => weights[wanted.indexOf(name)])
}
