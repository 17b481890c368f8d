// The base of optimizers. As pure functions, `initialize` and `update` go from gradients, parameters and state to new parameters and state, for
// compiled steps: step and learning rate are tensors in the state, so that changing them compiles nothing. `apply` is the same for plain
// loops: it changes parameters, and keeps the state in cells.

import { ConfigError, equal, type Tensor, tensor, where, zeros } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { textOf } from '../options/option-checks.ts'
import type { Parameter } from '../layer/parameter.ts'
import { type Config, type Configurable, maker } from '../saving/serialized.ts'
import { clipGradients } from './clipping.ts'
import { type CheckedOptions, checkOptions, checkRate, commonOptions, configOf, type OptimizerOptions } from './optimizer-options.ts'
import { type Gradients, type MemberRate, type OptimizerState, type ParameterTraits, type Slots, slotOf, type Update } from './optimizer-state.ts'
import type { Schedule } from './schedules/index.ts'
import { StateCells } from './state-cells.ts'

/** The update that is being made. */
export interface Step {
  /** From 1, an f32 scalar. */
  readonly number: Tensor
  readonly learningRate: Tensor
  /** What {@link Optimizer.nextShared} gave. */
  readonly shared: Slots
}

/** One parameter after an update, and what is kept for it. */
export interface UpdatedParameter {
  readonly parameter: Tensor
  readonly slots: Slots
}

/** How one parameter moves. */
export type Rule = (gradient: Tensor, parameter: Tensor, slots: Slots, traits: ParameterTraits) => UpdatedParameter

/** Which parameters weight decay leaves alone. */
export interface DecayExclusions {
  /** These themselves. */
  readonly parameters?: readonly ParameterTraits[]
  /** Those whose names contain one of these, or match as regular expressions: `['bias', 'beta|gamma']`. */
  readonly names?: readonly string[]
}

/** What {@link Optimizer.apply} can be told. */
export interface ApplyOptions {
  /** Whether this batch is the last of `gradientAccumulationSteps`. Default: found out from the batches seen. */
  readonly updates?: boolean
}

/** The names of what the base keeps for a parameter. */
const [average, accumulator] = ['average', 'gradientAccumulator']

/**
 * A way to learn from gradients. Subclasses say what they keep for a parameter and how one moves:
 *
 * ```ts
 * class SignDescent extends optimizers.Optimizer {
 *   readonly className = 'SignDescent'
 *   constructor(options: OptimizerOptions = {}) { super('signdescent', 0.01, options) }
 *   protected rule({ learningRate }: Step): Rule {
 *     return (gradient, parameter, slots) => ({ parameter: parameter.subtract(gradient.sign().multiply(learningRate)), slots })
 *   }
 * }
 * ```
 */
export abstract class Optimizer implements Configurable {
  abstract readonly className: string
  readonly name: string
  /** What the loss is multiplied by and gradients are divided by. */
  lossScaleFactor: number | undefined
  /**
   * The names of what {@link newSlots} makes, in the order of Keras's variables: those of one list are kept together for each parameter, the lists
   * follow each other.
   */
  protected readonly slotOrder: readonly (readonly string[])[] = []
  /** The names of what {@link newShared} makes, in the order of Keras's variables. */
  protected readonly sharedOrder: readonly string[] = []
  private readonly options: CheckedOptions
  private rate: number | Schedule
  /** Whether the rate was set and no step has used it. */
  private rateIsNew = false
  private excluded: DecayExclusions = {}
  private cells: StateCells | undefined

  /** `known`: the names of the class's own options, where others are to be refused. */
  constructor(name: string, defaultRate: number, options: OptimizerOptions, known?: readonly string[]) {
    this.name = textOf(name, 'name', options?.name ?? name)
    if (known !== undefined) checkOptionNames(this.name, options, [...known, ...commonOptions])
    this.options = checkOptions(this.name, defaultRate, options)
    this.rate = this.options.learningRate
    this.lossScaleFactor = this.options.lossScaleFactor
  }

  /** The rule for an update. */
  protected abstract rule(step: Step): Rule

  /** What is kept for a parameter before the first update. Default: nothing. */
  protected newSlots(_parameter: Tensor, _traits: ParameterTraits): Slots {
    return {}
  }

  /** What is kept for all parameters together before the first update. Default: nothing. */
  protected newShared(): Slots {
    return {}
  }

  /** What is kept for all parameters together after update `number` (from 1). */
  protected nextShared(_number: Tensor, shared: Slots): Slots {
    return shared
  }

