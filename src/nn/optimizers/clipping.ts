// Gradient clipping, before an optimizer uses the gradients.

import { clip, ConfigError, lessEqual, maximum, minimum, sqrt, square, sum, type Tensor, where } from '../../core/index.ts'
import { optionalNumber } from '../options/option-checks.ts'
import type { Gradients } from './optimizer-state.ts'

/** Limits on gradients; at most one of them. */
export interface Clipping {
  /** Each gradient is scaled down to this Euclidean norm. */
  readonly clipNorm?: number | null
  /** All gradients together are scaled down to this norm (Pascanu et al. 2013). */
  readonly globalClipNorm?: number | null
  /** Each element is kept within ± this. */
  readonly clipValue?: number | null
}

/** The limits, or a ConfigError. */
export function checkClipping(where: string, { clipNorm, globalClipNorm, clipValue }: Clipping): Clipping {
  const given = Object.entries({ clipNorm, globalClipNorm, clipValue }).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [{ name, value }],
  )
  if (given.length > 1) {
    throw new ConfigError(`${where}: expected at most one kind of clipping, got ${given.map((g) => g.name).join(' and ')}. Keep one of them.`)
  }
  for (const { name, value } of given) optionalNumber(where, name, value, { above: 0 })
  return { clipNorm: clipNorm ?? null, globalClipNorm: globalClipNorm ?? null, clipValue: clipValue ?? null }
}

const squaredNorm = (x: Tensor): Tensor => sum(square(x))

const mapGradients = (gradients: Gradients, fn: (gradient: Tensor) => Tensor): Gradients =>
  gradients.map((g) => (g === undefined ? undefined : fn(g)))

/** The gradients within their limits. */
export function clipGradients(gradients: Gradients, { clipNorm, globalClipNorm, clipValue }: Clipping): Gradients {
  if (clipValue) return mapGradients(gradients, (g) => clip(g, -clipValue, clipValue))
  if (clipNorm) {
    return mapGradients(gradients, (g) => {
      const factor: Tensor = maximum<Tensor, number>(sqrt(squaredNorm(g)), clipNorm)
        .reciprocal()
        .multiply(clipNorm)
      return g.multiply(factor)
    })
  }
  const given = gradients.filter((g) => g !== undefined)
  if (!globalClipNorm || given.length === 0) return gradients
  const norm = sqrt(given.map(squaredNorm).reduce((a, b): Tensor => a.add(b)))
  const factor = minimum<Tensor, number>(norm.reciprocal().multiply(globalClipNorm), 1)
  // An infinite norm makes every gradient NaN, rather than 0: the fault is to be seen.
  const scale = where(lessEqual<Tensor, number>(norm, 3.4e38), factor, Number.NaN)
  return mapGradients(gradients, (g) => g.multiply(scale))
}
