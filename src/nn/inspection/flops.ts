// How much a layer computes: the floating-point operations of the graph that its formula draws for one sample.

import { placeholder, random, SymbolicDim, Tensor, type Dim, type Dims, flattenTree, type Tree } from '../../core/index.ts'
import { keySequence } from '../layer/keys.ts'
import type { AnyLayer, InputDims } from '../layer/layer.ts'
import { parametersOf } from '../layer/named-parameters.ts'

type Node = Tensor['node']

/** Sizes that are bound when a program runs count as 1: figures are for one sample. */
const count = (dims: Dims): number => dims.reduce<number>((product, size) => product * (typeof size === 'number' ? size : 1), 1)

const isDims = (dims: InputDims): dims is Dims => Array.isArray(dims) && dims.every((size) => typeof size === 'number' || size instanceof SymbolicDim)

function placeholders(dims: InputDims): Tree {
  if (isDims(dims)) return placeholder('input', oneSample(dims), 'f32')
  if (Array.isArray(dims)) return dims.map(placeholders)
  return Object.fromEntries(Object.entries(dims).map(([name, part]) => [name, placeholders(part)]))
}

/** The shape with a batch of 1. */
const oneSample = ([, ...rest]: Dims): Dim[] => [1, ...rest.map((size) => (typeof size === 'number' ? size : 1))]

/**
 * Operations of a layer's formula on one sample: multiplications and additions of products count one each. Undefined where the layer was never
 * called, or its formula cannot be drawn for one sample (a recurrent state of a fixed batch, for example).
 */
export function flopsOf(layer: AnyLayer): number | undefined {
  const { inputDims } = layer
  if (inputDims === undefined) return undefined
  const nextKey = keySequence(random.key(0))
  const { outputDims } = layer
  try {
    const result = layer.run(placeholders(inputDims), { training: false, nextKey, shapesOnly: true })
    // Initial values that nobody has computed yet are no part of the formula.
    const parameters = new Set(parametersOf(layer).map(({ parameter }) => parameter.value.node))
    return flopsOfGraph(
      flattenTree(result).leaves.map(({ node }) => node),
      parameters,
    )
  } catch {
    return undefined
  } finally {
    layer.outputDims = outputDims
  }
}

function flopsOfGraph(results: readonly Node[], known: ReadonlySet<Node> = new Set()): number {
  const seen = new Set<Node>(known)
  const stack = [...results]
  let total = 0
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    total += flopsOfNode(node)
    stack.push(...node.inputs)
  }
  return total
}

function flopsOfNode({ op, inputs, shape }: Node): number {
  const [first, second] = inputs
  switch (op.name) {
    case 'unary':
    case 'binary':
    case 'compare':
    case 'where':
      return count(shape)
    case 'reduce':
    case 'cumulative':
      return first === undefined ? 0 : count(first.shape)
    case 'dot': {
      const summed = first === undefined ? 1 : op.lhsContract.reduce((product, axis) => product * count([first.shape[axis] ?? 1]), 1)
      return 2 * count(shape) * summed
    }
    case 'conv': {
      const kernel = second === undefined ? 1 : count(second.shape.slice(0, -1))
      return 2 * count(shape) * kernel
    }
    case 'convInputGradient': {
      // The output gradient meets every weight of the filters but those of other output channels.
      const [gradient, filter] = [first?.shape ?? [], second?.shape ?? []]
      return 2 * count(gradient) * count(filter.slice(0, -1))
    }
    case 'convFilterGradient':
      return 2 * count(second?.shape ?? []) * count(op.filterShape.slice(0, -1))
    case 'reduceWindow':
      return count(shape) * op.geometry.window.reduce((a, b) => a * b, 1)
    case 'attention': {
      // Scores and mixture, each a product over the size of a head, and the softmax.
      const keyTime = second === undefined ? 1 : count([second.shape[1] ?? 1])
      const [batch = 1, time = 1, heads = 1, size = 1] = first?.shape ?? []
      const scores = count([batch, time, heads]) * keyTime
      return scores * (4 * count([size]) + 5)
    }
    case 'scan':
      return count([op.length]) * flopsOfGraph(op.body.results)
    case 'call':
      return flopsOfGraph(op.body.results)
    case 'cond':
      return Math.max(flopsOfGraph(op.whenTrue.results), flopsOfGraph(op.whenFalse.results))
    default:
      return 0
  }
}
