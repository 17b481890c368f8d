// Vectors by index.

import { type Dim, gather, notEqual, type Shape, type Tensor } from '../../../core/index.ts'
import type { CallOptions } from '../../layer/call-context.ts'
import type { ConstraintIdentifier } from '../../constraints/index.ts'
import type { InitializerIdentifier } from '../../initializers/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import type { Mask } from '../../layer/masks.ts'
import { flag, positive } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import type { RegularizerIdentifier } from '../../regularizers/registry.ts'
import { type ParameterRules, ruleOptions, rulesConfig, rulesOf } from '../parameter-rules.ts'

/** Options of {@link Embedding}. */
export interface EmbeddingOptions<Size extends number = number> extends Omit<LayerOptions, 'inputDim'> {
  /** Number of indices (the vocabulary): they run from 0 to inputDim − 1. */
  readonly inputDim: number
  /** Size of a vector. */
  readonly outputDim: Size
  /** Default 'uniform' (±0.05). */
  readonly embeddingsInitializer?: InitializerIdentifier
  /** Default none. */
  readonly embeddingsRegularizer?: RegularizerIdentifier | null
  /** Default none. */
  readonly embeddingsConstraint?: ConstraintIdentifier | null
  /** Whether index 0 is padding that layers after this one leave out: the result gets a mask. Default false. */
  readonly maskZero?: boolean
}

const embeddingOptions: readonly string[] = ['outputDim', ...ruleOptions('embeddings'), 'maskZero']

/** The call of an {@link Embedding}: an axis of vectors is added. */
export interface Embedding<Size extends number = number> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions): Tensor<readonly [...S, Size]>
}

/**
 * Rows of a table: indices `[batch, …]` to vectors `[batch, …, outputDim]`. An index outside the table gives zeros.
 *
 * Parameters: `embeddings` `[inputDim, outputDim]`.
 *
 * ```ts
 * model.add(layers.embedding({ inputDim: 5000, outputDim: 64, inputShape: [80] }))
 * ```
 */
export class Embedding<Size extends number = number> extends Layer {
  readonly tableSize: number
  readonly outputDim: Size
  private readonly maskZero: boolean
  protected readonly rules: ParameterRules
  /** The table, `[inputDim, outputDim]`. */
  embeddings: Parameter | undefined

  constructor(options: EmbeddingOptions<Size>, className = 'Embedding', own: readonly string[] = []) {
    const { inputDim: _, ...shared } = { ...options }
    super(options && shared, className, [...own, ...embeddingOptions])
    this.tableSize = positive(this.name, 'inputDim', options.inputDim)
    positive(this.name, 'outputDim', options.outputDim)
    this.outputDim = options.outputDim
    this.maskZero = flag(this.name, 'maskZero', options.maskZero ?? false)
    const { embeddingsInitializer, embeddingsRegularizer, embeddingsConstraint } = options
    this.rules = rulesOf(this.name, 'embeddings', {
      initializer: embeddingsInitializer ?? 'uniform',
      regularizer: embeddingsRegularizer,
      constraint: embeddingsConstraint,
    })
  }

  override build(_inputShape: readonly Dim[]): void {
    this.embeddings = this.parameter('embeddings', [this.tableSize, this.outputDim], this.rules.initializer, this.rules)
  }

  call(x: Tensor): Tensor {
    return gather(this.read(this.embeddings), x.cast('i32'), 0)
  }

  override computeMask(x: Tensor, mask: Mask): Mask {
    return this.maskZero ? notEqual<Tensor, number>(x, 0) : mask
  }

  override getConfig(): LayerConfig {
    return {
      ...super.getConfig(),
      inputDim: this.tableSize,
      outputDim: this.outputDim,
      maskZero: this.maskZero,
      ...rulesConfig('embeddings', this.rules),
    }
  }
}
