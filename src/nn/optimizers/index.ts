// Optimizers, their schedules, and their names.

import { lookUp } from '../identifiers.ts'
import { Adam, AdamW } from './adam.ts'
import type { Optimizer } from './optimizer.ts'
import { SGD } from './sgd.ts'

export { Adam, type AdamOptions, AdamW, type AdamWOptions } from './adam.ts'
export type { Clipping } from './clipping.ts'
export { checkRate, Optimizer, type OptimizerOptions, type OptimizerState, type Rule, type Update, type UpdatedParameter } from './optimizer.ts'
export { type CosineDecayOptions, cosineDecay, type Schedule } from './schedules.ts'
export { SGD, type SGDOptions } from './sgd.ts'

const optimizers: Readonly<Record<string, () => Optimizer>> = { sgd: () => new SGD(), adam: () => new Adam(), adamw: () => new AdamW() }

/** An optimizer by name (with its defaults), or itself. */
export function resolveOptimizer(optimizer: string | Optimizer): Optimizer {
  return typeof optimizer === 'string' ? lookUp('optimizer', optimizer, optimizers)() : optimizer
}
