// Gradient clipping, before an optimizer uses the gradients.

import { clip, ConfigError, minimum, sqrt, square, sum, type Tensor } from '../../core/index.ts'

/** Limits on gradients; at most one of them. */
export interface Clipping {
  /** Each gradient is scaled down to this Euclidean norm. */
  readonly clipNorm?: number
  /** All gradients together are scaled down to this norm (Pascanu et al. 2013). */
  readonly globalClipNorm?: number
  /** Each element is kept within ± this. */
  readonly clipValue?: number
}

/** The limits, or a ConfigError. */
export function checkClipping(where: string, { clipNorm, globalClipNorm, clipValue }: Clipping): Clipping {
  const given = Object.entries({ clipNorm, globalClipNorm, clipValue }).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]))
  if (given.length > 1) {
    throw new ConfigError(`${where}: expected at most one kind of clipping, got ${given.map((g) => g.name).join(' and ')}. Keep one of them.`)
  }
  for (const { name, value } of given) {
    if (!(value > 0)) throw new ConfigError(`${where}: expected ${name} above 0, got ${value}. Leave it out to clip nothing.`)
  }
  return { ...(clipNorm && { clipNorm }), ...(globalClipNorm && { globalClipNorm }), ...(clipValue && { clipValue }) }
}

const squaredNorm = (x: Tensor): Tensor => sum(square(x))

/** g · min(1, limit / norm), without dividing by a norm of 0. */
function scaleDown(gradient: Tensor, norm: Tensor, limit: number): Tensor {
  const factor = minimum<Tensor, number>(norm.add(1e-12).reciprocal().multiply(limit), 1)
  return gradient.multiply(factor)
}

/** The gradients within their limits. */
export function clipGradients(gradients: readonly Tensor[], { clipNorm, globalClipNorm, clipValue }: Clipping): readonly Tensor[] {
  if (clipValue !== undefined) return gradients.map((g) => clip(g, -clipValue, clipValue))
  if (clipNorm !== undefined) return gradients.map((g) => scaleDown(g, sqrt(squaredNorm(g)), clipNorm))
  if (globalClipNorm === undefined || gradients.length === 0) return gradients
  const total = gradients.map(squaredNorm).reduce((a, b): Tensor => a.add(b))
  const norm = sqrt(total)
  return gradients.map((g) => scaleDown(g, norm, globalClipNorm))
}
