// What a tensor is, and its numbers as another dtype.

import { cast, clip, type Dims, type DType, full, greaterEqual, isFloat, lessEqual, type Shape, Tensor, where } from '../../core/index.ts'

/** The dtype. */
export const dtype = (x: Tensor): DType => x.dtype
/** The sizes; symbolic ones included. */
export const shape = (x: Tensor): Dims => x.dims
/** The number of axes. */
export const ndim = (x: Tensor): number => x.rank
/** The number of elements. */
export const size = (x: Tensor): number => x.size

const ranges: Readonly<Partial<Record<DType, readonly [least: number, greatest: number]>>> = {
  bool: [0, 1],
  u8: [0, 255],
  i8: [-128, 127],
  u32: [0, 2 ** 32 - 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  // The greatest that a double holds.
  i64: [-(2 ** 63), 2 ** 63 - 1024],
  f16: [-65504, 65504],
}

/** x as `dtype`, numbers beyond its range as the nearest in it. */
export function saturateCast<S extends Shape>(x: Tensor<S>, dtype: DType): Tensor<S> {
  const range = ranges[dtype]
  const own = ranges[x.dtype]
  if (range === undefined || (isFloat(dtype) && !isFloat(x.dtype))) return cast(x, dtype)
  const [least, greatest] = range
  const scalar = (value: number): Tensor => full([], value, { dtype })
  if (isFloat(x.dtype)) {
    const v = new Tensor(x.node)
    const tooLarge = greaterEqual(v, greatest)
    const tooSmall = lessEqual(v, least)
    const inside = cast(where(tooLarge, 0, where(tooSmall, 0, v)), dtype)
    return new Tensor<S>(where(tooLarge, scalar(greatest), where(tooSmall, scalar(least), inside)).node)
  }
  const [low, high] = own ?? range
  return cast(clip(x, Math.max(least, low), Math.min(greatest, high)), dtype)
}
