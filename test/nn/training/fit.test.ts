import assert from 'node:assert/strict'
import test from 'node:test'
import { createReferenceDevice } from '../../../src/backends/reference/index.ts'
import {
  Adam,
  AdamW,
  type Callback,
  EarlyStopping,
  LambdaCallback,
  type Layer,
  layers,
  numbersOf,
  random,
  registerDevice,
  SGD,
  Sequential,
  setDefaultDevice,
  type Tensor,
  TerminateOnNaN,
  tensor,
} from '../../../src/index.ts'
import { assertClose } from '../close.ts'

const quiet = { verbose: 0 } as const

/** Ten classes around ten centres: easy to learn. */
function clusters(count: number, features = 20, classes = 10): { readonly x: Tensor; readonly y: Tensor } {
  const centres = random.normal(random.key(100), [classes, features])
  const labels = tensor(Int32Array.from({ length: count }, (_, i) => (i * 7) % classes))
  const x: Tensor = centres.gather(labels).add(random.normal(random.key(101), [count, features], { stddev: 0.3 }))
  return { x: tensor(Float32Array.from(numbersOf(x.storageSync())), [count, features]), y: labels }
}

const classifier = (seed = 0, features = 20): Sequential =>
  new Sequential([layers.dense({ units: 16, activation: 'relu', inputDim: features }), layers.dense({ units: 10, activation: 'softmax' })], { seed })

const flat = (tensors: readonly Tensor[]): number[] => tensors.flatMap((t) => Array.from(numbersOf(t.storageSync())))

test('fit: overfits one batch to a loss below 0.01', async () => {
  const { x, y } = clusters(16)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new Adam({ learningRate: 0.05 }), metrics: ['accuracy'] })
  const { history } = await model.fit(x, y, { ...quiet, epochs: 40, batchSize: 16 })
  assert.ok((history.loss.at(-1) ?? 1) < 0.01, `loss ${history.loss.at(-1)}`)
  assert.equal(history.accuracy?.at(-1), 1)
})

test('fit: an untrained classifier has a loss of ln(classes), within 2 %', async () => {
  const small: Layer = layers.dense({
    units: 10,
    activation: 'softmax',
    kernelInitializer: (shape, key) => random.normal(key, shape, { stddev: 0.01 }),
  })
  const model = new Sequential([layers.dense({ units: 32, activation: 'relu', inputDim: 20 }), small])
  model.compile({ loss: 'sparseCategoricalCrossentropy' })
  const { x, y } = clusters(200)
  const { loss } = await model.evaluate(x, y, quiet)
  assert.ok(Math.abs(loss / Math.log(10) - 1) < 0.02, `loss ${loss}`)
})

test('fit: the loss from logits is the loss of probabilities', async () => {
  const { x, y } = clusters(50)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  const fromLogits = await model.evaluate(x, y, quiet)
  model.compile({
    loss: (target, p) => target.oneHot(10).multiply(p.log()).sum(-1).mean().negate(),
  })
  const fromProbabilities = await model.evaluate(x, y, quiet)
  assertClose([fromLogits.loss], [fromProbabilities.loss], 1e-5)
})

test('fit: the epoch figures are means over samples, the short last batch weighs less', async () => {
  const { x, y } = clusters(50)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new SGD({ learningRate: 0 }), metrics: ['accuracy'] })
  const whole = await model.evaluate(x, y, { ...quiet, batchSize: 50 })
  const { history } = await model.fit(x, y, { ...quiet, batchSize: 16 })
  assertClose([history.loss[0] ?? 0, history.accuracy?.[0] ?? 0], [whole.loss, whole.accuracy ?? 1], 1e-5)
})

test('fit: a short last batch of any size compiles nothing new', async (t) => {
  const device = createReferenceDevice()
  let compiled = 0
  const compile: typeof device.compile = (graph) => {
    compiled++
    return device.compile(graph)
  }
  registerDevice({ name: 'counting', priority: -1, available: () => undefined, create: () => ({ name: 'counting', compile }) })
  setDefaultDevice('counting')
  t.after(() => setDefaultDevice(undefined))
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy' })
  const data = [25, 20, 21, 29, 7].map((count) => clusters(count))
  const counts: number[] = []
  for (const { x, y } of data) {
    await model.fit(x, y, { ...quiet, batchSize: 10 })
    counts.push(compiled)
  }
  const [first] = counts
  assert.deepEqual(counts, [first, first, first, first, first])
})

