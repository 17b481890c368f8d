// Attention without projections: by products (Luong et al. 2015) and by sums (Bahdanau et al. 2015).

import {
  type Dims,
  expandDims,
  greaterEqual,
  iota,
  logicalAnd,
  matmul,
  type Shape,
  ShapeError,
  softmax,
  sum,
  tanh,
  type Tensor,
  transpose,
  where,
} from '../../../core/index.ts'
import type { CallContext, CallOptions } from '../../layer/call-context.ts'
import { type InputDims, Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { firstMask, type Mask } from '../../layer/masks.ts'
import { flag, oneOf, optionalNumber, shown } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { checkedRate, dropElements, keyOf } from '../regularization/dropout.ts'

/** Options of both kinds. */
export interface AdditiveAttentionOptions extends LayerOptions {
  /** Whether scores have a factor that is learned. Default true (of {@link Attention} false). */
  readonly useScale?: boolean
  /** Share of probabilities dropped while training. Default 0. */
  readonly dropout?: number
  readonly seed?: number | null
}

/** Options of {@link Attention}. */
export interface AttentionOptions extends AdditiveAttentionOptions {
  /** How query and key are compared: 'dot' q · k, or 'concat' Σ tanh(q + k). Default 'dot'. */
  readonly scoreMode?: 'dot' | 'concat'
}

/** What attention can be told when it is called. */
export interface ScoreOptions {
  /** A position sees only itself and what comes before. Default false. */
  readonly useCausalMask?: boolean
  /** Whether the probabilities are given, too. Default false. */
  readonly returnAttentionScores?: boolean
}

/** The call: `[query, value]` or `[query, value, key]`; with `returnAttentionScores` also the probabilities. */
export interface ScoreAttention {
  (inputs: readonly Tensor[], options?: CallOptions & ScoreOptions & { readonly returnAttentionScores?: false }): Tensor
  (
    inputs: readonly Tensor[],
    options: CallOptions & ScoreOptions & { readonly returnAttentionScores: true },
  ): readonly [result: Tensor, scores: Tensor]
}

export abstract class ScoreAttention extends Layer<readonly Tensor[], Tensor | readonly [Tensor, Tensor], ScoreOptions> {
  protected readonly useScale: boolean
  private readonly dropout: number
  private readonly seed: number | undefined

  constructor(options: AdditiveAttentionOptions, className: string, useScale: boolean, own: readonly string[] = []) {
    super(options, className, [...own, 'useScale', 'dropout', 'seed'])
    this.useScale = flag(this.name, 'useScale', options.useScale ?? useScale)
    this.dropout = checkedRate(this.name, 'dropout', options.dropout ?? 0)
    this.seed = optionalNumber(this.name, 'seed', options.seed, { whole: true })
    this.supportsMasking = true
  }

  /** `[batch, time, keyTime]`. */
  protected abstract scores(query: Tensor, key: Tensor): Tensor

  /** Shapes of query and value, which must be there. */
  protected query(inputs: InputDims): Dims {
    const isDims = (value: InputDims | undefined): value is Dims => Array.isArray(value) && !Array.isArray(value[0])
    const [query, value, , another] = Array.isArray(inputs) ? inputs : []
    if (!isDims(query) || !isDims(value) || query.length < 3 || value.length < 3 || another !== undefined) {
      throw new ShapeError(
        `${this.name}: expected [query, value] or [query, value, key], each [batch, time, features], got ${shown(inputs)}. Pass a list.`,
      )
    }
    return query
  }

  override build(inputs: InputDims): void {
    this.query(inputs)
  }

  call(inputs: readonly Tensor[], context: CallContext & ScoreOptions): Tensor | readonly [Tensor, Tensor] {
    const [query, value, key = value] = inputs
    if (query === undefined || value === undefined || key === undefined)
      throw new ShapeError(`${this.name}: expected two or three tensors, got ${inputs.length}. Pass [query, value].`)
    const [queryMask, valueMask] = (Array.isArray(context.mask) ? context.mask : []).map((part: Mask) => firstMask(part))
    const raw = this.scores(query, key)
    const kept = this.kept(raw, valueMask, context.useCausalMask === true)
    const masked: Tensor = kept === undefined ? raw : where(kept, raw, raw.subtract(1e9))
    const probabilities = softmax(masked, -1)
    const dropped = dropElements(probabilities, this.dropout, { training: context.training, nextKey: () => keyOf(context, this.seed) })
    const mixed: Tensor = matmul<Shape, Shape>(dropped, value)
    const result: Tensor = queryMask === undefined ? mixed : where(expandDims<Shape, number>(queryMask, -1), mixed, 0)
    return context.returnAttentionScores === true ? [result, probabilities] : result
  }

  private kept(scores: Tensor, valueMask: Tensor | undefined, causal: boolean): Tensor | undefined {
    const columns = valueMask === undefined ? undefined : expandDims<Shape, number>(valueMask.cast('bool'), -2)
    if (!causal) return columns
    const shape: Dims = [1, scores.dims.at(-2) ?? 1, scores.dims.at(-1) ?? 1]
    const before = greaterEqual<Tensor, Tensor>(iota(shape, 1), iota(shape, 2))
    return columns === undefined ? before : logicalAnd<Tensor, Tensor>(columns, before)
  }

  override computeMask(_inputs: readonly Tensor[], mask: Mask): Mask {
    return Array.isArray(mask) ? firstMask(mask[0]) : undefined
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), useScale: this.useScale, dropout: this.dropout, seed: this.seed ?? null }
  }
}

