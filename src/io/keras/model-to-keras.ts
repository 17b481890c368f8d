// Models as Keras's JSON: Sequential, functional graphs, and models inside them.

import { ConfigError, flattenTree, Tensor, type Tree } from '../../core/index.ts'
import { type AnyLayer, type AnyModel, Sequential } from '../../nn/index.ts'
import { type Call, orderedGraph, type OrderedGraph, type Origin } from './graph-order.ts'
import { isRecord, type JsonRecord } from './json.ts'
import { callArguments, dtypeNames, kerasOption, plainArguments } from './keras-names.ts'
import { kerasLayer, type KerasObject, kerasPolicy, kerasValue, object } from './layer-to-keras.ts'

/** A model with its layers. */
export function kerasModel(model: AnyModel): KerasObject {
  const config = { name: model.name, trainable: model.trainable, dtype: kerasPolicy(model.dtypePolicy.name) }
  if (model instanceof Sequential) return object('Sequential', { ...config, ...sequentialConfig(model) }, 'keras')
  if (model.graph !== undefined) return functional(model, orderedGraph(model.graph), config)
  return object(model.className, { ...config, ...kerasOptionsOf(model) }, undefined)
}

/** What a class of the user's says of itself. */
function kerasOptionsOf(model: AnyModel): JsonRecord {
  const { name: _name, dtype: _dtype, trainable: _trainable, inputShape: _inputShape, ...options } = model.getConfig()
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [kerasOption(name), kerasValue(name, value)]))
}

function sequentialConfig(model: Sequential): JsonRecord {
  const layers = model.layers.filter(({ className }) => className !== 'InputLayer').map((layer) => kerasLayer(layer, kerasModel))
  const { inputType, textShape } = model
  if (textShape !== undefined) return { layers: [inputLayer('input_layer', textShape, 'string'), ...layers] }
  if (inputType === undefined) return { layers }
  const shape = sizesOf(inputType.dims)
  return { layers: [inputLayer('input_layer', shape, dtypeNames[inputType.dtype]), ...layers], build_input_shape: shape }
}

function inputLayer(name: string, shape: readonly unknown[], dtype: string): KerasObject {
  return object('InputLayer', { batch_shape: shape, dtype, sparse: false, ragged: false, name }, 'keras.layers')
}

function functional(model: AnyModel, graph: OrderedGraph, config: JsonRecord): KerasObject {
  const names = operationNames(model, graph)
  const nameOf = (origin: Origin): string => names.get(origin.operation) ?? ''
  const layers = graph.operations.map((operation) => {
    const name = names.get(operation) ?? ''
    if (operation.kind === 'input') {
      const { dims, dtype } = operation.tensor
      return { ...inputLayer(name, sizesOf(dims), dtypeNames[dtype]), name, inbound_nodes: [] }
    }
    const { layer } = operation
    if (layer.className === 'Operations') {
      throw new ConfigError(
        `save: expected layers between inputs and outputs of '${model.name}', got an operation ('${name}'). Write it as a layer (add, rescaling, reshape, …).`,
      )
    }
    const calls = graph.calls.get(layer) ?? []
    return { ...kerasLayer(layer, kerasModel), name, inbound_nodes: calls.map((call) => kerasCall(layer, call, graph, nameOf)) }
  })
  const ends = (tree: Tree): unknown => {
    if (tree instanceof Tensor) {
      const origin = graph.originOf(tree)
      if (origin === undefined)
        throw new ConfigError(`save: expected outputs of '${model.name}' that layers give, got ${tree.toString()}. Add a layer.`)
      // Keras counts the calls of functional models from 1 here.
      const first = origin.operation.kind === 'layer' && origin.operation.layer.className === 'Functional' ? 1 : 0
      return [nameOf(origin), origin.call + first, origin.result]
    }
    if (isList(tree)) return tree.map(ends)
    return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, ends(part)]))
  }
  const { inputs = [], outputs = [] } = model.graph ?? {}
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: { ...config, layers, input_layers: ends(inputs), output_layers: ends(outputs) },
    registered_name: 'Functional',
  }
}

const isList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree)

/** Sizes as Keras has them: null for those that are not fixed. */
const sizesOf = (dims: Tensor['dims']): (number | null)[] => dims.map((size) => (typeof size === 'number' ? size : null))

/** Names of layers, and of inputs: those that were given, made different where two are the same. */
function operationNames(model: AnyModel, { operations }: OrderedGraph): Map<OrderedGraph['operations'][number], string> {
  const taken = new Set(model.layers.map(({ name }) => name))
  return new Map(
    operations.map((operation): [typeof operation, string] => {
      if (operation.kind === 'layer') return [operation, operation.layer.name]
      const { op } = operation.tensor.node
      const wanted = op.name === 'parameter' ? op.label : 'input'
      let name = wanted
      for (let number = 1; taken.has(name); number++) name = `${wanted}_${number}`
      taken.add(name)
      return [operation, name]
    }),
  )
}

function kerasCall(layer: AnyLayer, { inputs, options }: Call, graph: OrderedGraph, nameOf: (origin: Origin) => string): JsonRecord {
  const tensor = (x: Tensor): unknown => {
    const origin = graph.originOf(x)
    if (origin === undefined)
      throw new ConfigError(`save: expected inputs of '${layer.name}' that layers give, got ${x.toString()}. Pass them through Input.`)
    const history = [nameOf(origin), origin.call, origin.result]
    return { class_name: '__keras_tensor__', config: { shape: sizesOf(x.dims), dtype: dtypeNames[x.dtype], keras_history: history } }
  }
  const value = (part: unknown): unknown => {
    if (part instanceof Tensor) return tensor(part)
    if (Array.isArray(part)) return part.map(value)
    return isRecord(part) ? Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, value(inner)])) : part
  }
  const { inputs: names } = callArguments[layer.className] ?? plainArguments
  const spread: readonly Tree[] = names.length > 1 ? (isList(inputs) ? inputs : flattenTree(inputs).leaves.flatMap((x) => [x, x])) : [inputs]
  const kwargs = Object.entries(options).map(([name, part]) => [kerasOption(name), value(part)])
  return { args: spread.map(value), kwargs: Object.fromEntries(kwargs) }
}
