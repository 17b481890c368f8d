// Several optimizers, each for its own parameters.

import { ConfigError, type Tensor, tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { wrongOption } from '../options/option-checks.ts'
import { type Config, serialize } from '../saving/serialized.ts'
import { LossScaleOptimizer } from './loss-scale-optimizer.ts'
import { type DecayExclusions, Optimizer, type Rule } from './optimizer.ts'
import { OptimizerMap, type OptimizerMapOptions } from './optimizer-map.ts'
import type { Gradients, MemberRate, OptimizerState, ParameterTraits, Update } from './optimizer-state.ts'
import type { Schedule } from './schedules/index.ts'

/** Options of {@link MultiOptimizer}. */
export interface MultiOptimizerOptions {
  /** Which optimizer moves which parameter. */
  readonly optimizerMap: OptimizerMap | OptimizerMapOptions
  /** Of all the optimizers, whatever theirs were. Default none. */
  readonly lossScaleFactor?: number | null
  /** Default 'multioptimizer'. */
  readonly name?: string | null
}

/**
 * Moves each parameter by the optimizer that an {@link OptimizerMap} has for its path. Paths come with the parameters' traits. Each has a learning rate
 * of its own: `LearningRateScheduler` and `ReduceLROnPlateau` change that of each, and report them as `learningRate` with the optimizer's name
 * (`learningRateAdam`); {@link learningRate} is that of the default optimizer, and cannot be set.
 *
 * ```ts
 * const optimizerMap = new OptimizerMap({ defaultOptimizer: new Muon(), optimizerMap: { '.*embeddings': new SGD() } })
 * model.compile({ loss: 'meanSquaredError', optimizer: new MultiOptimizer({ optimizerMap }) })
 * ```
 */
export class MultiOptimizer extends Optimizer {
  readonly className: string = 'MultiOptimizer'
  readonly optimizerMap: OptimizerMap
  /** In the order of the map, the default last. */
  readonly optimizers: readonly Optimizer[]

  constructor(given: MultiOptimizerOptions) {
    const { optimizerMap, lossScaleFactor, name } = checkOptionNames('MultiOptimizer', given, ['optimizerMap', 'lossScaleFactor', 'name'])
    super('multioptimizer', 0, { name: name ?? null, lossScaleFactor: lossScaleFactor ?? null })
    if (
      !(optimizerMap instanceof OptimizerMap) &&
      (typeof optimizerMap !== 'object' || optimizerMap === null || !('defaultOptimizer' in optimizerMap))
    ) {
      throw wrongOption(this.name, 'optimizerMap', '{ defaultOptimizer, optimizerMap }', optimizerMap)
    }
    this.optimizerMap = optimizerMap instanceof OptimizerMap ? optimizerMap : new OptimizerMap(optimizerMap)
    this.optimizers = this.optimizerMap.optimizers()
    for (const optimizer of this.optimizers) {
      if (optimizer instanceof LossScaleOptimizer || optimizer instanceof MultiOptimizer) {
        throw new ConfigError(`${this.name}: expected optimizers that are not made of others, got ${optimizer.className}. Put it around this one.`)
      }
      optimizer.lossScaleFactor = this.lossScaleFactor
    }
    const steps = new Set(this.optimizers.map((optimizer) => optimizer.gradientAccumulationSteps))
    if (steps.size > 1) {
      throw new ConfigError(
        `${this.name}: expected one gradientAccumulationSteps for all optimizers, got ${[...steps].join(' and ')}. Make them equal.`,
      )
    }
  }

  override get learningRate(): number | Schedule {
    return this.optimizerMap.defaultOptimizer.learningRate
  }

  override set learningRate(_rate: number | Schedule) {
    throw new ConfigError(`${this.name}: expected the learning rate to be set on one of its optimizers, got it for all. Set it on each.`)
  }

  override get gradientAccumulationSteps(): number {
    return this.optimizerMap.defaultOptimizer.gradientAccumulationSteps
  }

  override get useEma(): boolean {
    return this.optimizers.some((optimizer) => optimizer.useEma)
  }

  override excludeFromWeightDecay(exclusions: DecayExclusions): void {
    for (const optimizer of this.optimizers) optimizer.excludeFromWeightDecay(exclusions)
  }

  override initialize(parameters: readonly Tensor[], traits: readonly ParameterTraits[] = []): OptimizerState {
    const parts = this.parts(parameters.length, traits)
    const inner = this.optimizers.map((optimizer, i) => optimizer.initialize(pick(parameters, parts[i]), pick(traits, parts[i])))
    return { iterations: tensor(new Int32Array([0]), []), learningRate: tensor(0, []), shared: {}, slots: [], inner }
  }

  override update(gradients: Gradients, parameters: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[] = []): Update {
    return this.each(parameters, state, traits, (optimizer, own, inner, at) => optimizer.update(pick(gradients, at), own, inner, pick(traits, at)))
  }

  override accumulate(gradients: Gradients, parameters: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[] = []): Update {
    return this.each(parameters, state, traits, (optimizer, own, inner, at) =>
      optimizer.accumulate(pick(gradients, at), own, inner, pick(traits, at)),
    )
  }

  private each(
    parameters: readonly Tensor[],
    state: OptimizerState,
    traits: readonly ParameterTraits[],
    step: (optimizer: Optimizer, parameters: readonly Tensor[], inner: OptimizerState, at: readonly number[]) => Update,
  ): Update {
    const parts = this.parts(parameters.length, traits)
    const next = [...parameters]
    const inner = this.optimizers.map((optimizer, i) => {
      const at = parts[i] ?? []
      const update = step(optimizer, pick(parameters, at), state.inner[i] ?? optimizer.initialize([]), at)
      at.forEach((position, j) => {
        next[position] = update.parameters[j] ?? parameters[position] ?? next[position] ?? tensor(0, [])
      })
      return update.state
    })
    return { parameters: next, state: { ...state, iterations: state.iterations.add(1), inner } }
  }

  /** The positions of each optimizer's parameters. */
  private parts(count: number, traits: readonly ParameterTraits[]): readonly (readonly number[])[] {
    const chosen = Array.from({ length: count }, (_, i) => this.optimizerMap.get(traits[i]?.path ?? traits[i]?.name ?? ''))
    return this.optimizers.map((optimizer) => chosen.flatMap((own, i) => (own === optimizer ? [i] : [])))
  }

  override learningRateOf(state: OptimizerState): Tensor {
    const inner = state.inner.at(-1)
    return inner === undefined ? state.learningRate : this.optimizerMap.defaultOptimizer.learningRateOf(inner)
  }

  override withLearningRate(): OptimizerState {
    throw new ConfigError(`${this.name}: expected the learning rate to be set on one of its optimizers, got it for all. Set it on each.`)
  }

  override memberRates({ inner }: OptimizerState): readonly MemberRate[] {
    return inner.flatMap((own, i) => this.optimizers[i]?.memberRates(own) ?? [])
  }

  override withMemberRates(state: OptimizerState, rates: readonly (number | undefined)[]): OptimizerState {
    return { ...state, inner: state.inner.map((own, i) => this.optimizers[i]?.withMemberRates(own, rates.slice(i, i + 1)) ?? own) }
  }

  override get hasNewRate(): boolean {
    return this.optimizers.some((optimizer) => optimizer.hasNewRate)
  }

  override withNewRate(state: OptimizerState): OptimizerState {
    return { ...state, inner: state.inner.map((own, i) => this.optimizers[i]?.withNewRate(own) ?? own) }
  }

  override averages(state: OptimizerState, traits: readonly ParameterTraits[] = []): readonly (Tensor | undefined)[] {
    const parts = this.partsOf(state, traits)
    const averages: (Tensor | undefined)[] = parts.flat().map(() => undefined)
    state.inner.forEach((own, i) => {
      this.optimizers[i]?.averages(own).forEach((value, j) => {
        const position = parts[i]?.[j]
        if (position !== undefined) averages[position] = value
      })
    })
    return averages
  }

  override withAverages(state: OptimizerState, averages: readonly (Tensor | undefined)[], traits: readonly ParameterTraits[] = []): OptimizerState {
    const parts = this.partsOf(state, traits)
    return { ...state, inner: state.inner.map((own, i) => this.optimizers[i]?.withAverages(own, pick(averages, parts[i])) ?? own) }
  }

  private partsOf(state: OptimizerState, traits: readonly ParameterTraits[]): readonly (readonly number[])[] {
    const count = state.inner.reduce((total, { slots }) => total + slots.length, 0)
    return this.parts(count, traits)
  }

  override listed(state: OptimizerState): { readonly name: string; readonly value: Tensor }[] {
    const inner = this.optimizers.flatMap((optimizer, i) => {
      const own = state.inner[i]
      return own === undefined ? [] : optimizer.listed(own).map(({ name, value }) => ({ name: `${optimizer.name}/${name}`, value }))
    })
    return [...super.listed(state), ...inner]
  }

  protected rule(): Rule {
    return (_, parameter, slots) => ({ parameter, slots })
  }

  override getConfig(): Config {
    return { optimizerMap: serialize(this.optimizerMap), lossScaleFactor: this.lossScaleFactor ?? null, name: this.name }
  }
}

const pick = <T>(items: readonly T[], at: readonly number[] = []): T[] => at.flatMap((i) => (i in items ? items.slice(i, i + 1) : []))
