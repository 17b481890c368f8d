// Models from Keras's JSON: Sequential, functional graphs, and models inside them.

import { flattenTree, Tensor, type Tree } from '../../core/index.ts'
import { type AnyLayer, type AnyModel, Input, Model, Sequential } from '../../nn/index.ts'
import { described, isRecord, JsonReader, type JsonRecord } from './json.ts'
import { callArguments, plainArguments, tenonOption } from './keras-names.ts'
import { type CustomObjects, isModel, LayerMaker, tenonDtype } from './layer-from-keras.ts'
import { exceededLimit, maxSequentialLayers } from './size-limits.ts'

/** Makes the layers and models of one file. `where` begins the errors. */
export function makerFor(where: string, customObjects: CustomObjects = {}): LayerMaker {
  const maker: LayerMaker = new LayerMaker(new JsonReader(where), customObjects, (className, inner) => makeModel(maker, className, inner))
  return maker
}

/** The model that Keras's JSON describes, without weights. */
export function modelFromKeras(config: JsonRecord, maker: LayerMaker): AnyModel {
  const made = maker.layer(config)
  if (made instanceof Model) return made
  throw maker.json.wrong('a model', `the layer ${made.className}`, 'Use layers.deserialize for layers.')
}

function makeModel(maker: LayerMaker, className: string, config: JsonRecord): AnyModel {
  const model = className === 'Sequential' ? makeSequential(maker, config) : makeFunctional(maker, className, config)
  if (config.trainable === false) model.trainable = false
  return model
}

const nameOf = (config: JsonRecord): { readonly name?: string } => (typeof config.name === 'string' ? { name: config.name } : {})

function makeSequential(maker: LayerMaker, config: JsonRecord): AnyModel {
  const model = new Sequential([], nameOf(config))
  let texts: readonly (number | null)[] | undefined
  const values = maker.json.list(config.layers, 'the layers of a Sequential')
  if (values.length > maxSequentialLayers) {
    throw maker.json.wrong(`at most ${maxSequentialLayers} layers of a Sequential`, `${values.length}`, 'Save it as a functional model.')
  }
  for (const value of values) {
    const object = maker.json.record(value, 'a layer')
    texts ??= textInputOf(object)
    if (object.class_name !== 'InputLayer') model.add(maker.layer(object))
    else if (texts === undefined) model.add(inputOf(maker, object))
  }
  if (texts !== undefined) model.buildForTexts(texts)
  const shape = sizesWithin(maker.json, 'buildInputShape', config.build_input_shape)
  if (!model.built && Array.isArray(shape) && shape.slice(1).every(Number.isInteger)) model.prepare(model.name, shape.slice(1))
  return model
}

/** The shape of the strings that an InputLayer stands for; undefined where it is another layer, or stands for numbers. */
function textInputOf({ class_name: className, config }: JsonRecord): (number | null)[] | undefined {
  if (className !== 'InputLayer' || !isRecord(config) || config.dtype !== 'string') return undefined
  const sizes: readonly unknown[] = Array.isArray(config.batch_shape) ? config.batch_shape : []
  return sizes.map((size) => (typeof size === 'number' ? size : null))
}

/** A shape of inputs, where it is one that fits into memory. */
function sizesWithin(json: JsonReader, option: string, shape: unknown): unknown {
  const most = exceededLimit(option, shape)
  if (most === undefined) return shape
  throw json.wrong(`inputs of at most ${most} along each axis`, described(shape), 'The file is damaged or hostile.')
}

/** A symbolic tensor for Keras's InputLayer. */
function inputOf({ json }: LayerMaker, object: JsonRecord): Tensor {
  const config = json.record(object.config, 'the config of an InputLayer')
  const shape = json.list(sizesWithin(json, 'batchShape', config.batch_shape ?? config.batch_input_shape), 'the batch_shape of an InputLayer')
  const sizes = shape.map((size) => {
    if (size !== null && typeof size !== 'number') throw json.wrong('sizes of an InputLayer as numbers', described(size), 'The file is damaged.')
    return size
  })
  const dtype = tenonDtype(config.dtype ?? 'float32')
  if (config.dtype === 'string') {
    throw json.wrong(
      'inputs of numbers',
      'one of strings',
      'Only a Sequential takes strings, with TextVectorization or StringLookup as its first layer.',
    )
  }
  if (dtype === undefined) throw json.wrong('inputs of numbers', described(config.dtype), 'Tenon has no such dtype.')
  const batchSize = sizes[0]
  return Input({ shape: sizes.slice(1), dtype, ...nameOf(config), ...(typeof batchSize === 'number' && { batchSize }) })
}

