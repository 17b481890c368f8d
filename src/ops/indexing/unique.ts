// Results whose size depends on the data: the different elements of a tensor, and where it is not zero. With `size` the result has that size and
// everything stays in the graph; without it the number is computed and read now, which cannot be done inside `jit`.

import {
  argsort,
  binary,
  cast,
  compare,
  ConfigError,
  cumsum,
  type Dims,
  gather,
  iota,
  logicalOr,
  max,
  normalizeAxis,
  ones,
  permute,
  reshape,
  scatterAdd,
  type Shape,
  staticDim,
  sum,
  type Tensor,
  where,
} from '../../core/index.ts'
import { flattened } from './positions.ts'

/** Option of {@link nonzero} and {@link unique}. */
export interface SizeOption {
  /** Number of results: later ones are cut off, missing ones filled. Default: as many as there are, read now. */
  readonly size?: number
  /** What missing results are filled with. Default 0. */
  readonly fillValue?: number
}

function checkSize(where_: string, size: number | undefined): void {
  if (size !== undefined && (!Number.isInteger(size) || size < 0)) {
    throw new ConfigError(`${where_}: expected size to be a whole number of at least 0, got ${size}. Leave it out to count the results.`)
  }
}

/** Indices (i32) of the elements that are not zero, in row-major order: one vector for each axis. */
export function nonzero(x: Tensor, { size, fillValue = 0 }: SizeOption = {}): Tensor[] {
  checkSize('nonzero', size)
  const flat = flattened(x)
  const zero = cast(compare('equal', flat, 0), 'i32')
  const found = binary('subtract', staticDim(flat.dims[0] ?? 0, 'nonzero'), sum<Shape>(zero))
  const count = size ?? found.itemSync()
  const places = gather(argsort(zero, 0), iota([count]))
  const present = compare('less', iota([count]), found)
  return x.dims.map((_, axis) => where(present, gather(flattened(iota(x.dims, axis)), places), fillValue))
}

/** Options of {@link unique}. */
export interface UniqueOptions extends SizeOption {
  /** Along which slices are compared; all elements where it is missing. */
  readonly axis?: number
  /** Also the index (i32) of the first of each. */
  readonly returnIndex?: boolean
  /** Also, for each element, the index (i32) of its value in the result. */
  readonly returnInverse?: boolean
  /** Also how often (i32) each occurs. */
  readonly returnCounts?: boolean
}

/**
 * The different elements of x in ascending order (slices along an axis: by their first difference). With `returnIndex`, `returnInverse` or
 * `returnCounts` a list: the elements, then what was asked for, in this order. Always sorted, as Keras's default.
 */
export function unique(
  x: Tensor,
  options?: UniqueOptions & { readonly returnIndex?: false; readonly returnInverse?: false; readonly returnCounts?: false },
): Tensor
export function unique(x: Tensor, options: UniqueOptions): Tensor | Tensor[]
export function unique(x: Tensor, options: UniqueOptions = {}): Tensor | Tensor[] {
  const { size, fillValue = 0, axis } = options
  checkSize('unique', size)
  const at = axis === undefined ? 0 : normalizeAxis('unique', axis, x.dims)
  const slices = axis === undefined ? flattened(x) : permute<Shape, Shape>(x, [at, ...[...x.dims.keys()].filter((i) => i !== at)])
  const n = staticDim(slices.dims[0] ?? 0, 'unique')
  const rows = reshape<Shape, Dims>(slices, [n, slices.dims.slice(1).reduce<number>((a, d) => a * staticDim(d, 'unique'), 1)])
  const order = lexicographic(rows)
  const sorted = gather(rows, order)
  const place = iota([n])
  const differs = max<Shape, number>(compare('notEqual', sorted, gather(sorted, binary('subtract', place, 1))), -1)
  const isFirst = logicalOr<Tensor, Tensor>(differs, compare('equal', place, 0))
  const group = binary('subtract', cumsum(cast(isFirst, 'i32')), 1)
  const count = size ?? (n === 0 ? 0 : max<Shape>(group).itemSync() + 1)
  const firsts = scatterAdd(where(isFirst, group, -1), binary('add', order, 1), count)
  const index = binary('subtract', firsts, 1)
  const present: Tensor = reshape<Shape, Dims>(compare('greater', firsts, 0), [count, ...slices.dims.slice(1).map(() => 1)])
  const values = where(present, gather(slices, index), fillValue)
  const back = [...new Array(at).keys()].map((i) => i + 1)
  const arranged: Tensor = axis === undefined ? values : permute<Shape, Shape>(values, [...back, 0, ...[...x.dims.keys()].slice(at + 1)])
  const extra = [
    ...(options.returnIndex === true ? [binary('maximum', index, 0)] : []),
    ...(options.returnInverse === true ? [scatterAdd(order, group, n)] : []),
    ...(options.returnCounts === true ? [scatterAdd(group, ones([n], { dtype: 'i32' }), count)] : []),
  ]
  return extra.length === 0 ? arranged : [arranged, ...extra]
}

/** The order of the rows of `[n, k]`, by their first difference: sorted by each column, the least important first, which is stable. */
function lexicographic(rows: Tensor): Tensor {
  const [n, columns] = rows.shape
  let order = iota([n ?? 0])
  for (let column = (columns ?? 0) - 1; column >= 0; column--) {
    const values = reshape<Shape, Dims>(rows.slice<Shape, Shape, Dims>([0, column], [n ?? 0, 1]), [n ?? 0])
    order = gather(order, argsort(gather(values, order), 0))
  }
  return order
}
