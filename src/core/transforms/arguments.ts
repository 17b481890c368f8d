// Arguments of a transformed function under names of their own: the same values, but nodes that nothing outside was computed from, so
// that a derivative is with respect to the argument and not to whatever else uses the same tensor.

import { isFloat } from '../dtype.ts'
import { ConfigError, DTypeError } from '../errors.ts'
import type { Node } from '../graph.ts'
import { renamed } from '../node-algebra.ts'
import { Tensor } from '../tensor.ts'
import { flattenTree, mapTree, type Tree } from '../tree.ts'

/** One argument or several, by position. */
export type ArgumentPositions = number | readonly number[]

/** `args` with the tensors of those at `positions` renamed, and the renamed tensors' nodes in order. */
export function renameArguments(
  args: readonly Tree[],
  positions: readonly number[],
  where: string,
): { readonly args: Tree[]; readonly nodes: Node[] } {
  const nodes: Node[] = []
  const missing = positions.find((p) => !(p in args))
  if (missing !== undefined) {
    throw new ConfigError(`${where}: expected an argument at position ${missing}, got ${args.length} arguments. Pass it, or choose another position.`)
  }
  const fresh = args.map((arg, i) =>
    positions.includes(i)
      ? mapTree(arg, (t) => {
          if (!isFloat(t.dtype)) {
            throw new DTypeError(
              `${where}: expected floating-point tensors in argument ${i}, got ${t.toString()}. Cast it, or pass it as another argument.`,
            )
          }
          const node = renamed(t.node)
          nodes.push(node)
          return new Tensor(node)
        })
      : arg,
  )
  return { args: fresh, nodes }
}

/** Nodes as trees of the structures of `args[positions]`. */
export function treesLike(args: readonly Tree[], positions: readonly number[], nodes: readonly Node[]): Tree[] {
  let next = 0
  return positions.map((p) => mapTree(args[p] ?? [], (t) => new Tensor(nodes[next++] ?? t.node)))
}

/** The nodes of a tree's tensors. */
export const nodesOf = (tree: Tree): Node[] => flattenTree(tree).leaves.map((t) => t.node)
