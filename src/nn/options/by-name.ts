// What belongs to each of a model's inputs or outputs (data, losses, metrics, weights), given as one thing, a list by position or a record by name.

import { ConfigError } from '../../core/index.ts'
import { nearestName } from './identifiers.ts'

/** Of whom something is expected, for errors. */
export interface Expectation {
  /** Who asks: `fit`. */
  readonly where: string
  /** What is asked for: `y`. */
  readonly what: string
  /** Names of the inputs or outputs, in order. */
  readonly names: readonly string[]
}

/** One thing, or lists and records of things. */
export type ByName<T> = T | null | undefined | readonly ByName<T>[] | { readonly [name: string]: ByName<T> }

/**
 * The things in the order of the names; undefined where there is none for a name. A list has as many as there are names; a record has some of the
 * names as its keys; what is nested deeper is taken in its order.
 *
 * @throws ConfigError where it is neither.
 */
export function byName<T>(expectation: Expectation, given: ByName<T>, isThing: (value: unknown) => value is T): (T | undefined)[] {
  const { names } = expectation
  const several = names.length !== 1
  const isList = (value: ByName<T>): value is readonly ByName<T>[] => Array.isArray(value)
  const isRecord = (value: ByName<T>): value is { readonly [name: string]: ByName<T> } =>
    typeof value === 'object' && value !== null && !isList(value) && !isThing(value)
  const flat = (value: ByName<T>): (T | undefined)[] => {
    if (value === undefined || value === null) return [undefined]
    if (isThing(value)) return [value]
    if (isList(value)) return value.flatMap(flat)
    if (!isRecord(value)) return []
    return Object.keys(value)
      .sort()
      .flatMap((key) => flat(value[key]))
  }
  const only = (value: ByName<T>): T | undefined => (flat(value).length === 1 ? flat(value)[0] : undefined)
  // A list of numbers is one array, but not for several inputs.
  if (several && isList(given) && given.length === names.length) return given.map(only)
  if (!several && isThing(given)) return [given]
  if (isRecord(given)) {
    const unknown = Object.keys(given).find((key) => !names.includes(key))
    if (unknown === undefined) return names.map((name) => only(given[name]))
    const isNested = Object.values(given).some((part) => part !== undefined && part !== null && !isThing(part))
    if (several && !isNested) throw unknownName(expectation, unknown)
  }
  const values = flat(given)
  if (values.length === names.length) return values
  const count = isThing(given) ? 'one' : `${values.length}`
  throw new ConfigError(
    `${expectation.where}: expected ${expectation.what} for ${names.join(', ')} (a list of ${names.length}, or a record by name), got ${count}. Give one for each.`,
  )
}

const unknownName = ({ where, what, names }: Expectation, unknown: string): ConfigError =>
  new ConfigError(`${where}: expected ${what} for ${names.join(', ')}, got '${unknown}'. Did you mean '${nearestName(unknown, names)}'?`)
