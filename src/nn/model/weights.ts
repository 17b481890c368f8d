// The parameters of a model as plain tensors: copies out, checked copies in.

import { byteSize, ConfigError, type DType, FormatError, fromStorage, ShapeError, showDims, type Tensor } from '../../core/index.ts'
import type { AnyLayer } from '../layer/layer.ts'
import { type NamedParameter, parametersOf } from '../layer/named-parameters.ts'

/** A tensor with a buffer of its own: training writes over the buffers of parameters. */
export function ownCopy(source: Tensor): Tensor {
  const { dtype, bytes, length } = source.storageSync()
  return fromStorage({ dtype, bytes: bytes.slice(0, length * byteSize(dtype)), length }, source.shape)
}

/** {@link ownCopy}, fetched from the device's memory off the event loop. */
export async function copied(source: Tensor): Promise<Tensor> {
  await source.storage()
  return ownCopy(source)
}

/** Copies of a model's parameters, in order. */
export function weightsOf(model: AnyLayer): Tensor[] {
  return parametersOf(model).map(({ parameter }) => ownCopy(parameter.value))
}

/** {@link weightsOf}, fetched from the device's memory off the event loop. */
export async function fetchedWeightsOf(model: AnyLayer): Promise<Tensor[]> {
  for (const { parameter } of parametersOf(model)) await parameter.value.storage()
  return weightsOf(model)
}

/** Copies tensors into a model's parameters, all or none. */
export function setWeightsOf(model: AnyLayer, weights: readonly Tensor[]): void {
  const parameters = parametersOf(model)
  if (weights.length !== parameters.length) {
    throw new ConfigError(
      `setWeights: expected ${parameters.length} tensors, one per parameter, got ${weights.length}. Use getWeights of the same model.`,
    )
  }
  const pairs = parameters.map((named, i) => ({ named, weight: weights[i] ?? named.parameter.value }))
  for (const { named, weight } of pairs) checkFits('setWeights', named, weight)
  for (const { named, weight } of pairs) named.parameter.value = ownCopy(weight)
}

function checkFits(
  where: string,
  { path, layer, parameter }: NamedParameter,
  weight: { readonly shape: readonly number[]; readonly dtype: DType },
): void {
  const wanted = parameter.value.shape
  if (wanted.length !== weight.shape.length || wanted.some((d, i) => d !== weight.shape[i])) {
    throw new ShapeError(
      `${where}: expected '${path}' of layer '${layer.name}' as [${wanted.join(', ')}], got ${showDims(weight.shape)}. Build the model that these weights are from.`,
    )
  }
  if (weight.dtype !== parameter.value.dtype) {
    throw new FormatError(`${where}: expected '${path}' as ${parameter.value.dtype}, got ${weight.dtype}. Convert the weights first.`)
  }
}
