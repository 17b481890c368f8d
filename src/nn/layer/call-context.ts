// What a layer's formula may depend on besides its inputs, and the context that is in force: a layer called inside another's formula trains
// where that one trains, draws from its keys and adds to its losses.

import { random, type Tensor } from '../../core/index.ts'
import { keySequence } from './keys.ts'
import type { Mask } from './masks.ts'

/** What a formula may depend on besides its input. */
export interface CallContext {
  readonly training: boolean
  /** A key for a layer that draws random numbers; every call gives another one. */
  readonly nextKey: () => Tensor
  /** A key for the initial values of one parameter. Present where layers may still be built. */
  readonly initialKey?: (() => Tensor) | undefined
  /** The mask of the inputs, where it is given rather than attached to them. */
  readonly mask?: Mask
  /** Where formulas put scalars that are added to the loss; absent where nobody asks for them. */
  readonly losses?: Tensor[] | undefined
  /** Whether only shapes are asked for: what formulas write to parameters is taken back. */
  readonly shapesOnly?: boolean | undefined
}

/** What a layer can be told when it is called. */
export interface CallOptions {
  /** Whether dropout drops, normalisation uses the batch, and so on. Default: as the layer around it, else false. */
  readonly training?: boolean
  /** Instead of the masks that the inputs carry. */
  readonly mask?: Mask
  /** Takes the scalars that layers add to the loss (activity regularizers, `addLoss`). */
  readonly losses?: Tensor[]
}

const contexts: CallContext[] = []
let outer = outerContext(0)

function outerContext(seed: number): CallContext {
  const nextKey = keySequence(random.key(seed))
  return { training: false, nextKey, initialKey: nextKey }
}

/** Of the initial values of layers that are built outside of a model, and of their random draws: the same seed gives the same numbers. Default 0. */
export function setRandomSeed(seed: number): void {
  outer = outerContext(seed)
}

/** The context of the formula that is being computed, else the one for calls outside of any layer. */
export function currentContext(): CallContext {
  return contexts.at(-1) ?? outer
}

/** Whether some layer's formula is being computed. */
export function isInsideCall(): boolean {
  return contexts.length > 0
}

/** Runs a formula in a context. */
export function inContext<R>(context: CallContext, formula: () => R): R {
  contexts.push(context)
  try {
    return formula()
  } finally {
    contexts.pop()
  }
}
