// Checks of options when they are given: numbers within a range, switches, one of several words, lists, what is looked up by name.

import { ConfigError, TenonError } from '../../core/index.ts'
import { plainName } from './identifiers.ts'

/** Where a number has to lie; nothing said is no limit. */
export interface Range {
  readonly min?: number
  readonly max?: number
  /** Strictly more than this. */
  readonly above?: number
  /** Strictly less than this. */
  readonly below?: number
  /** Only whole numbers. */
  readonly whole?: boolean
}

/** A value as errors show it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  if (typeof value === 'function') return 'className' in value ? String(value.className) : 'a function'
  const plain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  return plain ? JSON.stringify(value) : String(value)
}

/** The error of an option: names place and option, what is allowed, and the value. */
export function wrongOption(where: string, what: string, allowed: string, value: unknown, advice = 'Change it.'): ConfigError {
  return new ConfigError(`${where}: expected ${what} to be ${allowed}, got ${shown(value)}. ${advice}`)
}

function described({ min, max, above, below, whole }: Range): string {
  const limits = [
    above !== undefined && `above ${above}`,
    min !== undefined && `of at least ${min}`,
    below !== undefined && `below ${below}`,
    max !== undefined && `of at most ${max}`,
  ].filter((text) => text !== false)
  return [whole ? 'a whole number' : 'a finite number', limits.join(' and ')].filter((text) => text !== '').join(' ')
}

/** The number, or a ConfigError that names place, option, value and what is allowed. */
export function numberWithin(where: string, what: string, value: number, range: Range = {}): number {
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity, whole = false } = range
  const fits = typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max && value > above && value < below
  if (!fits || (whole && !Number.isInteger(value))) throw wrongOption(where, what, described(range), value)
  return value
}

/** {@link numberWithin} of each of several options. */
export function numbersWithin(where: string, options: Readonly<Record<string, number>>, range: Range): void {
  for (const [what, value] of Object.entries(options)) numberWithin(where, what, value, range)
}

/** {@link numberWithin} where there is a number; `null` and `undefined` are undefined. */
export function optionalNumber(where: string, what: string, value: number | null | undefined, range: Range = {}): number | undefined {
  return value === undefined || value === null ? undefined : numberWithin(where, what, value, range)
}

/** The number, or a ConfigError: options that count something are positive whole numbers. */
export function positive(where: string, what: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) throw wrongOption(where, what, 'a positive whole number', value)
  return value
}

/** The list after a check of each element, or a ConfigError where it is none or has not `length` elements. */
export function listOf<T>(where: string, what: string, value: readonly T[], check: (element: T) => void, length?: number): readonly T[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
    throw wrongOption(where, what, length === undefined ? 'a list' : `a list of ${length}`, value)
  }
  for (const element of value) check(element)
  return value
}

/** An axis or a list of at least one. */
export function checkedAxes<A extends number | readonly number[]>(where: string, what: string, value: A): A {
  const axes: unknown = typeof value === 'number' ? [value] : value
  if (!Array.isArray(axes) || axes.length === 0 || !axes.every(Number.isInteger)) {
    throw wrongOption(where, what, 'a whole number or a list of them', value)
  }
  return value
}

/** True or false, or a ConfigError. */
export function flag(where: string, what: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw wrongOption(where, what, 'true or false', value)
  return value
}

/** Text that is not empty, or a ConfigError. */
export function textOf(where: string, what: string, value: string): string {
  if (typeof value !== 'string' || value === '') throw wrongOption(where, what, 'text', value)
  return value
}

/** The one of `words` that is written like `value` apart from case and underscores, or a ConfigError. */
export function oneOf<W extends string>(where: string, what: string, value: string, words: readonly W[]): W {
  const found = words.find((word) => typeof value === 'string' && plainName(word) === plainName(value))
  if (found === undefined) throw wrongOption(where, what, `one of ${words.map((word) => `'${word}'`).join(', ')}`, value)
  return found
}

/** What an option is looked up as; a ConfigError of the look-up is said of place and option. */
export function lookedUp<T>(where: string, what: string, lookUp: () => T): T {
  try {
    return lookUp()
  } catch (error) {
    if (!(error instanceof TenonError)) throw error
    // Who has looked it up ("initializer: ") is of no use to whoever has given it.
    throw new ConfigError(`${where}: ${what}: ${error.message.replace(/^[a-z]\w*: /, '')}`, { cause: error })
  }
}
