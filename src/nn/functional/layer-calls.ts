// The graph of layers behind symbolic tensors: `Input` makes one, a layer that is called with one notes the call and gives others. A symbolic tensor
// has a shape and no numbers; a model is made from the calls between its inputs and its outputs.

import { ConfigError, type DType, dimension, type Dims, flattenTree, mapTree, placeholder, type Shape, Tensor, type Tree } from '../../core/index.ts'
import type { AnyLayer } from '../layer/layer.ts'

/** One call of a layer on symbolic tensors. */
export interface LayerCall {
  readonly layer: AnyLayer
  readonly inputs: Tree
  /** What else the layer was told; may hold symbolic tensors. */
  readonly options: Readonly<Record<string, unknown>>
  readonly outputs: Tree
}

/** The batch size of a model that is not run yet. */
export const anyBatch = dimension('batch', { max: 2 ** 20 })

/** The first call of each layer on symbolic tensors. */
const firstCalls = new WeakMap<AnyLayer, LayerCall>()
/** What draws the calls of layers that stand in a list, when somebody asks for them. */
const drawings = new WeakMap<AnyLayer, () => void>()

const origins = new WeakMap<Tensor['node'], LayerCall | 'input'>()

/** A new symbolic tensor that comes from nowhere. */
export function symbolicInput<S extends Shape>(dims: Dims, dtype: DType, label: string): Tensor<S> {
  const made: Tensor<S> = placeholder<S>(label, dims, dtype)
  origins.set(made.node, 'input')
  return made
}

/** The call that a symbolic tensor is the result of, `'input'` for one that `Input` made, undefined for one that is not symbolic. */
export function originOf(x: Tensor): LayerCall | 'input' | undefined {
  return origins.get(x.node)
}

/** Whether a value or something in it is a symbolic tensor. */
export function hasSymbolic(value: unknown): boolean {
  if (value instanceof Tensor) return origins.has(value.node) || dependsOnSymbolic(value)
  if (Array.isArray(value)) return value.some(hasSymbolic)
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).some(hasSymbolic)
}

/** The symbolic tensors that operations (not layers) have computed a tensor from, in the order of their making. */
export function symbolicLeaves(x: Tensor): Tensor['node'][] {
  const seen = new Set<Tensor['node']>()
  const stack = [x.node]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    stack.push(...node.inputs)
  }
  return [...seen].filter((node) => origins.has(node)).sort((a, b) => a.id - b.id)
}

/** Nodes that are known not to come from symbolic tensors, so that long chains of eager operations are walked once. */
const concrete = new WeakSet<Tensor['node']>()

function dependsOnSymbolic(x: Tensor): boolean {
  const seen: Tensor['node'][] = []
  const visited = new Set<Tensor['node']>()
  const stack = [x.node]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (concrete.has(node) || visited.has(node)) continue
    if (origins.has(node)) return true
    visited.add(node)
    seen.push(node)
    stack.push(...node.inputs)
  }
  for (const node of seen) concrete.add(node)
  return false
}

/** Notes a call whose results have the shapes of `results`; symbolic tensors in their place. */
export function recordCall(layer: AnyLayer, inputs: Tree, options: Readonly<Record<string, unknown>>, results: Tree): Tree {
  const outputs = mapTree(results, (t) => placeholder(layer.name, t.dims, t.dtype))
  const call: LayerCall = { layer, inputs, options, outputs }
  for (const leaf of flattenTree(outputs).leaves) origins.set(leaf.node, call)
  if (!firstCalls.has(layer)) firstCalls.set(layer, call)
  return outputs
}

/** The first call of a layer on symbolic tensors, drawn now where the layer stands in a list that can be; a ConfigError where there is none. */
export function firstCallOf(layer: AnyLayer): LayerCall {
  if (!firstCalls.has(layer)) drawings.get(layer)?.()
  const call = firstCalls.get(layer)
  if (call !== undefined) return call
  throw new ConfigError(
    `${layer.name}: expected a layer that was called on what Input makes, it was not, so it has no symbolic inputs and outputs. ` +
      'Call it on Input({ shape }), or give the first layer of its Sequential an inputShape.',
  )
}

/** Says what draws the calls of a layer that nobody calls one by one. */
export function drawnBy(layer: AnyLayer, draw: () => void): void {
  if (!drawings.has(layer)) drawings.set(layer, draw)
}

/** The layers one after the other on a symbolic tensor, with the calls that were noted before where they are the same: the last one's result. */
export function drawChain(layers: readonly AnyLayer[], start: Tensor, shapes: (layer: AnyLayer, x: Tree) => Tree): Tree {
  return layers.reduce<Tree>((x, layer) => {
    const known = firstCalls.get(layer)
    return known?.inputs === x ? known.outputs : recordCall(layer, x, {}, shapes(layer, x))
  }, start)
}
