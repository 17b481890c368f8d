// Reading what callbacks have saved: files may be of another version, or of other callbacks.

import { FormatError } from '../../core/index.ts'
import type { CallbackState } from './callback.ts'

/** A number that was saved, or undefined where null was. */
export function optionalSavedNumber(where: string, { json }: CallbackState, name: string): number | undefined {
  const value = json[name]
  if (value === null || typeof value === 'number') return value ?? undefined
  throw new FormatError(`${where}: expected '${name}' of a saved state as a number, got ${JSON.stringify(value)}. Begin the training anew.`)
}

/** A number that was saved. */
export function savedNumber(where: string, state: CallbackState, name: string): number {
  const value = optionalSavedNumber(where, state, name)
  if (value !== undefined) return value
  throw new FormatError(`${where}: expected '${name}' of a saved state as a number, got null. Begin the training anew.`)
}
