import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { layers, Sequential, tensor } from '../../src/browser/everyday.ts'
import { AUC } from '../../src/nn/metrics/auc.ts'

const model = (): Sequential => new Sequential([layers.dense({ units: 1, activation: 'sigmoid', inputDim: 2 })])

test('the everyday front door: a model trains with everyday losses, metrics and optimizers by name, and with others as objects', async () => {
  const trained = model()
  trained.compile({ optimizer: 'adam', loss: 'binary_crossentropy', metrics: ['accuracy', new AUC()] })
  const x = tensor([
    [0, 1],
    [1, 0],
  ])
  const { history } = await trained.fit(x, tensor([[0], [1]]), { epochs: 2, verbose: 0 })
  assert.deepEqual(Object.keys(history), ['loss', 'accuracy', 'auc'])
})

test('the everyday front door: the error of a name that it does not know says where it is known', () => {
  for (const [kind, options] of [
    ['loss', { loss: 'tversky' }],
    ['metric', { metrics: ['auc'] }],
    ['optimizer', { optimizer: 'lamb' }],
  ] as const) {
    assert.throws(() => model().compile(options), {
      name: 'ConfigError',
      message: new RegExp(
        `^${kind}: expected one of .+ Pass any other ${kind} as an object, or import Model or Sequential from tenon, where all names are known\\.$`,
      ),
    })
  }
})

test('the whole front door: a bundler keeps every name with its models', async () => {
  const program = `import { layers, Sequential } from './browser/index.ts'
    const model = new Sequential([layers.dense({ units: 1, inputDim: 2, kernelInitializer: 'orthogonal' })])
    const learningRate = { className: 'OneCycle', config: { maxLearningRate: 1, totalSteps: 9 } }
    model.compile({ optimizer: { className: 'Lamb', config: { learningRate } }, loss: 'tversky', metrics: ['r2Score'] })
    export const names = [model.optimizer?.className]`
  const folder = await mkdtemp(join(tmpdir(), 'tenon-bundle-'))
  try {
    await build({
      stdin: { contents: program, resolveDir: 'src', loader: 'ts' },
      ...{ bundle: true, minify: true, format: 'esm', splitting: true, outdir: folder, outExtension: { '.js': '.mjs' } },
    })
    const bundled: unknown = await import(pathToFileURL(join(folder, 'stdin.mjs')).href)
    assert.deepEqual(Object.entries(Object(bundled)), [['names', ['Lamb']]])
  } finally {
    await rm(folder, { recursive: true })
  }
})
