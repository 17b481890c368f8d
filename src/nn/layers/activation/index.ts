// Activations as layers.

import { Activation, type ActivationOptions } from './activation.ts'
import { ELU, type ELUOptions } from './elu.ts'
import { LeakyReLU, type LeakyReLUOptions, ReLU, type ReLUOptions } from './leaky-relu.ts'
import { PReLU, type PReLUOptions } from './prelu.ts'
import { Softmax, type SoftmaxOptions } from './softmax.ts'

export { Activation, ELU, LeakyReLU, PReLU, ReLU, Softmax }
export type { ActivationOptions, ELUOptions, LeakyReLUOptions, PReLUOptions, ReLUOptions, SoftmaxOptions }

/** An {@link Activation} layer: an activation of its own. */
export const activation = (options: ActivationOptions): Activation => new Activation(options)
/** An {@link ELU} layer: exponential below 0. */
export const elu = (options: ELUOptions = {}): ELU => new ELU(options)
/** A {@link LeakyReLU} layer: a small slope below 0. */
export const leakyReLU = (options: LeakyReLUOptions = {}): LeakyReLU => new LeakyReLU(options)
/** A {@link PReLU} layer: a learned slope below 0. */
export const pReLU = (options: PReLUOptions = {}): PReLU => new PReLU(options)
/** A {@link ReLU} layer: max(x, 0), with a cap, a slope or a threshold. */
export const reLU = (options: ReLUOptions = {}): ReLU => new ReLU(options)
/** A {@link Softmax} layer: probabilities that sum to 1. */
export const softmax = (options: SoftmaxOptions = {}): Softmax => new Softmax(options)
