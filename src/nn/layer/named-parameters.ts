// The parameters of a layer and of everything that is part of it, by their names in the whole.

import type { AnyLayer } from './layer.ts'
import type { Parameter } from './parameter.ts'

/** A parameter and its name in the whole model: `block_0/attention/query/kernel`. */
export interface NamedParameter {
  readonly path: string
  readonly layer: AnyLayer
  readonly parameter: Parameter
  /** Whether training changes it: the parameter and the layer must both be trainable. */
  readonly trainable: boolean
}

/** The parameters of a layer and all its children, in order: own first. A layer that is shared is named once, where it comes first. */
export function parametersOf(layer: AnyLayer, prefix = '', seen: Set<AnyLayer> = new Set()): NamedParameter[] {
  if (seen.has(layer)) return []
  seen.add(layer)
  const own = layer.parameters.map((parameter) => ({
    path: `${prefix}${parameter.name}`,
    layer,
    parameter,
    trainable: parameter.trainable && layer.trainable,
  }))
  return [...own, ...layer.children.flatMap((child) => parametersOf(child, `${prefix}${child.name}/`, seen))]
}
