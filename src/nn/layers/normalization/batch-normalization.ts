// Normalisation over the batch (Ioffe & Szegedy 2015), with renormalisation (Ioffe 2017).

import {
  cast,
  clip,
  type Dim,
  type Dims,
  expandDims,
  maximum,
  mean,
  multiply,
  type Shape,
  ShapeError,
  showDims,
  sqrt,
  stopGradient,
  sum,
  type Tensor,
  variance,
} from '../../../core/index.ts'
import { batchNormalization } from '../../../ops/index.ts'
import type { CallContext, CallOptions } from '../../layer/call-context.ts'
import type { Initializer } from '../../initializers/initializer.ts'
import { get as initializerOf, type InitializerIdentifier } from '../../initializers/registry.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { firstMask } from '../../layer/masks.ts'
import { flag, lookedUp, numberWithin, wrongOption } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { serializedFunction } from '../../saving/serialized.ts'
import { byOwnMoments } from './by-own-moments.ts'
import { ScaleAndShift, type ScaleAndShiftOptions } from './scale-and-shift.ts'

/** Limits of the corrections of {@link BatchNormalizationOptions.renorm}. */
export interface RenormClipping {
  /** The largest and the smallest factor. */
  readonly rmax?: number
  readonly rmin?: number
  /** The largest shift. */
  readonly dmax?: number
}

/** Options of {@link BatchNormalization}. */
export interface BatchNormalizationOptions extends ScaleAndShiftOptions {
  /** The axis of features, which are not reduced over. Default −1. */
  readonly axis?: number
  /** Share of the old moving averages that stays: moving · momentum + batch · (1 − momentum). Default 0.99, as Keras (PyTorch's 0.1 is 0.9 here). */
  readonly momentum?: number
  /** Default 'zeros'. */
  readonly movingMeanInitializer?: InitializerIdentifier
  /** Default 'ones'. */
  readonly movingVarianceInitializer?: InitializerIdentifier
  /** Corrects the batch's mean and deviation towards the moving ones, for small batches. Default false. */
  readonly renorm?: boolean
  /** Default none. */
  readonly renormClipping?: RenormClipping | null
  /** Momentum of the averages that the correction uses. Default 0.99. */
  readonly renormMomentum?: number
}

/** The call of a {@link BatchNormalization}: the shape stays. */
export interface BatchNormalization {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<S>
}

interface Moving {
  readonly mean: Parameter
  readonly variance: Parameter
  readonly renorm: { readonly stddev: Parameter; readonly batchMean: Parameter; readonly batchStddev: Parameter } | undefined
}

/**
 * (x − mean) / √(variance + epsilon) · gamma + beta for each feature. While training mean and (biased) variance are the batch's, and the moving
 * averages follow them; otherwise, and where the layer is not trainable, they are the moving averages. Steps that a mask leaves out do not count.
 *
 * Parameters: `gamma` (ones), `beta` (zeros), and not trained `moving_mean` (zeros), `moving_variance` (ones), each `[features]`.
 *
 * ```ts
 * model.add(layers.batchNormalization())
 * ```
 */
export class BatchNormalization extends ScaleAndShift {
  private readonly axis: number
  private readonly momentum: number
  private readonly movingMeanInitializer: Initializer
  private readonly movingVarianceInitializer: Initializer
  private readonly renorm: boolean
  private readonly renormClipping: RenormClipping
  private readonly renormMomentum: number
  private moving: Moving | undefined

  constructor(options: BatchNormalizationOptions = {}) {
    super(options, 'BatchNormalization', [
      'axis',
      'momentum',
      'movingMeanInitializer',
      'movingVarianceInitializer',
      'renorm',
      'renormClipping',
      'renormMomentum',
    ])
    this.axis = numberWithin(this.name, 'axis', options.axis ?? -1, { whole: true })
    this.momentum = numberWithin(this.name, 'momentum', options.momentum ?? 0.99, { min: 0, max: 1 })
    this.movingMeanInitializer = lookedUp(this.name, 'movingMeanInitializer', () => initializerOf(options.movingMeanInitializer ?? 'zeros'))
    this.movingVarianceInitializer = lookedUp(this.name, 'movingVarianceInitializer', () =>
      initializerOf(options.movingVarianceInitializer ?? 'ones'),
    )
    this.renorm = flag(this.name, 'renorm', options.renorm ?? false)
    this.renormClipping = options.renormClipping ?? {}
    if (typeof this.renormClipping !== 'object' || Array.isArray(this.renormClipping)) {
      throw wrongOption(this.name, 'renormClipping', '{ rmax, rmin, dmax }', this.renormClipping)
    }
    for (const [limit, value] of Object.entries(this.renormClipping)) numberWithin(this.name, `renormClipping's ${limit}`, value, { min: 0 })
    const { rmin = 0, rmax = Infinity } = this.renormClipping
    if (rmin > rmax) throw wrongOption(this.name, 'rmin of renormClipping', `at most rmax, ${rmax}`, rmin)
    this.renormMomentum = numberWithin(this.name, 'renormMomentum', options.renormMomentum ?? 0.99, { min: 0, max: 1 })
  }

  override build(inputShape: Dims): void {
    const size = inputShape.at(this.axis)
    if (typeof size !== 'number' || inputShape.length < 2) {
      throw new ShapeError(
        `${this.name}: expected inputs [batch, …] with a known size of axis ${this.axis}, got ${showDims(inputShape)}. Fix that axis.`,
      )
    }
    this.buildScaleAndShift([size])
    const state = (name: string, initializer: Initializer): Parameter => this.parameter(name, [size], initializer, { trainable: false })
    const root: Initializer = (shape, key) => sqrt(this.movingVarianceInitializer(shape, key))
    this.moving = {
      mean: state('moving_mean', this.movingMeanInitializer),
      variance: state('moving_variance', this.movingVarianceInitializer),
      renorm: this.renorm
        ? {
            stddev: state('moving_stddev', root),
            batchMean: state('renorm_mean', this.movingMeanInitializer),
            batchStddev: state('renorm_stddev', root),
          }
        : undefined,
    }
  }

