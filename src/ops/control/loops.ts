// Loops over trees of tensors inside a program. What the functions read from outside becomes an input of the loop.

import {
  arange,
  binary,
  compare,
  ConfigError,
  concat,
  type Dims,
  flattenTree,
  flip,
  logicalAnd,
  mapTree,
  normalizeAxis,
  type Operand,
  pad,
  scan as scanTrees,
  type ScanOptions,
  type Shape,
  ShapeError,
  staticDim,
  Tensor,
  tensor,
  type Tree,
  unflattenTree,
  whileLoop as whileTrees,
} from '../../core/index.ts'

/**
 * Runs `f(carry, x)` along axis 0 of every tensor of `xs`; gives the last carry, and the other results stacked along a new axis 0. Without `xs` pass
 * `[]` and a length. (Keras's `unroll` is no option: the compiler decides.)
 *
 * @example
 * const [total, sums] = ops.scan((sum: Tensor, x: Tensor) => [sum.add(x), sum.add(x)], tensor(0), tensor([1, 2, 3])) // 6 and [1, 3, 6]
 */
export function scan<C extends Tree, X extends Tree, Y extends Tree>(
  f: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  options?: ScanOptions,
): [carry: C, results: Y]
export function scan(f: (carry: Tree, x: Tree) => readonly [Tree, Tree], init: Tree, xs: Tree, options: ScanOptions = {}): [Tree, Tree] {
  return scanTrees(f, init, xs, options)
}

/** `f` of each element along axis 0 of every tensor of `xs`, one after another; the results stacked along a new axis 0. */
export function map<X extends Tree, Y extends Tree>(f: (x: X) => Y, xs: X): Y
export function map(f: (x: Tree) => Tree, xs: Tree): Tree {
  return scanTrees((_: readonly Tensor[], x) => [[], f(x)], [], xs)[1]
}

/** Runs `body(i, value)` for the whole numbers from `lower` to below `upper`; with numbers as bounds it can be differentiated in reverse. */
export function foriLoop<S extends Tree>(lower: Operand, upper: Operand, body: (i: Tensor, value: S) => S, init: S): S
export function foriLoop(lower: Operand, upper: Operand, body: (i: Tensor, value: Tree) => Tree, init: Tree): Tree {
  if (typeof lower === 'number' && typeof upper === 'number') {
    if (!Number.isInteger(lower) || !Number.isInteger(upper)) {
      throw new ConfigError(`foriLoop: expected whole numbers as bounds, got ${lower} and ${upper}. Round them.`)
    }
    if (upper <= lower) return init
    const step = (value: Tree, i: Tree): readonly [Tree, Tree] => [body(i instanceof Tensor ? i : tensor(lower), value), []]
    return scanTrees(step, init, arange(lower, upper))[0]
  }
  const [start, end] = [lower, upper].map((bound) => (typeof bound === 'number' ? tensor(bound, [], { dtype: 'i32' }) : bound.cast('i32')))
  if (start === undefined || end === undefined) return init
  return whileTrees(
    ({ i }) => compare('less', i, end),
    ({ i, value }) => ({ i: binary('add', i, 1), value: body(i, value) }),
    { i: start, value: init },
  ).value
}

/** Option of {@link whileLoop}. */
export interface WhileOptions {
  /** Stops after so many steps even where the condition still holds. Default: no bound. */
  readonly maximumIterations?: number
}

/**
 * Runs `body` on a tree of tensors while `condition` of it holds. It can be differentiated forwards (`jvp`), not in reverse: {@link scan} and
 * {@link foriLoop} can.
 *
 * @example
 * const [i] = ops.whileLoop(([i]) => i.less(10), ([i]) => [i.add(1)], [tensor(0)]) // 10
 */
export function whileLoop<S extends Tree>(condition: (state: S) => Tensor, body: (state: S) => S, loopVars: S, options?: WhileOptions): S
export function whileLoop(
  condition: (state: Tree) => Tensor,
  body: (state: Tree) => Tree,
  loopVars: Tree,
  { maximumIterations }: WhileOptions = {},
): Tree {
  if (maximumIterations === undefined) return whileTrees(condition, body, loopVars)
  if (!Number.isInteger(maximumIterations) || maximumIterations < 0) {
    throw new ConfigError(
      `whileLoop: expected maximumIterations to be a whole number of at least 0, got ${maximumIterations}. Leave it out for no bound.`,
    )
  }
  const first: { readonly step: Tensor; readonly state: Tree } = { step: tensor(0, [], { dtype: 'i32' }), state: loopVars }
  return whileTrees(
    ({ step, state }) => logicalAnd<Tensor, Tensor>(compare('less', step, maximumIterations), condition(state)),
    ({ step, state }) => ({ step: binary('add', step, 1), state: body(state) }),
    first,
  ).state
}

