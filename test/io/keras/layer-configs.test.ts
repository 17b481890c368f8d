import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { layers } from '../../../src/index.ts'
import { kerasLayer } from '../../../src/io/keras/layer-to-keras.ts'
import { makerFor } from '../../../src/io/keras/model-from-keras.ts'
import { kerasModel } from '../../../src/io/keras/model-to-keras.ts'
import { itemsOf, propertyOf } from '../../golden/parity/golden-case.ts'

const folder = new URL('../../golden/parity/', import.meta.url)
const files = readdirSync(folder).filter((name) => /^(layers|preprocessing)-.*\.json$/.test(name))

/** A config without what is not set or false, and without what says where classes live. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if (propertyOf(value, 'class_name') === 'DTypePolicy') return propertyOf(propertyOf(value, 'config'), 'name')
  const left = new Set(['module', 'registered_name', 'build_config', 'shared_object_id', 'quantization_config', 'sparse', 'renorm_momentum'])
  const entries = Object.entries(value).filter(([key, part]) => part !== null && part !== false && !left.has(key))
  return Object.fromEntries(entries.map(([key, part]) => [key, plain(part)]))
}

for (const file of files) {
  test(`keras configs: every layer of ${file} comes back from Keras's config as Keras wrote it`, () => {
    const cases = itemsOf(propertyOf(JSON.parse(readFileSync(new URL(file, folder), 'utf8')), 'cases'))
    for (const each of cases) {
      const [className, config] = [propertyOf(each, 'className'), propertyOf(each, 'config')]
      if (typeof className !== 'string' || !(className in layers) || typeof config !== 'object' || config === null) continue
      const made = kerasLayer(makerFor('test').layer({ module: 'keras.layers', class_name: className, config, registered_name: null }), kerasModel)
      const [written, wanted] = [plain(made.config), plain(config)]
      // What Keras (or the case) leaves out where every layer has it.
      const common = Object.entries(Object(written)).filter(
        ([key]) => ['trainable', 'name', 'dtype'].includes(key) && propertyOf(config, key) === undefined,
      )
      assert.deepEqual(written, { ...Object.fromEntries(common), ...Object(wanted) }, className)
    }
  })
}
