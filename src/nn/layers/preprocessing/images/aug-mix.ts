// Images mixed with chains of changes to them (Hendrycks et al. 2020).

import { flattenTree, random, scan, stack, sum, type Tensor, tensor, where, zeros } from '../../../../core/index.ts'
import type { LayerConfig } from '../../../layer/layer.ts'
import { flag, numberWithin, oneOf, positive } from '../../../options/option-checks.ts'
import { RandomImageLayer, type RandomImageLayerOptions } from './image-layer.ts'
import { type Bounds, type Factor, factorRange, keepWithin, valueRangeOf } from './ranges.ts'
import { chooseStep, lightSteps, movingSteps, shadeSteps, type Step } from './steps.ts'

/** Options of {@link AugMix}. */
export interface AugMixOptions extends RandomImageLayerOptions {
  /** Between what values images lie. Default [0, 255]. */
  readonly valueRange?: Bounds
  /** Default 3. */
  readonly numChains?: number
  /** Changes in a chain, at most: each may also be none. Default 3. */
  readonly chainDepth?: number
  /** How strong, 0 to 1: the factor of each change; a number f is [0, f]. Default 0.3. */
  readonly factor?: Factor
  /** Of the Dirichlet and beta distributions that shares are drawn from. Default 1. */
  readonly alpha?: number
  /** Whether brightness, colour degeneration, contrast and sharpness are among the changes. Default true. */
  readonly allOps?: boolean
  /** Default 'bilinear'. */
  readonly interpolation?: 'nearest' | 'bilinear'
}

/** Shares of the chains `[numChains]` and of the images themselves (a scalar); changes `[numChains, chainDepth]` and a key for each. */
type Mix = { readonly chainMixingWeights: Tensor; readonly weightSample: Tensor; readonly layerIdxes: Tensor; readonly keys: Tensor }

/**
 * While training: w · x + (1 − w) · Σ share · chain(x), where each chain makes changes of {@link RandAugment} one after the other; changes and shares
 * are drawn for the batch. Kept within the value range.
 *
 * ```ts
 * model.add(layers.augMix({ factor: 0.3, valueRange: [0, 1] }))
 * ```
 */
export class AugMix extends RandomImageLayer<Mix> {
  private readonly valueRange: Bounds
  private readonly numChains: number
  private readonly chainDepth: number
  private readonly factor: Bounds
  private readonly alpha: number
  private readonly allOps: boolean
  private readonly interpolation: 'nearest' | 'bilinear'
  private readonly steps: readonly Step[]

  constructor(options: AugMixOptions = {}) {
    super(options, 'AugMix', ['valueRange', 'numChains', 'chainDepth', 'factor', 'alpha', 'allOps', 'interpolation'])
    this.valueRange = valueRangeOf(this.name, options.valueRange)
    this.numChains = positive(this.name, 'numChains', options.numChains ?? 3)
    this.chainDepth = positive(this.name, 'chainDepth', options.chainDepth ?? 3)
    this.factor = factorRange(this.name, 'factor', options.factor ?? 0.3, [0, 1])
    this.alpha = numberWithin(this.name, 'alpha', options.alpha ?? 1, { above: 0 })
    this.allOps = flag(this.name, 'allOps', options.allOps ?? true)
    this.interpolation = oneOf(this.name, 'interpolation', options.interpolation ?? 'bilinear', ['nearest', 'bilinear'])
    const settings = { factor: this.factor, valueRange: this.valueRange, interpolation: this.interpolation }
    this.steps = [...movingSteps(settings), ...(this.allOps ? lightSteps(settings) : []), ...shadeSteps(settings)]
  }

  draw(_batch: Tensor, nextKey: () => Tensor): Mix {
    const { numChains, chainDepth, alpha } = this
    const gammas = random.gamma(nextKey(), [numChains], alpha)
    return {
      chainMixingWeights: gammas.divide(sum(gammas)),
      weightSample: random.beta(nextKey(), [], alpha, alpha),
      // One more than there are changes: none.
      layerIdxes: random.randint(nextKey(), [numChains, chainDepth], 0, this.steps.length + 1),
      keys: stack(Array.from({ length: numChains * chainDepth }, nextKey)).reshape([numChains, chainDepth, 2]),
    }
  }

  transform(batch: Tensor, mix: Mix): Tensor {
    return keepWithin(
      this.mixed(batch, mix, (step, images, key) => step.images(images, key)),
      this.valueRange,
    )
  }

  override transformMasks(masks: Tensor, mix: Mix): Tensor {
    return this.mixed(masks, mix, (step, moved, key) => step.masks(moved, key))
  }

  override getConfig(): LayerConfig {
    const { valueRange, numChains, chainDepth, factor, alpha, allOps, interpolation } = this
    return { ...super.getConfig(), valueRange, numChains, chainDepth, factor, alpha, allOps, interpolation }
  }

  /** One loop over all changes of all chains, so that every change is compiled once. */
  private mixed(batch: Tensor, mix: Mix, apply: (step: Step, current: Tensor, key: Tensor) => Tensor): Tensor {
    const { numChains, chainDepth } = this
    const count = numChains * chainDepth
    const places = Array.from({ length: count }, (_, i) => i % chainDepth)
    const marks = (place: number): Tensor => tensor(places.map((at) => at === place))
    const shares = mix.chainMixingWeights.reshape([numChains, 1]).broadcastTo([numChains, chainDepth]).reshape([count])
    const [[, total]] = scan<readonly [Tensor, Tensor], readonly []>(
      ([current, sumSoFar], x) => {
        const [index, key, first, last, share] = flattenTree(x).leaves
        if (index === undefined || key === undefined || first === undefined || last === undefined || share === undefined)
          return [[current, sumSoFar], []]
        const start: Tensor = where(first, batch, current)
        const changed = chooseStep(index, this.steps, (step) => apply(step, start, key), start)
        return [[changed, where(last, sumSoFar.add(changed.multiply(share.cast(batch.dtype))), sumSoFar)], []]
      },
      [batch, zeros(batch.dims, { dtype: batch.dtype })],
      [mix.layerIdxes.reshape([count]), mix.keys.reshape([count, 2]), marks(0), marks(chainDepth - 1), shares],
    )
    const own = mix.weightSample.cast(batch.dtype)
    return own.multiply(batch).add(own.negate().add(1).multiply(total))
  }
}
