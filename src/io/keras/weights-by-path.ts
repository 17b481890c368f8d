// Weights of a model by the names of its parameters (`dense/kernel`), as files of safetensors have them.

import { FormatError, type Tensor } from '../../core/index.ts'
import { type AnyModel, type Parameter, parametersOf } from '../../nn/index.ts'
import { type Assignments, fits, type FitOptions, fitted } from './weights.ts'

/** What named tensors hold for each parameter of a model. A FormatError names what is missing, does not fit, or has no place. */
export function weightsFromTensors(tensors: ReadonlyMap<string, Tensor>, model: AnyModel, where: string, options: FitOptions = {}): Assignments {
  const { byName = false, skipMismatch = false } = options
  const wrong = (expected: string, received: string): FormatError =>
    new FormatError(`${where}: expected ${expected}, got ${received}. Build the model that was saved.`)
  const values = new Map<Parameter, Tensor>()
  const skipped = new Set<string>()
  const parameters = parametersOf(model)
  for (const { path, layer, parameter } of parameters) {
    const tensor = tensors.get(path)
    if (tensor !== undefined && fits(parameter, tensor)) values.set(parameter, fitted(parameter, tensor))
    else if (skipMismatch || (byName && tensor === undefined)) skipped.add(layer.name)
    else {
      const wanted = `'${path}' of layer '${layer.name}' as [${parameter.value.shape.join(', ')}]`
      throw wrong(wanted, tensor === undefined ? `a file without it (it has ${shortList([...tensors.keys()])})` : `[${tensor.shape.join(', ')}]`)
    }
  }
  const known = new Set(parameters.map(({ path }) => path))
  const unknown = [...tensors.keys()].filter((name) => !known.has(name))
  if (unknown.length > 0 && !byName && !skipMismatch) throw wrong(`${known.size} tensors`, `also ${shortList(unknown)}`)
  return { values, skipped: [...skipped] }
}

const shortList = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : ''))
