import assert from 'node:assert/strict'
import test from 'node:test'
import { activations } from '../../../src/nn/activations/activations.ts'
import { camelCase } from '../../../src/nn/options/identifiers.ts'
import { casesOf, itemsOf, opCases, propertyOf, recordError } from './golden-case.ts'
import content from './activations.json' with { type: 'json' }

const computed = content.cases.filter((entry) => 'function' in entry)
opCases({ ...content, cases: computed }, activations)

const caseOf = (row: string) => {
  const found = casesOf(content).find((golden) => golden.row === row)
  assert.ok(found, row)
  return found
}

test("activations: every name that Keras writes gives a function, whose name is Keras's in camelCase", () => {
  const golden = caseOf('keras.activations.serialize')
  for (const name of itemsOf(golden.get('names')).map(String)) {
    const fn = activations.get(name)
    assert.equal(activations.serialize(fn), camelCase(name))
    assert.equal(activations.deserialize(activations.serialize(fn)), fn)
  }
  recordError(golden.row, 0)
})

test('activations: aliases stand for the same functions', () => {
  const golden = caseOf('keras.activations.get')
  const targets = itemsOf(golden.get('targets')).map(String)
  itemsOf(golden.get('names')).forEach((name, i) => {
    assert.equal(activations.serialize(activations.get(String(name))), camelCase(targets[i] ?? ''))
  })
  recordError(golden.row, 0)
})

test('activations: a config of Keras gives its function', () => {
  const golden = caseOf('keras.activations.deserialize')
  const config = golden.get('config')
  const fn = activations.deserialize({ class_name: String(propertyOf(config, 'class_name')), config: propertyOf(config, 'config') })
  assert.equal(activations.serialize(fn), camelCase(String(golden.get('target'))))
  recordError(golden.row, 0)
})