  /** The weight decay of a parameter that is not excluded. */
  protected decayFor(_parameter: Tensor, _traits: ParameterTraits): number | undefined {
    return this.options.weightDecay
  }

  /** A number, or a function of the batches seen. */
  get learningRate(): number | Schedule {
    return this.rate
  }

  /** Takes another rate, from the next step of a plain loop on; of a model in training, `model.learningRate` is set. */
  set learningRate(rate: number | Schedule) {
    if (typeof this.rate !== 'number' || typeof rate !== 'number') {
      throw new ConfigError(`${this.name}: expected a learning rate that is a number to set it to one, got a schedule. Make another optimizer.`)
    }
    this.rate = checkRate(this.name, rate)
    this.rateIsNew = true
  }

  get gradientAccumulationSteps(): number {
    return this.options.gradientAccumulationSteps
  }

  get weightDecay(): number | undefined {
    return this.options.weightDecay
  }

  /** Whether averages of the weights are kept. */
  get useEma(): boolean {
    return this.options.useEma
  }

  /** Leaves some parameters out of weight decay. Call it before the first update. */
  excludeFromWeightDecay(exclusions: DecayExclusions): void {
    if (this.cells !== undefined) {
      throw new ConfigError(`${this.name}: expected exclusions from weight decay before the optimizer is built, it is. Call it first.`)
    }
    this.excluded = exclusions
  }

  /** The loss that gradients are taken of. */
  scaleLoss(loss: Tensor, _state?: OptimizerState): Tensor {
    return this.lossScaleFactor === undefined ? loss : loss.multiply(this.lossScaleFactor)
  }

  /** The state before the first update. Pass the parameters' traits, too, where names, paths or constraints matter. */
  initialize(parameters: readonly Tensor[], traits: readonly ParameterTraits[] = []): OptimizerState {
    const { useEma, gradientAccumulationSteps: batches } = this.options
    const like = (p: Tensor): Tensor => zeros(p.dims, { dtype: p.dtype })
    return {
      iterations: tensor(new Int32Array([0]), []),
      learningRate: typeof this.rate === 'number' ? tensor(this.rate, []) : this.rate(tensor(0, [])),
      shared: this.newShared(),
      slots: parameters.map((p, i) => ({
        ...(useEma && { [average]: like(p) }),
        ...(batches > 1 && { [accumulator]: like(p) }),
        ...this.newSlots(p, traits[i] ?? {}),
      })),
      inner: [],
    }
  }

  /** One update. Gradients, parameters, traits and results are in one order. */
  update(gradients: Gradients, parameters: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[] = []): Update {
    this.checkCount(gradients, parameters)
    const learningRate = this.rateOf(state)
    const number = this.updatesOf(state).add(1).cast('f32')
    const shared = this.nextShared(number, state.shared)
    const rule = this.rule({ number, learningRate, shared })
    const clipped = clipGradients(this.meanGradients(gradients, state), this.options.clipping)
    const moved = parameters.map((parameter, i): UpdatedParameter => {
      const [gradient, slots = {}, about = {}] = [clipped[i], state.slots[i], traits[i]]
      if (gradient === undefined) return { parameter, slots }
      const next = rule(gradient.cast(parameter.dtype), this.decayed(parameter, learningRate, about), slots, about)
      return { parameter: next.parameter, slots: { ...slots, ...next.slots, ...this.cleared(slots) } }
    })
    return this.finished(moved, parameters, { ...state, learningRate, shared }, traits)
  }

  /** A batch before the last of `gradientAccumulationSteps`: its gradients are added up, parameters stay (but for averages and constraints). */
  accumulate(gradients: Gradients, parameters: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[] = []): Update {
    this.checkCount(gradients, parameters)
    const unscaled = this.unscaled(gradients)
    const kept = parameters.map((parameter, i): UpdatedParameter => {
      const [gradient, slots = {}] = [unscaled[i], state.slots[i]]
      return { parameter, slots: gradient === undefined ? slots : { ...slots, [accumulator]: slotOf(slots, accumulator).add(gradient) } }
    })
    return this.finished(kept, parameters, { ...state, learningRate: this.rateOf(state) }, traits)
  }

  /** The rate in a state: of the last update. */
  learningRateOf(state: OptimizerState): Tensor {
    return state.learningRate
  }

  /** A state with another rate; a ConfigError where a schedule decides. */
  withLearningRate(state: OptimizerState, rate: number): OptimizerState {
    if (typeof this.rate !== 'number') {
      throw new ConfigError(
        `${this.name}: expected a learning rate that is a number to set it, got a schedule. Compile with a number, or change the schedule.`,
      )
    }
    return { ...state, learningRate: tensor(checkRate(this.name, rate), []) }
  }

