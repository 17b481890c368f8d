// The base of losses: values of samples from `call`, and their reduction to one number under weights and masks.

import { type Dims, type DType, isFloat, logicalAnd, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { lookedUp, oneOf, textOf } from '../options/option-checks.ts'
import { kerasName, policyOf } from '../dtype-policies/dtype-policy.ts'
import { nameOfClass } from '../options/identifiers.ts'
import { Callable, invoke } from '../layer/callable.ts'
import { maskOf } from '../layer/masks.ts'
import type { Config } from '../saving/serialized.ts'
import { type Reduction, reductions, reduceWeighted, type WeightOptions } from './weighting.ts'

/** What a loss expects of its labels: numbers of classes, probabilities or other values for each output, or it does not say. */
export type LabelKind = 'classes' | 'probabilities' | 'values' | 'any'

/** Predictions may be before their softmax or sigmoid. */
export interface LogitsOption {
  /** Predictions are before the softmax or sigmoid. Default false. */
  readonly fromLogits?: boolean
}

/** Values of samples from targets and predictions, as a plain function. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor

/** Options of every loss. */
export interface LossOptions {
  /** Default: the class's own, `meanSquaredError`. */
  readonly name?: string | null
  /** How the values of samples become one number; `null` is 'none'. Default 'sumOverBatchSize': their mean. */
  readonly reduction?: Reduction | null
  /** What to compute in: `float32`, … Default: the predictions' own, but `float32` for half precision and integers. */
  readonly dtype?: string | null
}

/** A loss can be called, as in Keras: `new losses.MeanSquaredError()(yTrue, yPred)` is its {@link Loss.compute}, which also takes weights. */
export interface Loss {
  (yTrue: Tensor, yPred: Tensor): Tensor
}

/**
 * A loss: `call` gives a value for each sample (or step), `compute` one number of them.
 *
 * @example
 * class Pinball extends losses.Loss {
 *   override call(yTrue: Tensor, yPred: Tensor): Tensor {
 *     const error = yTrue.subtract(yPred)
 *     return error.multiply(0.9).maximum(error.multiply(-0.1)).mean(-1)
 *   }
 * }
 */
export abstract class Loss extends Callable {
  /** The name of the class, which does not change when code is minified. */
  readonly className: string
  readonly name: string
  readonly reduction: Reduction
  private readonly dtype: DType | undefined

  constructor(options: LossOptions = {}, className?: string, defaultName?: string) {
    super()
    const { name, reduction, dtype, ...others } = options ?? {}
    this.className = className ?? new.target.name
    this.name = textOf(this.className, 'name', name ?? defaultName ?? nameOfClass(this.className))
    if (className !== undefined)
      checkOptionNames(this.name, typeof options === 'object' ? options && others : options, ['name', 'reduction', 'dtype'])
    this.reduction = reduction === null ? 'none' : oneOf(this.name, 'reduction', reduction ?? 'sumOverBatchSize', reductions)
    this.dtype = dtype === undefined || dtype === null ? undefined : lookedUp(this.name, 'dtype', () => policyOf(dtype)).computeDtype
  }

  /** What labels are checked against when training starts. */
  get labels(): LabelKind {
    return 'any'
  }

  /** The last activation that `fromLogits` stands for, where the loss is better computed before it. */
  get activation(): 'softmax' | 'sigmoid' | undefined {
    return undefined
  }

  /** A label outside the classes that counts for nothing. */
  get ignoredLabel(): number | undefined {
    return undefined
  }

  /** The loss for targets and predictions of these shapes; most are the same for all. */
  forShapes(_yTrue: Dims, _yPred: Dims): Loss {
    return this
  }

  /** The value of each sample, without weights. A mask on the result leaves samples out of the count. */
  abstract call(yTrue: Tensor, yPred: Tensor, options?: LogitsOption): Tensor

  /** The values of samples under weights and the predictions' mask, reduced. */
  compute(yTrue: Tensor, yPred: Tensor, { sampleWeight, mask = maskOf(yPred), fromLogits = false }: WeightOptions & LogitsOption = {}): Tensor {
    const values = this.call(yTrue, yPred.cast(this.dtypeFor(yPred)), { fromLogits })
    const own = maskOf(values)
    const both = mask !== undefined && own !== undefined ? logicalAnd<Tensor, Tensor>(mask, own) : (mask ?? own)
    return reduceWeighted(values, { name: this.name, reduction: this.reduction, sampleWeight, mask: both })
  }

  [invoke](yTrue: Tensor, yPred: Tensor): Tensor {
    return this.compute(yTrue, yPred)
  }

  private dtypeFor({ dtype }: Tensor): DType {
    return this.dtype ?? (isFloat(dtype) && dtype !== 'f16' && dtype !== 'bf16' ? dtype : 'f32')
  }

  /** What the constructor makes the same loss from. */
  getConfig(): Config {
    const { name, reduction, dtype } = this
    return { name, reduction, dtype: dtype === undefined ? null : kerasName(dtype) }
  }
}

/** A plain function as a loss: its values are reduced, a single number is taken as it is. */
export class FunctionLoss extends Loss {
  private readonly fn: LossFunction

  constructor(fn: LossFunction, options: LossOptions = {}) {
    super(options, 'FunctionLoss', fn.name || 'loss')
    this.fn = fn
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.fn(yTrue, yPred)
  }
}
