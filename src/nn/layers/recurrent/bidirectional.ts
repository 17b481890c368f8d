// A recurrent layer that reads sequences in both directions.

import { concat, ConfigError, flip, type Shape, Tensor, type Tree } from '../../../core/index.ts'
import type { CallContext, CallOptions } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { parametersOf } from '../../layer/named-parameters.ts'
import { firstMask, type Mask } from '../../layer/masks.ts'
import { listOf, oneOf, shown, wrongOption } from '../../options/option-checks.ts'
import { listed } from './cell.ts'
import { copyOf } from './copy-layer.ts'
import type { BidirectionalResult } from './result-types.ts'
import { RNN, type SequenceCall } from './rnn.ts'

/** How the outputs of both directions become one; null leaves them apart, in a list. */
export type MergeMode = 'concat' | 'sum' | 'mul' | 'ave' | null

/** Options of {@link Bidirectional}. */
export interface BidirectionalOptions<L extends RNN = RNN, Mode extends MergeMode = MergeMode> extends LayerOptions {
  /** The recurrent layer; both directions are new layers with its options. */
  readonly layer: L
  /** Side by side along the last axis, the sum, the product, the mean, or none. Default 'concat'. */
  readonly mergeMode?: Mode
  /** Values to begin with: the forward layer's parameters, then as many of the backward layer. */
  readonly weights?: readonly Tensor[] | null
  /** The layer for the other direction. Default: as `layer`, with `goBackwards` turned round. */
  readonly backwardLayer?: RNN | null
}

/** The call of a {@link Bidirectional}. */
export interface Bidirectional<L extends RNN = RNN, Mode extends MergeMode = MergeMode> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions & SequenceCall): BidirectionalResult<S, L['resultType'], Mode>
}

/**
 * A recurrent layer and its mirror image (Schuster & Paliwal 1997): `[batch, time, …]` to `[batch, 2 · units]`, or `[batch, time, 2 · units]` where the layer
 * returns sequences; step t has what both directions say of it. With `returnState` the result is `[output, …forward states, …backward states]`.
 *
 * Parameters: `forward_layer/…`, then `backward_layer/…`.
 *
 * ```ts
 * model.add(layers.bidirectional({ layer: layers.lstm({ units: 64 }) }))
 * ```
 */
export class Bidirectional<L extends RNN = RNN, Mode extends MergeMode = MergeMode> extends Layer<Tensor, Tensor | readonly Tree[], SequenceCall> {
  readonly forwardLayer: RNN
  readonly backwardLayer: RNN
  private readonly mergeMode: MergeMode
  private given: readonly Tensor[] | undefined

  constructor(options: BidirectionalOptions<L, Mode>) {
    super(options, 'Bidirectional', ['layer', 'mergeMode', 'weights', 'backwardLayer'])
    const layer = recurrent(this.name, 'layer', options.layer)
    const mode: MergeMode = options.mergeMode === undefined ? 'concat' : options.mergeMode
    this.mergeMode = mode === null ? null : oneOf(this.name, 'mergeMode', mode, ['concat', 'sum', 'mul', 'ave'] as const)
    this.forwardLayer = recurrent(this.name, 'layer', copyOf(layer, { name: `forward_${layer.name.replace(/^forward_/, '')}` }))
    this.backwardLayer =
      options.backwardLayer === undefined || options.backwardLayer === null
        ? recurrent(this.name, 'layer', copyOf(layer, { name: `backward_${layer.name.replace(/^backward_/, '')}`, goBackwards: !layer.goBackwards }))
        : recurrent(this.name, 'backwardLayer', options.backwardLayer)
    this.given = options.weights ?? undefined
    listOf(this.name, 'weights', this.given ?? [], (weight) => {
      if (!(weight instanceof Tensor)) throw wrongOption(this.name, 'every one of weights', 'a tensor', weight)
    })
    this.checkDirections()
    for (const own of [this.forwardLayer, this.backwardLayer]) own.zeroOutputForMask = own.returnSequences
    if (options.trainable === false) this.trainable = false
    this.supportsMasking = true
  }

