// What multi-head and grouped-query attention share: projections of query, key and value, masks, and the way through the softmax.

import {
  abs,
  broadcastTo,
  type Dim,
  expandDims,
  greaterEqual,
  iota,
  less,
  logicalAnd,
  multiplyDims,
  reshape,
  type Shape,
  ShapeError,
  showDims,
  Tensor,
  where,
} from '../../../core/index.ts'
import { dotProductAttention, einsum, softmax } from '../../../ops/index.ts'
import type { CallContext, CallOptions } from '../../layer/call-context.ts'
import { type InputDims, Layer, type LayerConfig } from '../../layer/layer.ts'
import { firstMask, type Mask } from '../../layer/masks.ts'
import { flag, optionalNumber, shown } from '../../options/option-checks.ts'
import { biasRules, type KernelOptions, kernelRules } from '../core/dense.ts'
import { EinsumDense } from '../core/einsum-dense.ts'
import { type ParameterRules, ruleOptions, rulesConfig } from '../parameter-rules.ts'
import { checkedRate, dropElements, keyOf } from '../regularization/dropout.ts'

/** Query and value (and key, by default the value), or one tensor that is all of them. */
export type AttentionInputs = Tensor | readonly [query: Tensor, value: Tensor] | readonly [query: Tensor, value: Tensor, key: Tensor]

/** What attention can be told when it is called. */
export interface AttentionCallOptions {
  /** Which scores count, `[batch, time, keyTime]` or with the heads before the times. Default: all. */
  readonly attentionMask?: Tensor
  /** A position sees only itself and what comes before. Default: the layer's `causal`. */
  readonly useCausalMask?: boolean
}

/** Options that both kinds of attention have. */
export interface ProjectedAttentionOptions extends Omit<KernelOptions, 'activation'> {
  /** Share of probabilities dropped while training. Default 0. */
  readonly dropout?: number
  /** A position sees only positions less than this far away. Default: all. */
  readonly slidingWindow?: number | null
  /** Whether the result is multiplied by sigmoid(query · gate) before the last projection. Default false. */
  readonly useGate?: boolean
  /** A position sees only itself and what comes before, without being told at each call. Default false. */
  readonly causal?: boolean
  readonly seed?: number | null
}

const headOptions: readonly string[] = [
  'dropout',
  'slidingWindow',
  'useGate',
  'causal',
  'seed',
  'useBias',
  ...ruleOptions('kernel'),
  ...ruleOptions('bias'),
]

/** The call of attention: a result like the query; with `returnAttentionScores` also the probabilities. */
export interface ProjectedAttention {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions & AttentionCallOptions & { readonly returnAttentionScores?: false }): Tensor<S>
  (inputs: AttentionInputs, options?: CallOptions & AttentionCallOptions & { readonly returnAttentionScores?: false }): Tensor
  (
    inputs: AttentionInputs,
    options: CallOptions & AttentionCallOptions & { readonly returnAttentionScores: true },
  ): readonly [result: Tensor, scores: Tensor]
}

interface Projections {
  readonly query: EinsumDense
  readonly key: EinsumDense
  readonly value: EinsumDense
  readonly gate: EinsumDense | undefined
  readonly output: EinsumDense
}

/** Sizes that the projections have. */
export interface HeadSizes {
  readonly queryHeads: number
  readonly valueHeads: number
  readonly keyDim: number
  readonly valueDim: number
}

const letters = 'ABCDEFGHIJKLM'

/** softmax(q kᵀ / √keyDim) v of projections of the inputs, projected again. */
export abstract class ProjectedAttention extends Layer<
  AttentionInputs,
  Tensor | readonly [Tensor, Tensor],
  AttentionCallOptions & { readonly returnAttentionScores?: boolean }
