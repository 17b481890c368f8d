import assert from 'node:assert/strict'
import test from 'node:test'
import { distillation, Input, layers, Model, random, Sequential, Tensor, tensor } from '../../../src/index.ts'
import { assertClose } from '../close.ts'

const { Distiller, FeatureDistillation, LogitsDistillation } = distillation
const numbers = (x: Tensor): number[] => Array.from(x.dataSync(), Number)

test('LogitsDistillation: the divergence of softened probabilities, times the square of the temperature', () => {
  const [teacher, student] = [tensor([[1, 2, 4]]), tensor([[0, 3, 1]])]
  const softened = (logits: readonly number[]): number[] => {
    const powers = logits.map((logit) => Math.exp(logit / 2))
    return powers.map((power) => power / powers.reduce((a, b) => a + b))
  }
  const [p, q] = [softened([1, 2, 4]), softened([0, 3, 1])]
  const divergence = p.reduce((total, a, i) => total + a * Math.log(a / (q[i] ?? 1)), 0)
  assertClose(numbers(new LogitsDistillation({ temperature: 2 }).computeLoss(teacher, student)), [4 * divergence], 1e-5)
  assertClose(numbers(new LogitsDistillation({ temperature: 2, loss: 'mse' }).computeLoss(teacher, student)), [(1 + 1 + 9) / 3 / 4], 1e-5)
  const two = new FeatureDistillation({ loss: ['mae', null] })
  assertClose(numbers(two.computeLoss([teacher, teacher], [student, student])), [5 / 3], 1e-5)
  assert.throws(() => new LogitsDistillation({ temperature: 0 }), /expected temperature to be a finite number above 0, got 0/)
})

test('Distiller: a student comes nearer to its teacher, which stays as it is; losses and their parts are reported', async () => {
  const input = Input({ shape: [4] })
  const hidden = layers.dense({ units: 6, activation: 'tanh', name: 'teacherHidden', kernelInitializer: 'heNormal' })(input)
  const teacher = new Model({ inputs: input, outputs: layers.dense({ units: 3, kernelInitializer: 'heNormal' })(hidden) })
  const student = new Sequential([layers.dense({ units: 6, activation: 'tanh', inputDim: 4, name: 'small' }), layers.dense({ units: 3 })])
  const distiller = new Distiller({
    teacher,
    student,
    distillationLosses: [new LogitsDistillation(), new FeatureDistillation({ teacherLayerName: 'teacherHidden', studentLayerName: 'small' })],
    distillationLossWeights: [1, 0.5],
    studentLossWeight: 0.25,
  })
  const x = tensor(Float32Array.from(numbers(random.normal(random.key(2), [48, 4]))), [48, 4])
  const y = await teacher.predict(x)
  const before = teacher.getWeights().flatMap(numbers)
  distiller.compile({ optimizer: 'adam', loss: 'mse' })
  const { history } = await distiller.fit(x, y, { epochs: 6, batchSize: 16, verbose: 0 })
  const at = (name: string, epoch: number): number => history[name]?.at(epoch) ?? Number.NaN
  assert.ok(at('loss', -1) < at('loss', 0))
  assertClose([at('loss', 0)], [0.25 * at('studentLoss', 0) + 0.75 * at('distillationLoss', 0)], 1e-4)
  assert.deepEqual(teacher.getWeights().flatMap(numbers), before)
  const result = await distiller.predict(x)
  assert.ok(result instanceof Tensor)
  assertClose(numbers(result), numbers(await student.predict(x)), 1e-6)
})
