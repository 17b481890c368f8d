// Reductions as WGSL: what they start from, how two values become one, and running reductions in variables, across the invocations of a
// workgroup too. Everything is combined in an order that sizes alone decide.

import { type DType, isFloat } from '../../core/dtype.ts'
import type { ReduceFunction } from '../../core/primitives.ts'
import type { KernelNames } from './render-expression.ts'
import { binaryText, type ComputedType, computedType, literal, wrapped } from './wgsl-scalar.ts'
import { fromWords, toWords, wordsOf } from './wgsl-words.ts'

const ranges: Readonly<Partial<Record<DType, readonly [low: string, high: string]>>> = {
  i8: ['-128', '127'],
  u8: ['0u', '255u'],
  i32: ['i32(-2147483648)', '2147483647'],
  u32: ['0u', '0xffffffffu'],
  i64: ['vec2u(0u, 0x80000000u)', 'vec2u(0xffffffffu, 0x7fffffffu)'],
  bool: ['false', 'true'],
}

/** The text of what a reduction of nothing gives. */
export function identity(fn: ReduceFunction, dtype: DType): string {
  if (fn === 'sum' || fn === 'prod') return literal(fn === 'sum' ? 0 : 1, dtype)
  if (isFloat(dtype)) return literal(fn === 'max' ? -Infinity : Infinity, 'f32')
  const [low, high] = ranges[dtype] ?? ['', '']
  return fn === 'max' ? low : high
}

const functions = { sum: 'add', prod: 'multiply', max: 'maximum', min: 'minimum' } as const

/** The text of two computed values as one; small integers are wrapped at the end, by {@link finished}. */
export function combined(fn: ReduceFunction, dtype: DType, a: string, b: string): string {
  // In the registers of small integers there is room for many terms.
  return binaryText(functions[fn], a, b, dtype === 'i8' ? 'i32' : dtype === 'u8' ? 'u32' : dtype)
}

/** The text of a reduced value as an element. */
export function finished(fn: ReduceFunction, dtype: DType, value: string): string {
  return fn === 'sum' || fn === 'prod' ? wrapped(value, dtype) : value
}

/** The type of a key: bits that compare unsigned as the elements do. */
export const keyType = (dtype: DType): 'u32' | 'vec2u' => (dtype === 'i64' ? 'vec2u' : 'u32')

/** The ascending key of a computed value: NaN above everything, −0 and 0 equal. */
export function keyText(value: string, dtype: DType): string {
  switch (computedType(dtype)) {
    case 'f32':
      return `tn_key_f32(${value})`
    case 'i32':
      return `(bitcast<u32>(${value}) ^ 0x80000000u)`
    case 'u32':
      return value
    case 'bool':
      return `u32(${value})`
    case 'vec2u':
      return `tn_key_i64(${value})`
  }
}

/** The key by which a value is chosen: the largest of the largest, or of the smallest; of NaN it is the largest either way. */
export function choiceText(fn: 'max' | 'min', value: string, dtype: DType): string {
  const ascending = keyText(value, dtype)
  if (fn === 'max') return ascending
  return isFloat(dtype) ? `select(~${ascending}, 0xffffffffu, tn_is_nan(${value}))` : `~${ascending}`
}

/** Whether key `a` is below key `b`. */
export function isBelow(dtype: DType, a: string, b: string): string {
  return dtype === 'i64' ? `tn_below_u64(${a}, ${b})` : `${a} < ${b}`
}

/** A variable of a running reduction. */
export interface State {
  readonly name: string
  readonly type: ComputedType
  readonly start: string
}

/** A running reduction: variables, and the texts that change them. */
export interface Accumulator {
  readonly states: readonly State[]
  /** Takes in the next value (a name or literal of the computed type) at a position of the row, the text of an i32. */
  readonly add: (value: string, position: string) => string[]
  /** Takes in the states of another running reduction. */
  readonly merge: (others: readonly string[]) => string[]
  /** The result as a computed value. */
  readonly result: string
}

/** A running reduction of values of `dtype`. */
export function accumulator(names: KernelNames, fn: ReduceFunction | 'argmax' | 'argmin', dtype: DType): Accumulator {
  if (fn === 'argmax' || fn === 'argmin') return extreme(names, fn, dtype)
  const name = names.fresh('total')
  const add = (value: string) => [`${name} = ${combined(fn, dtype, name, value)};`]
  return {
    states: [{ name, type: computedType(dtype), start: identity(fn, dtype) }],
    add,
    merge: ([other = '']) => add(other),
    result: finished(fn, dtype, name),
  }
}

