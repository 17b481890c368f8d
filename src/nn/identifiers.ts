// Names of losses, optimizers, activations, … as strings: camelCase, Keras's snake_case accepted, the nearest known one in the error.

import { ConfigError } from '../core/index.ts'

const simple = (name: string): string => name.replaceAll(/[_\s-]/g, '').toLowerCase()

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

/** The entry of `table` called `name`; a ConfigError that names the nearest where there is none. */
export function lookUp<T>(kind: string, name: string, table: Readonly<Record<string, T>>): T {
  const wanted = simple(name)
  for (const [key, value] of Object.entries(table)) if (simple(key) === wanted) return value
  const nearest = Object.keys(table).sort((a, b) => distance(simple(a), wanted) - distance(simple(b), wanted))[0]
  throw new ConfigError(`${kind}: expected one of ${Object.keys(table).join(', ')}, got '${name}'. Did you mean '${nearest ?? ''}'?`)
}