test("fit: validationSplit takes the last samples, before shuffling, as Keras's", async () => {
  const { x, y } = clusters(40)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  const { history } = await model.fit(x, y, { ...quiet, batchSize: 8, validationSplit: 0.25 })
  const last = await model.evaluate(
    x.slice<readonly number[], readonly [number, number]>([30, 0]),
    y.slice<readonly number[], readonly [number]>([30]),
    quiet,
  )
  assertClose([history.valLoss?.[0] ?? 0, history.valAccuracy?.[0] ?? 0], [last.loss, last.accuracy ?? 1], 1e-6)
})

test('fit: validation data of its own is used instead of a split', async () => {
  const { x, y } = clusters(40)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy' })
  const { history } = await model.fit(x, y, { ...quiet, validationData: [x, y] })
  assertClose(history.valLoss ?? [], [(await model.evaluate(x, y, quiet)).loss], 1e-6)
})

test('fit: the same seed gives the same bits, another seed others', async () => {
  const { x, y } = clusters(50)
  const run = async (seed: number): Promise<number[]> => {
    const model = new Sequential(
      [
        layers.dense({ units: 16, activation: 'relu', inputDim: 20 }),
        layers.dropout({ rate: 0.3 }),
        layers.dense({ units: 10, activation: 'softmax' }),
      ],
      { seed },
    )
    model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: 'adam' })
    await model.fit(x, y, { ...quiet, epochs: 3, batchSize: 16 })
    return flat(model.getWeights())
  }
  const first = await run(5)
  assert.deepEqual(await run(5), first)
  assert.notDeepEqual(await run(6), first)
})

test('fit: training that is resumed at an epoch is training that went on', async () => {
  const { x, y } = clusters(40)
  const run = async (parts: readonly (readonly [number, number])[]): Promise<number[]> => {
    const model = classifier()
    model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: 'adam' })
    for (const [initialEpoch, epochs] of parts) await model.fit(x, y, { ...quiet, initialEpoch, epochs })
    return flat(model.getWeights())
  }
  assert.deepEqual(
    await run([
      [0, 2],
      [2, 4],
    ]),
    await run([[0, 4]]),
  )
})

test('fit: eight batches of one, accumulated, are one batch of eight', async () => {
  const { x, y } = clusters(32)
  const run = async (batchSize: number, gradientAccumulationSteps: number): Promise<number[]> => {
    const model = classifier()
    model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new AdamW({ gradientAccumulationSteps, epsilon: 1e-4 }) })
    await model.fit(x, y, { ...quiet, epochs: 2, batchSize, shuffle: false })
    return flat(model.getWeights())
  }
  assertClose(await run(1, 8), await run(8, 1), 1e-6)
})

test('fit: dropout draws other elements in every step and none when the model is asked', async () => {
  const model = new Sequential([layers.dropout({ rate: 0.5, inputDim: 8 }), layers.dense({ units: 1, kernelInitializer: 'ones' })])
  model.compile({ loss: 'mse', optimizer: new SGD({ learningRate: 0 }) })
  const [x, y] = [random.uniform(random.key(3), [1, 8]), tensor([[0]])]
  const losses = [await model.trainOnBatch(x, y), await model.trainOnBatch(x, y), await model.trainOnBatch(x, y)].map(({ loss }) => loss)
  assert.ok(new Set(losses).size > 1, `losses ${losses.join(', ')}`)
  assertClose(await model.predict(x), [Number(x.sum().itemSync())], 1e-5)
})

test('fit: callbacks run in order and may be asynchronous', async () => {
  const { x, y } = clusters(4)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy' })
  const calls: string[] = []
  const callback: Callback = new LambdaCallback({
    onTrainBegin: () => void calls.push('train begin'),
    onEpochBegin: (epoch) => void calls.push(`epoch ${epoch} begin`),
    onBatchBegin: (step) => void calls.push(`batch ${step} begin`),
    onBatchEnd: (step, logs) => void calls.push(`batch ${step} end ${Object.keys(logs).join()}`),
    onEpochEnd: async (epoch, logs) => {
      await new Promise((resume) => setTimeout(resume, 1))
      calls.push(`epoch ${epoch} end ${Object.keys(logs).join()}`)
    },
    onTrainEnd: () => void calls.push('train end'),
  })
  await model.fit(x, y, { ...quiet, batchSize: 2, validationData: [x, y], callbacks: [callback] })
  assert.deepEqual(calls, [
    'train begin',
    'epoch 0 begin',
    'batch 0 begin',
    'batch 0 end loss',
    'batch 1 begin',
    'batch 1 end loss',
    'epoch 0 end loss,valLoss',
    'train end',
  ])
})

test('fit: a callback stops training', async () => {
  const { x, y } = clusters(8)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy' })
  let batches = 0
  const stop: Callback = {
    onBatchEnd: (step, _logs, m) => {
      batches++
      if (step === 1) m.stopTraining = true
    },
  }
  const { epoch } = await model.fit(x, y, { ...quiet, batchSize: 2, epochs: 3, callbacks: [stop] })
  assert.deepEqual([epoch, batches], [[0], 2])
})

