// Optimizers as pure update rules: from gradients, parameters and state to new parameters and state. The step is a tensor in the state, so
// that the compiled program never changes.

import { add, type Tensor, tensor, zeros } from '../core/index.ts'
import { ConfigError } from '../core/index.ts'
import { lookUp } from './identifiers.ts'

/** What an optimizer remembers: the step, the learning rate and one list of tensors per kind of moment. */
export type OptimizerState = { readonly step: Tensor; readonly learningRate: Tensor; readonly slots: readonly (readonly Tensor[])[] }

export interface Update {
  readonly parameters: Tensor[]
  readonly state: OptimizerState
}

/** A rule of learning. */
export interface Optimizer {
  readonly name: string
  readonly learningRate: number
  initialize(parameters: readonly Tensor[]): OptimizerState
  update(gradients: readonly Tensor[], parameters: readonly Tensor[], state: OptimizerState): Update
}

const zerosLike = (parameters: readonly Tensor[]): Tensor[] => parameters.map((p) => zeros(p.dims, { dtype: p.dtype }))

function start(learningRate: number, slots: readonly (readonly Tensor[])[]): OptimizerState {
  return { step: tensor(0, []), learningRate: tensor(learningRate, []), slots }
}

function checkRate(where: string, rate: number): number {
  if (!(rate >= 0 && Number.isFinite(rate))) throw new ConfigError(`${where}: expected a learning rate of at least 0, got ${rate}. Change it.`)
  return rate
}

export interface SGDOptions {
  /** Default 0.01. */
  readonly learningRate?: number
  /** Default 0. */
  readonly momentum?: number
  /** Default false. */
  readonly nesterov?: boolean
}

/** v = μ·v − lr·g; w += v (Nesterov: w += μ·v − lr·g). */
export class SGD implements Optimizer {
  readonly name = 'sgd'
  readonly learningRate: number
  private readonly momentum: number
  private readonly nesterov: boolean

  constructor({ learningRate = 0.01, momentum = 0, nesterov = false }: SGDOptions = {}) {
    this.learningRate = checkRate('sgd', learningRate)
    this.momentum = momentum
    this.nesterov = nesterov
  }

  initialize(parameters: readonly Tensor[]): OptimizerState {
    return start(this.learningRate, this.momentum === 0 ? [] : [zerosLike(parameters)])
  }

  update(gradients: readonly Tensor[], parameters: readonly Tensor[], state: OptimizerState): Update {
    const velocities: Tensor[] = []
    const next = parameters.map((w, i): Tensor => {
      const g = gradients[i]
      if (g === undefined) return w
      const move: Tensor = g.multiply(state.learningRate)
      const old = state.slots[0]?.[i]
      if (old === undefined) return w.subtract(move)
      const velocity: Tensor = old.multiply(this.momentum).subtract(move)
      velocities.push(velocity)
      return w.add(this.nesterov ? velocity.multiply(this.momentum).subtract(move) : velocity)
    })
    return { parameters: next, state: { ...state, step: add(state.step, 1), slots: this.momentum === 0 ? [] : [velocities] } }
  }
}

export interface AdamOptions {
  /** Default 0.001. */
  readonly learningRate?: number
  /** Default 0.9. */
  readonly beta1?: number
  /** Default 0.999. */
  readonly beta2?: number
  /** Added after the square root. Default 1e-7. */
  readonly epsilon?: number
}

/** α = lr·√(1−β₂ᵗ)/(1−β₁ᵗ); w −= α·m/(√v+ε) (Kingma & Ba 2015, §2). */
export class Adam implements Optimizer {
  readonly name: string = 'adam'
  readonly learningRate: number
  protected readonly weightDecay: number = 0
  private readonly beta1: number
  private readonly beta2: number
  private readonly epsilon: number

  constructor({ learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }: AdamOptions = {}) {
    this.learningRate = checkRate('adam', learningRate)
    this.beta1 = beta1
    this.beta2 = beta2
    this.epsilon = epsilon
  }

  initialize(parameters: readonly Tensor[]): OptimizerState {
    return start(this.learningRate, [zerosLike(parameters), zerosLike(parameters)])
  }

  update(gradients: readonly Tensor[], parameters: readonly Tensor[], state: OptimizerState): Update {
    const { beta1, beta2, epsilon } = this
    const step: Tensor = state.step.add(1)
    // 1 − βᵗ by the exponential, which every backend has exactly.
    const correction1: Tensor = step.multiply(Math.log(beta1)).expm1().negate()
    const correction2: Tensor = step.multiply(Math.log(beta2)).expm1().negate()
    const rate: Tensor = state.learningRate.multiply(correction2.sqrt()).divide(correction1)
    const decay: Tensor = state.learningRate.multiply(-this.weightDecay).add(1)
    const firsts: Tensor[] = []
    const seconds: Tensor[] = []
    const next = parameters.map((w, i): Tensor => {
      const [g, m, v] = [gradients[i], state.slots[0]?.[i], state.slots[1]?.[i]]
      if (g === undefined || m === undefined || v === undefined) return w
      const first: Tensor = m.multiply(beta1).add(g.multiply(1 - beta1))
      const second: Tensor = v.multiply(beta2).add(g.multiply(g).multiply(1 - beta2))
      firsts.push(first)
      seconds.push(second)
      const decayed: Tensor = this.weightDecay === 0 ? w : w.multiply(decay)
      return decayed.subtract(rate.multiply(first).divide(second.sqrt().add(epsilon)))
    })
    return { parameters: next, state: { step, learningRate: state.learningRate, slots: [firsts, seconds] } }
  }
}

/** Adam with decoupled decay: w −= lr·decay·w before the update (Loshchilov & Hutter 2019). Decay 0.004 by default. */
export class AdamW extends Adam {
  override readonly name = 'adamw'
  protected override readonly weightDecay: number

  constructor({ weightDecay = 0.004, ...options }: AdamOptions & { readonly weightDecay?: number } = {}) {
    super(options)
    this.weightDecay = weightDecay
  }
}

const optimizers: Readonly<Record<string, () => Optimizer>> = { sgd: () => new SGD(), adam: () => new Adam(), adamw: () => new AdamW() }

/** An optimizer by name (with its defaults), or itself. */
export function resolveOptimizer(optimizer: string | Optimizer): Optimizer {
  return typeof optimizer === 'string' ? lookUp('optimizer', optimizer, optimizers)() : optimizer
}
