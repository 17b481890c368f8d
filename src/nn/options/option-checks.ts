// Checks of options when they are given: numbers within a range, switches, one of several words.

import { ConfigError } from '../../core/index.ts'
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

const shown = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value))

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
  if (!fits || (whole && !Number.isInteger(value))) {
    throw new ConfigError(`${where}: expected ${what} to be ${described(range)}, got ${shown(value)}. Change it.`)
  }
  return value
}

/** The number, or a ConfigError: options that count something are positive whole numbers. */
export function positive(where: string, what: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw new ConfigError(`${where}: expected ${what} to be a positive whole number, got ${value}. Change it.`)
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

/** True or false, or a ConfigError. */
export function flag(where: string, what: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw new ConfigError(`${where}: expected ${what} to be true or false, got ${shown(value)}. Change it.`)
  return value
}

/** The one of `words` that is written like `value` apart from case and underscores, or a ConfigError. */
export function oneOf<W extends string>(where: string, what: string, value: string, words: readonly W[]): W {
  const found = words.find((word) => typeof value === 'string' && plainName(word) === plainName(value))
  if (found !== undefined) return found
  throw new ConfigError(`${where}: expected ${what} to be one of ${words.map((word) => `'${word}'`).join(', ')}, got ${shown(value)}. Change it.`)
}
