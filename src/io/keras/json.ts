// JSON that strangers wrote: what is read from it is checked on the way.

import { FormatError } from '../../core/index.ts'
import { parseJson } from '../bounded-json.ts'

/** A JSON object of unknown content. */
export type JsonRecord = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is JsonRecord => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a value is, for an error. */
export function described(value: unknown): string {
  if (value === undefined) return 'none'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** The most characters of a file that an error repeats. */
const maxShown = 1000

/** A text that may be of any length, for an error. */
export const shortened = (text: string): string => (text.length > maxShown ? `${text.slice(0, maxShown)}…` : text)

/** Readers of one file's JSON; their errors begin with `where`: `loadModel 'm.keras'`. */
export class JsonReader {
  readonly where: string

  constructor(where: string) {
    this.where = where
  }

  parse(text: string | Uint8Array, what: string): JsonRecord {
    let value: unknown
    try {
      value = parseJson(text)
    } catch (error) {
      throw this.wrong(`${what} as JSON`, error instanceof Error ? error.message : String(error), 'The file is damaged.')
    }
    return this.record(value, what)
  }

  record(value: unknown, what: string): JsonRecord {
    if (!isRecord(value)) throw this.wrong(`${what} as an object`, described(value), 'The file is damaged.')
    return value
  }

  list(value: unknown, what: string): readonly unknown[] {
    if (!Array.isArray(value)) throw this.wrong(`${what} as a list`, described(value), 'The file is damaged.')
    return value
  }

  text(value: unknown, what: string): string {
    if (typeof value !== 'string') throw this.wrong(`${what} as text`, described(value), 'The file is damaged.')
    return value
  }

  wrong(expected: string, received: string, cure: string): FormatError {
    return new FormatError(`${this.where}: expected ${shortened(expected)}, got ${shortened(received)}. ${cure}`)
  }
}
