// Kernels whose largest singular value is 1.

import {
  all,
  ConfigError,
  type Dims,
  equal,
  matmul,
  reshape,
  rsqrt,
  maximum,
  type Shape,
  stopGradient,
  sum,
  Tensor,
  transpose,
  type Tree,
  where,
} from '../../../core/index.ts'
import type { CallContext } from '../../layer/call-context.ts'
import { truncatedNormal } from '../../initializers/index.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { parametersOf } from '../../layer/named-parameters.ts'
import { positive } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { Wrapper, type WrapperOptions } from '../core/wrapper.ts'

/** Options of {@link SpectralNormalization}. */
export interface SpectralNormalizationOptions extends WrapperOptions {
  /** Steps of the power iteration at each training step. Default 1. */
  readonly powerIterations?: number
}

/**
 * The layer inside with its kernel (or embeddings) divided by an estimate of its largest singular value at each training step (Miyato et al. 2018). As
 * in Keras the kernel itself takes the divided value, and the gradient is that of this value.
 *
 * Parameters: those of the layer, and not trained `vector_u` `[1, last size of the kernel]`.
 *
 * ```ts
 * model.add(layers.spectralNormalization({ layer: layers.conv2d({ filters: 64, kernelSize: 3 }) }))
 * ```
 */
export class SpectralNormalization extends Wrapper<Tree, Tree> {
  private readonly powerIterations: number
  kernel: Parameter | undefined
  private vector: Parameter | undefined

  constructor(options: SpectralNormalizationOptions) {
    super(options, 'SpectralNormalization', ['powerIterations'])
    this.powerIterations = positive(this.name, 'powerIterations', options.powerIterations ?? 1)
  }

  call(inputs: Tree, context: CallContext): Tree {
    if (this.kernel === undefined || this.vector === undefined) this.prepare(inputs, context)
    if (context.training && context.shapesOnly !== true) this.normalize()
    return this.layer.run(inputs, context)
  }

  /** Builds the layer inside, whose kernel this layer's own state depends on. */
  private prepare(inputs: Tree, context: CallContext): void {
    this.layer.run(inputs, { ...context, training: false, shapesOnly: true })
    const found = parametersOf(this.layer).find(({ parameter: { name } }) => name === 'kernel' || name === 'embeddings')?.parameter
    const size = found?.value.dims.at(-1)
    if (found === undefined || typeof size !== 'number') {
      throw new ConfigError(`${this.name}: expected a layer with a kernel or embeddings, got ${this.layer.className}. Wrap a dense or a convolution.`)
    }
    this.kernel = found
    this.vector = this.parameter('vector_u', [1, size], truncatedNormal({ stddev: 0.02 }), { trainable: false })
  }

  private normalize(): void {
    const { kernel, vector } = this
    if (kernel === undefined || vector === undefined) return
    const value = kernel.value
    const matrix = reshape<Shape, Dims>(value, [-1, value.dims.at(-1) ?? 1])
    let u: Tensor = vector.value
    let v: Tensor = u
    for (let i = 0; i < this.powerIterations; i++) {
      v = unit(matmul<Shape, Shape>(u, transpose<Shape>(matrix)))
      u = unit(matmul<Shape, Shape>(v, matrix))
    }
    const sigma: Tensor = reshape<Shape, readonly []>(matmul<Shape, Shape>(matmul<Shape, Shape>(v, matrix), transpose<Shape>(u)), [])
    const isZero: Tensor = all(equal<Tensor, number>(value, 0))
    const divided: Tensor = where(isZero, value, value.divide(where(isZero, 1, sigma)))
    kernel.value = value.add(stopGradient(divided.subtract(value)))
    vector.value = stopGradient(where(isZero, vector.value, u))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), powerIterations: this.powerIterations }
  }
}

/** x at length 1. */
const unit = (x: Tensor): Tensor => x.multiply(rsqrt(maximum<Tensor, number>(sum(x.square()), 1e-12)))