/** Options of {@link associativeScan}. */
export interface AssociativeScanOptions {
  /** From the end. Default false. */
  readonly reverse?: boolean
  /** Default 0. */
  readonly axis?: number
}

/**
 * All running results of an associative function of two trees, `f(f(x₀, x₁), x₂)` and so on, in about 2 log n steps that each work on whole tensors
 * (Blelloch 1990). `f` gets trees of slices of equal length and gives one like them.
 *
 * @throws ShapeError where tensors have different sizes on the axis.
 */
export function associativeScan<E extends Tree>(f: (a: E, b: E) => E, elems: E, options?: AssociativeScanOptions): E
export function associativeScan(f: (a: Tree, b: Tree) => Tree, elems: Tree, { reverse = false, axis = 0 }: AssociativeScanOptions = {}): Tree {
  const { leaves, structure } = flattenTree(elems)
  const [first] = leaves
  if (first === undefined) return elems
  const lengths = leaves.map((t) => staticDim(t.dims[normalizeAxis('associativeScan', axis, t.dims)] ?? 0, 'associativeScan'))
  if (lengths.some((length) => length !== lengths[0])) {
    throw new ShapeError(`associativeScan: expected one size on axis ${axis} of all tensors, got ${lengths.join(', ')}. Cut them alike.`)
  }
  const combine = (a: readonly Tensor[], b: readonly Tensor[]): Tensor[] =>
    flattenTree(f(unflattenTree(structure, a), unflattenTree(structure, b))).leaves
  const turned = (list: readonly Tensor[]): Tensor[] => (reverse ? list.map((t) => flip(t, axis)) : [...list])
  const running = turned(runningOf(turned(leaves), lengths[0] ?? 0, axis, combine))
  let next = 0
  return mapTree(elems, (t) => running[next++] ?? t)
}

/** Results of pairs first, the same for those; then the places between from the pair before and the element itself. */
function runningOf(
  elements: readonly Tensor[],
  length: number,
  axis: number,
  combine: (a: readonly Tensor[], b: readonly Tensor[]) => Tensor[],
): readonly Tensor[] {
  if (length < 2) return elements
  const half = Math.floor(length / 2)
  const every2nd = (list: readonly Tensor[], start: number, count: number) => list.map((t) => strided(t, axis, start, count, 2))
  const odd = runningOf(combine(every2nd(elements, 0, half), every2nd(elements, 1, half)), half, axis, combine)
  const rest = length - half - 1
  const heads = elements.map((t) => strided(t, axis, 0, 1, 1))
  const tails =
    rest === 0
      ? []
      : combine(
          odd.map((t) => strided(t, axis, 0, rest, 1)),
          every2nd(elements, 2, rest),
        )
  return odd.map((t, i) => {
    const [head, tail] = [heads[i] ?? t, tails[i]]
    const even: Tensor = tail === undefined ? head : concat<Tensor[], number>([head, tail], axis)
    return interleaved(even, t, axis, length)
  })
}

function strided(x: Tensor, axis: number, start: number, count: number, step: number): Tensor {
  const at = normalizeAxis('associativeScan', axis, x.dims)
  return x.slice<Shape, Shape, Dims, Shape>(
    x.dims.map((_, i) => (i === at ? start : 0)),
    x.dims.map((d, i) => (i === at ? count : d)),
    x.dims.map((_, i) => (i === at ? step : 1)),
  )
}

/** Elements of two tensors in turn along an axis. */
function interleaved(even: Tensor, odd: Tensor, axis: number, length: number): Tensor {
  const at = normalizeAxis('associativeScan', axis, even.dims)
  const spread = (x: Tensor, before: number): Tensor => {
    const size = staticDim(x.dims[at] ?? 0, 'associativeScan')
    const paddings = x.dims.map((_, i): readonly [number, number] => (i === at ? [before, length - before - (2 * size - 1)] : [0, 0]))
    return pad(x, paddings, { interior: x.dims.map((_, i) => (i === at ? 1 : 0)) })
  }
  const [a, b] = [spread(even, 0), spread(odd, 1)]
  return even.dtype === 'bool' ? binary('or', a, b) : binary('add', a, b)
}
