// Sizes: a number, or a polynomial over sizes that are bound when a program runs (a batch, a sequence position).

import { ShapeError } from './errors.ts'

/** A size along one axis. */
export type Dim = number | SymbolicDim

/** Sizes of all axes, outermost first. */
export type Dims = readonly Dim[]

/** A size that is bound at run time; `max` is what memory is planned for. */
export interface DimVariable {
  readonly name: string
  readonly max: number
}

interface Term {
  readonly coefficient: number
  /** Variables of the monomial, sorted by name; a variable may stand twice. */
  readonly variables: readonly DimVariable[]
}

const termKey = (term: Term) => term.variables.map((v) => v.name).join('*')

/** A polynomial with integer coefficients over {@link DimVariable}s, in canonical form. */
export class SymbolicDim {
  readonly terms: readonly Term[]
  readonly key: string

  constructor(terms: readonly Term[]) {
    this.terms = terms
    this.key = terms.map((t) => `${t.coefficient}${t.variables.length > 0 ? `*${termKey(t)}` : ''}`).join('+')
  }

  toString(): string {
    return this.key.replace(/\b1\*/g, '')
  }
}

/** Makes a size that is bound at run time, at most `max`. */
export function dimension(name: string, { max }: { max: number }): SymbolicDim {
  return new SymbolicDim([{ coefficient: 1, variables: [{ name, max }] }])
}

const termsOf = (d: Dim): readonly Term[] => (typeof d === 'number' ? [{ coefficient: d, variables: [] }] : d.terms)

function canonical(terms: readonly Term[]): Dim {
  const sums = new Map<string, Term>()
  for (const term of terms) {
    const key = termKey(term)
    const old = sums.get(key)
    sums.set(key, { coefficient: term.coefficient + (old?.coefficient ?? 0), variables: term.variables })
  }
  const kept = [...sums.entries()].filter(([, t]) => t.coefficient !== 0).sort(([a], [b]) => (a < b ? 1 : a > b ? -1 : 0))
  const [first] = kept
  if (first === undefined) return 0
  if (kept.length === 1 && first[0] === '') return first[1].coefficient
  return new SymbolicDim(kept.map(([, t]) => t))
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  return canonical([...termsOf(a), ...termsOf(b)])
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b
  if (a === 1) return b
  if (b === 1) return a
  return canonical(
    termsOf(a).flatMap((x) =>
      termsOf(b).map((y) => ({
        coefficient: x.coefficient * y.coefficient,
        variables: [...x.variables, ...y.variables].sort((p, q) => (p.name < q.name ? -1 : 1)),
      })),
    ),
  )
}

export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, multiplyDims(b, -1))
}

/** a / b where it is exact for every value of the variables, else `undefined`. `b` has one term. */
export function divideDims(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') return b !== 0 && a % b === 0 ? a / b : undefined
  if (sameDim(a, b)) return 1
  const [divisor, ...rest] = termsOf(b)
  if (divisor === undefined || rest.length > 0 || divisor.coefficient === 0) return undefined
  const quotient: Term[] = []
  for (const term of termsOf(a)) {
    if (term.coefficient % divisor.coefficient !== 0) return undefined
    const variables = [...term.variables]
    for (const v of divisor.variables) {
      const at = variables.findIndex((x) => x.name === v.name)
      if (at < 0) return undefined
      variables.splice(at, 1)
    }
    quotient.push({ coefficient: term.coefficient / divisor.coefficient, variables })
  }
  return canonical(quotient)
}

export function sameDim(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b
  return a.key === b.key
}

export function sameDims(a: Dims, b: Dims): boolean {
  return a.length === b.length && a.every((d, i) => sameDim(d, b[i] ?? -1))
}

/** Number of elements: the product of the sizes. */
export function elementCount(dims: Dims): Dim {
  return dims.reduce<Dim>((product, d) => multiplyDims(product, d), 1)
}

/** The value of a size when its variables are bound. */
export function evaluateDim(d: Dim, bindings: ReadonlyMap<string, number>): number {
  if (typeof d === 'number') return d
  let sum = 0
  for (const term of d.terms) {
    let product = term.coefficient
    for (const v of term.variables) {
      const value = bindings.get(v.name)
      if (value === undefined) throw new ShapeError(`dimension '${v.name}': expected a value at run time, it is not bound.`)
      product *= value
    }
    sum += product
  }
  return sum
}

/** The largest value a size can take: every variable at its `max`. */
export function maxDim(d: Dim): number {
  if (typeof d === 'number') return d
  return d.terms.reduce((sum, t) => sum + t.variables.reduce((p, v) => p * v.max, t.coefficient), 0)
}

/** The variables in a size. */
export function variablesOf(d: Dim): readonly DimVariable[] {
  return typeof d === 'number' ? [] : d.terms.flatMap((t) => t.variables)
}

/** `[32, 784]` as text. */
export function showDims(dims: Dims): string {
  return `[${dims.map(String).join(', ')}]`
}

/** Row-major strides, in elements. */
export function rowMajorStrides(dims: Dims): Dim[] {
  const strides: Dim[] = new Array<Dim>(dims.length).fill(1)
  for (let i = dims.length - 2; i >= 0; i--) strides[i] = multiplyDims(strides[i + 1] ?? 1, dims[i + 1] ?? 1)
  return strides
}

/** The number, or an error that names `where` when the size is bound only at run time. */
export function staticDim(d: Dim, where: string, advice = 'Fix this axis instead of making it dynamic'): number {
  if (typeof d === 'number') return d
  throw new ShapeError(`${where}: expected a size known when the program is built, got '${d}'. ${advice}.`)
}
