// Trees of tensors: nested arrays and objects whose leaves are tensors. What `jit`, `grad`, `scan` and the optimizers take and return.

import { ShapeError } from './errors.ts'
import { Tensor } from './tensor.ts'

/** A tensor, or arrays and objects of trees. Keys are visited in sorted order. */
export type Tree = Tensor | readonly Tree[] | { readonly [key: string]: Tree }

/** A tree without its tensors. */
export type TreeStructure =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'array'; readonly items: readonly TreeStructure[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [key: string, value: TreeStructure])[] }

const isArray = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree)

/** The tensors of a tree in order, and its structure. */
export function flattenTree(tree: Tree): { readonly leaves: Tensor[]; readonly structure: TreeStructure } {
  const leaves: Tensor[] = []
  const visit = (part: Tree): TreeStructure => {
    if (part instanceof Tensor) {
      leaves.push(part)
      return { kind: 'leaf' }
    }
    if (isArray(part)) return { kind: 'array', items: part.map(visit) }
    if (typeof part !== 'object' || part === null) {
      throw new ShapeError(`tree: expected tensors in arrays and objects, got ${String(part)}. Make it a tensor, or close over it.`)
    }
    return {
      kind: 'object',
      entries: Object.entries(part)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [key, visit(value)]),
    }
  }
  const structure = visit(tree)
  return { leaves, structure }
}

/** The tree of a structure with these tensors as leaves. */
export function unflattenTree(structure: TreeStructure, leaves: readonly Tensor[]): Tree {
  let next = 0
  const build = (part: TreeStructure): Tree => {
    switch (part.kind) {
      case 'leaf': {
        const leaf = leaves[next++]
        if (leaf === undefined) throw new ShapeError(`tree: expected more than ${leaves.length} tensors for this structure. Pass every leaf.`)
        return leaf
      }
      case 'array':
        return part.items.map(build)
      case 'object':
        return Object.fromEntries(part.entries.map(([key, value]) => [key, build(value)]))
    }
  }
  const tree = build(structure)
  if (next !== leaves.length) throw new ShapeError(`tree: expected ${next} tensors for this structure, got ${leaves.length}. Pass each leaf once.`)
  return tree
}

/** A tree of `like`'s structure (and type) with other tensors. */
export function rebuildTree<T extends Tree>(like: T, leaves: readonly Tensor[]): T
export function rebuildTree(like: Tree, leaves: readonly Tensor[]): Tree {
  return unflattenTree(flattenTree(like).structure, leaves)
}

/** `fn` of every tensor. */
export function mapTree<T extends Tree>(tree: T, fn: (leaf: Tensor) => Tensor): T
export function mapTree(tree: Tree, fn: (leaf: Tensor) => Tensor): Tree {
  const { leaves, structure } = flattenTree(tree)
  return unflattenTree(structure, leaves.map(fn))
}

/** A structure as text: equal for equal structures. */
export function treeKey(structure: TreeStructure): string {
  switch (structure.kind) {
    case 'leaf':
      return '*'
    case 'array':
      return `[${structure.items.map(treeKey).join(',')}]`
    case 'object':
      return `{${structure.entries.map(([key, value]) => `${JSON.stringify(key)}:${treeKey(value)}`).join(',')}}`
  }
}
