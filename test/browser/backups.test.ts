import assert from 'node:assert/strict'
import test from 'node:test'
import { inBarePage } from './bare-page.ts'
import { needsChromium } from './chromium.ts'

/** A training that can crash after some batches, and the bits that it ends with. */
const training = `
  const { BackupAndRestore, Callback, EarlyStopping, ModelCheckpoint } = tenon.callbacks
  const [x, y] = [tenon.random.normal(tenon.random.key(1), [8, 3]), tenon.random.normal(tenon.random.key(2), [8, 2])]
  const train = async (own, crash = Infinity) => {
    const model = new tenon.Sequential([tenon.layers.dense({ units: 4, inputDim: 3 }), tenon.layers.dropout({ rate: 0.3 }), tenon.layers.dense({ units: 2 })])
    model.compile({ loss: 'meanSquaredError', optimizer: 'adam' })
    let batches = 0
    const crasher = { onTrainBatchEnd: () => { if (batches++ === crash) throw new Error('crash') } }
    const callbacks = [new EarlyStopping({ monitor: 'loss', patience: 9, restoreBestWeights: true }), crasher, ...own]
    const { history } = await model.fit(x, y, { epochs: 4, batchSize: 4, verbose: 0, callbacks })
    return [history.loss, ...(await Promise.all(model.getWeights().map(async (w) => [...(await w.data())])))]
  }`

for (const inWorker of [false, true]) {
  test(`backupAndRestore in ${inWorker ? 'a worker' : 'a page'}: a training that crashed ends with the same bits`, needsChromium, async () => {
    const result = await inBarePage(
      `${training}
      const backup = () => new BackupAndRestore({ backupDir: 'backup', saveFreq: 1, doubleCheckpoint: true })
      const whole = await train([])
      const failed = await train([backup()], 5).catch((error) => error.message)
      const files = await tenon.openPageFiles()
      const kept = await files.names()
      const bytes = await files.read('backup/latest.safetensors')
      bytes[bytes.length - 1] ^= 1
      await files.write('backup/latest.safetensors', bytes)
      const warnings = []
      console.warn = (text) => warnings.push(text)
      return [whole, await train([backup()]), failed, kept, warnings, await files.names()]`,
      { inWorker },
    )
    assert.ok(Array.isArray(result), JSON.stringify(result))
    const [whole, resumed, failed, kept, warnings, left] = result
    assert.deepEqual(resumed, whole)
    assert.deepEqual([failed, kept, left], ['crash', ['backup/latest.safetensors', 'backup/previous.safetensors'], []])
    assert.match(
      String(warnings),
      /^read 'backup\/latest\.safetensors': expected a backup with its own checksum, got .* The state before it is taken\.$/,
    )
  })
}

test('modelCheckpoint in a page: keeps weights, which loadWeights takes, and refuses whole models', needsChromium, async () => {
  const result = await inBarePage(`
    const { ModelCheckpoint } = tenon.callbacks
    const [trained, model] = [1, 2].map((seed) => new tenon.Sequential([tenon.layers.dense({ units: 4, inputDim: 3 })], { seed }))
    trained.compile({ loss: 'meanSquaredError', optimizer: 'adam' })
    const checkpoint = new ModelCheckpoint({ filepath: 'weights-{epoch}.safetensors', saveWeightsOnly: true })
    await trained.fit(tenon.ones([8, 3]), tenon.ones([8, 4]), { epochs: 2, verbose: 0, callbacks: [checkpoint] })
    await model.loadWeights('weights-2.safetensors')
    const numbers = (model) => Promise.all(model.getWeights().map(async (w) => [...(await w.data())]))
    const [weights, loaded] = [await numbers(trained), await numbers(model)]
    let refused = ''
    try { new ModelCheckpoint({ filepath: 'm.keras' }) } catch (error) { refused = error.message }
    return [weights, loaded, refused, await (await tenon.openPageFiles()).names()]`)
  assert.ok(Array.isArray(result), JSON.stringify(result))
  const [weights, loaded, refused, names] = result
  assert.deepEqual(loaded, weights)
  assert.equal(refused, 'modelCheckpoint: expected saveWeightsOnly in a page, got whole models. Set it to true.')
  assert.deepEqual(names, ['weights-1.safetensors', 'weights-2.safetensors'])
})
