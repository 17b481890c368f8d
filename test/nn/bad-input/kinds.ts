// What an option may be: one value that is right, and for every other value whether it is right, too. The tables of this folder say it of each option
// of each class; `check-options.ts` then gives every option all the wrong values.

/** What is allowed for an option. */
export interface Kind {
  /** A value that is right. */
  readonly valid: unknown
  readonly allows: (value: unknown) => boolean
  /** Wrong values that are typical for this kind, besides those that every option is given. */
  readonly wrong: readonly unknown[]
  /** Whether the option cannot be left out. */
  readonly required: boolean
  /** What other options are while this one is tried, where it depends on them. */
  readonly together?: Readonly<Record<string, unknown>>
}

/** A {@link Kind} of an option that cannot be left out. */
export type RequiredKind = Kind & { readonly required: true }

/** A {@link Kind} of an option that may be left out. */
export type OptionalKind = Kind & { readonly required: false }

interface Range {
  readonly min?: number
  readonly max?: number
  readonly above?: number
  readonly below?: number
  readonly whole?: boolean
}

const kind = (valid: unknown, allows: (value: unknown) => boolean, wrong: readonly unknown[] = []): OptionalKind => ({
  valid,
  allows,
  wrong,
  required: false,
})

/** The same of an option that cannot be left out. */
export const required = (of: Kind): RequiredKind => ({ ...of, required: true })

/** The same with another right value. */
export const like = (of: OptionalKind, valid: unknown): OptionalKind => ({ ...of, valid })

/** The same, tried with other options beside it; undefined leaves one out that would be there. */
export const together = <K extends Kind>(of: K, others: Readonly<Record<string, unknown>>): K => ({ ...of, together: others })

/** The same, or null. */
export const nullable = (of: OptionalKind): OptionalKind => ({ ...of, allows: (value) => value === null || of.allows(value) })

/** Either of several kinds. */
export const either = (first: OptionalKind, ...rest: readonly OptionalKind[]): OptionalKind =>
  kind(first.valid, (value) => [first, ...rest].some((of) => of.allows(value)), [...first.wrong, ...rest.flatMap((of) => of.wrong)])

/** A finite number within a range. */
export const number = (
  { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity, whole = false }: Range = {},
  valid = 1,
): OptionalKind =>
  kind(
    valid,
    (value) =>
      typeof value === 'number' &&
      Number.isFinite(value) &&
      value >= min &&
      value <= max &&
      value > above &&
      value < below &&
      (!whole || Number.isInteger(value)),
    [
      ...(Number.isFinite(min) ? [min - 1] : []),
      ...(Number.isFinite(max) ? [max + 1] : []),
      ...(Number.isFinite(above) ? [above] : []),
      ...(Number.isFinite(below) ? [below] : []),
    ],
  )

/** A whole number. */
export const whole = (range: Range = {}, valid = 1): OptionalKind => number({ ...range, whole: true }, valid)

/** A positive whole number. */
export const count = (valid = 2): OptionalKind => whole({ min: 1 }, valid)

/** A share: from 0 to 1. */
export const share = number({ min: 0, max: 1 }, 0.5)

/** A rate of dropout: at least 0, below 1. */
export const dropRate = number({ min: 0, below: 1 }, 0.5)

export const seed = whole({}, 7)
export const flag = kind(true, (value) => typeof value === 'boolean')
export const text = kind('words', (value) => typeof value === 'string' && value !== '', [''])

/** One of several words. */
export const word = (...words: readonly string[]): OptionalKind =>
  kind(words[0], (value) => typeof value === 'string' && words.includes(value), ['', `${words[0]}s`])

export const func = kind(
  () => undefined,
  (value) => typeof value === 'function',
)

/** A name that is looked up, a config, or a function. */
const identifier = (valid: string): OptionalKind =>
  kind(valid, (value) => typeof value === 'function' || value === valid, [`${valid}x`, { className: 'Nobody', config: {} }, { config: {} }])

export const activation = identifier('tanh')
export const initializer = identifier('zeros')
export const regularizer = identifier('l2')
export const constraint = identifier('nonNeg')
export const dtype = kind('float32', (value) => value === 'float32', ['float33'])
export const dataFormat = kind('channels_last', (value) => value === 'channels_last', ['channels_middle'])

/** A list of what `of` allows. */
export const list = (
  of: Kind,
  { min = 0, length }: { readonly min?: number; readonly length?: number } = {},
  valid?: readonly unknown[],
): OptionalKind => {
  const own = valid ?? Array.from({ length: length ?? Math.max(min, 1) }, () => of.valid)
  return kind(
    own,
    (value) =>
      Array.isArray(value) && value.length >= min && (length === undefined || value.length === length) && value.every((part) => of.allows(part)),
    [
      ...(length === undefined ? [] : [[...own, of.valid], own.slice(1)]),
      ...['nonsense', Number.NaN, {}].filter((part) => !of.allows(part)).map((part) => [part, ...own.slice(1)]),
      ...of.wrong.map((part) => [part, ...own.slice(1)]),
    ],
  )
}

/** One of `of` for all axes or one for each. */
export const perAxis = (of: OptionalKind, axes: number): OptionalKind => either(of, list(of, { length: axes }))

/** An axis. */
export const axis = (valid = -1): OptionalKind => whole({}, valid)

/** An axis or several. */
export const axes = (valid = -1): OptionalKind => either(axis(valid), list(axis(valid), { min: 1 }))

/** A pair of bounds, the lower first. */
export const bounds = kind(
  [0, 1],
  (value) => Array.isArray(value) && value.length === 2 && value.every((part) => Number.isFinite(part)) && value[0] < value[1],
  [[1, 0], [0], [0, 1, 2], ['a', 'b'], [0, Number.NaN]],
)

/** What `is` says. */
export const anything = (valid: unknown, is: (value: unknown) => boolean, wrong: readonly unknown[] = []): OptionalKind => kind(valid, is, wrong)
