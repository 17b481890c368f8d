// Optimizers as pure update rules: from gradients, parameters and state to new parameters and state. Step and learning rate are tensors in
// the state, so that changing them compiles nothing.

import { add, ConfigError, type Tensor, tensor, zeros } from '../../core/index.ts'
import { positive } from '../layer.ts'
import { type Clipping, checkClipping, clipGradients } from './clipping.ts'
import type { Schedule } from './schedules.ts'

/** What an optimizer remembers: updates done so far, the learning rate and one list of tensors (one per parameter) for each kind of moment. */
export type OptimizerState = { readonly step: Tensor; readonly learningRate: Tensor; readonly slots: readonly (readonly Tensor[])[] }

/** New parameters, in the order of the old ones, and the new state. */
export interface Update {
  readonly parameters: Tensor[]
  readonly state: OptimizerState
}

/** Options of every optimizer. At most one kind of clipping. */
export interface OptimizerOptions extends Clipping {
  /** A number, or a function of the number of updates done. */
  readonly learningRate?: number | Schedule
  /** Batches whose mean gradient makes one update. Default 1. */
  readonly gradientAccumulationSteps?: number
}

/** One parameter after an update, and its new moments. */
export interface UpdatedParameter {
  readonly parameter: Tensor
  readonly moments: readonly Tensor[]
}

/** How one parameter moves. */
export type Rule = (gradient: Tensor, parameter: Tensor, moments: readonly Tensor[]) => UpdatedParameter

/** A way to learn from gradients. Subclasses say how many moments they keep and how one parameter moves. */
export abstract class Optimizer {
  readonly name: string
  readonly learningRate: number | Schedule
  readonly gradientAccumulationSteps: number
  private readonly clipping: Clipping

  constructor(name: string, defaultRate: number, options: OptimizerOptions) {
    const { learningRate = defaultRate, gradientAccumulationSteps = 1 } = options
    if (typeof learningRate === 'number') checkRate(name, learningRate)
    this.name = name
    this.learningRate = learningRate
    this.gradientAccumulationSteps = positive(name, 'gradientAccumulationSteps', gradientAccumulationSteps)
    this.clipping = checkClipping(name, options)
  }

  /** Kinds of moments kept for every parameter. */
  protected abstract readonly momentCount: number

  /** The rule for update number `step` (from 1), both scalars. */
  protected abstract rule(step: Tensor, learningRate: Tensor): Rule

  /** The state before the first update. */
  initialize(parameters: readonly Tensor[]): OptimizerState {
    const slots = Array.from({ length: this.momentCount }, () => parameters.map((p) => zeros(p.dims, { dtype: p.dtype })))
    const step = tensor(0, [])
    return { step, learningRate: typeof this.learningRate === 'number' ? tensor(this.learningRate, []) : this.learningRate(step), slots }
  }

  /** One update. Gradients, parameters and results are in one order. */
  update(gradients: readonly Tensor[], parameters: readonly Tensor[], state: OptimizerState): Update {
    if (gradients.length !== parameters.length) {
      throw new ConfigError(`${this.name}: expected ${parameters.length} gradients, got ${gradients.length}. Pass one for each parameter.`)
    }
    const learningRate = typeof this.learningRate === 'number' ? state.learningRate : this.learningRate(state.step)
    const step: Tensor = add<Tensor, number>(state.step, 1)
    const rule = this.rule(step, learningRate)
    const clipped = clipGradients(gradients, this.clipping)
    const slots: Tensor[][] = state.slots.map(() => [])
    const next = parameters.map((parameter, i): Tensor => {
      const gradient = clipped[i]
      if (gradient === undefined) return parameter
      const moments = state.slots.flatMap((slot) => slot[i] ?? [])
      const updated = rule(gradient, parameter, moments)
      updated.moments.forEach((moment, kind) => {
        slots[kind]?.push(moment)
      })
      return updated.parameter
    })
    return { parameters: next, state: { step, learningRate, slots } }
  }
}

/** The rate, or a ConfigError: finite and at least 0. */
export function checkRate(where: string, rate: number): number {
  if (!(rate >= 0 && Number.isFinite(rate))) throw new ConfigError(`${where}: expected a learning rate of at least 0, got ${rate}. Change it.`)
  return rate
}