/** A layer of a graph, and what its calls have given so far. */
interface GraphLayer {
  readonly layer: AnyLayer | undefined
  /** The number that its first call has among the inputs of calls, and among the ends of the model: Keras counts from 1 for models in some places. */
  readonly firstCall: number
  readonly firstEnd: number
  readonly results: (readonly Tensor[])[]
  /** Calls that are still to be made, in order. */
  readonly waiting: JsonRecord[]
}

function makeFunctional(maker: LayerMaker, className: string, config: JsonRecord): AnyModel {
  const { json } = maker
  if (config.layers === undefined) {
    throw json.wrong(
      'a model made of layers',
      `the ${className} ${described(config.name)} with a call of its own`,
      'Pass its class in customObjects.',
    )
  }
  const graph = new Map<string, GraphLayer>()
  const objects = json.list(config.layers, 'the layers of a model').map((value) => json.record(value, 'a layer'))
  const isKeras2 = objects.some(({ inbound_nodes: nodes }) => Array.isArray(nodes) && nodes.some(Array.isArray))
  for (const object of objects) {
    const inner = json.record(object.config, 'the config of a layer')
    const name = json.text(object.name ?? inner.name, 'the name of a layer')
    const kind = json.text(object.class_name, 'the class of a layer')
    const isInput = kind === 'InputLayer'
    const nodes = json.list(object.inbound_nodes ?? [], `the calls of '${name}'`)
    graph.set(name, {
      layer: isInput ? undefined : maker.layer(object),
      firstCall: isKeras2 && isModel(kind) ? 1 : 0,
      firstEnd: isModel(kind) && (isKeras2 || kind !== 'Sequential') ? 1 : 0,
      results: isInput ? [[inputOf(maker, object)]] : [],
      waiting: isInput ? [] : nodes.map((node) => (Array.isArray(node) ? legacyNode(node) : json.record(node, `a call of '${name}'`))),
    })
  }
  makeCalls(maker, graph)
  const end = (value: unknown): Tree => endsOf(maker, graph, value)
  const [inputs, outputs] = [end(config.input_layers), end(config.output_layers)]
  return new Model<Tree, Tree>({ inputs: single(inputs), outputs: single(outputs), ...nameOf(config) })
}

/** One tensor for a list of one, as Keras treats it. */
const single = (tree: Tree): Tree => {
  const list: readonly Tree[] = Array.isArray(tree) ? tree : []
  return list.length === 1 && list[0] !== undefined ? list[0] : tree
}

/** How often calls may be found to wait for another: Keras lists layers in about the order of their calls. */
const maxWaits = 200_000

/** Makes every call as soon as what it takes is there. */
function makeCalls(maker: LayerMaker, graph: ReadonlyMap<string, GraphLayer>): void {
  let waits = 0
  for (let made = true; made; ) {
    made = false
    for (const entry of graph.values()) {
      for (let node = entry.waiting[0]; node !== undefined; node = entry.waiting[0]) {
        const { layer } = entry
        const call = layer && callOf(maker, graph, layer.className, node)
        if (layer === undefined || call === undefined) {
          if (waits++ < maxWaits) break
          throw maker.json.wrong('layers in the order of their calls', `${graph.size} of them in another`, 'The file is damaged.')
        }
        entry.results.push(flattenTree(callLayer(layer, call.inputs, call.options)).leaves)
        entry.waiting.shift()
        made = true
      }
    }
  }
  const stuck = [...graph].filter(([, { waiting }]) => waiting.length > 0).map(([name]) => name)
  if (stuck.length > 0) throw maker.json.wrong('layers that follow from the inputs', `'${stuck.join("', '")}' that do not`, 'The file is damaged.')
}

