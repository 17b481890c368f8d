// Integer expressions over loop variables: linear where possible, with division and remainder kept as atoms.
// Movement primitives disappear into these; what stays linear can be vectorised and read as strides.

import { addDims, type Dim, divideDims, multiplyDims, sameDim, subtractDims } from '../../core/dimension.ts'
import type { Expression } from './loop-ir.ts'

/** A loop variable; it runs from 0 to `extent` − 1. */
export interface Axis {
  readonly id: number
  readonly extent: Dim
}

export type Atom =
  | { readonly kind: 'axis'; readonly axis: Axis; readonly key: string }
  | { readonly kind: 'divide'; readonly of: Index; readonly by: Dim; readonly key: string }
  | { readonly kind: 'modulo'; readonly of: Index; readonly by: Dim; readonly key: string }
  /** A run-time value, as in gather. */
  | { readonly kind: 'value'; readonly value: Expression; readonly key: string }

/** constant + Σ coefficient · atom. */
export interface Index {
  readonly constant: Dim
  readonly terms: readonly { readonly coefficient: Dim; readonly atom: Atom }[]
}

let nextAxis = 0
let nextValue = 0
const valueKeys = new WeakMap<Expression, string>()

export function axis(extent: Dim): Axis {
  return { id: nextAxis++, extent }
}

export const zeroIndex: Index = { constant: 0, terms: [] }

export function constantIndex(constant: Dim): Index {
  return { constant, terms: [] }
}

export function axisIndex(a: Axis): Index {
  if (a.extent === 1) return zeroIndex
  return { constant: 0, terms: [{ coefficient: 1, atom: { kind: 'axis', axis: a, key: `a${a.id}` } }] }
}

/** An index that is computed by an expression at run time. */
export function valueIndex(value: Expression): Index {
  const key = valueKeys.get(value) ?? `v${nextValue++}`
  valueKeys.set(value, key)
  return { constant: 0, terms: [{ coefficient: 1, atom: { kind: 'value', value, key } }] }
}

export function indexKey(index: Index): string {
  return `${index.terms.map((t) => `${t.coefficient}·${t.atom.key}`).join('+')}+${index.constant}`
}

export function addIndex(a: Index, b: Index): Index {
  if (b.terms.length === 0) return b.constant === 0 ? a : { constant: addDims(a.constant, b.constant), terms: a.terms }
  if (a.terms.length === 0) return a.constant === 0 ? b : { constant: addDims(a.constant, b.constant), terms: b.terms }
  const terms = [...a.terms]
  for (const term of b.terms) {
    const at = terms.findIndex((t) => t.atom.key === term.atom.key)
    const old = terms[at]
    if (old === undefined) terms.push(term)
    else terms[at] = { coefficient: addDims(old.coefficient, term.coefficient), atom: term.atom }
  }
  const kept = terms.filter((t) => t.coefficient !== 0).sort((x, y) => (x.atom.key < y.atom.key ? -1 : x.atom.key > y.atom.key ? 1 : 0))
  return rejoin({ constant: addDims(a.constant, b.constant), terms: kept })
}

/** c·d·(x / d) + c·(x % d) is c·x: what a reshape and its inverse leave behind. */
function rejoin(index: Index): Index {
  for (const term of index.terms) {
    const { atom } = term
    if (atom.kind !== 'modulo') continue
    const partner = index.terms.find(
      (t) =>
        t.atom.kind === 'divide' &&
        sameDim(t.atom.by, atom.by) &&
        sameIndex(t.atom.of, atom.of) &&
        sameDim(t.coefficient, multiplyDims(term.coefficient, atom.by)),
    )
    if (partner === undefined) continue
    const rest: Index = { constant: index.constant, terms: index.terms.filter((t) => t !== term && t !== partner) }
    return addIndex(rest, scaleIndex(atom.of, term.coefficient))
  }
  return index
}

export function scaleIndex(a: Index, by: Dim): Index {
  if (by === 1) return a
  if (by === 0) return zeroIndex
  return {
    constant: multiplyDims(a.constant, by),
    terms: a.terms.map((t) => ({ coefficient: multiplyDims(t.coefficient, by), atom: t.atom })),
  }
}

const nonNegative = (d: Dim) => (typeof d === 'number' ? d >= 0 : d.terms.every((t) => t.coefficient >= 0))

function atomMax(atom: Atom): Dim | undefined {
  switch (atom.kind) {
    case 'axis':
      return subtractDims(atom.axis.extent, 1)
    case 'modulo':
      return subtractDims(atom.by, 1)
    case 'divide': {
      const max = indexMax(atom.of)
      return typeof max === 'number' && typeof atom.by === 'number' ? Math.floor(max / atom.by) : undefined
    }
    case 'value':
      return undefined
  }
}

/** The largest value, if it can be told; only for indices whose coefficients are not negative. */
function indexMax(index: Index): Dim | undefined {
  let max: Dim = index.constant
  for (const { coefficient, atom } of index.terms) {
    if (!nonNegative(coefficient)) return undefined
    const top = atomMax(atom)
    if (top === undefined) return undefined
    max = addDims(max, multiplyDims(coefficient, top))
  }
  return max
}

