// Functions of one example as functions of many.

import {
  asTensor,
  broadcastDims,
  ConfigError,
  type Dims,
  elementCount,
  flattenTree,
  type Operand,
  type Rebatched,
  reshape,
  type Shape,
  ShapeError,
  showDims,
  Tensor,
  type Tree,
  type TreeStructure,
  unflattenTree,
  vmap,
} from '../../core/index.ts'

/** `fn` of each element along axis 0 of every tensor of `elements`, all at once; the results stacked along a new axis 0. */
export function vectorizedMap<E extends Tree, R extends Tree>(fn: (element: E) => R, elements: E): Rebatched<R>
export function vectorizedMap(fn: (element: Tree) => Tree, elements: Tree): Tree {
  const { leaves, structure } = flattenTree(elements)
  let results: TreeStructure = { kind: 'array', items: [] }
  const run = (parts: readonly Tensor[]): readonly Tensor[] => {
    const result = flattenTree(fn(unflattenTree(structure, parts)))
    results = result.structure
    return result.leaves
  }
  const batched = vmap(run)(leaves)
  return unflattenTree(results, batched)
}

/** Options of {@link vectorize}. */
export interface VectorizeOptions {
  /** Positions of arguments that are passed on whole. */
  readonly excluded?: readonly number[]
  /** The axes that the function itself works on, as NumPy writes them: `'(m,n),(n)->(m)'`. Default: none, a function of scalars. */
  readonly signature?: string
}

/** A result or several. */
export type Vectorized = Tensor | readonly Tensor[]

/**
 * A function of small tensors as one of large ones: leading axes that are not in the signature broadcast, and the function is run for every
 * place on them at once.
 *
 * @throws ConfigError where the signature cannot be read or names another number of arguments.
 * @throws ShapeError where arguments give one name of the signature different sizes.
 * @example
 * const norms = ops.vectorize((v: Tensor) => v.square().sum().sqrt(), { signature: '(n)->()' })
 * norms(ones([8, 5, 3])) // [8, 5]
 */
export function vectorize(fn: (...args: Tensor[]) => Tensor, options?: VectorizeOptions): (...args: Operand[]) => Tensor
export function vectorize(fn: (...args: Tensor[]) => readonly Tensor[], options?: VectorizeOptions): (...args: Operand[]) => readonly Tensor[]
export function vectorize(
  fn: (...args: Tensor[]) => Vectorized,
  { excluded = [], signature }: VectorizeOptions = {},
): (...args: Operand[]) => Vectorized {
  const names = signature === undefined ? undefined : inputNames(signature)
  return (...args) => {
    const tensors = args.map((x) => asTensor(x))
    const mapped = [...tensors.keys()].filter((i) => !excluded.includes(i))
    if (names !== undefined && names.length !== mapped.length) {
      throw new ConfigError(
        `vectorize: expected ${names.length} arguments for '${String(signature)}', got ${mapped.length}. Name the others in excluded.`,
      )
    }
    const sizes = new Map<string, string>()
    const parts = mapped.map((position, i) => {
      const x = tensors[position] ?? asTensor(0)
      const own = names?.[i] ?? []
      if (x.rank < own.length)
        throw new ShapeError(`vectorize: expected argument ${position} with axes (${own.join(',')}), got ${showDims(x.dims)}. Add an axis.`)
      const split = x.rank - own.length
      own.forEach((name, axis) => {
        const size = String(x.dims[split + axis])
        if ((sizes.get(name) ?? size) !== size) {
          throw new ShapeError(
            `vectorize: expected one size for '${name}', got ${sizes.get(name) ?? ''} and ${size} in argument ${position}. Check the axes.`,
          )
        }
        sizes.set(name, size)
      })
      return { x, outer: x.dims.slice(0, split), inner: x.dims.slice(split) }
    })
    const outer = parts.reduce<Dims>((dims, part) => broadcastDims('vectorize', dims, part.outer), [])
    const all = (given: readonly Tensor[]): Vectorized => {
      let next = 0
      return fn(...tensors.map((x, i) => (excluded.includes(i) ? x : (given[next++] ?? x))))
    }
    if (outer.length === 0) return all(parts.map(({ x }) => x))
    const rows = parts.map(({ x, inner }) => reshape<Shape, Dims>(x.broadcastTo<Shape, Dims>([...outer, ...inner]), [elementCount(outer), ...inner]))
    const results = vmap((given: readonly Tensor[]): Vectorized => all(given))(rows)
    const restored = (y: Tensor): Tensor => reshape<Shape, Dims>(y, [...outer, ...y.dims.slice(1)])
    return results instanceof Tensor ? restored(results) : results.map(restored)
  }
}

/** The names of each argument's own axes in a signature. */
function inputNames(signature: string): string[][] {
  const plain = signature.replaceAll(/\s/g, '')
  const group = String.raw`\((?:\w+(?:,\w+)*)?\)`
  if (!new RegExp(`^${group}(?:,${group})*->${group}(?:,${group})*$`).test(plain)) {
    throw new ConfigError(
      `vectorize: expected a signature such as '(m,n),(n)->(m)', got '${signature}'. Write one bracket for each argument and result.`,
    )
  }
  const [inputs = ''] = plain.split('->')
  return [...inputs.matchAll(/\(([^)]*)\)/g)].map(([, names = '']) => (names === '' ? [] : names.split(',')))
}