> {
  protected readonly useBias: boolean
  protected readonly useGate: boolean
  protected readonly dropout: number
  protected readonly causal: boolean
  protected readonly slidingWindow: number | undefined
  protected readonly seed: number | undefined
  private readonly sizes: HeadSizes
  private readonly kernelRules: ParameterRules
  private readonly biasRules: ParameterRules
  private projections: Projections | undefined

  constructor(options: ProjectedAttentionOptions, className: string, own: readonly string[], sizes: (name: string) => HeadSizes) {
    super(options, className, [...own, ...headOptions])
    this.sizes = sizes(this.name)
    this.useBias = flag(this.name, 'useBias', options.useBias ?? true)
    this.useGate = flag(this.name, 'useGate', options.useGate ?? false)
    this.causal = flag(this.name, 'causal', options.causal ?? false)
    this.dropout = checkedRate(this.name, 'dropout', options.dropout ?? 0)
    this.slidingWindow = optionalNumber(this.name, 'slidingWindow', options.slidingWindow, { min: 1, whole: true })
    this.seed = optionalNumber(this.name, 'seed', options.seed, { whole: true })
    this.kernelRules = kernelRules(this.name, options)
    this.biasRules = biasRules(this.name, options)
    this.supportsMasking = true
  }

  /** Axes of the inputs that positions run along; default all between the batch and the features. */
  protected get attentionAxes(): readonly number[] | undefined {
    return undefined
  }

  /** Sizes of the result after the positions; default the query's features. */
  protected get resultSizes(): readonly number[] | undefined {
    return undefined
  }

  override build(inputs: InputDims): void {
    const [query, value, key] = this.shapesOf(inputs)
    const { queryHeads, valueHeads, keyDim, valueDim } = this.sizes
    this.checkAxes(query)
    const positions = letters.slice(0, query.length - 2)
    const features = query.at(-1)
    if (typeof features !== 'number') throw new ShapeError(`${this.name}: expected known features, got ${showDims(query)}. Fix the last axis.`)
    const project = (name: string, dims: readonly Dim[], heads: number, size: number, activation?: string): EinsumDense =>
      this.child(
        name,
        new EinsumDense({
          ...this.shared,
          equation: `b${letters.slice(0, dims.length - 2)}x,xyz->b${letters.slice(0, dims.length - 2)}yz`,
          outputShape: [...dims.slice(1, -1).map(() => null), heads, size],
          biasAxes: this.useBias ? 'yz' : null,
          ...(activation !== undefined && { activation }),
        }),
      )
    const results = this.resultSizes ?? [features]
    const outputLetters = 'pqrstuvw'.slice(0, results.length)
    this.projections = {
      query: project('query', query, queryHeads, keyDim),
      key: project('key', key, valueHeads, keyDim),
      gate: this.useGate ? project('gate', query, queryHeads, valueDim, 'sigmoid') : undefined,
      value: project('value', value, valueHeads, valueDim),
      output: this.child(
        'attention_output',
        new EinsumDense({
          ...this.shared,
          equation: `b${positions}yz,yz${outputLetters}->b${positions}${outputLetters}`,
          outputShape: [...query.slice(1, -1).map(() => null), ...results],
          biasAxes: this.useBias ? outputLetters : null,
        }),
      ),
    }
  }

  private checkAxes(query: readonly Dim[]): void {
    const wrong = this.attentionAxes?.find((axis) => axis > query.length - 2)
    if (wrong === undefined) return
    throw new ShapeError(`${this.name}: expected attentionAxes between batch and features of ${showDims(query)}, got ${wrong}. Choose other axes.`)
  }

  private get shared() {
    const { kernelRules, biasRules, dtypePolicy } = this
    return {
      dtype: dtypePolicy,
      kernelInitializer: kernelRules.initializer,
      biasInitializer: biasRules.initializer,
      kernelRegularizer: kernelRules.regularizer ?? null,
      biasRegularizer: biasRules.regularizer ?? null,
      kernelConstraint: kernelRules.constraint ?? null,
      biasConstraint: biasRules.constraint ?? null,
    }
  }

  call(
    inputs: AttentionInputs,
    context: CallContext & AttentionCallOptions & { readonly returnAttentionScores?: boolean },
  ): Tensor | readonly [Tensor, Tensor] {
    const { projections } = this
    if (projections === undefined)
      throw new ShapeError(`${this.name}: expected to be built before it is called, it is not. Call the layer as a function.`)
    const [query, value, key] = this.tensorsOf(inputs)
    const causal = context.useCausalMask ?? this.causal
    const mask = this.maskFor(query, value, context)
    const heads = [projections.query.apply(query, context), projections.key.apply(key, context), projections.value.apply(value, context)] as const
    const [mixed, scores] = this.attend(heads, mask, causal, context)
    const gated: Tensor = projections.gate === undefined ? mixed : mixed.multiply(projections.gate.apply(query, context))
    const result = projections.output.apply(gated, context)
    return context.returnAttentionScores === true && scores !== undefined ? [result, scores] : result
  }

  override computeMask(_inputs: AttentionInputs, mask: Mask): Mask {
    return Array.isArray(mask) ? firstMask(mask[0]) : mask
  }

  /** Attention of projected heads; the probabilities only where they are computed at all. */
  private attend(
    [query, key, value]: readonly [Tensor, Tensor, Tensor],
    mask: Tensor | undefined,
    causal: boolean,
    context: CallContext & { readonly returnAttentionScores?: boolean },
  ): readonly [Tensor, Tensor | undefined] {
    const scale = 1 / Math.sqrt(this.sizes.keyDim)
    const drops = this.dropout > 0 && context.training
    if (query.rank === 4 && !drops && context.returnAttentionScores !== true) {
      const shaped = mask === undefined ? undefined : withHeads(mask, 1, 4)
      return [dotProductAttention(query, key, value, { scale, isCausal: causal, ...(shaped !== undefined && { mask: shaped }) }), undefined]
    }
    return this.attendStepwise(query.multiply(scale), [key, value], mask, causal, context)
  }

  private attendStepwise(
    query: Tensor,
    [key, value]: readonly [Tensor, Tensor],
    mask: Tensor | undefined,
    causal: boolean,
    context: CallContext,
  ): readonly [Tensor, Tensor] {
    const { queryHeads, valueHeads } = this.sizes
    const [keys, values] =
      queryHeads === valueHeads ? [key, value] : [repeatedHeads(key, queryHeads / valueHeads), repeatedHeads(value, queryHeads / valueHeads)]
    const rank = query.rank
    const axes = this.attentionAxes ?? Array.from({ length: rank - 3 }, (_, i) => i + 1)
    const own = [...letters.slice(0, rank - 3)].map((letter) => letter)
    const other = own.map((letter, i) => (axes.includes(i + 1) ? letter.toLowerCase() : letter))
    const free = own.filter((_, i) => !axes.includes(i + 1)).join('')
    const attended = axes.map((axis) => own[axis - 1]).join('')
    const seen = axes.map((axis) => other[axis - 1]).join('')
    const scoreLetters = `z${free}y${attended}${seen}`
    const scores = einsum(`z${own.join('')}yx,z${other.join('')}yx->${scoreLetters}`, query, keys)
    const causalMask = causal ? causalPositions(query.dims[axes[0] ?? 1] ?? 1, key.dims[axes[0] ?? 1] ?? 1) : undefined
    const full = both(mask, causalMask)
    const over = axes.map((_, i) => scores.rank - axes.length + i)
    const kept = full === undefined ? undefined : withHeads(full, axes.length, scores.rank)
    const probabilities = kept === undefined ? softmax(scores, over) : where(kept, softmax(where(kept, scores, -1e9), over), 0)
    const dropped = dropElements(probabilities, this.dropout, { training: context.training, nextKey: () => keyOf(context, this.seed) })
    return [einsum(`${scoreLetters},z${other.join('')}yx->z${own.join('')}yx`, dropped, values), probabilities]
  }

  /** The masks of query, value and key, of a sliding window and the given one, together: `[batch, time, keyTime]`. */
  private maskFor(query: Tensor, value: Tensor, { mask, attentionMask }: CallContext & AttentionCallOptions): Tensor | undefined {
    const masks: readonly Mask[] = Array.isArray(mask) ? mask : [mask, mask]
    const [queryMask, valueMask, keyMask] = masks.map((part) => (part === undefined ? undefined : firstMask(part)))
    const rows = queryMask === undefined ? undefined : expandDims<Shape, number>(queryMask.cast('bool'), -1)
    const columns = [valueMask, keyMask].map((part) => (part === undefined ? undefined : expandDims<Shape, number>(part.cast('bool'), -2)))
    const [time = 1, keyTime = 1] = [query.dims[1], value.dims[1]]
    const near = this.slidingWindow === undefined ? undefined : nearPositions(time, keyTime, this.slidingWindow)
    return [rows, ...columns, near, attentionMask?.cast('bool')].reduce(both, undefined)
  }

  private tensorsOf(inputs: AttentionInputs): readonly [query: Tensor, value: Tensor, key: Tensor] {
    const list: readonly Tensor[] = inputs instanceof Tensor ? [inputs] : inputs
    const [query, value = query, key = value] = list
    if (query === undefined || value === undefined || key === undefined)
      throw new ShapeError(`${this.name}: expected tensors, got an empty list. Pass [query, value].`)
    return [query, value, key]
  }

  private shapesOf(inputs: InputDims): readonly [query: readonly Dim[], value: readonly Dim[], key: readonly Dim[]] {
    const lists = Array.isArray(inputs) && (inputs.length === 0 || Array.isArray(inputs[0])) ? inputs : [inputs]
    const [query, value = query, key = value] = lists.map((dims): readonly Dim[] => this.checked(dims))
    if (query === undefined || value === undefined || key === undefined || lists.length > 3) {
      throw new ShapeError(`${this.name}: expected one tensor, [query, value] or [query, value, key], got ${shown(inputs)}. Pass these.`)
    }
    return [query, value, key]
  }

  private checked(dims: InputDims): readonly Dim[] {
    const isDims = (value: InputDims): value is readonly Dim[] => Array.isArray(value)
    if (isDims(dims) && dims.length >= 3) return dims
    throw new ShapeError(`${this.name}: expected inputs [batch, time, features], got [${isDims(dims) ? dims.join(', ') : ''}]. Reshape before it.`)
  }

  override getConfig(): LayerConfig {
    const { dropout, useBias, useGate, causal, slidingWindow = null, seed = null } = this
    return {
      ...super.getConfig(),
      dropout,
      useBias,
      useGate,
      ...(causal && { causal }),
      slidingWindow,
      seed,
      ...rulesConfig('kernel', this.kernelRules),
      ...rulesConfig('bias', this.biasRules),
    }
  }
}

