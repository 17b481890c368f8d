// Where Keras keeps each layer's variables in a file of weights: folders named by the attributes that hold the layers, in lists by the layers' classes
// (keras.saving.saving_lib): `layers/dense_1/vars/0`, `layers/bidirectional/forward_layer/cell/vars/2`.

import { type AnyLayer, Layer, Model, type Parameter, Sequential } from '../../nn/index.ts'
import { orderedGraph } from './graph-order.ts'
import { ownAttribute, partAttributes, snakeWord } from './keras-names.ts'

/** The variables of one layer. */
export interface LayerVariables {
  /** The folder, without `vars`; empty for the model's own. */
  readonly path: string
  readonly layer: AnyLayer
  /** In Keras's order: trainable ones first. */
  readonly parameters: readonly Parameter[]
}

/** The variables of a model and all its layers, each layer once, where Keras meets it first. */
export function variablesOf(model: AnyLayer): LayerVariables[] {
  const found: LayerVariables[] = []
  const seen = new Set<AnyLayer>()
  const visit = (layer: AnyLayer, path: string): void => {
    if (seen.has(layer)) return
    seen.add(layer)
    const parts = partsOf(layer)
    const inner = ownAttribute[layer.className]
    const own = inner !== undefined && parts.every(([name]) => name !== inner) && layer.parameters.length > 0 ? join(path, inner) : path
    const trainable = layer.parameters.filter((parameter) => parameter.trainable)
    const others = layer.parameters.filter((parameter) => !parameter.trainable)
    found.push({ path: own, layer, parameters: [...trainable, ...others] })
    for (const [name, part] of parts) {
      if (!Array.isArray(part)) visit(part, join(path, name))
      else for (const [key, each] of namedByClass(part)) visit(each, join(path, `${name}/${key}`))
    }
  }
  visit(model, '')
  return found
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`)

type Part = readonly [attribute: string, layers: AnyLayer | AnyLayer[]]

/** The layers that are part of one, by Keras's name of the attribute that holds them. */
function partsOf(layer: AnyLayer): Part[] {
  if (layer instanceof Model && layer.graph !== undefined) {
    const { operations } = orderedGraph(layer.graph)
    return [['layers', operations.flatMap((operation) => (operation.kind === 'layer' ? [operation.layer] : []))]]
  }
  if (layer instanceof Sequential) return [['layers', layer.layers.filter(({ className }) => className !== 'InputLayer')]]
  const attributes = partAttributes[layer.className] ?? {}
  const attributeOf = (name: string): string => attributes[name] ?? snakeWord(name)
  const inFields = fieldsWithLayers(layer)
  const held = new Set(inFields.flatMap(([, layers]) => layers))
  const others = layer.children.filter((child) => !held.has(child)).map((child): Part => [attributeOf(child.name), child])
  return [...inFields.map(([field, layers]): Part => [attributeOf(field), layers]), ...others].sort(([a], [b]) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

/** Keras looks at attributes in the order of their names, at private ones last. */
const orderOf = (name: string): string => (name.startsWith('_') ? `~${name}` : name)

function fieldsWithLayers(layer: AnyLayer): [field: string, layers: AnyLayer | AnyLayer[]][] {
  const children: ReadonlySet<unknown> = new Set(layer.children)
  const isPart = (value: unknown): value is AnyLayer => value instanceof Layer && children.has(value)
  return Object.entries(layer).flatMap(([field, value]): [string, AnyLayer | AnyLayer[]][] => {
    if (field === 'added') return []
    if (isPart(value)) return [[field, value]]
    const list: unknown[] = Array.isArray(value) ? value : []
    const parts = list.filter(isPart)
    return parts.length > 0 ? [[field, parts]] : []
  })
}

/** Layers of a list, named by their classes: `dense`, `dense_1`. */
function namedByClass(layers: readonly AnyLayer[]): [name: string, layer: AnyLayer][] {
  const used = new Map<string, number>()
  return layers.map((layer) => {
    const { kind: name } = layer
    const count = used.get(name)
    used.set(name, count === undefined ? 0 : count + 1)
    return [count === undefined ? name : `${name}_${count + 1}`, layer]
  })
}
