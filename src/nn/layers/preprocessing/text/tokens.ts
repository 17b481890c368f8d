// From a text to its tokens: letters made alike, words cut apart, neighbours joined.

import { ConfigError } from '../../../../core/index.ts'
import { oneOf, shown } from '../../../options/option-checks.ts'

const standards = ['lower_and_strip_punctuation', 'lower', 'strip_punctuation'] as const
const splits = ['whitespace', 'character'] as const

/** What is done to a text before it is cut: by name, a function of the text, or null for nothing. */
export type Standardize = (typeof standards)[number] | ((text: string) => string) | null

/** How a text is cut into tokens: by name, a function that gives them, or null where inputs are tokens already. */
export type Split = (typeof splits)[number] | ((text: string) => readonly string[]) | null

// As in Keras only the letters of ASCII: 'É' stays.
const lower = (text: string): string => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
const stripPunctuation = (text: string): string => text.replaceAll(/[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g, '')

/** The option, checked. */
export const standardizeOf = (where: string, value: Standardize): Standardize =>
  value === null || typeof value === 'function' ? value : oneOf(where, 'standardize', value, standards)

/** The option, checked. */
export const splitOf = (where: string, value: Split): Split =>
  value === null || typeof value === 'function' ? value : oneOf(where, 'split', value, splits)

/** A text after standardization. */
export function standardized(text: string, how: Standardize): string {
  if (how === null) return text
  if (typeof how === 'function') return how(text)
  const lowered = how === 'strip_punctuation' ? text : lower(text)
  return how === 'lower' ? lowered : stripPunctuation(lowered)
}

/** The tokens of a text. */
export function splitText(text: string, how: Split): readonly string[] {
  if (how === null) return [text]
  if (typeof how === 'function') return how(text)
  return how === 'character' ? [...text] : text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== '')
}

/** The widths of an option `ngrams`: 3 means 1, 2 and 3. Undefined for none. */
export function widthsOf(where: string, ngrams: number | readonly number[] | null | undefined): readonly number[] | undefined {
  if (ngrams === null || ngrams === undefined) return undefined
  const whole = typeof ngrams !== 'number' || Number.isInteger(ngrams)
  const widths = whole && typeof ngrams === 'number' ? Array.from({ length: Math.max(0, Math.floor(ngrams)) }, (_, i) => i + 1) : ngrams
  if (!whole || !Array.isArray(widths) || widths.length === 0 || !widths.every((width) => Number.isInteger(width) && width > 0)) {
    throw new ConfigError(`${where}: expected ngrams to be a positive whole number or a list of them, got ${shown(ngrams)}. Change it.`)
  }
  return widths
}

/** For each width all runs of so many tokens, joined by spaces. */
export const ngramsOf = (tokens: readonly string[], widths: readonly number[]): string[] =>
  widths.flatMap((width) => Array.from({ length: Math.max(0, tokens.length - width + 1) }, (_, i) => tokens.slice(i, i + width).join(' ')))
