// Checks of what losses and metrics are told, made when they are told.

import { ConfigError } from '../../core/index.ts'
import { plainName } from '../identifiers.ts'

/** What a number has to be: a test, and the words for it. */
export interface NumberRule {
  readonly allowed: (value: number) => boolean
  readonly words: string
}

export const share: NumberRule = { allowed: (value) => value >= 0 && value <= 1, words: 'a number between 0 and 1' }
export const aboveZero: NumberRule = { allowed: (value) => value > 0, words: 'a number above 0' }
export const notNegative: NumberRule = { allowed: (value) => value >= 0, words: 'a number of at least 0' }
export const positiveInteger: NumberRule = { allowed: (value) => Number.isInteger(value) && value > 0, words: 'a positive whole number' }
export const anyInteger: NumberRule = { allowed: Number.isInteger, words: 'a whole number' }
export const anyNumber: NumberRule = { allowed: () => true, words: 'a finite number' }

/** The number, or a ConfigError that names the option. */
export function checkedNumber(where: string, option: string, value: number, { allowed, words }: NumberRule): number {
  if (typeof value === 'number' && Number.isFinite(value) && allowed(value)) return value
  throw new ConfigError(`${where}: expected ${option} to be ${words}, got ${String(value)}. Change it.`)
}

/** The flag, or a ConfigError that names the option. */
export function checkedFlag(where: string, option: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value
  throw new ConfigError(`${where}: expected ${option} to be true or false, got ${String(value)}. Change it.`)
}

/** The choice in its own spelling (`sum_over_batch_size` is `sumOverBatchSize`), or a ConfigError that lists all. */
export function checkedChoice<C extends string>(where: string, option: string, value: string, choices: readonly C[]): C {
  const found = typeof value === 'string' ? choices.find((choice) => plainName(choice) === plainName(value)) : undefined
  if (found !== undefined) return found
  throw new ConfigError(`${where}: expected ${option} to be one of ${choices.join(', ')}, got ${String(value)}. Choose one of them.`)
}
