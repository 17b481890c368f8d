// Weights of a model by the names of its parameters (`dense/kernel`), as files of safetensors have them.

import { FormatError, ShapeError, type Tensor } from '../core/index.ts'
import { type AnyModel, type LoadWeightsOptions, nearestName, type Parameter, parametersOf } from '../nn/index.ts'
import type { Assignments } from './assignments.ts'
import { fits, fitted } from './assignments.ts'
import { encodeSafetensors } from './safetensors.ts'

/** The bytes of a safetensors file with a model's parameters. */
export async function encodeWeights(model: AnyModel): Promise<Uint8Array<ArrayBuffer>> {
  const tensors = new Map(parametersOf(model).map(({ path, parameter }): [string, Tensor] => [path, parameter.value]))
  for (const tensor of tensors.values()) await tensor.storage()
  return encodeSafetensors(tensors, { format: 'tenon' })
}

/** What named tensors hold for each parameter of a model. The error names what is missing, does not fit, or has no place. */
export function weightsByName(tensors: ReadonlyMap<string, Tensor>, model: AnyModel, where: string, options: LoadWeightsOptions = {}): Assignments {
  const { byName = false, skipMismatch = false } = options
  const values = new Map<Parameter, Tensor>()
  const skipped = new Set<string>()
  const parameters = parametersOf(model)
  for (const { path, layer, parameter } of parameters) {
    const tensor = tensors.get(path)
    if (tensor !== undefined && fits(parameter, tensor)) values.set(parameter, fitted(parameter, tensor))
    else if (skipMismatch || (byName && tensor === undefined)) skipped.add(layer.name)
    else if (tensor === undefined) {
      throw new FormatError(
        `${where}: expected '${path}' of layer '${layer.name}', got a file without it (nearest: '${nearestName(path, [...tensors.keys()])}'). Build the model that was saved.`,
      )
    } else {
      const [wanted, got] = [parameter.value.shape.join(', '), tensor.shape.join(', ')]
      throw new ShapeError(
        `${where}: expected '${path}' of layer '${layer.name}' as [${wanted}], got [${got}]. Build the model that these weights are from.`,
      )
    }
  }
  const known = new Set(parameters.map(({ path }) => path))
  const unknown = [...tensors.keys()].filter((name) => !known.has(name))
  if (unknown.length > 0 && !byName && !skipMismatch) {
    throw new FormatError(`${where}: expected ${known.size} tensors, got also '${unknown.join("', '")}'. Build the model that was saved.`)
  }
  return { values, skipped: [...skipped] }
}
