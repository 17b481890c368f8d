// Branches inside a program: only the chosen function runs.

import { binary, compare, cond as condTrees, ConfigError, Tensor, type Tree } from '../../core/index.ts'

/** The value of one of two functions; only that one runs. Both return the same structure. */
export function cond<R extends Tree>(pred: Tensor | boolean, trueFn: () => R, falseFn: () => R): R {
  if (pred instanceof Tensor) return condTrees(pred, trueFn, falseFn)
  return pred ? trueFn() : falseFn()
}

/** `branches[index](...operands)`; only that one runs, an index outside stands for the nearest. All return the same structure. */
function switch_<A extends readonly Tree[], R extends Tree>(index: Tensor | number, branches: readonly ((...operands: A) => R)[], ...operands: A): R {
  const [first, ...others] = branches
  if (first === undefined) throw new ConfigError('switch: expected at least one branch, got none. Pass a list of functions.')
  const last = others.length
  if (typeof index === 'number') {
    const place = Math.min(Math.max(Math.trunc(index), 0), last)
    return (branches[place] ?? first)(...operands)
  }
  // Halves: the choice among n takes about log n comparisons.
  const half = Math.ceil(branches.length / 2)
  if (last === 0) return first(...operands)
  return condTrees(
    compare('less', index, half),
    () => switch_(index, branches.slice(0, half), ...operands),
    () => switch_(binary('subtract', index, half), branches.slice(half), ...operands),
  )
}

export { switch_ as switch }
