// Window functions by their names in signal processing, as numbers.

const { PI, abs, cos, sin } = Math

/** A window's value at x, its position between −1 and 1, for `size` samples. */
type Shape = (x: number, size: number) => number

/** Σ aₖ cos(kπx): 1 in the middle where the coefficients say so. */
const cosines =
  (...coefficients: readonly number[]): Shape =>
  (x) =>
    coefficients.reduce((total, a, k) => total + a * cos(k * PI * x), 0)

const sinc = (x: number): number => (x === 0 ? 1 : sin(PI * x) / (PI * x))

const cosine: Shape = (x, size) => cos(((PI / 2) * x * (size - 1)) / size)
const triangle: Shape = (x, size) => 1 - (abs(x) * (size - 1)) / (size % 2 === 0 ? size : size + 1)
const parzen: Shape = (x, size) => {
  const n = (abs(x) * (size - 1)) / size
  return n <= (size - 1) / 2 / size ? 1 - 6 * n ** 2 + 6 * n ** 3 : 2 * (1 - n) ** 3
}
const tukey: Shape = (x) => (abs(x) <= 0.5 ? 1 : 0.5 * (1 + cos(2 * PI * (abs(x) - 0.5))))
const bohman: Shape = (x) => (abs(x) >= 1 ? 0 : (1 - abs(x)) * cos(PI * abs(x)) + sin(PI * abs(x)) / PI)

const shapes: Readonly<Record<string, Shape>> = {
  boxcar: () => 1,
  bartlett: (x) => 1 - abs(x),
  barthann: (x) => 0.62 - 0.48 * abs(x / 2) + 0.38 * cos(PI * x),
  blackman: cosines(0.42, 0.5, 0.08),
  blackmanharris: cosines(0.35875, 0.48829, 0.14128, 0.01168),
  bohman,
  cosine,
  flattop: cosines(0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
  hamming: cosines(0.54, 0.46),
  hann: cosines(0.5, 0.5),
  lanczos: sinc,
  nuttall: cosines(0.3635819, 0.4891775, 0.1365995, 0.0106411),
  parzen,
  triang: triangle,
  tukey,
}

/** The names of the windows. */
export const windowNames: readonly string[] = Object.keys(shapes)

/** `size` values of a window; symmetric, or where it is periodic the first of one value more. */
export function windowValues(name: string, size: number, periodic: boolean): number[] {
  const shape = shapes[name]
  if (shape === undefined || size <= 1) return Array.from({ length: size }, () => 1)
  const whole = periodic ? size + 1 : size
  return Array.from({ length: size }, (_, i) => shape((2 * i) / (whole - 1) - 1, whole))
}
