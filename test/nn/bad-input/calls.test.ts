import assert from 'node:assert/strict'
import test from 'node:test'
import { layers } from '../../../src/index.ts'
import { callTable } from './call-table.ts'
import { dataCallTable } from './data-call-table.ts'
import { recurrentCallTable } from './recurrent-call-table.ts'
import { windowCallTable } from './window-call-table.ts'

const rows = [...callTable, ...windowCallTable, ...recurrentCallTable, ...dataCallTable]
/** A base of others, what is no layer, and what is called on nothing. */
const without = ['Wrapper', 'InputSpec', 'InputLayer']

test('bad input: every exported layer is called with wrong inputs', () => {
  const tried = new Set(rows.map(({ made }) => made))
  const classes = Object.entries(layers).filter(([name, value]) => /^[A-Z]/.test(name) && typeof value === 'function' && !without.includes(name))
  assert.deepEqual(
    classes.filter(([, made]) => !tried.has(made)).map(([name]) => name),
    [],
  )
})

for (const row of rows) {
  test(`bad input: ${row.className} says what is wrong with what it is called with`, () => {
    assert.deepEqual(row.complaints(), [])
  })
}
