// Products and positions laid out in grids.

import {
  asTensor,
  ConfigError,
  type Dim,
  floorDivide,
  isFloat,
  multiply,
  multiplyDims,
  type Operand,
  remainder,
  reshape,
  ShapeError,
  showDims,
  stack,
  type Tensor,
} from '../../core/index.ts'
import { onesLike } from '../creation/index.ts'

/** The Kronecker product: every element of a times all of b, `[a₁ · b₁, a₂ · b₂, …]`. */
export function kron(a: Operand, b: Operand): Tensor {
  const [x, y] = [asTensor(a), asTensor(b)]
  const rank = Math.max(x.rank, y.rank)
  const padded = (t: Tensor): Dim[] => [...new Array<Dim>(rank - t.rank).fill(1), ...t.dims]
  const [left, right] = [padded(x), padded(y)]
  const blocks: Tensor = multiply(
    reshape(
      x,
      left.flatMap((d): Dim[] => [d, 1]),
    ),
    reshape(
      y,
      right.flatMap((d): Dim[] => [1, d]),
    ),
  )
  return reshape(
    blocks,
    left.map((d, i) => multiplyDims(d, right[i] ?? 1)),
  )
}

export interface VanderOptions {
  /** Number of columns. Default: as many as there are numbers. */
  readonly N?: number
  /** From the power 0 up. Default false: from N − 1 down. */
  readonly increasing?: boolean
}

/** The powers of a vector's numbers as rows, `[n, N]` (Vandermonde's matrix). */
export function vander(x: Tensor, { N, increasing = false }: VanderOptions = {}): Tensor {
  if (x.rank !== 1) throw new ShapeError(`vander: expected a vector, got ${showDims(x.dims)}. Reshape it.`)
  const columns = N ?? x.size
  if (!Number.isInteger(columns) || columns < 1)
    throw new ConfigError(`vander: expected N that is whole and at least 1, got ${columns}. Choose 1 or more.`)
  const powers: Tensor[] = []
  for (let i = 0, next = onesLike(x); i < columns; i++, next = multiply(next, x)) powers.push(next)
  return stack(increasing ? powers : powers.toReversed(), -1)
}

/** Positions in the flattened tensor of a shape as positions along each of its axes. */
export function unravelIndex(indices: Operand, shape: readonly number[]): Tensor[] {
  const flat = asTensor(indices, 'i32')
  if (isFloat(flat.dtype) || flat.dtype === 'bool')
    throw new ConfigError(`unravelIndex: expected integer indices, got ${flat.dtype}. Cast them to i32.`)
  return shape.map((size, axis) => {
    const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
    return remainder(floorDivide(flat, stride), size)
  })
}
