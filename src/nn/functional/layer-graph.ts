// The calls between the inputs and the outputs of a functional model, in an order in which they can run, and running them on other tensors.

import { ConfigError, flattenTree, mapTree, ShapeError, Tensor, type Tree } from '../../core/index.ts'
import type { CallContext } from '../layer/call-context.ts'
import { hasSymbolic, type LayerCall, originOf } from './layer-calls.ts'
import { freeName } from '../layer/layer-names.ts'
import type { AnyLayer } from '../layer/layer.ts'
import { Operations } from './operations.ts'

/** A graph of layers. */
export class LayerGraph {
  readonly inputs: Tree
  readonly outputs: Tree
  /** Calls, each after those whose results it uses. */
  readonly calls: readonly LayerCall[]
  /** The layers of the calls, each once. */
  readonly layers: readonly AnyLayer[]

  /** @throws ConfigError where an output does not come from the inputs, or two layers have been given one name. */
  constructor(where: string, inputs: Tree, outputs: Tree) {
    this.inputs = inputs
    this.outputs = outputs
    for (const leaf of flattenTree(inputs).leaves) {
      if (originOf(leaf) === undefined) {
        throw new ConfigError(`${where}: expected inputs that Input or a layer has made, got ${leaf.toString()}. Begin with Input({ shape }).`)
      }
    }
    this.calls = callsBetween(where, flattenTree(inputs).leaves, flattenTree(outputs).leaves)
    this.layers = [...new Set(this.calls.map(({ layer }) => layer))]
    nameLayers(where, this.layers)
  }

  /** The outputs for other inputs. */
  run(where: string, inputs: Tree, context: CallContext): Tree {
    const values = new Map<Tensor['node'], Tensor>()
    const [own, given] = [flattenTree(this.inputs).leaves, matched(where, this.inputs, inputs)]
    own.forEach((leaf, i) => {
      const value = given[i]
      if (value !== undefined) values.set(leaf.node, value)
    })
    const at = (x: Tensor): Tensor => values.get(x.node) ?? x
    for (const { layer, inputs, options, outputs } of this.calls) {
      const results = flattenTree(layer.run(mapTree(inputs, at), context, mapOptions(options, at))).leaves
      flattenTree(outputs).leaves.forEach((leaf, i) => {
        const value = results[i]
        if (value !== undefined) values.set(leaf.node, value)
      })
    }
    return mapTree(this.outputs, at)
  }
}

/** The tensors for a graph's inputs, also from a list where the graph has a record and the other way round. */
function matched(where: string, wanted: Tree, given: Tree): readonly Tensor[] {
  const [own, leaves] = [flattenTree(wanted).leaves, flattenTree(given).leaves]
  if (own.length === leaves.length) return leaves
  throw new ShapeError(`${where}: expected ${own.length} inputs, got ${leaves.length}. Pass one tensor for each Input.`)
}

function mapOptions(options: Readonly<Record<string, unknown>>, at: (x: Tensor) => Tensor): Record<string, unknown> {
  const map = (value: unknown): unknown => {
    if (value instanceof Tensor) return at(value)
    return Array.isArray(value) ? value.map(map) : value
  }
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, map(value)]))
}

function callsBetween(where: string, inputs: readonly Tensor[], outputs: readonly Tensor[]): LayerCall[] {
  const known = new Set(inputs.map((x) => x.node))
  const operations = new Map<Tensor['node'], LayerCall>()
  const order: LayerCall[] = []
  const done = new Set<LayerCall>()
  const callOf = (x: Tensor): LayerCall | undefined => {
    const origin = originOf(x)
    if (origin === 'input') {
      throw new ConfigError(`${where}: expected outputs that come from the model's inputs, got one that needs another Input. Add it to inputs.`)
    }
    if (origin !== undefined) return origin
    if (!hasSymbolic(x)) return undefined
    const made = operations.get(x.node) ?? operationsCall(x)
    operations.set(x.node, made)
    return made
  }
  const sourcesOf = ({ inputs, options }: LayerCall): Tensor[] => [...flattenTree(inputs).leaves, ...tensorsIn(options)]
  // Depth first without recursion: graphs of hundreds of layers are deeper than one would like the stack to be.
  const stack: { readonly call: LayerCall; readonly sources: readonly Tensor[]; next: number }[] = []
  const visit = (x: Tensor): void => {
    if (known.has(x.node)) return
    const call = callOf(x)
    if (call === undefined || done.has(call)) return
    done.add(call)
    stack.push({ call, sources: sourcesOf(call), next: 0 })
  }
  for (const output of outputs) {
    visit(output)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const source = top.sources[top.next++]
      if (source !== undefined) visit(source)
      else {
        order.push(top.call)
        stack.pop()
      }
    }
  }
  return order
}

function operationsCall(x: Tensor): LayerCall {
  const layer = new Operations(x)
  return { layer, inputs: layer.sources.map((node) => new Tensor(node)), options: {}, outputs: x }
}

function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value]
  if (Array.isArray(value)) return value.flatMap(tensorsIn)
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap((part) => (Array.isArray(part) || part instanceof Tensor ? tensorsIn(part) : []))
    : []
}

/** Layers of one name get numbers; two that were given one name are an error. */
function nameLayers(where: string, layers: readonly AnyLayer[]): void {
  const taken = new Set<string>()
  for (const layer of layers) {
    if (!layer.named) layer.name = freeName(layer.name, taken)
    else if (taken.has(layer.name)) {
      throw new ConfigError(`${where}: expected layers of different names, got two called '${layer.name}'. Rename one of them.`)
    }
    taken.add(layer.name)
  }
}
