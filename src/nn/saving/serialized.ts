// Objects that can be written as JSON and made again: a class name and the options of its constructor. Initializers, regularizers, constraints,
// schedules and optimizers are such objects; a registry finds them by name.

import { ConfigError } from '../../core/index.ts'
import { camelCase, lookUp } from '../options/identifiers.ts'
import { shown } from '../options/option-checks.ts'

/** What a config may hold. */
export type ConfigValue = string | number | boolean | null | readonly ConfigValue[] | { readonly [key: string]: ConfigValue }

/** The options of a constructor as plain JSON, in camelCase: what `getConfig` returns. */
export type Config = { readonly [option: string]: ConfigValue }

/** An object as plain JSON. */
export type SerializedObject = { readonly className: string; readonly config: Config }

/** {@link SerializedObject} as it is read: Keras's spelling (`class_name`, options in snake_case) is understood, too. */
export type SerializedInput = { readonly className?: string; readonly class_name?: string; readonly config?: object | null }

/** An object that can say what it was made from. */
export interface Configurable {
  /** The name of the class, which does not change when code is minified. */
  readonly className: string
  getConfig(): Config
}

/** An object as `{ className, config }`. */
export function serialize(object: Configurable): SerializedObject {
  return { className: object.className, config: object.getConfig() }
}

/** What makes the objects of a kind from their options, by class name. */
export type Makers<T> = Readonly<Record<string, (options: object) => T>>

/** Makes objects of a class whose constructor checks the options' values; a ConfigError where one of `required` is missing. */
export function maker<O extends object, T>(made: new (options: O) => T, required: readonly (keyof O & string)[] = []): (options: object) => T {
  const complete = (options: object): options is O => required.every((name) => name in options)
  return (options) => {
    if (complete(options)) return new made(options)
    const missing = required.filter((name) => !(name in options))
    throw new ConfigError(`${made.name}: expected ${missing.join(' and ')} among the options, got ${JSON.stringify(options)}. Give it.`)
  }
}

/** Makes an object from its class name and config; a ConfigError for a class or an option that is not known. */
export function deserializeFrom<T extends Configurable>(
  kind: string,
  serialized: SerializedInput,
  makers: Makers<T>,
  renamed: Readonly<Record<string, string>> = {},
): T {
  const className = serialized.className ?? serialized.class_name
  if (typeof className !== 'string')
    throw new ConfigError(`${kind}: expected { className, config }, got ${JSON.stringify(serialized)}. Name the class.`)
  const make = lookUp(kind, className, makers)
  const options = Object.entries(serialized.config ?? {}).map(([key, value]) => {
    const name = camelCase(key)
    return [renamed[name] ?? name, value] as const
  })
  const made = make(Object.fromEntries(options))
  const known = Object.keys(made.getConfig())
  for (const [name] of options) {
    if (!known.includes(name)) throw new ConfigError(`${className}: expected options among ${known.join(', ')}, got ${name}. Remove it.`)
  }
  return made
}

/** Whether a value is an object with a class name, as configs have it. */
export const isSerialized = (value: unknown): value is SerializedInput =>
  typeof value === 'object' && value !== null && ('className' in value || 'class_name' in value) && !('getConfig' in value)

/** The function that an option gives by name (with its defaults), by config, or itself; undefined for none. `makers` are the names that are known. */
export function functionOf<F extends (...inputs: never) => unknown>(
  kind: string,
  identifier: string | SerializedInput | F | null | undefined,
  makers: object,
  deserialize: (serialized: SerializedInput) => F,
): F | undefined {
  if (identifier === undefined || identifier === null) return undefined
  if (typeof identifier === 'function') return identifier
  if (typeof identifier === 'string') return deserialize({ className: identifier })
  if (isSerialized(identifier)) return deserialize(identifier)
  throw new ConfigError(`${kind}: expected a name, a config or a function, got ${shown(identifier)}. Pass one of ${Object.keys(makers).join(', ')}.`)
}

/** A function with a config as `{ className, config }`, another one as its name. */
export function serializedFunction(value: object & { readonly name: string }): ConfigValue {
  return isConfigurable(value) ? serialize(value) : value.name
}

const isConfigurable = (value: object): value is Configurable => 'className' in value && 'getConfig' in value
