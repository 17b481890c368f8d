// Cross-entropies, one value for each sample: what losses average.

import {
  binary,
  cast,
  clip,
  type Dims,
  isFloat,
  log,
  logSoftmax,
  multiply,
  negate,
  normalizeAxis,
  sameDims,
  type Shape,
  ShapeError,
  showDims,
  softplus,
  squeeze,
  staticDim,
  sum,
  type Tensor,
} from '../../core/index.ts'
import { oneHot } from '../indexing/gathering.ts'

/** Keras's fuzz: probabilities are kept within [epsilon, 1 − epsilon] before their logarithm. */
const fuzz = 1e-7

/** Options of the cross-entropies over classes. */
export interface CrossentropyOptions {
  /** The output is before the softmax or sigmoid. Default false. */
  readonly fromLogits?: boolean
  /** The axis of the classes. Default −1, the last. */
  readonly axis?: number
}

const floating = (x: Tensor): Tensor => (isFloat(x.dtype) ? x : cast(x, 'f32'))

function logProbabilities(output: Tensor, axis: number, fromLogits: boolean): Tensor {
  if (fromLogits) return logSoftmax(output, axis)
  const shares: Tensor = binary('divide', output, sum<Shape, number, true>(output, axis, { keepDims: true }))
  return log(clip(shares, fuzz, 1 - fuzz))
}

function checkAlike(where: string, target: Tensor, output: Tensor): void {
  if (!sameDims(target.dims, output.dims)) {
    throw new ShapeError(`${where}: expected a target of ${showDims(output.dims)} as the output, got ${showDims(target.dims)}. Make them alike.`)
  }
}

/** −Σ target · log p over the axis of the classes, `[…, classes]` to `[…]`; p is the output divided by its sum, or softmax of logits. */
export function categoricalCrossentropy(target: Tensor, output: Tensor, { fromLogits = false, axis = -1 }: CrossentropyOptions = {}): Tensor {
  checkAlike('categoricalCrossentropy', target, output)
  const logs = logProbabilities(floating(output), axis, fromLogits)
  return negate(sum<Shape, number>(binary('multiply', cast(target, logs.dtype), logs), axis))
}

/** {@link categoricalCrossentropy} with classes as numbers, `[…]` or with an axis of size 1 for the classes. */
export function sparseCategoricalCrossentropy(target: Tensor, output: Tensor, { fromLogits = false, axis = -1 }: CrossentropyOptions = {}): Tensor {
  const at = normalizeAxis('sparseCategoricalCrossentropy', axis, output.dims)
  const labels: Tensor = target.rank === output.rank && target.dims[at] === 1 ? squeeze<Shape, number>(target, at) : target
  const wanted: Dims = output.dims.filter((_, i) => i !== at)
  if (!sameDims(labels.dims, wanted)) {
    throw new ShapeError(
      `sparseCategoricalCrossentropy: expected one class for each of ${showDims(wanted)}, got a target of ${showDims(target.dims)}. Check the axis.`,
    )
  }
  const logs = logProbabilities(floating(output), at, fromLogits)
  const hot = oneHot(labels, staticDim(output.dims[at] ?? 1, 'sparseCategoricalCrossentropy'), { axis: at, dtype: logs.dtype })
  return negate(sum<Shape, number>(multiply<Tensor, Tensor>(hot, logs), at))
}

/** −(t log p + (1 − t) log (1 − p)), element by element; p is the output, or sigmoid of logits. */
export function binaryCrossentropy(target: Tensor, output: Tensor, { fromLogits = false }: { readonly fromLogits?: boolean } = {}): Tensor {
  checkAlike('binaryCrossentropy', target, output)
  const values = floating(output)
  const t = cast(target, values.dtype)
  if (fromLogits) return binary('subtract', softplus(values), binary('multiply', values, t))
  const p = clip(values, fuzz, 1 - fuzz)
  const [yes, no] = [binary('multiply', t, log(p)), binary('multiply', binary('subtract', 1, t), log(binary('subtract', 1, p)))]
  return negate(binary('add', yes, no))
}
