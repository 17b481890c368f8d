// Draws from the gamma and beta distributions, by rejection inside one loop of the program.

import type { Dims } from '../dimension.ts'
import type { DType } from '../dtype.ts'
import { ConfigError } from '../errors.ts'
import { asTensor, type Operand } from '../ops/broadcast.ts'
import { whileLoop } from '../ops/control.ts'
import { ones, zeros } from '../ops/creation.ts'
import { cast, exp, log, sigmoid, square, where } from '../ops/elementwise.ts'
import { broadcastTo } from '../ops/movement.ts'
import { any } from '../ops/reductions.ts'
import type { Tensor } from '../tensor.ts'
import { foldIn, keyFrom, type KeySource, split } from './keys.ts'
import { normal } from './normal.ts'
import { uniform } from './uniform.ts'

/** At least 95 % are accepted in each round, so that of a billion draws not one is open after this many. */
const roundLimit = 32

/**
 * Gamma with shape parameter `alpha` (a number, or a tensor that broadcasts to `shape`) and scale 1, by Marsaglia and Tsang (2000). No
 * gradient goes to alpha. Where a tensor is not positive the draw is NaN.
 *
 * @throws ConfigError for a number alpha that is not positive
 */
export function gamma(from: KeySource, shape: Dims, alpha: Operand, { dtype = 'f32' }: { readonly dtype?: DType } = {}): Tensor {
  const { value, logScale } = gammaParts(keyFrom(from), shape, parameter('gamma', 'alpha', alpha, shape))
  return cast(value.multiply(exp(logScale)), dtype)
}

/**
 * Beta with parameters `alpha` and `beta` (numbers, or tensors that broadcast to `shape`), from two gamma draws. No gradient goes to them. Where
 * one of them is not positive the draw is NaN.
 *
 * @throws ConfigError for a number that is not positive
 */
export function beta(from: KeySource, shape: Dims, alpha: Operand, beta: Operand, { dtype = 'f32' }: { readonly dtype?: DType } = {}): Tensor {
  const keys = split(from)
  const [x, y] = [parameter('beta', 'alpha', alpha, shape), parameter('beta', 'beta', beta, shape)].map((value, i) => {
    const parts = gammaParts(keys[i] ?? keyFrom(from), shape, value)
    return log(parts.value).add(parts.logScale)
  })
  if (x === undefined || y === undefined) throw new ConfigError('beta: expected two parameters.')
  // x / (x + y) from logarithms: small parameters give draws that underflow.
  return cast(sigmoid(x.subtract(y)), dtype)
}

function parameter(operation: string, name: string, value: Operand, shape: Dims): Tensor {
  if (typeof value === 'number' && !(value > 0))
    throw new ConfigError(`${operation}: expected ${name} above 0, got ${value}. Choose a positive number.`)
  return broadcastTo(cast(asTensor(value), 'f32'), shape).stopGradient()
}

/** A gamma draw as value · e^logScale: alpha below 1 draws from alpha + 1 and scales by u^(1 / alpha), which may be too small for a float. */
function gammaParts(key: Tensor, shape: Dims, alpha: Tensor): { readonly value: Tensor; readonly logScale: Tensor } {
  const valid = alpha.greater(0)
  const small = alpha.less(1)
  const d = where(valid, where(small, alpha.add(1), alpha), 1).subtract(1 / 3)
  const c = d.multiply(9).rsqrt()
  const round: Tensor = zeros([], { dtype: 'i32' })
  const cube: Tensor = ones(shape)
  const { cube: v } = whileLoop(
    (state) => state.round.less(roundLimit).logicalAnd(any(state.open)),
    (state) => {
      const [first, second] = split(foldIn(key, state.round))
      if (first === undefined || second === undefined) throw new ConfigError('gamma: expected two keys.')
      const x = normal(first, shape)
      const base = c.multiply(x).add(1)
      const inside = base.greater(0)
      const proposal = where(inside, base.multiply(square(base)), 1)
      const bound = square(x)
        .multiply(0.5)
        .add(d.subtract(d.multiply(proposal)).add(d.multiply(log(proposal))))
      const accepted = inside.logicalAnd(log(uniform(second, shape)).less(bound))
      return {
        round: state.round.add(1),
        cube: where(state.open.logicalAnd(accepted), proposal, state.cube),
        open: state.open.logicalAnd(accepted.logicalNot()),
      }
    },
    { round, cube, open: valid },
  )
  const u = uniform(foldIn(key, roundLimit), shape).add(2 ** -25)
  const logScale = where(small, log(u).divide(where(valid, alpha, 1)), 0)
  return { value: where(valid, d.multiply(v), Number.NaN), logScale }
}
