// Functions of one element, or of the elements of several tensors at the same place.

export { clip, divideNoNan, fabs, fmax, fmin, fmod, gcd, heaviside, lcm, round, type RoundOptions, trunc } from './arithmetic.ts'
export { view } from './bit-view.ts'
export {
  bitwiseAnd,
  bitwiseLeftShift,
  bitwiseLeftShift as leftShift,
  bitwiseNot,
  bitwiseNot as bitwiseInvert,
  bitwiseOr,
  bitwiseRightShift,
  bitwiseRightShift as rightShift,
  bitwiseXor,
  logicalXor,
} from './bits.ts'
export { dtype, ndim, saturateCast, shape, size } from './dtypes.ts'
export { cbrt, exp2, ldexp, log10, log2, logaddexp, logaddexp2 } from './exponentials.ts'
export {
  allclose,
  type ClosenessOptions,
  isclose,
  isfinite,
  isinf,
  isnan,
  isneginf,
  isposinf,
  nanToNum,
  type NanToNumOptions,
  nextafter,
} from './floating-point.ts'
export { signbit } from './sign-bit.ts'
export { erfc, erfinv, gammainc, i0 } from './special-functions.ts'
export {
  arccos,
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  arctan2,
  arctanh,
  cosh,
  deg2rad,
  hypot,
  rad2deg,
  sinc,
  sinh,
  tan,
} from './trigonometry.ts'