/** Layers take whatever their formula takes; the formula says where inputs are wrong. */
function callLayer(layer: AnyLayer, inputs: Tree, options: Readonly<Record<string, unknown>>): Tree {
  const made: unknown = Reflect.apply(layer, undefined, [inputs, options])
  return isTree(made) ? made : []
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

/** What a call is given; undefined where something that it takes is not there yet. */
function callOf(maker: LayerMaker, graph: ReadonlyMap<string, GraphLayer>, className: string, node: JsonRecord) {
  const { json } = maker
  let missing = false
  const revived = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(revived)
    if (!isRecord(value)) return value
    if (value.class_name !== '__keras_tensor__') return value.class_name === undefined ? mapRecord(value, revived) : maker.value(value)
    const config = json.record(value.config, 'a tensor of a call')
    const tensor = resultAt(maker, graph, config.keras_history, 'firstCall')
    missing ||= tensor === undefined
    return tensor
  }
  const positional = json.list(revived(json.list(node.args ?? [], 'the arguments of a call')), 'the arguments of a call')
  const named = json.record(revived(node.kwargs ?? {}), 'the options of a call')
  if (missing) return undefined
  const { inputs, others } = callArguments[className] ?? plainArguments
  const given = inputs.map((name, i) => positional[i] ?? named[name]).filter((value) => value !== undefined && value !== null)
  const rest = others.map((name, i) => [name, positional[inputs.length + i]] as const)
  const options = Object.entries({ ...Object.fromEntries(rest), ...named }).filter(([name, value]) => !inputs.includes(name) && value != null)
  const tree: unknown = inputs.length === 1 ? given[0] : given
  if (!isTensors(tree) || flattenTree(tree).leaves.length === 0)
    throw json.wrong(`inputs of ${className}`, described(node.args), 'The file is damaged.')
  return { inputs: tree, options: Object.fromEntries(options.map(([name, value]) => [tenonOption(name), value])) }
}

/** Whether a value is tensors, in lists and records. */
function isTensors(value: unknown): value is Tree {
  if (value instanceof Tensor) return true
  return typeof value === 'object' && value !== null && Object.values(value).every(isTensors)
}

const mapRecord = (record: JsonRecord, map: (value: unknown) => unknown): JsonRecord =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))

/** A call of Keras 2: `[[layer, call, result, options], …]`. */
function legacyNode(node: readonly unknown[]): JsonRecord {
  const tensors = node.map((entry) => {
    const [layer, call, result] = Array.isArray(entry) ? entry : []
    return { class_name: '__keras_tensor__', config: { keras_history: [layer, call, result] } }
  })
  const first: unknown = node[0]
  const options: unknown = Array.isArray(first) ? first[3] : undefined
  return { args: [tensors.length === 1 ? tensors[0] : tensors], kwargs: isRecord(options) ? options : {} }
}

/** The tensor that `[layer, call, result]` names; undefined where that call is not made yet. */
function resultAt(
  { json }: LayerMaker,
  graph: ReadonlyMap<string, GraphLayer>,
  history: unknown,
  first: 'firstCall' | 'firstEnd',
): Tensor | undefined {
  const [name, call, result] = json.list(history, 'where a tensor comes from')
  const entry = typeof name === 'string' ? graph.get(name) : undefined
  if (entry === undefined || typeof call !== 'number' || typeof result !== 'number') {
    throw json.wrong('tensors of layers of the model', described(history), 'The file is damaged.')
  }
  return entry.results[call - entry[first]]?.[result]
}

/** Inputs or outputs of a graph: `[layer, call, result]` in lists and records. */
function endsOf(maker: LayerMaker, graph: ReadonlyMap<string, GraphLayer>, value: unknown): Tree {
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, endsOf(maker, graph, part)]))
  const list = maker.json.list(value, 'the ends of a model')
  if (typeof list[0] !== 'string') return list.map((part) => endsOf(maker, graph, part))
  const tensor = resultAt(maker, graph, list, 'firstEnd')
  if (tensor === undefined) throw maker.json.wrong('ends of a model that its layers give', described(list), 'The file is damaged.')
  return tensor
}
