// Weights of a model in HDF5 as Keras 3 arranges them (`.weights.h5`, and inside `.keras`): out of a model, and checked into one.

import { FormatError, type Tensor } from '../../core/index.ts'
import { type AnyLayer, type LoadWeightsOptions, Model, type Parameter } from '../../nn/index.ts'
import { emptyGroup, groupAt, type Hdf5Group, isGroup, makeGroup } from '../hdf5/group.ts'
import { type Assignments, fits, fitted } from '../assignments.ts'
import { variablesOf } from './weight-paths.ts'

/** The weights of a model as Keras keeps them. */
export function weightsToKeras(model: AnyLayer): Hdf5Group {
  const root = emptyGroup()
  for (const { path, layer, parameters } of variablesOf(model)) {
    const vars = makeGroup(root, path === '' ? 'vars' : `${path}/vars`)
    vars.attributes.set('name', layer.name)
    parameters.forEach((parameter, index) => {
      vars.members.set(String(index), parameter.value)
    })
  }
  return root
}

/** What a file of Keras 3 has for each parameter of a model. A FormatError names what is missing or does not fit. */
export function weightsFromKeras(root: Hdf5Group, model: AnyLayer, where: string, options: LoadWeightsOptions = {}): Assignments {
  const { skipMismatch = false, byName = false } = options
  const renamed = byName ? foldersByName(root) : undefined
  const values = new Map<Parameter, Tensor>()
  const skipped: string[] = []
  let top = model
  for (const { path, layer, parameters } of variablesOf(model)) {
    if (isTopLevel(path)) top = layer
    if (parameters.length === 0) continue
    const own = path === '' ? 'vars' : `${path}/vars`
    const folder = renamed === undefined || path === '' ? own : own.replace(/^layers\/[^/]+/, renamed.get(top.name) ?? missing)
    if (folder.startsWith(missing)) {
      skipped.push(layer.name)
      continue
    }
    const vars = groupAt(root, folder) ?? groupAt(root, folder.replace(/^layers\//, '_layer_checkpoint_dependencies/'))
    const tensors = [...(vars?.members ?? [])].filter((entry): entry is [string, Tensor] => !isGroup(entry[1]))
    const found = parameters.map((_, index) => tensors.find(([name]) => name === String(index))?.[1])
    const problem = misfit(layer, folder, parameters, found, tensors.length, where)
    if (problem === undefined) {
      parameters.forEach((parameter, index) => {
        const tensor = found[index]
        if (tensor !== undefined) values.set(parameter, fitted(parameter, tensor))
      })
    } else if (skipMismatch) skipped.push(layer.name)
    else throw problem
  }
  return { values, skipped }
}

/** A folder that no file has. */
const missing = '\0'

const isTopLevel = (path: string): boolean => /^layers\/[^/]+$/.test(path)

/** The folders of a model's layers by the layers' names, which the file notes beside the weights. */
function foldersByName(root: Hdf5Group): Map<string, string> {
  const layers = groupAt(root, 'layers')
  return new Map(
    [...(layers?.members.keys() ?? [])].flatMap((folder): [string, string][] => {
      const name = groupAt(root, `layers/${folder}/vars`)?.attributes.get('name')
      return typeof name === 'string' ? [[name, `layers/${folder}`]] : []
    }),
  )
}

function misfit(
  layer: AnyLayer,
  folder: string,
  parameters: readonly Parameter[],
  found: readonly (Tensor | undefined)[],
  count: number,
  where: string,
): FormatError | undefined {
  const kind = layer instanceof Model ? 'model' : `${layer.className} layer`
  if (count !== parameters.length) {
    return new FormatError(
      `${where}: expected ${parameters.length} weights of the ${kind} '${layer.name}' at '${folder}', got ${count}. Build the model that was saved.`,
    )
  }
  for (const [index, parameter] of parameters.entries()) {
    const tensor = found[index]
    if (tensor !== undefined && fits(parameter, tensor)) continue
    const [wanted, got] = [parameter.value.shape.join(', '), tensor?.shape.join(', ')]
    return new FormatError(
      `${where}: expected '${parameter.name}' of the ${kind} '${layer.name}' as [${wanted}] at '${folder}/${index}', got ${got === undefined ? 'none' : `[${got}]`}. ` +
        'Build the model that was saved.',
    )
  }
  return undefined
}
