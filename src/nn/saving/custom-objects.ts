// Classes and functions of one's own, by name, so that models that use them can be loaded without handing them in each time.

import { ConfigError } from '../../core/index.ts'

const registry = new Map<string, unknown>()
const names = new WeakMap<object, string>()
const scopes: Readonly<Record<string, unknown>>[] = []

/** Options of {@link registerKerasSerializable}. */
export interface RegisterOptions {
  /** Comes before the name, as in `Custom>Scale`. Default 'Custom'. */
  readonly package?: string
  /** Default: the name of the class or function. */
  readonly name?: string | undefined
}

/**
 * What registers a class or function under `package>name`, the name that Keras writes to files; a decorator, or a function to be called.
 *
 * ```ts
 * registerKerasSerializable({ package: 'Mine' })(Scale)
 * const model = await loadModel('m.keras')
 * ```
 * @throws ConfigError for a name that another class has
 */
export function registerKerasSerializable(
  options: RegisterOptions = {},
): <T extends (abstract new (...args: never) => object) | ((...args: never) => unknown)>(object: T) => T {
  const { package: group = 'Custom' } = options
  return (object) => {
    const { name = object.name } = options
    if (name === '') throw new ConfigError('registerKerasSerializable: expected a name, got a class or function without one. Pass name.')
    const full = `${group}>${name}`
    if (registry.has(full) && registry.get(full) !== object) {
      throw new ConfigError(`registerKerasSerializable: expected a new name, got '${full}', which is taken. Choose another package or name.`)
    }
    registry.set(full, object)
    names.set(object, full)
    return object
  }
}

/** Everything that is registered, by name; changing the map changes what is known. */
export function getCustomObjects(): Map<string, unknown> {
  return registry
}

/** The name that a class or function is registered under; its own where it is not registered. */
export function getRegisteredName(object: { readonly name: string }): string {
  return names.get(object) ?? object.name
}

/** What a name stands for: in the scopes from the inside, among what is registered, in `customObjects`; undefined for nothing. */
export function getRegisteredObject(name: string, customObjects: Readonly<Record<string, unknown>> = {}): unknown {
  const known = knownCustomObjects()
  return Object.hasOwn(known, name) ? known[name] : Object.hasOwn(customObjects, name) ? customObjects[name] : undefined
}

/**
 * Runs a function in which names stand for classes and functions of one's own; until its promise is settled, if it returns one (what runs meanwhile
 * knows the names, too).
 *
 * ```ts
 * const model = await customObjectScope({ Scale }, () => loadModel('m.keras'))
 * ```
 */
export function customObjectScope<R>(customObjects: Readonly<Record<string, unknown>>, run: () => R): R {
  scopes.push(customObjects)
  const leave = (): void => {
    scopes.splice(scopes.lastIndexOf(customObjects), 1)
  }
  let result: R
  try {
    result = run()
  } catch (error) {
    leave()
    throw error
  }
  if (result instanceof Promise) result.then(leave, leave)
  else leave()
  return result
}

/** What names stand for now: of what is registered both `package>name` and `name`. */
export function knownCustomObjects(): Readonly<Record<string, unknown>> {
  const registered = [...registry].flatMap(([full, object]) => [[full.slice(full.indexOf('>') + 1), object] as const, [full, object] as const])
  return Object.assign(Object.fromEntries(registered), ...scopes)
}
