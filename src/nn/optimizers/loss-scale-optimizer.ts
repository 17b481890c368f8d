// Loss scaling for f16 that finds its own scale.

import { all, ConfigError, equal, type Tensor, tensor, where } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin, shown } from '../options/option-checks.ts'
import { type Config, serialize } from '../saving/serialized.ts'
import { type DecayExclusions, Optimizer, type Rule } from './optimizer.ts'
import { chooseState, type Gradients, type MemberRate, type OptimizerState, type ParameterTraits, slotOf, type Update } from './optimizer-state.ts'
import type { Schedule } from './schedules/index.ts'

/** Options of {@link LossScaleOptimizer}. */
export interface LossScaleOptimizerOptions {
  /** What makes the updates. Its own `lossScaleFactor` is given up. */
  readonly innerOptimizer: Optimizer
  /** The first scale. Default 2¹⁵. */
  readonly initialScale?: number
  /** Updates without an infinite gradient after which the scale doubles. Default 2000. */
  readonly dynamicGrowthSteps?: number
  /** Default 'lossscaleoptimizer'. */
  readonly name?: string | null
}

/**
 * Multiplies the loss by a scale and divides gradients by it, so that small ones are not 0 in f16 (Micikevicius et al. 2018, §3.2). Where a gradient
 * is infinite or NaN the update is skipped and the scale halved. Of accumulated gradients only such a batch is left out.
 *
 * ```ts
 * const optimizer = new LossScaleOptimizer({ innerOptimizer: new Adam() })
 * ```
 */
export class LossScaleOptimizer extends Optimizer {
  readonly className: string = 'LossScaleOptimizer'
  readonly innerOptimizer: Optimizer
  protected override readonly sharedOrder = ['stepCounter', 'dynamicScale']
  private readonly initialScale: number
  private readonly growthSteps: number

  constructor(given: LossScaleOptimizerOptions) {
    const known = ['innerOptimizer', 'initialScale', 'dynamicGrowthSteps', 'name']
    const { innerOptimizer, initialScale = 2 ** 15, dynamicGrowthSteps = 2000, name } = checkOptionNames('LossScaleOptimizer', given, known)
    super('lossscaleoptimizer', 0, { name: name ?? null })
    if (!(innerOptimizer instanceof Optimizer)) {
      throw new ConfigError(`${this.name}: expected innerOptimizer to be an optimizer, got ${shown(innerOptimizer)}. Make one, as new Adam().`)
    }
    this.innerOptimizer = innerOptimizer
    this.innerOptimizer.lossScaleFactor = undefined
    this.initialScale = numberWithin(this.name, 'initialScale', initialScale, { above: 0 })
    this.growthSteps = numberWithin(this.name, 'dynamicGrowthSteps', dynamicGrowthSteps, { min: 1, whole: true })
  }

  override get learningRate(): number | Schedule {
    return this.innerOptimizer.learningRate
  }

  override set learningRate(rate: number | Schedule) {
    this.innerOptimizer.learningRate = rate
  }

  override get gradientAccumulationSteps(): number {
    return this.innerOptimizer.gradientAccumulationSteps
  }

  override get useEma(): boolean {
    return this.innerOptimizer.useEma
  }

  override excludeFromWeightDecay(exclusions: DecayExclusions): void {
    this.innerOptimizer.excludeFromWeightDecay(exclusions)
  }

  override scaleLoss(loss: Tensor, state?: OptimizerState): Tensor {
    return loss.multiply(state === undefined ? (this.scale() ?? this.initialScale) : slotOf(state.shared, 'dynamicScale'))
  }

  /** The scale of a plain loop; undefined before the first update. */
  private scale(): Tensor | undefined {
    return this.variables.find(({ name }) => name.endsWith('/dynamicScale'))?.value
  }

  override initialize(parameters: readonly Tensor[], traits: readonly ParameterTraits[] = []): OptimizerState {
    const inner = this.innerOptimizer.initialize(parameters, traits)
    const shared = { stepCounter: tensor(new Int32Array([0]), []), dynamicScale: tensor(this.initialScale, []) }
    return { iterations: tensor(new Int32Array([0]), []), learningRate: tensor(0, []), shared, slots: [], inner: [inner] }
  }

