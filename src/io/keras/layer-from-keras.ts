// Layers from Keras's JSON: `{ module, class_name, config, registered_name }` becomes a class name and options in Tenon's spelling. Nothing that a file
// says is executed: classes are Tenon's own, or those that the caller hands in.

import { type AnyLayer, knownCustomObjects, Layer, layers } from '../../nn/index.ts'
import { ConfigError } from '../../core/index.ts'
import {
  dtypeNames,
  camelWords,
  foreignOptions,
  idleWith,
  idleWithout,
  layerOptions,
  nullMeans,
  ownOptions,
  silentOptions,
  tenonOption,
} from './keras-names.ts'
import { described, isRecord, type JsonReader, type JsonRecord, shortened } from './json.ts'
import { exceededLimit, maxLayers } from './size-limits.ts'

/** Classes and functions of the caller's own, by the name they have in files. */
export type CustomObjects = Readonly<Record<string, unknown>>

/** Makes layers of one file; models among them are made by `makeModel`. */
export class LayerMaker {
  readonly json: JsonReader
  readonly customObjects: CustomObjects
  private count = 0
  private readonly makeModel: (className: string, config: JsonRecord) => AnyLayer

  constructor(json: JsonReader, customObjects: CustomObjects, makeModel: (className: string, config: JsonRecord) => AnyLayer) {
    this.json = json
    this.customObjects = customObjects
    this.makeModel = makeModel
  }

  /** The layer that an object of Keras's JSON describes. */
  layer(value: unknown): AnyLayer {
    const object = this.json.record(value, 'a layer')
    if (++this.count > maxLayers) throw this.json.wrong(`at most ${maxLayers} layers`, 'more', 'The file is damaged or hostile.')
    const className = this.json.text(object.class_name, "a layer's class_name")
    const config = this.json.record(object.config, `the config of ${className}`)
    const custom = this.custom(object)
    if (custom === undefined && isModel(className)) return this.makeModel(className, config)
    if (className === 'Lambda' && custom === undefined) {
      throw this.json.wrong(
        'layers of plain data',
        `the Lambda '${String(config.name)}', whose function is Python code`,
        'Replace it before saving, or pass customObjects: { Lambda: a subclass of Layer that does the same }.',
      )
    }
    const options = this.options(config)
    for (const option of ['name', 'dtype']) if (options[option] !== undefined) this.json.text(options[option], `${option} of ${className}`)
    if (custom === undefined) return this.own(className, options, object)
    const made: unknown = typeof custom === 'function' ? Reflect.construct(custom, [options]) : undefined
    if (made instanceof Layer) return made
    throw this.json.wrong(`customObjects.${className} to be a class of layers`, described(custom), 'Pass a subclass of Layer.')
  }

  private own(className: string, options: Readonly<Record<string, unknown>>, { module, registered_name }: JsonRecord): AnyLayer {
    if (typeof module === 'string' && /^keras\.src\.(ops|models|backend)/.test(module)) {
      throw this.json.wrong('layers', `the operation ${className} between them`, 'Write it as a layer (Add, Rescaling, Reshape, …) before saving.')
    }
    if (!Object.hasOwn(layers, className)) {
      const name = typeof registered_name === 'string' ? registered_name : className
      throw this.json.wrong('classes of layers that are known', `'${name}'`, `Pass customObjects: { ${shortened(className)} }, a subclass of Layer.`)
    }
    const wanted = Object.fromEntries(Object.entries(options).filter(([option]) => options[idleWith[option] ?? ''] === undefined))
    const silent = silentOptions[className] ?? []
    const isIdle = ([option, value]: readonly [string, unknown]): boolean =>
      value === false || isEmpty(value) || silent.includes(option) || (option in idleWithout && options[idleWithout[option] ?? ''] !== true)
    // What may be an option that Tenon has not, but says nothing, is given only to classes that have it.
    const [idle, telling] = [Object.entries(wanted).filter(isIdle), Object.entries(wanted).filter((entry) => !isIdle(entry))]
    const made = this.made(className, telling)
    const known = Object.keys(made.getConfig())
    const further = idle.filter(([option]) => known.includes(option) || ownOptions.has(option))
    return further.length === 0 ? made : this.made(className, [...telling, ...further])
  }

  /** A layer of Tenon's own; what is wrong with its options is said of the file. */
  private made(className: string, options: readonly (readonly [string, unknown])[]): AnyLayer {
    try {
      return layers.deserialize({ className, config: Object.fromEntries(options) })
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      throw this.json.wrong(`options of ${className} that Tenon has`, error.message.replace(/\.$/, ''), 'Save the model without it.')
    }
  }

  private custom({ class_name, registered_name }: JsonRecord): unknown {
    for (const objects of [this.customObjects, knownCustomObjects()])
      for (const name of [registered_name, class_name]) if (typeof name === 'string' && Object.hasOwn(objects, name)) return objects[name]
    return undefined
  }

  /** Options in Tenon's spelling, without those that are not set and those that concern only Keras. */
  options(config: JsonRecord): Record<string, unknown> {
    const options: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(config)) {
      const name = tenonOption(key)
      if ((value === null && !nullMeans.has(name)) || foreignOptions.has(name) || (name === 'trainable' && value === true)) continue
      const most = exceededLimit(name, value)
      if (most !== undefined) {
        throw this.json.wrong(`${key} of at most ${most}`, described(value), 'The file is damaged or hostile; make the model in code if it is not.')
      }
      // How Keras 2 says the shape of inputs.
      if (name === 'batchInputShape') options.inputShape = Array.isArray(value) ? value.slice(1) : undefined
      else options[name] = layerOptions.has(name) ? this.inner(value) : this.value(value)
    }
    if (Array.isArray(options.inputShape) && options.inputShape.includes(null)) delete options.inputShape
    return options
  }

  private inner(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((part) => this.inner(part))
    return isRecord(value) && 'class_name' in value ? this.layer(value) : this.value(value)
  }

  /** A value of an option: plain data stays, an object of Keras becomes `{ className, config }`. */
  value(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((part) => this.value(part))
    if (typeof value === 'string') return camelWords.has(value) ? tenonOption(value) : value
    if (!isRecord(value)) return value
    const { class_name: className, config } = value
    if (typeof className !== 'string') {
      if (className === undefined) return this.options(value)
      throw this.json.wrong('class_name as text', described(className), 'The file is damaged.')
    }
    if (className === 'function' || typeof config === 'string')
      return this.custom({ class_name: config, registered_name: value.registered_name }) ?? config
    const inner = isRecord(config) ? config : {}
    if (className === 'DTypePolicy') return inner.name
    if (className === '__numpy__' || className === '__tensor__') return inner.value
    if (className.startsWith('__')) {
      throw this.json.wrong('options of plain data', `Python's ${className}`, 'Nothing that a file holds is executed; replace it before saving.')
    }
    const custom = this.custom(value)
    const options = this.options(inner)
    return typeof custom === 'function' ? Reflect.construct(custom, [options]) : { className, config: options }
  }
}

const isEmpty = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0

/** Whether a class of Keras is a model that is made of layers by its config. */
export const isModel = (className: string): boolean => ['Sequential', 'Functional', 'Model'].includes(className)

/** `f32` for `float32`; undefined for a dtype that Tenon has not. */
export function tenonDtype(name: unknown): keyof typeof dtypeNames | undefined {
  for (const [dtype, keras] of Object.entries(dtypeNames)) if (keras === name && isDtype(dtype)) return dtype
  return undefined
}

const isDtype = (name: string): name is keyof typeof dtypeNames => name in dtypeNames
