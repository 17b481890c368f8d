// Moving averages of gradients, and what corrects them for having begun at 0.

import { type Tensor, zeros } from '../../core/index.ts'
import { numbersWithin } from '../options/option-checks.ts'

/** old · β + value · (1 − β). */
export const decaying = (old: Tensor, value: Tensor, beta: number): Tensor => old.multiply(beta).add(value.multiply(1 - beta))

/** 1 − βᵗ, through expm1, which keeps its digits while βᵗ is near 1. */
export const correction = (beta: number, step: Tensor): Tensor =>
  step
    .multiply(Math.log(Math.max(beta, 1e-38)))
    .expm1()
    .negate()

/** Zeros like a parameter. */
export const zerosLike = (parameter: Tensor): Tensor => zeros(parameter.dims, { dtype: parameter.dtype })

/** Decays of averages lie in [0, 1). */
export const checkBetas = (where: string, betas: Readonly<Record<string, number>>): void => numbersWithin(where, betas, { min: 0, below: 1 })
