// Numbers at equal distances, equal ratios, and grids of them.

import {
  abs,
  add,
  asTensor,
  binary,
  broadcastTo,
  cast,
  ConfigError,
  type Dim,
  type DType,
  type DTypeOption,
  fromStorage,
  isFloat,
  iota,
  log,
  multiply,
  type Operand,
  permute,
  power,
  reshape,
  ShapeError,
  showDims,
  sign,
  storageOf,
  subtract,
  type Tensor,
} from '../../core/index.ts'
import { together } from '../elementwise/with-slopes.ts'

export interface SpaceOptions extends DTypeOption {
  /** Whether `stop` is the last number; else it is left out, and the step is (stop − start) / num. Default true. */
  readonly endpoint?: boolean
  /** Where the new axis stands in the result when start or stop are tensors. Default 0. */
  readonly axis?: number
}

function checked(where: string, num: number): void {
  if (!Number.isInteger(num) || num < 0) throw new ConfigError(`${where}: expected a number of samples that is whole and at least 0, got ${num}.`)
}

const stepsOf = (num: number, endpoint: boolean): number => (endpoint ? num - 1 : num)

/** `value(i / steps)` for each sample where both ends are numbers: computed in double precision. */
function ofNumbers(num: number, endpoint: boolean, dtype: DType, value: (part: number) => number): Tensor {
  const steps = stepsOf(num, endpoint)
  return fromStorage(
    storageOf(
      Array.from({ length: num }, (_, i) => value(steps === 0 ? 0 : i / steps)),
      dtype,
    ),
    [num],
  )
}

/** start + part · (stop − start) along a new axis 0 for tensors, in floats. */
function alongNewAxis(where: string, start: Operand, stop: Operand, num: number, endpoint: boolean): Tensor {
  const [from, to] = together(where, start, stop)
  const dtype = isFloat(from.dtype) ? from.dtype : 'f32'
  const [low, high] = [cast(from, dtype), cast(to, dtype)]
  const parts = multiply(cast(iota([num], 0), dtype), 1 / Math.max(stepsOf(num, endpoint), 1))
  const column = reshape(parts, [num, ...low.dims.map((): Dim => 1)])
  // From both ends, so that both are exact.
  return add(multiply(subtract(1, column), low), multiply(column, high))
}

function placed(x: Tensor, axis: number, dtype: DType | undefined): Tensor {
  const at = axis < 0 ? axis + x.rank : axis
  if (!Number.isInteger(axis) || at < 0 || at >= x.rank) {
    throw new ConfigError(`axis: expected a place among ${x.rank} axes for the new one, got ${axis}. Use 0 or -1.`)
  }
  const order = [...Array.from({ length: at }, (_, i) => i + 1), 0, ...Array.from({ length: x.rank - 1 - at }, (_, i) => at + 1 + i)]
  const moved = permute(x, order)
  return dtype === undefined ? moved : cast(moved, dtype)
}

/** `num` numbers from start to stop at equal distances, `[num]`, or `[num, …]` of tensors; with `retstep` also the distance. */
export function linspace(start: Operand, stop: Operand, num?: number, options?: SpaceOptions & { readonly retstep?: false }): Tensor
export function linspace(start: Operand, stop: Operand, num: number, options: SpaceOptions & { readonly retstep: true }): [Tensor, Tensor]
export function linspace(
  start: Operand,
  stop: Operand,
  num = 50,
  options: SpaceOptions & { readonly retstep?: boolean } = {},
): Tensor | [Tensor, Tensor] {
  checked('linspace', num)
  const { endpoint = true, axis = 0, dtype, retstep = false } = options
  const numbers = typeof start === 'number' && typeof stop === 'number'
  const samples = numbers
    ? ofNumbers(num, endpoint, dtype ?? 'f32', (part) => (1 - part) * start + part * stop)
    : placed(alongNewAxis('linspace', start, stop, num, endpoint), axis, dtype)
  if (!retstep) return samples
  const steps = stepsOf(num, endpoint)
  return [samples, binary('multiply', asTensor(binary('subtract', stop, start)), steps > 0 ? 1 / steps : Number.NaN)]
}

export interface LogspaceOptions extends SpaceOptions {
  /** Default 10. */
  readonly base?: number
}

/** `num` powers of the base, their exponents from start to stop at equal distances. */
export function logspace(start: Operand, stop: Operand, num = 50, options: LogspaceOptions = {}): Tensor {
  checked('logspace', num)
  const { endpoint = true, axis = 0, dtype, base = 10 } = options
  if (typeof start === 'number' && typeof stop === 'number') {
    return ofNumbers(num, endpoint, dtype ?? 'f32', (part) => base ** ((1 - part) * start + part * stop))
  }
  return placed(power(base, alongNewAxis('logspace', start, stop, num, endpoint)), axis, dtype)
}

/** `num` numbers from start to stop at equal ratios; both of one sign, and not 0. */
export function geomspace(start: Operand, stop: Operand, num = 50, options: SpaceOptions = {}): Tensor {
  checked('geomspace', num)
  const { endpoint = true, axis = 0, dtype } = options
  if (typeof start === 'number' && typeof stop === 'number') {
    if (start * stop <= 0) throw new ConfigError(`geomspace: expected two numbers of one sign that are not 0, got ${start} and ${stop}.`)
    return ofNumbers(num, endpoint, dtype ?? 'f32', (part) => start * (stop / start) ** part)
  }
  const [from, to] = together('geomspace', start, stop)
  const exponents = alongNewAxis('geomspace', log(abs(from)), log(abs(to)), num, endpoint)
  return placed(multiply(sign(from), exponents.exp()), axis, dtype)
}

export interface MeshgridOptions {
  /** 'xy': the second vector runs along axis 0 and the first along axis 1; 'ij': each along its own. Default 'xy'. */
  readonly indexing?: 'xy' | 'ij'
}

/** Vectors of sizes n₁, n₂, … as tensors of the whole grid, `[n₂, n₁, …]` (or `[n₁, n₂, …]`): each constant along the others' axes. */
export function meshgrid(vectors: readonly Tensor[], { indexing = 'xy' }: MeshgridOptions = {}): Tensor[] {
  if (indexing !== 'xy' && indexing !== 'ij') {
    throw new ConfigError(`meshgrid: expected indexing 'xy' or 'ij', got '${String(indexing)}'. Choose one of them.`)
  }
  const crossed = indexing === 'xy' && vectors.length > 1
  const axisOf = (i: number): number => (crossed && i < 2 ? 1 - i : i)
  const dims: Dim[] = new Array<Dim>(vectors.length).fill(1)
  vectors.forEach((x, i) => {
    if (x.rank > 1) throw new ShapeError(`meshgrid: expected vectors, got ${showDims(x.dims)} at ${i}. Reshape it.`)
    dims[axisOf(i)] = x.dims[0] ?? 1
  })
  return vectors.map((x, i) => {
    const own = dims.map((d, axis): Dim => (axis === axisOf(i) ? d : 1))
    return broadcastTo(reshape(x, own), dims)
  })
}
