// The key of a keyed hash, as an option.

import { ConfigError } from '../../../../core/index.ts'
import { shown } from '../../../options/option-checks.ts'
import type { SipKey } from './sip-hash.ts'

/** One whole number (for both halves of the key) or two. */
export type Salt = number | readonly [number, number] | readonly number[]

/** The option as two numbers; undefined where there is none. */
export function saltOf(where: string, salt: Salt | null | undefined): readonly [number, number] | undefined {
  if (salt === null || salt === undefined) return undefined
  const [low, high, ...rest] = typeof salt === 'number' ? [salt, salt] : Array.isArray(salt) ? salt : []
  if (low === undefined || high === undefined || rest.length > 0 || !Number.isInteger(low) || !Number.isInteger(high)) {
    throw new ConfigError(`${where}: expected salt to be a whole number or two, got ${shown(salt)}. Change it.`)
  }
  return [low, high]
}

/** The key of a salt. */
export const keyOf = ([low, high]: readonly [number, number]): SipKey => [BigInt.asUintN(64, BigInt(low)), BigInt.asUintN(64, BigInt(high))]
