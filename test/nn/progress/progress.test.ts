import assert from 'node:assert/strict'
import test from 'node:test'
import { layers, random, Sequential, type Terminal, tensor } from '../../../src/index.ts'
import { figuresText, Progress } from '../../../src/nn/progress/progress.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

function recorder(interactive: boolean, columns = 200): Terminal & { text: string } {
  const terminal = {
    interactive,
    columns,
    colours: false,
    text: '',
    write: (part: string) => {
      terminal.text += part
    },
  }
  return terminal
}

const figures = { loss: 0.5, valLoss: 0.25, accuracy: 0.75, valAccuracy: 1 }

test('progress: figures by name, validation last, small ones with an exponent', () => {
  assert.equal(figuresText(figures), ' - accuracy: 0.7500 - loss: 0.5000 - valAccuracy: 1.0000 - valLoss: 0.2500')
  assert.equal(figuresText({ loss: 0.00001234 }), ' - loss: 1.2340e-5')
})

test('progress: a bar on a terminal, drawn over itself', () => {
  const terminal = recorder(true)
  const progress = new Progress(terminal, 'auto', 40)
  progress.beginEpoch(2, 5)
  progress.draw(10, { loss: 1 })
  progress.end(40, figures)
  const [heading, bars = ''] = terminal.text.split('\n')
  assert.equal(heading, 'Epoch 3/5')
  const [, first = '', second = ''] = bars.split('\r')
  assert.match(first, /^10\/40 ━{5} {15} 0s \d+us\/step - loss: 1\.0000/)
  assert.match(second, /^40\/40 ━{20} 0s \d+us\/step - accuracy: 0\.7500 - loss: 0\.5000 - valAccuracy: 1\.0000 - valLoss: 0\.2500/)
})

test('progress: a line is cut to the width of the terminal', () => {
  const terminal = recorder(true, 30)
  new Progress(terminal, 1, 10).draw(5, figures)
  assert.match(terminal.text, /^\r.{29}.\[K$/s)
})

test('progress: elsewhere a line per epoch without control characters, and silence with 0', async () => {
  const model = new Sequential([layers.dense({ units: 1, inputDim: 2 })])
  model.compile({ loss: 'mse' })
  const [x, y] = [random.normal(random.key(1), [8, 2]), tensor(new Float32Array(8), [8, 1])]
  const lines = recorder(false)
  await model.fit(x, y, { epochs: 2, batchSize: 4, terminal: lines })
  assert.match(lines.text, /^Epoch 1\/2\n2\/2 - 0s [\d.]+[mu]s\/step - loss: \d\.\d{4}\nEpoch 2\/2\n2\/2 - .*\n$/)
  const silent = recorder(false)
  await model.fit(x, y, { terminal: silent, verbose: 0 })
  assert.equal(silent.text, '')
})
