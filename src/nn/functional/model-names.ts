// Names of a model's inputs and outputs, which data, losses and metrics are given by.

import { flattenTree, Tensor, type Tree } from '../../core/index.ts'
import type { LayerGraph } from './layer-graph.ts'
import { freeName } from '../layer/layer-names.ts'

const isList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree)

/** The names that `Input` was given, or the keys of the model's inputs, in the order of the leaves. */
export function inputNamesOf(inputs: Tree): string[] {
  return namesOf(inputs, ({ node }) => (node.op.name === 'parameter' ? node.op.label : 'input'))
}

/** The names of the layers that make the outputs, or the keys of the model's outputs, in the order of the leaves. */
export function outputNamesOf(outputs: Tree, graph: LayerGraph | undefined): string[] {
  return namesOf(outputs, (leaf) => {
    const call = graph?.calls.find((one) => flattenTree(one.outputs).leaves.some(({ node }) => node === leaf.node))
    return call?.layer.name ?? 'output'
  })
}

function namesOf(tree: Tree, nameOf: (leaf: Tensor) => string): string[] {
  const taken = new Set<string>()
  const visit = (part: Tree, path: string): string[] => {
    if (part instanceof Tensor) {
      const name = freeName(path || nameOf(part), taken)
      taken.add(name)
      return [name]
    }
    if (isList(part)) return part.flatMap((item) => visit(item, path))
    return Object.keys(part)
      .sort()
      .flatMap((key) => {
        const value = part[key]
        return value === undefined ? [] : visit(value, path ? `${path}_${key}` : key)
      })
  }
  return visit(tree, '')
}
