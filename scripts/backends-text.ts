// The text of docs/backends.md, from the errors that the tests of primitives noted on each backend.

import { type DType, isFloat } from '../src/core/index.ts'
import { type WorstError, worseError } from '../test/primitives/worst-errors.ts'

/** A column: what one backend's tests noted, or why there are none. */
export interface BackendErrors {
  /** `wasm, Chromium`. */
  readonly title: string
  readonly errors?: readonly WorstError[]
  readonly missing?: string
}

/** The worst of equal primitive and dtype. */
export function merged(errors: readonly WorstError[]): WorstError[] {
  const worst = new Map<string, WorstError>()
  for (const one of errors) {
    const key = `${one.primitive} ${one.dtype}`
    const before = worst.get(key)
    worst.set(key, before === undefined ? one : { ...one, error: worseError(before.error, one.error), elements: before.elements + one.elements })
  }
  return [...worst.values()]
}

const floats: readonly DType[] = ['f32', 'f64', 'f16', 'bf16']
const names: Readonly<Partial<Record<DType, string>>> = {
  f32: 'f32: one unit in the last place is 2⁻²³ of the number',
  f64: 'f64: 2⁻⁵²',
  f16: 'f16: 2⁻¹⁰',
  bf16: 'bf16: 2⁻⁷',
}

function floatCell(error: number | null | undefined): string {
  if (error === undefined) return ''
  if (error === null) return 'differs'
  return error === 0 ? '0' : error < 0.01 ? '< 0.01' : String(Number(error.toPrecision(2)))
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(heading), row(heading.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(row)].join('\n')
}

function errorOf({ errors = [] }: BackendErrors, primitive: string, dtype: DType): number | null | undefined {
  return errors.find((one) => one.primitive === primitive && one.dtype === dtype)?.error
}

function floatTable(backends: readonly BackendErrors[], primitives: readonly string[], dtype: DType): string {
  const known = primitives.filter((primitive) => backends.some((backend) => errorOf(backend, primitive, dtype) !== undefined))
  const rows = known.map((primitive) => [primitive, ...backends.map((backend) => floatCell(errorOf(backend, primitive, dtype)))])
  return `### ${names[dtype] ?? dtype}\n\n${table([dtype, ...backends.map(({ title }) => title)], rows)}`
}

/** One row for all dtypes that have no rounding: an error would be a wrong number. */
function exactTable(backends: readonly BackendErrors[], primitives: readonly string[]): string {
  const rows = primitives.flatMap((primitive) => {
    const of = ({ errors = [] }: BackendErrors) => errors.filter((one) => one.primitive === primitive && !isFloat(one.dtype))
    const dtypes = [...new Set(backends.flatMap((backend) => of(backend).map((one) => one.dtype)))]
    if (dtypes.length === 0) return []
    const cells = backends.map((backend) => {
      const wrong = of(backend).filter((one) => one.error !== 0)
      if (of(backend).length === 0) return ''
      return wrong.length === 0 ? 'exact' : wrong.map((one) => one.dtype).join(' ')
    })
    return [[primitive, ...cells, dtypes.join(' ')]]
  })
  return `### Integers and truth values\n\n${table(['exact', ...backends.map(({ title }) => title), 'dtypes tested'], rows)}`
}

const introduction = `# Every primitive on every backend

Made by \`npm run backends\` from the tests in \`test/primitives\`: random shapes, views and numbers (NaN, ±∞, −0 and extremes included), each
computed on a backend and on the reference, which computes in double precision and rounds once. A number is the worst error seen, in units in
the last place of the dtype: of the expected number or, for sums, of the size of what was added where that is larger. 0 is equal to the bit;
"exact" is for dtypes that do not round. An empty cell: the primitive does not take the dtype, or its tests have not drawn it.
"several together" are graphs of several primitives, which are fused. Everything else that Tenon computes is composed of these rows.

What a backend does not have itself:

* f64 on webgpu is computed by WebAssembly: WGSL has no double precision.
* i64 on webgpu is computed with pairs of 32-bit integers, f16 in f32 where the adapter has no shader-f16, bf16 in f32 everywhere: each result is
  rounded to its dtype, so they lose nothing against the reference.`

/** The whole text. */
export function backendsText(backends: readonly BackendErrors[], facts: readonly string[]): string {
  const tested = backends.filter((backend) => backend.errors !== undefined)
  const primitives = [...new Set(tested.flatMap(({ errors = [] }) => errors.map((one) => one.primitive)))].sort()
  const absent = backends.flatMap(({ title, missing }) => (missing === undefined ? [] : [`* Not run: ${title}, ${missing}`]))
  const compared = tested.map(({ title, errors = [] }) => `${title}: ${errors.reduce((sum, one) => sum + one.elements, 0).toLocaleString('en')}`)
  return `${[
    introduction,
    ['This run:', '', ...facts.map((fact) => `* ${fact}`), `* Numbers compared: ${compared.join('; ')}`, ...absent].join('\n'),
    ...floats.map((dtype) => floatTable(tested, primitives, dtype)),
    exactTable(tested, primitives),
  ].join('\n\n')}\n`
}
