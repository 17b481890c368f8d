// Layers as Keras's JSON: Tenon's class name and options become `{ module, class_name, config, registered_name }`.

import { ConfigError } from '../../core/index.ts'
import { type AnyLayer, type AnyModel, Layer, layers, Model } from '../../nn/index.ts'
import { hasVocabulary, keepsVocabularyApart } from './assets.ts'
import { isRecord, type JsonRecord } from './json.ts'
import {
  dtypeNames,
  kerasOption,
  layerOptions,
  moduleByOption,
  neededOptions,
  ownOptions,
  publicNames,
  snakeWord,
  untakenOptions,
  wordOptions,
} from './keras-names.ts'

/** An object as Keras serialises it. */
export interface KerasObject {
  readonly module: string | null
  readonly class_name: string
  readonly config: JsonRecord
  readonly registered_name: string | null
}

/** Writes a model that is a layer of another, or inside a wrapper. */
export type ModelWriter = (model: AnyModel) => KerasObject

/** A layer, or a model as a layer. */
export function kerasLayer(layer: AnyLayer, writeModel: ModelWriter): KerasObject {
  if (layer instanceof Model) return writeModel(layer)
  const { className } = layer
  const options = layer.getConfig()
  const config: Record<string, unknown> = { name: layer.name, trainable: layer.trainable, dtype: kerasPolicy(layer.dtypePolicy.name) }
  for (const [name, value] of Object.entries(options)) {
    if (ownOptions.has(name) || value === undefined) continue
    config[kerasOption(name)] = layerOptions.has(name) ? innerLayers(Reflect.get(layer, name), value, writeModel) : kerasValue(name, value)
  }
  for (const name of untakenOptions[className] ?? []) delete config[name]
  for (const name of neededOptions[className] ?? []) config[name] ??= null
  // Keras makes a layer of the vocabulary's size before it reads the tokens.
  if (hasVocabulary(layer)) config.vocabulary_size = layer.vocabularySize()
  if (keepsVocabularyApart(layer)) Object.assign(config, { vocabulary: null, idf_weights: null })
  return object(publicNames[className] ?? className, config, isOwn(className) ? 'keras.layers' : undefined)
}

const isOwn = (className: string): boolean => Object.hasOwn(layers, className)

/** An object of Keras's own module, or of a class of the user's. */
export function object(className: string, config: JsonRecord, module: string | undefined): KerasObject {
  return { module: module ?? null, class_name: className, config, registered_name: module === undefined ? className : null }
}

/** A dtype policy. */
export const kerasPolicy = (name: string): KerasObject => object('DTypePolicy', { name }, 'keras')

/** The layers that an option holds: the layers themselves where the field of the same name has them. */
function innerLayers(held: unknown, config: unknown, writeModel: ModelWriter): unknown {
  if (held instanceof Layer) return kerasLayer(held, writeModel)
  if (Array.isArray(held) && held.length > 0 && held.every((part) => part instanceof Layer)) return held.map((part) => kerasLayer(part, writeModel))
  if (Array.isArray(config)) return config.map((part) => innerLayers(undefined, part, writeModel))
  if (!isSerialized(config)) return kerasValue('layer', config)
  return kerasLayer(layers.deserialize(config), writeModel)
}

interface Serialized {
  readonly className: string
  readonly config: JsonRecord
}

const isSerialized = (value: unknown): value is Serialized => isRecord(value) && typeof value.className === 'string' && isRecord(value.config)

/** A value of an option as Keras writes it. */
export function kerasValue(option: string, value: unknown): unknown {
  if (value === undefined) return null
  if (Array.isArray(value)) return value.map((part) => kerasValue(option, part))
  if (typeof value === 'string') return kerasText(option, value)
  if (typeof value === 'function') {
    throw new ConfigError(
      `save: expected options that are plain data, got a function for '${option}'. Give it by name, or as a class with getConfig.`,
    )
  }
  if (!isRecord(value)) return value
  if (isSerialized(value)) return object(value.className, kerasConfig(value.config), moduleOf(option))
  return kerasConfig(value)
}

/** Options of an object, under Keras's names. */
export const kerasConfig = (config: JsonRecord): JsonRecord =>
  Object.fromEntries(Object.entries(config).map(([name, value]) => [kerasOption(name), kerasValue(name, value)]))

function moduleOf(option: string): string | undefined {
  for (const [ending, module] of Object.entries(moduleByOption)) if (option.toLowerCase().endsWith(ending.toLowerCase())) return module
  return undefined
}

function kerasText(option: string, text: string): string {
  if (isDtype(text)) return dtypeNames[text]
  return wordOptions.has(option) || moduleOf(option) !== undefined ? snakeWord(text) : text
}

const isDtype = (text: string): text is keyof typeof dtypeNames => text in dtypeNames