/** argmax or argmin: the largest key wins, of equal ones the first position. The first NaN has the largest key either way. */
function extreme(names: KernelNames, fn: 'argmax' | 'argmin', dtype: DType): Accumulator {
  const [best, at] = [names.fresh('best'), names.fresh('at')]
  const type = keyType(dtype)
  const merge = ([key = '', position = '']: readonly string[]) => {
    const wins = isBelow(dtype, best, key)
    const equals = type === 'vec2u' ? `tn_equal_i64(${best}, ${key})` : `${best} == ${key}`
    return [`if (${wins} || (${equals} && ${position} < ${at})) {`, `  ${best} = ${key};`, `  ${at} = ${position};`, '}']
  }
  return {
    states: [
      { name: best, type, start: type === 'vec2u' ? 'vec2u(0u, 0u)' : '0u' },
      { name: at, type: 'i32', start: '2147483647' },
    ],
    add: (value, position) => {
      const [key, place] = [names.fresh('key'), names.fresh('place')]
      return [`let ${key} = ${choiceText(fn === 'argmax' ? 'max' : 'min', value, dtype)};`, `let ${place} = ${position};`, ...merge([key, place])]
    },
    merge,
    result: at,
  }
}

/** The declarations of running reductions. */
export function declare(accumulators: readonly Accumulator[]): string[] {
  return accumulators.flatMap((a) => a.states.map((s) => `var ${s.name}: ${s.type} = ${s.start};`))
}

/** Words of a workgroup's memory for each invocation that are in use at once. */
const mostWords = 8

/** Memory that the invocations of a workgroup share: words for each of them, declared once and used again after a barrier. */
export class SharedWords {
  readonly threads: number
  private count = 0

  constructor(threads: number) {
    this.threads = threads
  }

  /** The statements that put states where the others see them. */
  put(states: readonly State[]): string[] {
    const words = states.flatMap((s) => toWords(s.type, s.name))
    this.count = Math.max(this.count, words.length)
    return words.map((word, i) => `shared_${i}[thread] = ${word};`)
  }

  /** The texts of what an invocation has put there for the same states. */
  get(states: readonly State[], invocation: string): string[] {
    let next = 0
    return states.map(({ type }) =>
      fromWords(
        type,
        Array.from({ length: wordsOf(type) }, () => `shared_${next++}[${invocation}]`),
      ),
    )
  }

  /** Declarations, outside every function. */
  get declarations(): string[] {
    return Array.from({ length: this.count }, (_, i) => `var<workgroup> shared_${i}: array<u32, ${this.threads}>;`)
  }
}

/** As many accumulators at once as there is memory for. */
function batchesOf(accumulators: readonly Accumulator[]): Accumulator[][] {
  const batches: Accumulator[][] = []
  let words = mostWords
  for (const a of accumulators) {
    const own = a.states.reduce((sum, s) => sum + wordsOf(s.type), 0)
    if (words + own > mostWords) {
      batches.push([])
      words = 0
    }
    words += own
    batches.at(-1)?.push(a)
  }
  return batches
}

/**
 * Combines what the invocations of a workgroup have, as a tree; afterwards every invocation has the whole in its states. In uniform control
 * flow only.
 */
export function acrossWorkgroup(shared: SharedWords, accumulators: readonly Accumulator[]): string[] {
  return batchesOf(accumulators).flatMap((batch) => {
    const states = batch.flatMap((a) => a.states)
    const others = shared.get(states, 'thread + span')
    let next = 0
    const merges = batch.flatMap((a) => a.merge(a.states.map(() => others[next++] ?? '')))
    const put = shared.put(states)
    const whole = shared.get(states, '0')
    return [
      ...put,
      'workgroupBarrier();',
      `for (var span = ${shared.threads / 2}; span > 0; span = span >> 1u) {`,
      '  if (thread < span) {',
      ...[...merges, ...put].map((line) => `    ${line}`),
      '  }',
      '  workgroupBarrier();',
      '}',
      ...states.map((s, i) => `${s.name} = ${whole[i]};`),
      'workgroupBarrier();',
    ]
  })
}
