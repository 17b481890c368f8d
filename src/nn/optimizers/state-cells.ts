// An optimizer's state in cells, for plain loops that change parameters one step after another.

import { ConfigError, cond, equal, evaluate, flattenTree, isTracing, rebuildTree, remainder, type Tensor } from '../../core/index.ts'
import { Parameter } from '../layer/parameter.ts'
import type { Gradients, OptimizerState, ParameterTraits, Update } from './optimizer-state.ts'

/** What the cells need of an optimizer. */
interface Updates {
  readonly name: string
  readonly gradientAccumulationSteps: number
  initialize(parameters: readonly Tensor[], traits: readonly ParameterTraits[]): OptimizerState
  update(gradients: Gradients, parameters: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[]): Update
  accumulate(gradients: Gradients, parameters: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[]): Update
  finalValues(parameters: readonly Tensor[], state: OptimizerState, traits: readonly ParameterTraits[]): Tensor[]
  withNewRate(state: OptimizerState): OptimizerState
  listed(state: OptimizerState): readonly { readonly name: string; readonly value: Tensor }[]
}

/** The cells of one optimizer for the parameters that it was built with. */
export class StateCells {
  /** In the order of Keras's `optimizer.variables`. */
  readonly variables: readonly Parameter[]
  private readonly optimizer: Updates
  private readonly parameters: readonly Parameter[]
  private readonly layout: OptimizerState
  /** One for each tensor of the state, also those that Keras does not keep. */
  readonly cells: readonly Parameter[]

  constructor(optimizer: Updates, parameters: readonly Parameter[]) {
    this.optimizer = optimizer
    this.parameters = [...parameters]
    this.layout = optimizer.initialize(
      parameters.map((p) => p.value),
      parameters,
    )
    const listed = optimizer.listed(this.layout)
    const names = new Map(listed.map(({ name, value }) => [value, name]))
    const { leaves } = flattenTree(this.layout)
    this.cells = leaves.map((leaf) => new Parameter(`${optimizer.name}/${names.get(leaf) ?? 'state'}`, leaf, { trainable: false }))
    this.variables = listed.flatMap(({ value }) => this.cells[leaves.indexOf(value)] ?? [])
  }

  /** A ConfigError where a parameter is not one of those that the cells were made for. */
  check(parameters: readonly Parameter[]): void {
    const unknown = parameters.find((p) => !this.parameters.includes(p))
    if (unknown === undefined) return
    throw new ConfigError(
      `${this.optimizer.name}: expected the ${this.parameters.length} parameters that it was built with, got another one, ${unknown.name}. Make another optimizer for them.`,
    )
  }

  /** Changes what is remembered. */
  write(change: (state: OptimizerState) => OptimizerState): void {
    assign(this.cells, flattenTree(change(this.state)).leaves)
  }

  get state(): OptimizerState {
    return rebuildTree(
      this.layout,
      this.cells.map((cell) => cell.value),
    )
  }

  /** Gives the parameters the weights that training ends with. */
  finalize(): void {
    const { parameters, state } = this
    const values = this.optimizer.finalValues(
      parameters.map((p) => p.value),
      state,
      parameters,
    )
    assign(parameters, values)
  }

  /**
   * One step with the gradients of all parameters, or of those that are given. `updates` says whether this batch is the last of those whose
   * gradients are accumulated, where the caller knows; else the program finds out.
   */
  apply(gradients: Gradients, parameters: readonly Parameter[] = this.parameters, updates?: boolean): void {
    const { optimizer } = this
    if (gradients.length !== parameters.length) {
      throw new ConfigError(`${optimizer.name}: expected ${parameters.length} gradients, got ${gradients.length}. Pass one for each parameter.`)
    }
    const ordered = this.parameters.map((p) => gradients[parameters.indexOf(p)])
    if (ordered.every((gradient) => gradient === undefined)) {
      throw new ConfigError(`${optimizer.name}: expected a gradient for at least one parameter, got none. Pass gradients.`)
    }
    const next = this.step(ordered, optimizer.withNewRate(this.state), updates)
    const { leaves } = flattenTree(next.state)
    assign(this.parameters, next.parameters)
    assign(this.cells, leaves)
    // Else the next step would be computed from the first one on.
    if (!isTracing()) evaluate([...next.parameters, ...leaves])
  }

  private step(
    gradients: Gradients,
    state: OptimizerState,
    updates?: boolean,
  ): { readonly parameters: readonly Tensor[]; readonly state: OptimizerState } {
    const { optimizer, parameters } = this
    const values = parameters.map((p) => p.value)
    const batches = optimizer.gradientAccumulationSteps
    const update = () => ({ ...optimizer.update(gradients, values, state, parameters) })
    const accumulate = () => ({ ...optimizer.accumulate(gradients, values, state, parameters) })
    if (batches === 1 || updates === true) return update()
    if (updates === false) return accumulate()
    const isLast = equal<Tensor, number>(remainder<Tensor, number>(state.iterations.add(1), batches), 0)
    return cond(isLast, update, accumulate)
  }
}

function assign(cells: readonly Parameter[], values: readonly Tensor[]): void {
  cells.forEach((cell, i) => {
    const value = values[i]
    if (value !== undefined) cell.value = value
  })
}