  /** The learning rates in a state: one, or one for each of the optimizers that this one is made of. */
  memberRates(state: OptimizerState): readonly MemberRate[] {
    return [{ optimizer: this.name, rate: this.learningRateOf(state) }]
  }

  /** A state with other {@link memberRates}, in their order; undefined for those that stay. */
  withMemberRates(state: OptimizerState, [rate]: readonly (number | undefined)[]): OptimizerState {
    return rate === undefined ? state : this.withLearningRate(state, rate)
  }

  /** The state with the rate that was set since the last step, if one was. */
  withNewRate(state: OptimizerState): OptimizerState {
    if (!this.rateIsNew || typeof this.rate !== 'number') return state
    this.rateIsNew = false
    return this.withLearningRate(state, this.rate)
  }

  /** The moving averages of the weights in a state; undefined for parameters without, all of them unless `useEma`. */
  averages(state: OptimizerState, _traits: readonly ParameterTraits[] = []): readonly (Tensor | undefined)[] {
    return state.slots.map((slots) => slots[average])
  }

  /** A state with other averages, for swapping them with the weights. */
  withAverages(state: OptimizerState, averages: readonly (Tensor | undefined)[], _traits: readonly ParameterTraits[] = []): OptimizerState {
    const slots = state.slots.map((own, i) => {
      const value = averages[i]
      return value === undefined || own[average] === undefined ? own : { ...own, [average]: value }
    })
    return { ...state, slots }
  }

  /** The weights that training ends with: their averages with `useEma`, else the weights. */
  finalValues(parameters: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[] = []): Tensor[] {
    const averages = this.averages(state, traits)
    return parameters.map((parameter, i) => averages[i] ?? parameter)
  }

  // Plain loops

  /** Whether a rate was set that no step has taken yet. */
  get hasNewRate(): boolean {
    return this.rateIsNew
  }

  /** Everything that is remembered: the {@link variables}, and what Keras does not keep. */
  get memory(): readonly Parameter[] {
    return this.cells?.cells ?? []
  }

  /** The rate of the last update (before the first, of that), where the optimizer is built. */
  get currentLearningRate(): Tensor | undefined {
    return this.cells && this.learningRateOf(this.cells.state)
  }

  /** {@link memberRates} as of the last update; none where the optimizer is not built. */
  get currentMemberRates(): readonly MemberRate[] {
    return this.cells === undefined ? [] : this.memberRates(this.cells.state)
  }

  /** Changes what is remembered, where the optimizer is built. */
  changeState(change: (state: OptimizerState) => OptimizerState): void {
    this.cells?.write(change)
  }

  /** Whether {@link variables} have been made. */
  get built(): boolean {
    return this.cells !== undefined
  }

  /** Makes the {@link variables} for some parameters. A ConfigError where it was built for others. */
  build(parameters: readonly Parameter[]): void {
    this.cells ??= new StateCells(this, parameters)
    this.cells.check(parameters)
  }

  /** What the optimizer remembers in plain loops, in the order of Keras's `optimizer.variables`; empty before it is built. */
  get variables(): readonly Parameter[] {
    return this.cells?.variables ?? []
  }

  /**
   * One update in a plain loop: changes the parameters by their gradients, and the {@link variables}. It is computed before this returns.
   *
   * ```ts
   * const [loss, gradients] = valueAndGrad(formula)(parameters.map((p) => p.value))
   * optimizer.apply(gradients, parameters)
   * ```
   */
  apply(gradients: Gradients, parameters?: readonly Parameter[], { updates }: ApplyOptions = {}): void {
    if (parameters !== undefined) this.build(parameters)
    if (this.cells === undefined) {
      throw new ConfigError(`${this.name}: expected parameters, or an optimizer that is built, got neither. Pass the parameters.`)
    }
    this.cells.apply(gradients, parameters, updates)
  }

  /** Gives parameters of a plain loop the weights that training ends with: {@link finalValues}. */
  finalizeVariableValues(parameters: readonly Parameter[]): void {
    this.build(parameters)
    this.cells?.finalize()
  }

