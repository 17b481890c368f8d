// Functions of one example as functions of a batch.

import { batch } from '../batch.ts'
import { type Dim, sameDim } from '../dimension.ts'
import { ConfigError, ShapeError } from '../errors.ts'
import { type Node, parameterNode } from '../graph.ts'
import { moveAxis, repeatInFront } from '../node-algebra.ts'
import { normalizeAxis } from '../ops/broadcast.ts'
import { Tensor } from '../tensor.ts'
import { traced } from '../tracing.ts'
import { flattenTree, mapTree, type Tree, unflattenTree } from '../tree.ts'

/** A tree whose tensors have one axis more or less, so that their shapes are not known to the type system. */
export type Rebatched<T> = T extends Tensor ? Tensor : { readonly [K in keyof T]: Rebatched<T[K]> }

export interface VmapOptions {
  /** The axis of the examples in every tensor of an argument; `null` where all examples share it. One for all arguments, or one each. Default 0. */
  readonly inAxes?: number | null | readonly (number | null)[]
  /** The axis of the examples in every result. Default 0. */
  readonly outAxes?: number
}

/**
 * `fn` for every example of a batch at once: `fn` sees tensors without the batch axis, and its results have it again. Random numbers drawn
 * from keys of the batch differ from example to example.
 *
 * @throws ShapeError where the arguments have different numbers of examples.
 * @example
 * const perExample = vmap(grad(loss), { inAxes: [null, 0, 0] }) // the gradient of each example: [batch, ...]
 */
export function vmap<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  options?: VmapOptions,
): (...args: { readonly [K in keyof A]: A[K] extends Tensor ? Tensor : A[K] }) => Rebatched<R>
export function vmap(fn: (...args: readonly Tree[]) => Tree, { inAxes = 0, outAxes = 0 }: VmapOptions = {}): (...args: Tree[]) => Tree {
  return (...args) => {
    const axes = typeof inAxes === 'object' && inAxes !== null ? inAxes : args.map(() => inAxes)
    if (axes.length !== args.length) {
      throw new ConfigError(`vmap: expected one axis for each of ${args.length} arguments, got ${axes.length}. Use null for what all examples share.`)
    }
    const sources: Node[] = []
    const values: Node[] = []
    let size: Dim | undefined
    const examples = args.map((arg, i) => {
      const axis = axes[i]
      if (axis === null || axis === undefined) return arg
      return mapTree(arg, (t) => {
        const at = normalizeAxis('vmap', axis, t.dims)
        const own = t.dims[at] ?? 1
        if (size !== undefined && !sameDim(size, own)) {
          throw new ShapeError(
            `vmap: expected equally many examples in all arguments, got ${String(size)} and ${String(own)} (${t.toString()}, axis ${at}). ` +
              'Choose other axes with inAxes.',
          )
        }
        size = own
        const example = parameterNode('example', { dtype: t.dtype, shape: t.dims.filter((_, j) => j !== at) })
        sources.push(example)
        values.push(moveAxis(t.node, at, 0))
        return new Tensor(example)
      })
    })
    if (size === undefined) throw new ConfigError('vmap: expected at least one argument with examples, got none. Check inAxes.')
    const count = size
    const { leaves, structure } = flattenTree(traced(() => fn(...examples)))
    const results = leaves.map((t) => t.node)
    const batched = batch(results, sources, values, count)
    return unflattenTree(
      structure,
      results.map((result, i) => {
        const all = batched[i] ?? repeatInFront(result, count)
        return new Tensor(moveAxis(all, 0, normalizeAxis('vmap', outAxes, all.shape)))
      }),
    )
  }
}
