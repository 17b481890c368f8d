// A layer's formula inside a program: with the program's values in place of the parameters' own, and with its logits where it has some.

import { random, type Tensor } from '../core/index.ts'
import { sigmoid, softmax } from './activations.ts'
import type { CallContext, Layer, LogitsHook, Parameter } from './layer.ts'
import type { LossDefinition } from './losses.ts'
import type { MetricDefinition } from './metrics.ts'

/** What a model says of a batch. */
export interface Outputs {
  readonly prediction: Tensor
  readonly logits: { readonly value: Tensor; readonly activation: LogitsHook['activation'] } | undefined
}

/** The outputs of a model that is built. */
export function outputsOf(model: Layer, x: Tensor, context: CallContext): Outputs {
  const hook = model.logits()
  if (hook === undefined) return { prediction: model.call(x, context), logits: undefined }
  const value = hook.call(x, context)
  const { activation } = hook
  const prediction = activation === 'softmax' ? softmax(value) : activation === 'sigmoid' ? sigmoid(value) : value
  return { prediction, logits: { value, activation } }
}

/** A loss of outputs; from the logits where both stand for the same activation, which is exact and one pass cheaper. */
export function lossOf(loss: LossDefinition, target: Tensor, { prediction, logits }: Outputs): Tensor {
  const fits = logits !== undefined && loss.activation !== undefined && (logits.activation === 'none' || logits.activation === loss.activation)
  return fits ? loss.compute(target, logits.value, { fromLogits: true }) : loss.compute(target, prediction)
}

/** A metric of outputs; a softmax keeps the order, so that metrics that only look for the largest need not compute it. */
export function metricOf(metric: MetricDefinition, target: Tensor, { prediction, logits }: Outputs): Tensor {
  const skipsSoftmax = metric.ordersOnly && logits?.activation === 'softmax' && logits.value.dims.at(-1) !== 1
  return metric.compute(target, skipsSoftmax ? logits.value : prediction)
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

/** Keys that differ from call to call, the same ones in every run. */
export function keySequence(key: Tensor): () => Tensor {
  let count = 0
  return () => random.foldIn(key, count++)
}
