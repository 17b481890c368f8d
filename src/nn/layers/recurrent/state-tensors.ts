// The states that a cell was given, counted.

import { flattenTree, ShapeError, type Tensor, type Tree } from '../../../core/index.ts'

/** The only state, or both, in a tuple. A ShapeError where there are more or fewer. */
export function stateTensors(where: string, states: Tree, count: 1): readonly [Tensor]
export function stateTensors(where: string, states: Tree, count: 2): readonly [Tensor, Tensor]
export function stateTensors(where: string, states: Tree, count: number): readonly Tensor[] {
  const { leaves } = flattenTree(states)
  if (leaves.length === count) return leaves
  throw new ShapeError(
    `${where}: expected ${count} ${count === 1 ? 'state' : 'states'}, got ${leaves.length}. Pass { states: [${count === 1 ? 'h' : 'h, c'}] }.`,
  )
}
