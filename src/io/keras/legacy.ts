// Files of Keras 2 and of Keras 3's legacy format: weights in HDF5 by layer, in the order of `layer_names` and `weight_names`, alone or beside the
// model's JSON. They are read; what is written is Keras 3's own.

import { FormatError, type Tensor } from '../../core/index.ts'
import { type AnyLayer, type AnyModel, type LoadWeightsOptions, type Parameter, parametersOf } from '../../nn/index.ts'
import { type Assignments, fits, fitted } from '../assignments.ts'
import { groupAt, type Hdf5Group, isGroup } from '../hdf5/group.ts'
import { JsonReader, type JsonRecord } from './json.ts'

/** What is in a whole model's file besides weights. */
export interface LegacyModel {
  readonly config: JsonRecord
  readonly weights: Hdf5Group
  /** What the model was compiled with. */
  readonly training: JsonRecord | undefined
}

/** Whether a file is in the legacy format. */
export const isLegacy = (root: Hdf5Group): boolean => legacyWeights(root) !== undefined

/** The group that lists layers: the file's own, or the one beside a model's JSON. */
function legacyWeights(root: Hdf5Group): Hdf5Group | undefined {
  const inner = groupAt(root, 'model_weights') ?? root
  return names(inner, 'layer_names') === undefined ? undefined : inner
}

/** A whole model's file; a FormatError where it holds weights only. */
export function legacyModel(root: Hdf5Group, where: string): LegacyModel {
  const json = new JsonReader(where)
  const config = root.attributes.get('model_config')
  const weights = legacyWeights(root)
  if (typeof config !== 'string' || weights === undefined) {
    throw json.wrong('a model', 'a file of weights only', 'Build the model and call model.loadWeights with this file.')
  }
  const training = root.attributes.get('training_config')
  return {
    config: json.parse(config, 'model_config'),
    weights,
    training: typeof training === 'string' ? json.parse(training, 'training_config') : undefined,
  }
}

/** What a legacy file has for each parameter of a model. A FormatError names what is missing or does not fit. */
export function weightsFromLegacy(root: Hdf5Group, model: AnyModel, where: string, options: LoadWeightsOptions = {}): Assignments {
  const { byName = false, skipMismatch = false } = options
  const wrong = (expected: string, received: string): FormatError =>
    new FormatError(`${where}: expected ${expected}, got ${received}. Build the model that was saved.`)
  const group = legacyWeights(root)
  if (group === undefined) throw wrong('layer_names in the file', 'none')
  const stored = (names(group, 'layer_names') ?? [])
    .map((name) => ({ name, tensors: tensorsOf(group, name, where) }))
    .filter(({ tensors }) => tensors.length > 0)
  const layers = model.layers.filter((layer) => parametersOf(layer).length > 0)
  if (!byName && stored.length !== layers.length) throw wrong(`weights of ${layers.length} layers`, `of ${stored.length}`)
  const values = new Map<Parameter, Tensor>()
  const skipped: string[] = []
  layers.forEach((layer, index) => {
    const found = byName ? stored.find(({ name }) => name === layer.name) : stored[index]
    const parameters = legacyOrder(layer)
    const tensors = found?.tensors ?? []
    const problem = found === undefined ? undefined : misfit(layer, parameters, tensors)
    if (found === undefined || (problem !== undefined && skipMismatch)) skipped.push(layer.name)
    else if (problem !== undefined) throw wrong(...problem)
    else {
      parameters.forEach((parameter, i) => {
        const tensor = tensors[i]
        if (tensor !== undefined) values.set(parameter, fitted(parameter, tensor))
      })
    }
  })
  return { values, skipped }
}

function misfit(layer: AnyLayer, parameters: readonly Parameter[], tensors: readonly Tensor[]): [expected: string, received: string] | undefined {
  if (tensors.length !== parameters.length)
    return [`${parameters.length} weights of the ${layer.className} layer '${layer.name}'`, String(tensors.length)]
  for (const [i, parameter] of parameters.entries()) {
    const tensor = tensors[i]
    if (tensor !== undefined && fits(parameter, tensor)) continue
    const wanted = `'${parameter.name}' of the ${layer.className} layer '${layer.name}' as [${parameter.value.shape.join(', ')}]`
    return [wanted, `[${tensor?.shape.join(', ') ?? ''}]`]
  }
  return undefined
}

/** A layer's parameters with those of its parts: those that training changes first. */
function legacyOrder(layer: AnyLayer): Parameter[] {
  const all = parametersOf(layer)
  return [...all.filter(({ trainable }) => trainable), ...all.filter(({ trainable }) => !trainable)].map(({ parameter }) => parameter)
}

/** The weights of a layer in the order of their names. */
function tensorsOf(group: Hdf5Group, layer: string, where: string): Tensor[] {
  const own = group.members.get(layer)
  if (!isGroup(own)) return []
  return (names(own, 'weight_names') ?? []).map((name) => {
    const path = name.split('/')
    const tensor = groupAt(own, path.slice(0, -1).join('/'))?.members.get(path.at(-1) ?? '')
    if (tensor === undefined || isGroup(tensor)) {
      throw new FormatError(`${where}: expected weight '${name}' of layer '${layer}', got none at that place. The file is damaged; copy it again.`)
    }
    return tensor
  })
}

/** A list of names; HDF5 cannot keep long lists in one attribute, so that Keras numbers the parts. */
function names(group: Hdf5Group, attribute: string): string[] | undefined {
  const list = (value: unknown): string[] | undefined => (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : undefined)
  const whole = list(group.attributes.get(attribute))
  if (whole !== undefined) return whole
  const parts: string[] = []
  for (let i = 0; ; i++) {
    const part = list(group.attributes.get(`${attribute}${i}`))
    if (part === undefined) return i === 0 ? undefined : parts
    parts.push(...part)
  }
}