/** Whether 0 ≤ index < bound for every value of the loop variables, as far as can be told. */
export function isWithin(index: Index, bound: Dim): boolean {
  const max = indexMax(index)
  return max !== undefined && nonNegative(index.constant) && nonNegative(subtractDims(subtractDims(bound, 1), max))
}

/** Splits index = quotient · by + rest, moving every term that divides exactly into the quotient. */
function split(index: Index, by: Dim): { quotient: Index; rest: Index } {
  let quotient: Index = zeroIndex
  let rest: Index = zeroIndex
  for (const term of index.terms) {
    const exact = divideDims(term.coefficient, by)
    if (exact === undefined) rest = addIndex(rest, { constant: 0, terms: [term] })
    else quotient = addIndex(quotient, { constant: 0, terms: [{ coefficient: exact, atom: term.atom }] })
  }
  if (typeof index.constant === 'number' && typeof by === 'number') {
    quotient = addIndex(quotient, constantIndex(Math.floor(index.constant / by)))
    rest = addIndex(rest, constantIndex(index.constant - by * Math.floor(index.constant / by)))
  } else {
    const exact = divideDims(index.constant, by)
    if (exact === undefined) rest = addIndex(rest, constantIndex(index.constant))
    else quotient = addIndex(quotient, constantIndex(exact))
  }
  return { quotient, rest }
}

export function divideIndex(index: Index, by: Dim): Index {
  if (by === 1) return index
  // An axis of size 0 has no points to compute.
  if (by === 0) return zeroIndex
  const { quotient, rest } = split(index, by)
  if (isWithin(rest, by)) return quotient
  const atom: Atom = { kind: 'divide', of: rest, by, key: `(${indexKey(rest)})/${by}` }
  return addIndex(quotient, { constant: 0, terms: [{ coefficient: 1, atom }] })
}

export function moduloIndex(index: Index, by: Dim): Index {
  if (by === 1 || by === 0) return zeroIndex
  const { rest } = split(index, by)
  if (isWithin(rest, by)) return rest
  return { constant: 0, terms: [{ coefficient: 1, atom: { kind: 'modulo', of: rest, by, key: `(${indexKey(rest)})%${by}` } }] }
}

/** Row-major position of a point. */
export function linearIndex(point: readonly Index[], shape: readonly Dim[]): Index {
  let position: Index = zeroIndex
  point.forEach((p, i) => {
    position = addIndex(scaleIndex(position, shape[i] ?? 1), p)
  })
  return position
}

/** The point at a row-major position. */
export function pointAt(position: Index, shape: readonly Dim[]): Index[] {
  const point: Index[] = new Array<Index>(shape.length).fill(zeroIndex)
  let rest = position
  for (let i = shape.length - 1; i > 0; i--) {
    const size = shape[i] ?? 1
    point[i] = moduloIndex(rest, size)
    rest = divideIndex(rest, size)
  }
  if (shape.length > 0) point[0] = rest
  return point
}

/** The coefficient of a loop variable, or `undefined` if it also stands inside a division, a remainder or a run-time value. */
export function strideOf(index: Index, a: Axis): Dim | undefined {
  let stride: Dim = 0
  for (const { coefficient, atom } of index.terms) {
    if (atom.kind === 'axis') {
      if (atom.axis.id === a.id) stride = coefficient
    } else if (mentions(atom, a)) return undefined
  }
  return stride
}

function mentions(atom: Atom, a: Axis): boolean {
  switch (atom.kind) {
    case 'axis':
      return atom.axis.id === a.id
    case 'divide':
    case 'modulo':
      return atom.of.terms.some((t) => mentions(t.atom, a))
    case 'value':
      return true
  }
}

/** Replaces loop variables. */
export function substitute(index: Index, replacement: ReadonlyMap<number, Index>, inValue: (e: Expression) => Expression): Index {
  let result = constantIndex(index.constant)
  for (const { coefficient, atom } of index.terms) {
    let part: Index
    switch (atom.kind) {
      case 'axis':
        part = replacement.get(atom.axis.id) ?? { constant: 0, terms: [{ coefficient: 1, atom }] }
        break
      case 'divide':
        part = divideIndex(substitute(atom.of, replacement, inValue), atom.by)
        break
      case 'modulo':
        part = moduloIndex(substitute(atom.of, replacement, inValue), atom.by)
        break
      case 'value':
        part = { constant: 0, terms: [{ coefficient: 1, atom: { kind: 'value', value: inValue(atom.value), key: atom.key } }] }
        break
    }
    result = addIndex(result, scaleIndex(part, coefficient))
  }
  return result
}

export function sameIndex(a: Index, b: Index): boolean {
  return (
    sameDim(a.constant, b.constant) &&
    a.terms.length === b.terms.length &&
    a.terms.every((t, i) => {
      const other = b.terms[i]
      return other !== undefined && t.atom.key === other.atom.key && sameDim(t.coefficient, other.coefficient)
    })
  )
}