  override update(gradients: Gradients, parameters: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[] = []): Update {
    return this.ifFinite(gradients, parameters, state, (unscaled, inner) => this.innerOptimizer.update(unscaled, parameters, inner, traits))
  }

  override accumulate(gradients: Gradients, parameters: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[] = []): Update {
    return this.ifFinite(gradients, parameters, state, (unscaled, inner) => this.innerOptimizer.accumulate(unscaled, parameters, inner, traits))
  }

  private ifFinite(
    gradients: Gradients,
    parameters: readonly Tensor[],
    state: OptimizerState,
    step: (unscaled: Gradients, inner: OptimizerState) => Update,
  ): Update {
    const scale = slotOf(state.shared, 'dynamicScale')
    const counter = slotOf(state.shared, 'stepCounter')
    const finite = allFinite(gradients)
    const grows = finite.logicalAnd(equal<Tensor, number>(counter, this.growthSteps - 1))
    const shared = {
      stepCounter: where(finite.logicalAnd(grows.cast('i32').equal(0)), counter.add(1), 0).cast('i32'),
      dynamicScale: scale.multiply(where(grows, 2, where(finite, 1, 0.5))),
    }
    const inner = this.innerState(state)
    const accumulates = this.gradientAccumulationSteps > 1
    const perScale = scale.reciprocal()
    const unscaled = gradients.map((g): Tensor | undefined => {
      const own: Tensor | undefined = g?.multiply(perScale)
      return accumulates && own !== undefined ? where(finite, own, 0) : own
    })
    const next = step(unscaled, inner)
    const kept = accumulates
      ? next
      : { parameters: next.parameters.map((p, i) => where(finite, p, parameters[i] ?? p)), state: chooseState(finite, next.state, inner) }
    return { parameters: kept.parameters, state: { ...state, shared, inner: [kept.state] } }
  }

  private innerState({ inner: [inner] }: OptimizerState): OptimizerState {
    return inner ?? this.innerOptimizer.initialize([])
  }

  override learningRateOf(state: OptimizerState): Tensor {
    return this.innerOptimizer.learningRateOf(this.innerState(state))
  }

  override withLearningRate(state: OptimizerState, rate: number): OptimizerState {
    return { ...state, inner: [this.innerOptimizer.withLearningRate(this.innerState(state), rate)] }
  }

  override memberRates(state: OptimizerState): readonly MemberRate[] {
    return this.innerOptimizer.memberRates(this.innerState(state))
  }

  override withMemberRates(state: OptimizerState, rates: readonly (number | undefined)[]): OptimizerState {
    return { ...state, inner: [this.innerOptimizer.withMemberRates(this.innerState(state), rates)] }
  }

  override get hasNewRate(): boolean {
    return this.innerOptimizer.hasNewRate
  }

  override withNewRate(state: OptimizerState): OptimizerState {
    return { ...state, inner: [this.innerOptimizer.withNewRate(this.innerState(state))] }
  }

  override averages(state: OptimizerState, traits: readonly ParameterTraits[] = []): readonly (Tensor | undefined)[] {
    return this.innerOptimizer.averages(this.innerState(state), traits)
  }

  override withAverages(state: OptimizerState, averages: readonly (Tensor | undefined)[], traits: readonly ParameterTraits[] = []): OptimizerState {
    return { ...state, inner: [this.innerOptimizer.withAverages(this.innerState(state), averages, traits)] }
  }

  override listed(state: OptimizerState): { readonly name: string; readonly value: Tensor }[] {
    const inner = this.innerOptimizer.listed(this.innerState(state))
    return [...super.listed(state), ...inner.map(({ name, value }) => ({ name: `${this.innerOptimizer.name}/${name}`, value }))]
  }

  protected rule(): Rule {
    return (_, parameter, slots) => ({ parameter, slots })
  }

  override getConfig(): Config {
    const { name, initialScale, growthSteps } = this
    return { name, innerOptimizer: serialize(this.innerOptimizer), initialScale, dynamicGrowthSteps: growthSteps }
  }
}

/** Whether no number of any gradient is infinite or NaN. */
function allFinite(gradients: Gradients): Tensor {
  const each = gradients.flatMap((g) => (g === undefined ? [] : [all(g.cast('f32').abs().lessEqual(3.4028234e38))]))
  return each.reduce<Tensor>((a, b) => a.logicalAnd(b), tensor([true], []))
}