/** Two masks as one. */
function both(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return logicalAnd<Tensor, Tensor>(a, b)
}

/** A mask with axes of size 1 before its positions, so that it has the rank of the scores: `[batch, 1, time, keyTime]`. */
function withHeads(mask: Tensor, axes: number, rank: number): Tensor {
  let result = mask
  while (result.rank < rank) result = expandDims<Shape, number>(result, -2 * axes - 1)
  return result
}

/** Each head `count` times in a row, `[batch, time, heads · count, size]`. */
function repeatedHeads(x: Tensor, count: number): Tensor {
  const [batch = 1, time = 1, heads = 1, size = 1] = x.dims
  const wide = broadcastTo<Shape, readonly Dim[]>(expandDims<Shape, number>(x, 3), [batch, time, heads, count, size])
  return reshape<Shape, readonly Dim[]>(wide, [batch, time, multiplyDims(heads, count), size])
}

/** `[1, time, keyTime]`: whether the key comes no later. */
const causalPositions = (time: Dim, keyTime: Dim): Tensor => greaterEqual<Tensor, Tensor>(iota([1, time, keyTime], 1), iota([1, time, keyTime], 2))

/** `[1, time, keyTime]`: whether the key is less than `window` away. */
const nearPositions = (time: Dim, keyTime: Dim, window: number): Tensor =>
  less<Tensor, number>(abs(iota([1, time, keyTime], 1).subtract(iota([1, time, keyTime], 2))), window)
