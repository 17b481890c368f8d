// Gives every option of a class every wrong value and sees what is said of it: the project's error, with the object's name, the option, the value and
// what is allowed. What a table says is right must be taken; `null` is either refused or the same as leaving an option out.

import { TenonError } from '../../../src/index.ts'
import type { Kind, OptionalKind, RequiredKind } from './kinds.ts'

/** A kind for each option, required where the option is. */
export type Kinds<O> = { readonly [K in keyof O]-?: object extends Pick<O, K> ? OptionalKind : RequiredKind }

/** A class of a table. */
export interface Row {
  /** The class as it is exported. */
  readonly made: unknown
  readonly className: string
  /** What errors begin with. */
  readonly who: string
  readonly kinds: readonly (readonly [option: string, kind: Kind])[]
  readonly make: (options: unknown) => unknown
}

/** What every option is given that does not allow it. */
const values: readonly unknown[] = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 'nonsense', '3', true, [], {}, [[]], () => undefined, null]

const shown = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'className' in value ? String(value.className) : 'a function'
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

/** Whether a message shows what it got: the value itself, or the part of it that is wrong. */
function shows(message: string, value: unknown): boolean {
  const got = message.slice(message.indexOf('got')).replaceAll(', ', ',')
  return got.includes(shown(value)) || (typeof value === 'object' && value !== null && Object.values(value).some((part) => shows(message, part)))
}

/** Whether a message begins with what an object was called, or with its class in any spelling. */
function begins(message: string, who: string, className: string): boolean {
  const plain = message.slice(0, message.indexOf(':')).replaceAll('_', '').toLowerCase()
  return message.startsWith(`${who}: `) || plain.startsWith(className.toLowerCase())
}

/** The config of an object as text; that it has none where it has none. */
function configOf(made: unknown): unknown {
  const hasConfig = (typeof made === 'object' || typeof made === 'function') && made !== null && 'getConfig' in made
  const getConfig = hasConfig && typeof made.getConfig === 'function' ? made.getConfig.bind(made) : () => 'no config'
  return outcome(() => JSON.stringify(getConfig())).made
}

function outcome(make: () => unknown): { readonly made?: unknown; readonly error?: unknown } {
  try {
    return { made: make() }
  } catch (error) {
    return { error }
  }
}

/** What is wrong with how a row treats one value of an option; undefined where nothing is. */
function complaint(
  { className, who, make }: Row,
  base: Readonly<Record<string, unknown>>,
  option: string,
  value: unknown,
  allowed: boolean,
): string | undefined {
  const { made, error } = outcome(() => make({ ...base, [option]: value }))
  const what = `${className} { ${option}: ${shown(value)} }`
  if (allowed) return error === undefined ? undefined : `${what} is right, but: ${String(error)}`
  if (error === undefined) {
    const same = value === null && outcome(() => configOf(made) === configOf(make({ ...base, [option]: undefined }))).made === true
    return same ? undefined : `${what} is taken`
  }
  if (!(error instanceof TenonError)) return `${what} throws ${String(error)}`
  const { message } = error
  const faults = [
    begins(message, who, option === 'name' || option === 'noSuchOption' ? className : who) ? '' : `does not begin with '${who}: '`,
    message.includes(option) ? '' : 'does not name the option',
    (value ?? null) === null || shows(message, value) ? '' : `does not show ${shown(value)}`,
    message.includes('expected') ? '' : 'does not say what is expected',
    message.includes('[object Object]') ? 'shows an object as [object Object]' : '',
  ].filter((fault) => fault !== '')
  return faults.length === 0 ? undefined : `${what} ${faults.join(', ')}: ${message}`
}

/** Everything that is wrong with how a class treats its options, and how many values were tried. */
export function complaints(row: Row): { readonly tried: number; readonly found: readonly string[] } {
  const all = Object.fromEntries(row.kinds.map(([option, { valid }]) => [option, valid]))
  const base = Object.fromEntries(row.kinds.filter(([, { required }]) => required).map(([option, { valid }]) => [option, valid]))
  const found: (string | undefined)[] = []
  let tried = 0
  for (const [option, kind] of row.kinds) {
    const others = Object.fromEntries(Object.entries({ ...base, ...kind.together }).filter(([, value]) => value !== undefined))
    found.push(complaint(row, others, option, kind.valid, true))
    for (const value of [...values, ...kind.wrong]) {
      tried++
      found.push(complaint(row, others, option, value, kind.allows(value)))
    }
    if (!kind.required) continue
    tried++
    const { [option]: _, ...rest } = base
    found.push(complaint(row, rest, option, undefined, false))
  }
  found.push(unknownOption(row, base), ...notOptions(row, base), ...Object.keys(all).map((option) => misspelt(row, all, option)))
  return { tried, found: found.filter((text) => text !== undefined) }
}

function unknownOption(row: Row, base: Readonly<Record<string, unknown>>): string | undefined {
  return complaint(row, base, 'noSuchOption', 'noSuchOption', false)
}

/** An option whose name is not quite right is refused, and the nearest known option named. */
function misspelt(row: Row, all: Readonly<Record<string, unknown>>, option: string): string | undefined {
  const wrong = `${option}x`
  const { error } = outcome(() => row.make({ [wrong]: all[option] }))
  if (!(error instanceof TenonError)) return `${row.className} { ${wrong} }: ${error === undefined ? 'is taken' : String(error)}`
  const { message } = error
  const complete = begins(message, row.who, row.className)
  return complete && message.includes(`'${wrong}'`) && message.includes(`'${option}'`) ? undefined : `${row.className} { ${wrong} }: ${message}`
}

/** Options that are none are refused by name of the class. */
function notOptions({ make, className }: Row, base: Readonly<Record<string, unknown>>): readonly string[] {
  const wrong = [3, 'nonsense', null, ...(Object.keys(base).length === 0 ? [] : [undefined, {}])]
  const found = wrong.map((options) => ({ options, error: outcome(() => make(options)).error })).filter(({ error }) => !(error instanceof TenonError))
  return found.map(({ options, error }) => `${className} with ${shown(options)} for options: ${String(error)}`)
}
