// Masks travel beside tensors: which steps of a sequence count. A layer that makes one (`Embedding` with `maskZero`, `Masking`) attaches it to its
// result; layers that support masks pass it on; recurrent layers, attention, pooling and losses honour it.

import { flattenTree, Tensor, type Tree } from '../../core/index.ts'

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

/** The mask that one tensor carries, or those of several in their order; undefined where none has one. */
export function maskOfAll(inputs: Tree): Mask {
  if (inputs instanceof Tensor) return maskOf(inputs)
  const all = masksOf(inputs)
  return all.some((mask) => mask !== undefined) ? all : undefined
}

/** Gives a result its mask, several results one each; a tensor that has one keeps it. */
export function attachMask(result: Tree, mask: Mask): void {
  if (mask instanceof Tensor && result instanceof Tensor && maskOf(result) === undefined) withMask(result, mask)
  if (result instanceof Tensor || mask === undefined || mask instanceof Tensor) return
  flattenTree(result).leaves.forEach((leaf, i) => {
    attachMask(leaf, mask[i])
  })
}

/** The only mask, or the first of several. */
export function firstMask(mask: Mask): Tensor | undefined {
  return isList(mask) ? mask.map(firstMask).find((m) => m !== undefined) : mask
}

const isList = (mask: Mask): mask is readonly Mask[] => Array.isArray(mask)
