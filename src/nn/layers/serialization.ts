// Layers as plain JSON, and back.

import { ConfigError } from '../../core/index.ts'
import { knownCustomObjects } from '../saving/custom-objects.ts'
import { lookUp } from '../options/identifiers.ts'
import { type AnyLayer, Layer, type LayerConfig } from '../layer/layer.ts'
import * as activation from './activation/index.ts'
import * as attention from './attention/index.ts'
import * as convolution from './convolution/index.ts'
import * as core from './core/index.ts'
import * as merging from './merging/index.ts'
import * as normalization from './normalization/index.ts'
import * as pooling from './pooling/index.ts'
import * as preprocessing from './preprocessing/index.ts'
import * as recurrent from './recurrent/index.ts'
import * as regularization from './regularization/index.ts'
import * as reshaping from './reshaping/index.ts'

/** A layer as plain JSON. */
export interface SerializedLayer {
  /** Keras's name of the class. */
  readonly className: string
  readonly config: LayerConfig
}

/** {@link SerializedLayer} as it is read. */
export interface SerializedLayerInput {
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
}

/** Classes of layers that are not Tenon's own, by name. */
export type CustomLayers = Readonly<Record<string, abstract new (config: never) => AnyLayer>>

/** Names of options that hold layers of their own. */
const nested: ReadonlySet<string> = new Set(['layer', 'forwardLayer', 'backwardLayer', 'cell', 'cells', 'layers'])

/** A layer as `{ className, config }`. */
export function serialize(layer: AnyLayer): SerializedLayer {
  return { className: layer.className, config: layer.getConfig() }
}

/**
 * The layer of a class name and a config as `getConfig` gives it; layers inside the config are made, too.
 *
 * @throws ConfigError for a class that is neither Tenon's nor registered nor among `customObjects`; and what the class's constructor throws.
 */
export function deserialize({ className, config }: SerializedLayerInput, customObjects: CustomLayers = {}): AnyLayer {
  const make = lookUp('layer', className, { ...classes(), ...layerClassesIn([knownCustomObjects()]), ...customObjects })
  const options = Object.entries(config).map(([name, value]) => [name, nested.has(name) ? layersIn(value, customObjects) : value] as const)
  const made: unknown = Reflect.construct(make, [Object.fromEntries(options)])
  if (made instanceof Layer) return made
  throw new ConfigError(`layer: expected '${className}' to be a class of layers, got ${String(made)}. Pass a subclass of Layer in customObjects.`)
}

function layersIn(value: unknown, customObjects: CustomLayers): unknown {
  if (Array.isArray(value)) return value.map((part) => layersIn(part, customObjects))
  return isLayer(value) ? deserialize(value, customObjects) : value
}

const isLayer = (value: unknown): value is SerializedLayerInput =>
  typeof value === 'object' && value !== null && 'className' in value && 'config' in value && typeof value.className === 'string'

/** Tenon's classes: what the families export that is made with `new`. */
function classes(): Record<string, LayerClass> {
  return layerClassesIn(families)
}

function layerClassesIn(objects: readonly object[]): Record<string, LayerClass> {
  const exported: readonly (readonly [string, unknown])[] = objects.flatMap((family) => Object.entries(family))
  return Object.fromEntries(exported.flatMap(([name, value]) => (isLayerClass(value) ? [[name, value] as const] : [])))
}

type LayerClass = abstract new (config: never) => AnyLayer

const families: readonly object[] = [
  activation,
  attention,
  convolution,
  core,
  merging,
  normalization,
  pooling,
  preprocessing,
  recurrent,
  regularization,
  reshaping,
]

const isLayerClass = (value: unknown): value is LayerClass => typeof value === 'function' && value.prototype instanceof Layer
