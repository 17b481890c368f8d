// Reads each file of keras-files/ and writes it again into a folder, for check_keras_files.py to open in real Keras.
//
//   npx tsx test/golden/parity/rewrite-keras-files.ts FOLDER

import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadModel } from '../../../src/index.ts'

const source = fileURLToPath(new URL('keras-files', import.meta.url))
const target = process.argv[2]
if (target === undefined) throw new Error('rewrite-keras-files: expected a folder, got none. Name one.')
await mkdir(target, { recursive: true })
for (const name of await readdir(source)) {
  if (!name.endsWith('.keras')) continue
  const model = await loadModel(join(source, name))
  await model.save(join(target, name))
  await model.saveWeights(join(target, name.replace('.keras', '.weights.h5')))
  console.log(name)
}
