// Says how much of Keras's public names Tenon has, by area and priority, and fails where the list names an export that does not exist.
// npm run parity [-- --missing] [-- --write]: also the rows that are missing; writes docs/parity.md with the worst error of each row.

import * as tenon from '../src/index.ts'
import { writeParity } from './parity-document.ts'
import { coverageOf, missingExports, parityRows } from './parity-rows.ts'

const rows = parityRows()
const wrong = missingExports(rows, tenon)
const coverage = coverageOf(rows, tenon)
const width = Math.max(...coverage.map(({ area }) => area.length))
for (const { area, priority, covered, total } of coverage) {
  const share = total === covered ? '' : `  ${((100 * covered) / total).toFixed(0)} %`
  console.log(`${area.padEnd(width)}  ${priority}  ${String(covered).padStart(3)}/${total}${share}`)
}
for (const priority of ['A', 'B', 'C'] as const) {
  const own = coverage.filter((entry) => entry.priority === priority)
  const [covered, total] = [own.reduce((sum, entry) => sum + entry.covered, 0), own.reduce((sum, entry) => sum + entry.total, 0)]
  console.log(`${'all'.padEnd(width)}  ${priority}  ${covered}/${total}  ${((100 * covered) / total).toFixed(1)} %`)
}
if (process.argv.includes('--missing')) {
  for (const { name, priority, tenon: at, note } of rows) {
    if (priority !== 'C' && at === '') console.log(`${priority}  ${name}: ${note || 'no reason is given'}`)
  }
}
if (wrong.length > 0) {
  for (const { name, tenon: at } of wrong) console.error(`parity: expected ${name} as '${at}', found no such export. Export it, or mend the list.`)
  process.exit(1)
}
if (process.argv.includes('--write')) writeParity(rows)