  private checkDirections(): void {
    const { forwardLayer, backwardLayer } = this
    if (forwardLayer.goBackwards === backwardLayer.goBackwards) {
      throw new ConfigError(
        `${this.name}: expected layer and backwardLayer to differ in goBackwards, got ${backwardLayer.goBackwards} in both (${shown(backwardLayer)}). Change it in one.`,
      )
    }
    for (const option of ['stateful', 'returnSequences', 'returnState'] as const) {
      const [one, other] = [forwardLayer[option], backwardLayer[option]]
      if (one !== other) {
        throw new ConfigError(`${this.name}: expected layer and backwardLayer of the same ${option}, got ${one} and ${other}. Change it in one.`)
      }
    }
  }

  call(x: Tensor, context: CallContext & SequenceCall): Tensor | readonly Tree[] {
    const given = context.initialState === undefined ? undefined : listed(context.initialState)
    const half = (given?.length ?? 0) / 2
    if (!Number.isInteger(half)) {
      throw new ConfigError(
        `${this.name}: expected as many initial states for each direction, got ${given?.length}. Pass the forward ones, then the others.`,
      )
    }
    this.takeWeights(x, context)
    const results = [this.forwardLayer, this.backwardLayer].map((layer, i) => {
      const own = given?.slice(i * half, (i + 1) * half)
      return listed(layer.apply(x, context, { mask: context.mask, ...(own !== undefined && { initialState: own }) }))
    })
    const [forward = [], backward = []] = results
    const [y, reversed] = [forward[0], backward[0]]
    if (!(y instanceof Tensor) || !(reversed instanceof Tensor)) throw new ConfigError(`${this.name}: expected tensors as results.`)
    const merged = this.merged(y, this.forwardLayer.returnSequences ? flip(reversed, 1) : reversed)
    if (!this.forwardLayer.returnState) return merged
    return [...listed(merged), ...forward.slice(1), ...backward.slice(1)]
  }

  private merged(y: Tensor, reversed: Tensor): Tensor | readonly Tensor[] {
    switch (this.mergeMode) {
      case 'concat':
        return concat<readonly Tensor[], number>([y, reversed], -1)
      case 'sum':
        return y.add(reversed)
      case 'mul':
        return y.multiply(reversed)
      case 'ave':
        return y.add(reversed).multiply(0.5)
      case null:
        return [y, reversed]
    }
  }

  /** Puts the values that were given into the layers' parameters. */
  private takeWeights(x: Tensor, context: CallContext): void {
    const { given: weights } = this
    if (weights === undefined) return
    this.given = undefined
    for (const layer of [this.forwardLayer, this.backwardLayer]) layer.apply(x, { ...context, shapesOnly: true })
    const parameters = parametersOf(this)
    if (parameters.length !== weights.length) {
      throw new ConfigError(`${this.name}: expected ${parameters.length} weights, got ${weights.length}. Pass those of both directions.`)
    }
    parameters.forEach(({ parameter }, i) => {
      const value = weights[i]
      if (value !== undefined) parameter.assign(value)
    })
  }

  override computeMask(_x: Tensor, mask: Mask): Mask {
    const own = this.forwardLayer.returnSequences ? firstMask(mask) : undefined
    if (this.mergeMode === null) return [own, own]
    return this.forwardLayer.returnState ? [own] : own
  }

  /** {@link RNN.resetState} of both directions. */
  resetState(): void {
    this.resetStates()
  }

  /** {@link resetState}, as Keras called it before. */
  resetStates(): void {
    this.forwardLayer.resetStates()
    this.backwardLayer.resetStates()
  }

  /** What stateful layers remember, forward then backward; undefined before the first batch. */
  get states(): readonly Tensor[] | undefined {
    const [forward, backward] = [this.forwardLayer.states, this.backwardLayer.states]
    return forward && backward && [...forward, ...backward]
  }

  override getConfig(): LayerConfig {
    const [layer, backwardLayer] = [this.forwardLayer, this.backwardLayer].map((own) => ({ className: own.className, config: own.getConfig() }))
    return { ...super.getConfig(), mergeMode: this.mergeMode, layer, backwardLayer }
  }
}

function recurrent(where: string, option: string, layer: unknown): RNN {
  if (layer instanceof RNN) return layer
  throw new ConfigError(`${where}: expected ${option} to be a recurrent layer, got ${shown(layer)}. Make one: layers.lstm({ units: 64 }).`)
}
