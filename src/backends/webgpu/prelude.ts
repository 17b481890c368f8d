// The WGSL before every rendered kernel: conversions, exact arithmetic and the elementary functions. Only what a text uses is put before it, so
// that a small kernel stays a small module.

import { floatFunctions } from './prelude-floats.ts'
import { elementaryFunctions } from './prelude-functions.ts'
import { integerFunctions, longFunctions } from './prelude-integers.ts'

const mentioned = (text: string): string[] => text.match(/\btn_\w+/g) ?? []

/** Declarations by the name that they declare, which is the first they mention, in an order of their own. */
const declarations: ReadonlyMap<string, string> = new Map(
  [...floatFunctions, ...integerFunctions, ...longFunctions, ...elementaryFunctions].map((text) => [mentioned(text)[0] ?? '', text]),
)

/** The declarations that `text` needs, those that they need in turn included; names of the prelude begin with `tn_`. */
export function preludeOf(text: string): string {
  const needed = new Set<string>()
  const visit = (part: string): void => {
    for (const name of mentioned(part)) {
      const declaration = declarations.get(name)
      if (declaration === undefined || needed.has(name)) continue
      needed.add(name)
      visit(declaration)
    }
  }
  visit(text)
  return [...declarations].flatMap(([name, declaration]) => (needed.has(name) ? [declaration] : [])).join('\n')
}
