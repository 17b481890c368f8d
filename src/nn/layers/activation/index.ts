// Activations as layers.

import { Activation, type ActivationOptions } from './activation.ts'

export { Activation }
export type { ActivationOptions }

/** An {@link Activation} layer: an activation of its own. */
export const activation = (options: ActivationOptions): Activation => new Activation(options)