test('fit: a loss that is not finite is reported once, with its step; TerminateOnNaN stops', async (t) => {
  const warnings: string[] = []
  t.mock.method(console, 'warn', (text: string) => void warnings.push(text))
  const x = tensor([[1], [2], [3], [4]])
  const y = tensor([[1], [2], [3], [4]])
  const model = new Sequential([layers.dense({ units: 1, inputDim: 1 })])
  model.compile({ loss: 'mse', optimizer: new SGD({ learningRate: 1e15 }) })
  const terminate = new TerminateOnNaN()
  const { epoch } = await model.fit(x, y, { ...quiet, batchSize: 1, epochs: 5, shuffle: false, callbacks: [terminate] })
  assert.deepEqual(epoch, [0])
  assert.equal(warnings.length, 1)
  assert.match(
    warnings[0] ?? '',
    /^fit: expected a finite loss, got (NaN|Infinity) first at step [23] of epoch 1\. Lower the learning rate \(now 999999.*\), clip gradients/,
  )
  assert.equal(terminate.report?.metric, 'loss')
  assert.ok((terminate.report?.step ?? 9) <= 2)
})

test('fit: a NaN in the data is found and named', async (t) => {
  const warnings: string[] = []
  t.mock.method(console, 'warn', (text: string) => void warnings.push(text))
  const model = new Sequential([layers.dense({ units: 1, inputDim: 1 })])
  model.compile({ loss: 'mse' })
  await model.fit(tensor([[1], [Number.NaN], [3]]), tensor([[1], [2], [3]]), { ...quiet, batchSize: 1, shuffle: false })
  assert.match(warnings[0] ?? '', /got NaN first at step 2 of epoch 1\. Row 1 of x has a NaN or an infinity: remove or replace it\./)
})

test('fit: early stopping waits, stops and brings the best weights back', async () => {
  const { x, y } = clusters(20)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new SGD({ learningRate: 0 }) })
  const stopping = new EarlyStopping({ monitor: 'val_loss', patience: 2, restoreBestWeights: true })
  const before = flat(model.getWeights())
  const { epoch } = await model.fit(x, y, { ...quiet, epochs: 10, validationData: [x, y], callbacks: [stopping] })
  assert.deepEqual([epoch, stopping.stoppedEpoch, stopping.bestEpoch], [[0, 1, 2], 2, 0])
  assert.deepEqual(flat(model.getWeights()), before)
})

test('fit: early stopping names the figures there are', async () => {
  const { x, y } = clusters(20)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  await assert.rejects(model.fit(x, y, { ...quiet, callbacks: [new EarlyStopping()] }), {
    name: 'ConfigError',
    message: "earlyStopping: expected one of loss, accuracy to monitor, got 'valLoss'. Pass validation data for figures that begin with val.",
  })
})

test('fit: the learning rate can be changed between epochs', async () => {
  const { x, y } = clusters(20)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new SGD({ learningRate: 0.5 }) })
  assertClose([model.learningRate], [0.5])
  model.learningRate = 0
  const before = flat(model.getWeights())
  await model.fit(x, y, quiet)
  assert.deepEqual(flat(model.getWeights()), before)
})

test('fit: with a schedule the learning rate is that of the last update, and is not set', async () => {
  const { x, y } = clusters(20)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new SGD({ learningRate: (step) => step.multiply(0.25).add(0.5) }) })
  assertClose([model.learningRate], [0.5])
  await model.fit(x, y, { ...quiet, batchSize: 10 })
  assertClose([model.learningRate], [0.75])
  assert.throws(
    () => {
      model.learningRate = 1
    },
    { message: 'sgd: expected a learning rate that is a number to set it, got a schedule. Compile with a number, or change the schedule.' },
  )
})

test('fit: predict follows training, also where it built the model', async () => {
  const { x, y } = clusters(20)
  const model = new Sequential([layers.dense({ units: 10, activation: 'softmax' })])
  const before = await model.predict(x)
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: 'adam' })
  await model.fit(x, y, { ...quiet, epochs: 2 })
  assert.notDeepEqual((await model.predict(x)).toArray(), before.toArray())
})

test('fit: trainOnBatch checks its labels', async () => {
  const { x } = clusters(2)
  const model = classifier()
  model.compile({ loss: 'sparseCategoricalCrossentropy' })
  await assert.rejects(model.trainOnBatch(x, tensor([1, 10])), /^TrainingError: trainOnBatch: expected labels from 0 to 9 .* got 10 in row 1 of y\./)
  assert.ok((await model.trainOnBatch(x, tensor([1, 9]))).loss > 0)
})
