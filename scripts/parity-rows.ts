// The list of Keras's names in parity/keras.tsv, and where Tenon has each.

import { readFileSync } from 'node:fs'

/** One name of Keras. */
export interface ParityRow {
  /** `layer`, `op`, … */
  readonly area: string
  /** `keras.layers.Dense`. */
  readonly name: string
  /** A: any practitioner expects it, B: common, C: rare. */
  readonly priority: 'A' | 'B' | 'C'
  /** Where Tenon's front door has it, `layers.Dense`; empty where it has not. */
  readonly tenon: string
  /** Why it is not there, or what is different. */
  readonly note: string
}

/** The rows of the list. An Error names a line that is not one. */
export function parityRows(path = 'parity/keras.tsv'): ParityRow[] {
  const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
  return lines.map((line, i) => {
    const [area = '', name = '', , , priority, , tenon = '', note = ''] = line.split('\t')
    if (priority !== 'A' && priority !== 'B' && priority !== 'C') {
      throw new Error(`${path}: expected priority A, B or C in line ${i + 2}, got '${priority}'. Mend the line.`)
    }
    return { area, name, priority, tenon, note }
  })
}

/** What a dotted name stands for in a namespace; undefined where there is nothing. */
export function exportAt(namespace: object, name: string): unknown {
  return name.split('.').reduce<unknown>((at, key) => {
    if ((typeof at !== 'object' && typeof at !== 'function') || at === null || !(key in at)) return undefined
    const found: unknown = Reflect.get(at, key)
    return found
  }, namespace)
}

/** Rows that name an export which does not exist. */
export function missingExports(rows: readonly ParityRow[], namespace: object): ParityRow[] {
  return rows.filter(({ tenon }) => tenon !== '' && exportAt(namespace, tenon) === undefined)
}

/** Covered and total of an area and a priority. */
export interface Coverage {
  readonly area: string
  readonly priority: ParityRow['priority']
  readonly covered: number
  readonly total: number
}

/** The coverage by area and priority, in the order of the list. */
export function coverageOf(rows: readonly ParityRow[], namespace: object): Coverage[] {
  const areas = [...new Set(rows.map(({ area }) => area))]
  return areas.flatMap((area) =>
    (['A', 'B', 'C'] as const).flatMap((priority) => {
      const own = rows.filter((row) => row.area === area && row.priority === priority)
      const covered = own.filter(({ tenon }) => tenon !== '' && exportAt(namespace, tenon) !== undefined).length
      return own.length === 0 ? [] : [{ area, priority, covered, total: own.length }]
    }),
  )
}