  call(x: Tensor, context: CallContext): Tensor {
    const { moving } = this
    if (moving === undefined) return this.read(undefined)
    const mask = firstMask(context.mask)
    if (mask !== undefined && (mask.rank !== x.rank - 1 || mask.dims.some((size, axis) => differ(size, x.dims[axis])))) {
      throw new ShapeError(
        `${this.name}: expected a mask of all axes but the last of ${showDims(x.dims)}, got ${showDims(mask.dims)}. Give one value for each step.`,
      )
    }
    // Sums of squares overflow in 16 bits.
    const values = cast(x, x.dtype === 'f64' ? 'f64' : 'f32')
    const { gamma, beta } = this.scaleAndShift
    const { axis, epsilon } = this
    const of = (mean: Tensor, variance: Tensor, scale: Tensor | undefined, offset: Tensor | undefined): Tensor =>
      batchNormalization(values, mean, variance, { axis, epsilon, ...(scale && { scale }), ...(offset && { offset }) }).cast(x.dtype)
    if (!context.training || !this.trainable) return of(moving.mean.value, moving.variance.value, gamma, beta)
    const [mean, variance] = this.moments(values, mask)
    if (moving.renorm === undefined) {
      moving.mean.value = averaged(moving.mean.value, mean, this.momentum)
      moving.variance.value = averaged(moving.variance.value, variance, this.momentum)
      if (mask !== undefined) return of(mean, variance, gamma, beta)
      return byOwnMoments(values, { axis: axis < 0 ? axis + x.rank : axis, epsilon, ...this.scaleAndShift }).cast(x.dtype)
    }
    const { scale, offset } = this.corrected(moving, moving.renorm, mean, variance)
    return of(mean, variance, gamma === undefined ? scale : gamma.multiply(scale), shifted(gamma, beta, offset))
  }

  private moments(x: Tensor, mask: Tensor | undefined): readonly [mean: Tensor, variance: Tensor] {
    const at = this.axis < 0 ? this.axis + x.rank : this.axis
    const axes = x.dims.map((_, axis) => axis).filter((axis) => axis !== at)
    if (mask === undefined) return [mean<Shape, readonly number[]>(x, axes), variance<Shape, readonly number[]>(x, axes)]
    const weights = expandDims<Shape, number>(mask, -1).cast(x.dtype)
    const total = sum<Shape, readonly number[]>(multiply<Tensor, Tensor>(weights, x.multiply(0).add(1)), axes)
    const middle: Tensor = sum<Shape, readonly number[]>(weights.multiply(x), axes).divide(total.add(1e-7))
    const kept = x.dims.map((size, axis) => (axis === at ? size : 1))
    const centred: Tensor = x.subtract(middle.reshape(kept))
    return [middle, sum<Shape, readonly number[]>(weights.multiply(centred.square()), axes).divide(total.add(1e-7))]
  }

  /** Factor and shift that bring the batch's statistics to the moving ones, as constants; the averages follow the batch. */
  private corrected(moving: Moving, renorm: NonNullable<Moving['renorm']>, mean: Tensor, variance: Tensor) {
    const stddev: Tensor = sqrt(variance.add(this.epsilon))
    const own: Tensor = renorm.batchStddev.value
    const divisor: Tensor = maximum<Tensor, number>(own, Math.sqrt(this.epsilon))
    const { rmax, rmin, dmax } = this.renormClipping
    const factor: Tensor = clip(stddev.divide(divisor), rmin ?? -Number.MAX_VALUE, rmax ?? Number.MAX_VALUE)
    const shift: Tensor = clip(mean.subtract(renorm.batchMean.value).divide(divisor), -(dmax ?? Number.MAX_VALUE), dmax ?? Number.MAX_VALUE)
    renorm.batchMean.value = averaged(renorm.batchMean.value, mean, this.renormMomentum)
    renorm.batchStddev.value = averaged(own, stddev, this.renormMomentum)
    moving.mean.value = averaged(moving.mean.value, mean, this.momentum)
    renorm.stddev.value = averaged(renorm.stddev.value, stddev, this.momentum)
    moving.variance.value = maximum<Tensor, number>(renorm.stddev.value.square().subtract(this.epsilon), 0)
    return { scale: stopGradient(factor), offset: stopGradient(shift) }
  }

  override getConfig(): LayerConfig {
    const { axis, momentum, renorm, renormMomentum } = this
    return {
      ...super.getConfig(),
      axis,
      momentum,
      movingMeanInitializer: serializedFunction(this.movingMeanInitializer),
      movingVarianceInitializer: serializedFunction(this.movingVarianceInitializer),
      ...(renorm && { renorm, renormMomentum, renormClipping: this.renormClipping }),
    }
  }
}

/** Whether two sizes are known not to broadcast. */
const differ = (a: Dim, b: Dim | undefined): boolean => typeof a === 'number' && typeof b === 'number' && a !== 1 && a !== b

const averaged = (old: Tensor, next: Tensor, momentum: number): Tensor =>
  stopGradient(
    old
      .multiply(momentum)
      .add(next.multiply(1 - momentum))
      .cast(old.dtype),
  )

/** gamma · offset + beta. */
function shifted(gamma: Tensor | undefined, beta: Tensor | undefined, offset: Tensor): Tensor {
  const moved: Tensor = gamma === undefined ? offset : gamma.multiply(offset)
  return beta === undefined ? moved : moved.add(beta)
}
