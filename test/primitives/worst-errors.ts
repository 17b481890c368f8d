// Notes how far results were from the reference, by primitive and dtype: what docs/backends.md is made of. Only where TENON_RECORD is set:
// to a folder that each process writes a file into when it ends, or, in a page, to anything.

import type { DType } from '../../src/core/index.ts'

/** The worst of the elements of one dtype that one primitive gave. */
export interface WorstError {
  readonly primitive: string
  readonly dtype: DType
  /** Units in the last place of floats, 0 where all bits agree; the difference itself of integers. `null` where NaN or ∞ differ. */
  readonly error: number | null
  /** How many elements were compared. */
  readonly elements: number
}

const folder = process.env.TENON_RECORD
const noted = new Map<string, WorstError>()

/** Whether errors are noted in this run. */
export const isRecording: boolean = folder !== undefined

/** The worse of two: `null` is worst. */
export const worseError = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : Math.max(a, b))

/** Notes what was seen in a part of a result. */
export function noteError({ primitive, dtype, error, elements }: WorstError): void {
  const key = `${primitive} ${dtype}`
  const before = noted.get(key)
  noted.set(key, {
    primitive,
    dtype,
    error: before === undefined ? error : worseError(before.error, error),
    elements: elements + (before?.elements ?? 0),
  })
}

/** All that was noted so far. */
export const notedErrors = (): WorstError[] => [...noted.values()]

if (isRecording && typeof process.getBuiltinModule === 'function') {
  process.on('exit', () => {
    if (noted.size === 0) return
    process.getBuiltinModule('node:fs').writeFileSync(`${folder}/${process.pid}.json`, JSON.stringify(notedErrors()))
  })
}
