// A model of the same layers with initial values of its own.

import { ConfigError, flattenTree, mapTree, Tensor, type Tree } from '../../core/index.ts'
import { symbolicInput } from '../functional/layer-calls.ts'
import type { AnyLayer } from '../layer/layer.ts'
import { type CustomLayers, deserialize, serialize } from '../layers/serialization.ts'
import { type AnyModel, Model } from './model.ts'
import { Sequential } from './sequential.ts'

/** Options of {@link cloneModel}. */
export interface CloneModelOptions {
  /** Makes the layer that takes a layer's place; by default one of the same options. */
  readonly cloneFunction?: (layer: AnyLayer) => AnyLayer
  /** Classes of layers that are not Tenon's own, by name. */
  readonly customObjects?: CustomLayers
}

/**
 * A model like another one, with layers of the same options and parameters of its own (in their initial values: `setWeights` copies them). Sequential and
 * functional models, and models inside them.
 *
 * ```ts
 * const copy = cloneModel(model)
 * copy.setWeights(model.getWeights())
 * ```
 *
 * @throws ConfigError for a subclass with a formula of its own: make another one with `new`.
 */
export function cloneModel(model: AnyModel, options: CloneModelOptions = {}): AnyModel {
  const clone = options.cloneFunction ?? ((layer: AnyLayer) => copyOf(layer, options))
  if (model instanceof Sequential) return clonedSequential(model, clone)
  if (model.graph === undefined) {
    throw new ConfigError(`cloneModel: expected a Sequential or a functional model, got the class ${model.className}. Make another one with new.`)
  }
  const values = new Map<Tensor['node'], Tensor>()
  const at = (x: Tensor): Tensor => values.get(x.node) ?? x
  const inputs = mapTree(model.graph.inputs, (x) => {
    const { op } = x.node
    const made = symbolicInput(x.dims, x.dtype, op.name === 'parameter' ? op.label : 'input')
    values.set(x.node, made)
    return made
  })
  const layers = new Map<AnyLayer, AnyLayer>()
  for (const { layer, inputs, options: told, outputs } of model.graph.calls) {
    const own = layers.get(layer) ?? clone(layer)
    layers.set(layer, own)
    const callable: (inputs: Tree, options: object) => Tree = (tree, rest) => Reflect.apply(own, undefined, [tree, rest])
    const results = flattenTree(callable(mapTree(inputs, at), mapped(told, at))).leaves
    flattenTree(outputs).leaves.forEach((leaf, i) => {
      const value = results[i]
      if (value !== undefined) values.set(leaf.node, value)
    })
  }
  return new Model<Tree, Tree>({ name: model.name, seed: model.seed, inputs, outputs: mapTree(model.graph.outputs, at) })
}

function clonedSequential(model: Sequential, clone: (layer: AnyLayer) => AnyLayer): Sequential {
  const made = new Sequential(model.children.map(clone), { name: model.name, seed: model.seed })
  const [first] = model.children
  if (!made.built && first?.inputDims !== undefined) made.build(first.inputDims)
  return made
}

function copyOf(layer: AnyLayer, options: CloneModelOptions): AnyLayer {
  if (layer instanceof Model) return cloneModel(layer, options)
  return deserialize(serialize(layer), options.customObjects)
}

function mapped(options: Readonly<Record<string, unknown>>, at: (x: Tensor) => Tensor): Record<string, unknown> {
  const map = (value: unknown): unknown => (value instanceof Tensor ? at(value) : Array.isArray(value) ? value.map(map) : value)
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, map(value)]))
}
