// New values of parameters: found and checked before any of them is put in place, so that a file that does not fit changes nothing.

import type { Tensor } from '../core/index.ts'
import type { Parameter } from '../nn/index.ts'

/** What is put into a model, and what was left out because it did not fit. */
export interface Assignments {
  readonly values: ReadonlyMap<Parameter, Tensor>
  /** Names of layers. */
  readonly skipped: readonly string[]
}

/** Whether a tensor has the shape of a parameter. */
export function fits(parameter: Parameter, { shape }: Tensor): boolean {
  const own = parameter.value.shape
  return own.length === shape.length && own.every((size, axis) => size === shape[axis])
}

/** A tensor in the dtype that a parameter is kept in. */
export function fitted(parameter: Parameter, tensor: Tensor): Tensor {
  return tensor.dtype === parameter.value.dtype ? tensor : tensor.cast(parameter.value.dtype)
}

/** Puts the values in place; the names of layers that were left out. */
export async function assign({ values, skipped }: Assignments): Promise<readonly string[]> {
  for (const tensor of values.values()) await tensor.storage()
  for (const [parameter, tensor] of values) parameter.value = tensor
  return skipped
}
