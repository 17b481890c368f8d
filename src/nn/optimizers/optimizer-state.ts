// What optimizers remember: trees of tensors, so that they are carried through compiled steps and saved.

import { ConfigError, flattenTree, mapTree, type Tensor, where } from '../../core/index.ts'
import type { Constraint } from '../constraints/index.ts'

/** Tensors by name: what an optimizer keeps for one parameter, or for all of them together. */
export type Slots = { readonly [name: string]: Tensor }

/** What an optimizer remembers. */
export type OptimizerState = {
  /** Batches seen, an i32 scalar. */
  readonly iterations: Tensor
  /** The rate of the last update; before the first, of that. */
  readonly learningRate: Tensor
  /** What does not belong to one parameter. */
  readonly shared: Slots
  /** What belongs to each parameter, in their order. */
  readonly slots: readonly Slots[]
  /** The states of the optimizers that this one is made of. */
  readonly inner: readonly OptimizerState[]
}

/** What an optimizer may ask about a parameter besides its value. A `Parameter` is one. */
export interface ParameterTraits {
  readonly name?: string
  /** Its name in the whole model: `encoder/query/kernel`. Default: the name. */
  readonly path?: string | undefined
  readonly constraint?: Constraint | undefined
}

/** One gradient for each parameter; undefined for those that are to stay. */
export type Gradients = readonly (Tensor | undefined)[]

/** New parameters, in the order of the old ones, and the new state. */
export interface Update {
  readonly parameters: Tensor[]
  readonly state: OptimizerState
}

/** A learning rate in a state. */
export interface MemberRate {
  /** The name of the optimizer whose it is. */
  readonly optimizer: string
  readonly rate: Tensor
}

/** A tensor that an optimizer keeps, by its name. */
export function slotOf(slots: Slots, name: string): Tensor {
  const found = slots[name]
  if (found === undefined) {
    throw new ConfigError(`optimizer: expected a slot '${name}', got ${Object.keys(slots).join(', ') || 'none'}. Pass the state of this optimizer.`)
  }
  return found
}

/** One of two states of the same structure. */
export function chooseState(condition: Tensor, whenTrue: OptimizerState, whenFalse: OptimizerState): OptimizerState {
  const others = flattenTree(whenFalse).leaves.values()
  return mapTree(whenTrue, (leaf) => {
    const other = others.next().value
    return other === undefined ? leaf : where(condition, leaf, other)
  })
}
