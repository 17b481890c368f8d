// Masks travel beside tensors: which steps of a sequence count. A layer that makes one (`Embedding` with `maskZero`, `Masking`) attaches it to its
// result; layers that support masks pass it on; recurrent layers, attention, pooling and losses honour it.

import { flattenTree, type Tensor, type Tree } from '../../core/index.ts'

/** For one tensor its mask (bool, true where a step counts), for several a list; undefined where there is none. */
export type Mask = Tensor | undefined | readonly Mask[]

const masks = new WeakMap<Tensor, Tensor>()

/** The mask of a tensor, `[batch, time]`, where it has one. */
export function maskOf(x: Tensor): Tensor | undefined {
  return masks.get(x)
}

/** `x`, which from now on has this mask (or, for undefined, the one it had). */
export function withMask<T extends Tensor>(x: T, mask: Tensor | undefined): T {
  if (mask !== undefined) masks.set(x, mask)
  return x
}

/** The masks of all tensors of a tree, in its order. */
export function masksOf(inputs: Tree): (Tensor | undefined)[] {
  return flattenTree(inputs).leaves.map(maskOf)
}

/** The only mask, or the first of several. */
export function firstMask(mask: Mask): Tensor | undefined {
  return isList(mask) ? mask.map(firstMask).find((m) => m !== undefined) : mask
}

const isList = (mask: Mask): mask is readonly Mask[] => Array.isArray(mask)
