import assert from 'node:assert/strict'
import test from 'node:test'
import { Adam, jit, random, Sequential, type Tensor, tensor } from '../../src/index.ts'
import { GPT, generate, gpt, gptParameters, presets } from '../../src/llm/index.ts'
import { assertClose } from '../nn/close.ts'
import { computeOnChosenDevice } from '../chosen-device.ts'

computeOnChosenDevice()

const small = { vocabularySize: 7, contextLength: 8, layers: 2, heads: 2, width: 8 }
const tokens = tensor(
  Int32Array.from({ length: 16 }, (_, i) => (i * 3) % 7),
  [2, 8],
)
const next = tensor(
  Int32Array.from({ length: 16 }, (_, i) => (i * 3 + 5) % 7),
  [2, 8],
)

test('gpt: a position does not see what comes after it', () => {
  const parameters = gptParameters(small, random.key(1))
  const last = (values: readonly number[]): number[] => {
    const logits = gpt(parameters, tensor(Int32Array.from(values), [1, values.length]), small)
    return Array.from(logits.slice<readonly number[], readonly number[], readonly number[]>([0, 2, 0], [1, 1, 7]).dataSync(), Number)
  }
  assertClose(last([1, 2, 3, 4, 5]), last([1, 2, 3, 6, 0]), 1e-6)
  assert.notDeepEqual(last([1, 2, 3]), last([0, 2, 3]))
})

test('gpt: as a function under jit it is the layer of a model', async () => {
  const layer = new GPT(small, { inputShape: [8] })
  const model = new Sequential([layer])
  const logits = jit((parameters: typeof layer.values, x: Tensor) => gpt(parameters, x, small))(layer.values, tokens)
  assertClose(await model.predict(tokens), Array.from(logits.dataSync(), Number), 1e-6)
})

test('gpt: an untrained model has a loss of ln(vocabulary), within 2 %', async () => {
  const model = new Sequential([new GPT(small)])
  model.compile({ loss: 'sparseCategoricalCrossentropy' })
  const { loss } = await model.evaluate(tokens, next, { verbose: 0 })
  assert.ok(Math.abs(loss / Math.log(7) - 1) < 0.02, `loss ${loss}`)
})

test('gpt: overfits one batch to a loss below 0.01, dropout drawn in training only', async () => {
  const model = new Sequential([new GPT({ ...small, dropout: 0.05 })])
  model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new Adam({ learningRate: 0.03 }) })
  await model.fit(tokens, tokens, { verbose: 0, epochs: 50, batchSize: 2 })
  const { loss } = await model.evaluate(tokens, tokens, { verbose: 0 })
  assert.ok(loss < 0.01, `loss ${loss}`)
})

test('gpt: weights that write into the residual stream begin smaller', () => {
  const { blocks, tokens: table, head } = gptParameters({ ...small, width: 64, layers: 8, tieEmbeddings: false }, random.key(0))
  assertClose([Number(table.std().itemSync()), Number(head[0]?.std().itemSync())], [0.02, 0.02], 0.003)
  assertClose([Number(blocks[0]?.feedForward.contract.kernel.std().itemSync())], [0.02 / 4], 0.0005)
})

test('gpt: the preset has as many parameters as GPT-2', () => {
  const { vocabularySize, contextLength, layers, width } = presets.gpt2
  const block = 12 * width * width + 13 * width
  assert.equal(vocabularySize * width + contextLength * width + layers * block + 2 * width, 124_439_808)
})

test('gpt: sizes that do not fit are refused', () => {
  assert.throws(() => new GPT({ ...small, heads: 3 }), { message: 'gpt: expected a width that 3 heads divide, got 8. Use 9.' })
  assert.throws(() => new Sequential([new GPT(small, { inputShape: [9] })]), {
    name: 'ShapeError',
    message: 'gpt: expected tokens [batch, time] of at most 8 positions, got [batch, 9]. Cut them, or raise contextLength.',
  })
})

test('generate: the same seed gives the same tokens, the prompt may be longer than the context', async () => {
  const layer = new GPT(small, { inputShape: [8] })
  assert.equal(new Sequential([layer]).built, true)
  const prompt = [1, 2, 3, 4, 5, 6, 0, 1, 2, 3]
  const first = await generate(layer, prompt, { maxNewTokens: 12, seed: 3 })
  assert.equal(first.length, 12)
  assert.deepEqual(await generate(layer, prompt, { maxNewTokens: 12, seed: 3 }), first)
  assert.notDeepEqual(await generate(layer, prompt, { maxNewTokens: 12, seed: 4 }), first)
})

test('generate: temperature 0 and topK 1 both take the likeliest token', async () => {
  const layer = new GPT(small, { inputShape: [8] })
  assert.equal(new Sequential([layer], { seed: 9 }).built, true)
  const greedy = await generate(layer, [1, 2], { maxNewTokens: 5, temperature: 0 })
  assert.deepEqual(await generate(layer, [1, 2], { maxNewTokens: 5, topK: 1 }), greedy)
  const logits = gpt(layer.values, tensor(Int32Array.of(1, 2), [1, 2]), small)
  assert.equal(
    greedy[0],
    logits.slice<readonly number[], readonly number[], readonly number[]>([0, 1, 0], [1, 1, 7]).reshape([7]).argmax().itemSync(),
  )
})

test('generate: prompts that make no sense are refused', async () => {
  const layer = new GPT(small)
  assert.equal(new Sequential([layer]).built, false)
  await assert.rejects(generate(layer, [1]), /gpt: expected to be built, it is not/)
  const built = new GPT(small, { inputShape: [8] })
  assert.equal(new Sequential([built]).built, true)
  await assert.rejects(generate(built, []), /expected a prompt of at least one token, got none/)
  await assert.rejects(generate(built, [7]), { message: "generate: expected tokens from 0 to 6, got 7 at 0. Use the model's tokenizer." })
})