  /** The tensors of a state that Keras keeps as variables, in its order. */
  listed(state: OptimizerState): { readonly name: string; readonly value: Tensor }[] {
    const each = (names: readonly string[]) =>
      state.slots.flatMap((slots, i) => names.flatMap((name) => (slots[name] === undefined ? [] : [{ name: `${i}/${name}`, value: slots[name] }])))
    return [
      { name: 'iteration', value: state.iterations },
      ...(typeof this.rate === 'number' ? [{ name: 'learning_rate', value: state.learningRate }] : []),
      ...each([average]),
      ...each([accumulator]),
      ...this.slotOrder.flatMap(each),
      ...this.sharedOrder.map((name) => ({ name, value: slotOf(state.shared, name) })),
    ]
  }

  /** An optimizer of this class from what `getConfig` gave. */
  static fromConfig<O extends object, T extends Optimizer>(this: new (options: O) => T, config: Config): T {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked makes the object, not the base
    return maker(this)(config)
  }

  getConfig(): Config {
    return configOf(this.name, this.rate, { ...this.options, lossScaleFactor: this.lossScaleFactor })
  }

  // Parts of an update

  private checkCount(gradients: Gradients, parameters: readonly Tensor[]): void {
    if (gradients.length !== parameters.length) {
      throw new ConfigError(`${this.name}: expected ${parameters.length} gradients, got ${gradients.length}. Pass one for each parameter.`)
    }
  }

  private rateOf(state: OptimizerState): Tensor {
    return typeof this.rate === 'number' ? state.learningRate : this.rate(state.iterations.cast('f32'))
  }

  /** Updates done before this batch, i32. */
  private updatesOf({ iterations }: OptimizerState): Tensor {
    const batches = this.options.gradientAccumulationSteps
    if (batches === 1) return iterations
    // Half a batch more, so that no division falls a little short of a whole number.
    return iterations.cast('f32').add(0.5).divide(batches).floor().cast('i32')
  }

  private unscaled(gradients: Gradients): Gradients {
    const scale = this.lossScaleFactor
    return scale === undefined ? gradients : gradients.map((g): Tensor | undefined => g?.multiply(1 / scale))
  }

  private meanGradients(gradients: Gradients, { slots }: OptimizerState): Gradients {
    const batches = this.options.gradientAccumulationSteps
    const unscaled = this.unscaled(gradients)
    if (batches === 1) return unscaled
    return unscaled.map((g, i): Tensor | undefined => g?.add(slotOf(slots[i] ?? {}, accumulator)).multiply(1 / batches))
  }

  private decayed(parameter: Tensor, learningRate: Tensor, traits: ParameterTraits): Tensor {
    const decay = this.decayFor(parameter, traits)
    if (!decay || (this.options.decayMatricesOnly && parameter.rank < 2) || this.isExcluded(traits)) return parameter
    return parameter.multiply(learningRate.multiply(-decay).add(1))
  }

  private isExcluded(traits: ParameterTraits): boolean {
    const { parameters = [], names = [] } = this.excluded
    return parameters.includes(traits) || names.some((name) => new RegExp(name).test(traits.name ?? ''))
  }

  private cleared(slots: Slots): Slots {
    const sum = slots[accumulator]
    return sum === undefined ? {} : { [accumulator]: zeros(sum.dims, { dtype: sum.dtype }) }
  }

  /** What follows every batch: averages of the weights, then constraints. */
  private finished(moved: readonly UpdatedParameter[], old: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[]): Update {
    const averaged = this.options.useEma ? this.averaged(moved, state) : moved
    const parameters = averaged.map(({ parameter }, i): Tensor => {
      const constrained = traits[i]?.constraint?.(parameter) ?? parameter
      return constrained.cast(old[i]?.dtype ?? parameter.dtype)
    })
    const slots = averaged.map((own, i) =>
      Object.fromEntries(Object.entries(own.slots).map(([name, value]) => [name, value.cast(state.slots[i]?.[name]?.dtype ?? value.dtype)])),
    )
    return { parameters, state: { ...state, slots, iterations: state.iterations.add(1) } }
  }

  private averaged(moved: readonly UpdatedParameter[], state: OptimizerState): readonly UpdatedParameter[] {
    const { emaMomentum, emaOverwriteFrequency: frequency } = this.options
    const updates = this.updatesOf(state)
    const share = where(equal<Tensor, number>(updates, 0), 0, emaMomentum)
    const overwrites = frequency === undefined ? undefined : equal<Tensor, number>(updates.add(1).remainder(frequency), 0)
    return moved.map(({ parameter, slots }) => {
      const next: Tensor = slotOf(slots, average)
        .multiply(share)
        .add(parameter.multiply(share.negate().add(1)))
      return { parameter: overwrites === undefined ? parameter : where(overwrites, next, parameter), slots: { ...slots, [average]: next } }
    })
  }
}
