// Names of losses, optimizers, activations, … as strings: camelCase, Keras's snake_case accepted, the nearest known one in the error.

import { ConfigError } from '../../core/index.ts'

/** The part of a name that counts: `categorical_crossentropy` and `categoricalCrossentropy` are one. */
export const plainName = (name: string): string => name.replaceAll(/[_\s-]/g, '').toLowerCase()

/** `val_accuracy` as `valAccuracy`. */
export const camelCase = (name: string): string => name.replaceAll(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** What an object is called by its class: `meanSquaredError`, `auc`, `klDivergence`. */
export const nameOfClass = (className: string): string => className.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+$|[A-Z])/, (start) => start.toLowerCase())

/** Number of letters to insert, delete or change (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The one of `names` that is nearest to `name`. */
export function nearestName(name: string, names: readonly string[]): string {
  // Of a very long name the beginning tells enough.
  const wanted = plainName(name.slice(0, 100))
  const near = names.map((known) => ({ known, far: distance(plainName(known), wanted) })).sort((a, b) => a.far - b.far)
  return near[0]?.known ?? ''
}

/** Two tables as one, in the order of the alphabet. */
export const merged = <T>(table: Readonly<Record<string, T>>, further: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries({ ...table, ...further }).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Kinds of which only everyday names are known so far; `withAllNames` makes the others known. */
const incomplete = new Set(['constraint', 'initializer', 'loss', 'metric', 'optimizer', 'regularizer', 'schedule'])

/** Notes that all names of a kind are known. */
export function noteComplete(kind: string): void {
  incomplete.delete(kind)
}

/** The entry of `table` called `name`; a ConfigError that names the nearest where there is none. */
export function lookUp<T>(kind: string, name: string, table: Readonly<Record<string, T>>): T {
  const wanted = plainName(name)
  for (const [key, value] of Object.entries(table)) if (plainName(key) === wanted) return value
  const names = Object.keys(table)
  const others = incomplete.has(kind)
    ? ` Pass any other ${kind} as an object, or import Model or Sequential from tenon, where all names are known.`
    : ''
  throw new ConfigError(`${kind}: expected one of ${names.join(', ')}, got '${name}'. Did you mean '${nearestName(name, names)}'?${others}`)
}
