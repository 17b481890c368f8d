import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import test from 'node:test'

const example = readFileSync('examples/textbook.ts', 'utf8')

test('examples/textbook.ts: runs as it stands and learns', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'examples/textbook.ts'], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const losses = [...stdout.matchAll(/loss: ([\d.]+)/g)].map((match) => Number(match[1]))
  assert.equal(losses.length, 5, stdout)
  assert.ok((losses.at(-1) ?? Number.NaN) < 0.75 * (losses[0] ?? Number.NaN), stdout)
})

test('README.md, README.zh.md: show examples/textbook.ts word for word', () => {
  const code = example.split('\n').slice(1).join('\n').trim()
  for (const file of ['README.md', 'README.zh.md']) assert.ok(readFileSync(file, 'utf8').includes(code), `${file} shows another text`)
})