/**
 * softmax(query · keyᵀ) value (Luong et al. 2015): query `[batch, time, features]`, value (and key, by default the value) `[batch, keyTime, features]`.
 *
 * Parameters: `scale` (ones) where `useScale`, `concat_score_weight` (ones) where `scoreMode` is 'concat'; both scalars.
 *
 * ```ts
 * const y = layers.attention({ useScale: true })([query, value])
 * ```
 */
export class Attention extends ScoreAttention {
  private readonly scoreMode: 'dot' | 'concat'
  private scale: Parameter | undefined
  private weight: Parameter | undefined

  constructor(options: AttentionOptions = {}) {
    super(options, 'Attention', false, ['scoreMode'])
    this.scoreMode = oneOf(this.name, 'scoreMode', options.scoreMode ?? 'dot', ['dot', 'concat'])
  }

  override build(inputs: InputDims): void {
    super.build(inputs)
    if (this.useScale) this.scale = this.parameter('scale', [], 'ones')
    if (this.scoreMode === 'concat') this.weight = this.parameter('concat_score_weight', [], 'ones')
  }

  protected scores(query: Tensor, key: Tensor): Tensor {
    if (this.scoreMode === 'dot') {
      const products: Tensor = matmul<Shape, Shape>(query, transpose<Shape>(key))
      return this.scale === undefined ? products : products.multiply(this.read(this.scale))
    }
    const sums: Tensor = expandDims<Shape, number>(query, -2).add(expandDims<Shape, number>(key, -3))
    const scaled: Tensor = this.scale === undefined ? sums : sums.multiply(this.read(this.scale))
    return sum<Shape, number>(tanh(scaled), -1).multiply(this.read(this.weight))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), scoreMode: this.scoreMode }
  }
}

/**
 * softmax(Σ scale · tanh(query + key)) value (Bahdanau et al. 2015); shapes as {@link Attention}.
 *
 * Parameters: `scale` (glorotUniform) `[features]` where `useScale`.
 *
 * ```ts
 * const y = layers.additiveAttention()([query, value])
 * ```
 */
export class AdditiveAttention extends ScoreAttention {
  private scale: Parameter | undefined

  constructor(options: AdditiveAttentionOptions = {}) {
    super(options, 'AdditiveAttention', true)
  }

  override build(inputs: InputDims): void {
    const features = this.query(inputs).at(-1)
    if (typeof features !== 'number') throw new ShapeError(`${this.name}: expected known features. Fix the last axis.`)
    if (this.useScale) this.scale = this.parameter('scale', [features], 'glorotUniform')
  }

  protected scores(query: Tensor, key: Tensor): Tensor {
    const sums = tanh(expandDims<Shape, number>(query, -2).add(expandDims<Shape, number>(key, -3)))
    return sum<Shape, number>(this.scale === undefined ? sums : sums.multiply(this.read(this.scale)), -1)
  }
}
