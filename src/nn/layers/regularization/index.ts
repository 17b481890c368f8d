// Dropout and its kin.

import { Dropout, type DropoutOptions } from './dropout.ts'

export { Dropout }
export type { DropoutOptions }

/** A {@link Dropout} layer: zeros at random while training. */
export const dropout = (options: DropoutOptions): Dropout => new Dropout(options)
