// Options that all cells with gates and kernels share: sizes, activations, rules of their parameters, dropout.

import { type Dims, ones, ShapeError, type Tensor } from '../../../core/index.ts'
import { type Activation, type ActivationIdentifier, resolveActivation } from '../../activations/activations.ts'
import type { CallContext } from '../../layer/call-context.ts'
import type { ConstraintIdentifier } from '../../constraints/index.ts'
import type { InitializerIdentifier } from '../../initializers/index.ts'
import { Orthogonal } from '../../initializers/orthogonal.ts'
import type { LayerOptions } from '../../layer/layer.ts'
import { flag, lookedUp, optionalNumber } from '../../options/option-checks.ts'
import type { RegularizerIdentifier } from '../../regularizers/registry.ts'
import { activationConfig } from '../logits.ts'
import { type ParameterRules, ruleOptions, rulesConfig, rulesOf } from '../parameter-rules.ts'
import { checkedRate, dropElements, keyOf } from '../regularization/dropout.ts'

/** Options of every cell of this folder. */
export interface CellOptions extends LayerOptions {
  /** Of the new state. Default 'tanh'. */
  readonly activation?: ActivationIdentifier
  /** Default true. */
  readonly useBias?: boolean
  /** Of the kernel for the inputs. Default 'glorotUniform'. */
  readonly kernelInitializer?: InitializerIdentifier
  /** Of the kernel for the state. Default 'orthogonal'. */
  readonly recurrentInitializer?: InitializerIdentifier
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerIdentifier
  /** Penalties that are added to the loss. Default none. */
  readonly kernelRegularizer?: RegularizerIdentifier | null
  readonly recurrentRegularizer?: RegularizerIdentifier | null
  readonly biasRegularizer?: RegularizerIdentifier | null
  /** Where updates move the parameters to. Default none. */
  readonly kernelConstraint?: ConstraintIdentifier | null
  readonly recurrentConstraint?: ConstraintIdentifier | null
  readonly biasConstraint?: ConstraintIdentifier | null
  /** Share of the inputs set to zero while training, the same at all steps of a sequence (Gal & Ghahramani 2016). Default 0. */
  readonly dropout?: number
  /** Share of the state set to zero where it is multiplied by the recurrent kernel, the same at all steps. Default 0. */
  readonly recurrentDropout?: number
  /** Another stream of draws than layers of other seeds have. Default none. */
  readonly seed?: number | null
}

/** The names of {@link CellOptions}. */
export const cellOptions: readonly string[] = [
  'activation',
  'useBias',
  ...ruleOptions('kernel'),
  ...ruleOptions('recurrent'),
  ...ruleOptions('bias'),
  'dropout',
  'recurrentDropout',
  'seed',
]

/** An option that is an activation; null is none. */
export function activationOf(where: string, what: string, value: ActivationIdentifier, otherwise: string): Activation {
  return lookedUp(where, what, () => resolveActivation(value === undefined ? otherwise : value))
}

/** Options of cells with gates. */
export interface GatedOptions extends CellOptions {
  /** Of the gates. Default 'sigmoid'. */
  readonly recurrentActivation?: ActivationIdentifier
}

/** Dropout of one sequence: factors of the inputs and of the state, one for each product that has its own, none where nothing is dropped. */
export interface Dropped {
  readonly inputs: readonly Tensor[]
  readonly state: readonly Tensor[]
}

/** {@link CellOptions}, checked. */
export class CellSettings {
  readonly activation: Activation
  readonly useBias: boolean
  readonly kernel: ParameterRules
  readonly recurrent: ParameterRules
  readonly bias: ParameterRules
  readonly dropout: number
  readonly recurrentDropout: number
  readonly seed: number | undefined

  constructor(where: string, options: CellOptions) {
    this.activation = activationOf(where, 'activation', options.activation, 'tanh')
    this.useBias = flag(where, 'useBias', options.useBias ?? true)
    this.kernel = rulesOf(where, 'kernel', {
      initializer: options.kernelInitializer ?? 'glorotUniform',
      regularizer: options.kernelRegularizer,
      constraint: options.kernelConstraint,
    })
    this.recurrent = rulesOf(where, 'recurrent', {
      initializer: options.recurrentInitializer ?? new Orthogonal(),
      regularizer: options.recurrentRegularizer,
      constraint: options.recurrentConstraint,
    })
    this.bias = rulesOf(where, 'bias', {
      initializer: options.biasInitializer ?? 'zeros',
      regularizer: options.biasRegularizer,
      constraint: options.biasConstraint,
    })
    this.dropout = checkedRate(where, 'dropout', options.dropout ?? 0)
    this.recurrentDropout = checkedRate(where, 'recurrentDropout', options.recurrentDropout ?? 0)
    this.seed = optionalNumber(where, 'seed', options.seed, { whole: true })
  }

  /** Draws for one sequence: of the inputs and of the state, `count` each where every gate has its own (else one for all gates). */
  drop(context: CallContext, inputs: Dims, state: Dims, count: number): Dropped {
    const draw = (rate: number, dims: Dims, copies: number): Tensor[] =>
      context.training && rate > 0
        ? Array.from({ length: copies }, () => dropElements(ones(dims), rate, { training: true, nextKey: () => keyOf(context, this.seed) }))
        : []
    return { inputs: draw(this.dropout, inputs, count), state: draw(this.recurrentDropout, state, count) }
  }

  /** The options as plain JSON. */
  config(): Readonly<Record<string, unknown>> {
    return {
      activation: activationConfig(this.activation),
      useBias: this.useBias,
      ...rulesConfig('kernel', this.kernel),
      ...rulesConfig('recurrent', this.recurrent),
      ...rulesConfig('bias', this.bias),
      dropout: this.dropout,
      recurrentDropout: this.recurrentDropout,
      seed: this.seed ?? null,
    }
  }
}

/** The size of the last axis of `[batch, features]`. */
export function featuresOf(where: string, step: Dims): number {
  const features = step.at(-1)
  if (typeof features === 'number' && step.length === 2) return features
  throw new ShapeError(
    `${where}: expected inputs of one step as [batch, features], got [${step.join(', ')}]. Sequences are [batch, time, features]; reshape before it.`,
  )
}

/** `x` times one of the factors, or `x` where nothing is dropped. */
export function dropped(x: Tensor, factors: readonly Tensor[], index: number): Tensor {
  const factor = factors[index] ?? factors[0]
  return factor === undefined ? x : x.multiply(factor.cast(x.dtype))
}
