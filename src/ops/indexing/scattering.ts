// Writing by index: values put at places of a tensor, and what becomes of several at one place.

import {
  argsort,
  binary,
  cast,
  compare,
  ConfigError,
  type Dims,
  gather,
  iota,
  logicalAnd,
  logicalOr,
  pad,
  reshape,
  scatterAdd,
  type Shape,
  ShapeError,
  showDims,
  staticDim,
  type Tensor,
  where,
} from '../../core/index.ts'
import { wrapped } from './positions.ts'
import { neutralOf, reduceSegments } from './segments.ts'

/** Rows of a tensor addressed by its first axes: `flat` `[n]` is each one's place among all `count` of them, −1 outside. */
interface Places {
  readonly flat: Tensor
  readonly count: number
  /** Sizes of a row. */
  readonly row: Dims
}

function placesOf(where_: string, indices: Tensor, shape: Dims): Places {
  const depth = staticDim(indices.dims.at(-1) ?? 0, where_)
  if (indices.rank < 1 || depth < 1 || depth > shape.length) {
    throw new ShapeError(
      `${where_}: expected indices [..., k] with k from 1 to ${shape.length} for ${showDims(shape)}, got ${showDims(indices.dims)}. Give one index for each of the first k axes.`,
    )
  }
  const rows = reshape<Shape, Dims>(indices, [-1, depth])
  const sizes = shape.slice(0, depth).map((d) => staticDim(d, where_))
  let flat: Tensor | undefined
  let inside: Tensor | undefined
  sizes.forEach((size, axis) => {
    const [n] = rows.dims
    const own = wrapped(reshape<Shape, Dims>(rows.slice<Shape, Shape, Dims>([0, axis], [n ?? 1, 1]), [n ?? 1]), size, where_)
    const fits = logicalAnd<Tensor, Tensor>(compare('greaterEqual', own, 0), compare('less', own, size))
    flat = flat === undefined ? own : binary('add', binary('multiply', flat, size), own)
    inside = inside === undefined ? fits : logicalAnd<Tensor, Tensor>(inside, fits)
  })
  if (flat === undefined || inside === undefined) throw new ShapeError(`${where_}: expected at least one axis to index, got none.`)
  return { flat: where(inside, flat, -1), count: sizes.reduce((a, b) => a * b, 1), row: shape.slice(depth) }
}

/**
 * Zeros of `shape` to which `values` `[..., *shape[k:]]` are added at `indices` `[..., k]`: each index names a place on the first k axes. Negative
 * ones count from the end, those outside write nothing.
 */
export function scatter(indices: Tensor, values: Tensor, shape: Dims): Tensor {
  const { flat, count, row } = placesOf('scatter', indices, shape)
  return reshape<Shape, Dims>(scatterAdd(flat, reshape<Shape, Dims>(values, [flat.dims[0] ?? 1, ...row]), count), shape)
}

/** What becomes of a value and the updates at its place: by default the last update replaces it. */
export type ScatterReduction = 'add' | 'max' | 'min' | 'mul'

/** `inputs` with `updates` `[n, *inputs.shape[k:]]` at `indices` `[n, k]`; places as in {@link scatter}. */
export function scatterUpdate(
  inputs: Tensor,
  indices: Tensor,
  updates: Tensor,
  { reduction }: { readonly reduction?: ScatterReduction } = {},
): Tensor {
  const { flat, count, row } = placesOf('scatterUpdate', indices, inputs.dims)
  const rows = reshape<Shape, Dims>(inputs, [count, ...row])
  const values = reshape<Shape, Dims>(cast(updates, inputs.dtype), [flat.dims[0] ?? 1, ...row])
  return reshape<Shape, Dims>(updated(rows, flat, values, count, reduction), inputs.dims)
}

function updated(rows: Tensor, flat: Tensor, values: Tensor, count: number, reduction: ScatterReduction | undefined): Tensor {
  switch (reduction) {
    case undefined:
      return replaced(rows, flat, values, count)
    case 'add':
      return binary('add', rows, scatterAdd(flat, values, count))
    case 'max':
      return binary('maximum', rows, reduceSegments('maximum', values, flat, count, false, neutralOf('maximum', rows.dtype)))
    case 'min':
      return binary('minimum', rows, reduceSegments('minimum', values, flat, count, false, neutralOf('minimum', rows.dtype)))
    case 'mul':
      return binary('multiply', rows, reduceSegments('multiply', values, flat, count, false, 1))
    default:
      throw new ConfigError(
        `scatterUpdate: expected reduction to be 'add', 'max', 'min', 'mul' or none, got '${String(reduction)}'. Choose one of them.`,
      )
  }
}

/** Of several values at one place the last one counts. */
function replaced(rows: Tensor, flat: Tensor, values: Tensor, count: number): Tensor {
  const n = staticDim(flat.dims[0] ?? 0, 'scatterUpdate')
  const order = argsort(flat, 0)
  const keys = gather(flat, order)
  const isLast = logicalOr<Tensor, Tensor>(compare('notEqual', keys, pad(keys, [[-1, 1]])), compare('equal', iota([n]), n - 1))
  // The update at each place counted from 1, 0 where there is none.
  const winner = scatterAdd(where(isLast, keys, -1), binary('add', order, 1), count)
  const chosen = gather(values, binary('subtract', winner, 1))
  const column: Tensor = reshape<Shape, Dims>(winner, [count, ...rows.dims.slice(1).map(() => 1)])
  return where(compare('greater', column, 0), chosen, rows)
}
