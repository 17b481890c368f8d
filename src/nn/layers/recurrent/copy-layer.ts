// A new layer like another one, with weights of its own.

import { ConfigError } from '../../../core/index.ts'
import { type AnyLayer, Layer } from '../../layer/layer.ts'

/** A layer of the same class and options, some of them changed; layers among its options are copied, too. */
export function copyOf(layer: AnyLayer, changes: Readonly<Record<string, unknown>> = {}): AnyLayer {
  const config: Record<string, unknown> = { ...layer.getConfig() }
  for (const [field, value] of Object.entries(layer)) {
    if (field in config && (value instanceof Layer || isLayers(value))) config[field] = copiesOf(value)
  }
  const made: unknown = Reflect.construct(layer.constructor, [{ ...config, ...changes }])
  if (made instanceof Layer) return made
  throw new ConfigError(`${layer.name}: expected a class that makes layers from its config, got ${layer.className}. Let getConfig give all options.`)
}

function copiesOf(value: AnyLayer | readonly AnyLayer[]): AnyLayer | AnyLayer[] {
  return isLayers(value) ? value.map((layer) => copyOf(layer)) : copyOf(value)
}

const isLayers = (value: unknown): value is readonly AnyLayer[] =>
  Array.isArray(value) && value.length > 0 && value.every((part) => part instanceof Layer)
