// A layer's formula inside a program: with the program's values in place of the parameters' own, and with its logits where it has some.

import { ConfigError, ShapeError, Tensor, type Tree } from '../core/index.ts'
import { sigmoid, softmax } from './activations.ts'
import type { CallContext } from './call-context.ts'
import type { AnyLayer, LogitsHook } from './layer.ts'
import type { Parameter } from './parameter.ts'
import type { Loss } from './losses/loss.ts'
import { maskOf } from './masks.ts'
import type { Metric } from './metrics/metric.ts'

/** What a model says of a batch. */
export interface Outputs {
  readonly prediction: Tensor
  readonly logits: { readonly value: Tensor; readonly activation: LogitsHook['activation'] } | undefined
}

/** The outputs of a model that is built. */
export function outputsOf(model: AnyLayer, x: Tensor, context: CallContext): Outputs {
  const hook = model.logits()
  if (hook === undefined) return { prediction: onlyTensor(model.name, model.run(x, context)), logits: undefined }
  const value = model.applyLogits(hook, x, context)
  const { activation } = hook
  const prediction = activation === 'softmax' ? softmax(value) : activation === 'sigmoid' ? sigmoid(value) : value
  return { prediction, logits: { value, activation } }
}

/** A loss of outputs; from the logits where both stand for the same activation, which is exact and one pass cheaper. */
export function lossOf(loss: Loss, target: Tensor, { prediction, logits }: Outputs): Tensor {
  const { activation } = loss.forShapes(target.dims, prediction.dims)
  const fits = logits !== undefined && activation !== undefined && (logits.activation === 'none' || logits.activation === activation)
  const mask = maskOf(logits?.value ?? prediction)
  const value = fits ? loss.compute(target, logits.value, { mask, fromLogits: true }) : loss.compute(target, prediction, { mask })
  if (value.rank === 0) return value
  throw new ConfigError(
    `${loss.name}: expected a loss of one number to train with, got one of [${value.dims.join(', ')}]. Choose another reduction than 'none'.`,
  )
}

/** What a metric remembers after outputs; a softmax keeps the order, so that metrics that only look at the order need not compute it. */
export function metricOf(metric: Metric, state: Tree, target: Tensor, { prediction, logits }: Outputs): Tree {
  const skipsSoftmax = metric.ordersOnly && logits?.activation === 'softmax' && logits.value.dims.at(-1) !== 1
  return metric.update(state, target, skipsSoftmax ? logits.value : prediction, { mask: maskOf(logits?.value ?? prediction) })
}

/** Runs a formula while parameters have other values; afterwards they have their own again. */
export function withValues<R>(parameters: readonly Parameter[], values: readonly Tensor[], formula: () => R): R {
  const own = parameters.map((parameter) => parameter.value)
  const set = (next: readonly Tensor[]): void => {
    parameters.forEach((parameter, i) => {
      parameter.value = next[i] ?? parameter.value
    })
  }
  set(values)
  try {
    return formula()
  } finally {
    set(own)
  }
}

/** The result of a model that has one. */
export function onlyTensor(where: string, result: Tree): Tensor {
  if (result instanceof Tensor) return result
  throw new ShapeError(`${where}: expected one tensor as the model's result, got several. Give one loss for each.`)
}
