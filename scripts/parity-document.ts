// docs/parity.md: every name of Keras, where Tenon has it, and the worst error that its golden cases showed in one run of them.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ParityRow } from './parity-rows.ts'

const folder = 'test/golden/parity'

/** Runs the golden tests and writes the page; nothing is written where one fails. */
export function writeParity(rows: readonly ParityRow[]): void {
  const errors = worstErrors()
  writeFileSync('docs/parity.md', textOf(rows, errors))
  console.log('docs/parity.md is written')
}

/** The worst error and the number of cases of each row. */
function worstErrors(): Map<string, { readonly error: number; readonly cases: number }> {
  const temporary = mkdtempSync(join(tmpdir(), 'tenon-parity-'))
  const report = join(temporary, 'errors.tsv')
  try {
    const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts'))
    const env = { ...process.env, TENON_PARITY_REPORT: report }
    const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--test', ...tests.map((name) => join(folder, name))], {
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    if (status !== 0) throw new Error(`parity: expected the golden tests to pass, they do not. Nothing was written.\n${stdout.slice(-4000)}`)
    const worst = new Map<string, { error: number; cases: number }>()
    for (const line of readFileSync(report, 'utf8').trimEnd().split('\n')) {
      const [row = '', error = ''] = line.split('\t')
      const known = worst.get(row)
      worst.set(row, { error: Math.max(known?.error ?? 0, Number(error)), cases: (known?.cases ?? 0) + 1 })
    }
    return worst
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

function textOf(rows: readonly ParityRow[], errors: ReadonlyMap<string, { readonly error: number; readonly cases: number }>): string {
  const areas = [...new Set(rows.map(({ area }) => area))]
  return [
    "# Keras's vocabulary in Tenon",
    '',
    "Every public name of Keras 3, with the place where Tenon's front door has it. *Worst error* is the largest one that the golden cases of a row showed: results,",
    'gradients, states against real Keras 3 (gradients by PyTorch), max|a − b| / max|b| of each array. A name without cases computes nothing of its own, or is tested elsewhere.',
    'Made by `npm run parity -- --write`.',
    ...areas.flatMap((area) => [
      '',
      `## ${area}`,
      '',
      '| Keras | priority | Tenon | cases | worst error | note |',
      '|---|---|---|---|---|---|',
      ...rows
        .filter((row) => row.area === area)
        .map(({ name, priority, tenon, note }) => {
          const found = errors.get(name)
          const figures = found === undefined ? ' | ' : `${found.cases} | ${found.error === 0 ? '0' : found.error.toExponential(1)}`
          return `| \`${name}\` | ${priority} | ${tenon === '' ? '' : `\`${tenon}\``} | ${figures} | ${note} |`
        }),
    ]),
    '',
  ].join('\n')
}
