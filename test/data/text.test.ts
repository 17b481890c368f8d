import assert from 'node:assert/strict'
import test from 'node:test'
import { CharacterTokenizer, consecutiveWindows, randomWindows, splitTokens } from '../../src/data/index.ts'
import '../../src/index.ts'

test('character tokenizer: text becomes numbers and text again', () => {
  const tokenizer = CharacterTokenizer.of('hello, 世界 🙂')
  assert.deepEqual(tokenizer.characters, [' ', ',', 'e', 'h', 'l', 'o', '世', '界', '🙂'])
  assert.equal(tokenizer.decode(tokenizer.encode('oh 🙂')), 'oh 🙂')
  assert.throws(() => tokenizer.encode('hex'), {
    message: 'tokenizer: expected characters of the vocabulary, got "x" at 2. Replace it, or make the vocabulary of a text that has it.',
  })
  assert.throws(() => tokenizer.decode([9]), { message: "tokenizer: expected numbers from 0 to 8, got 9. Check the model's vocabulary." })
})

test('splitTokens: the first part to train with, the rest to validate with', () => {
  const { train, validation } = splitTokens(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
  assert.deepEqual([train.length, [...validation]], [9, [9]])
})

test('windows: targets are one token further, and the last token can be one', () => {
  const tokens = Int32Array.of(0, 1, 2, 3, 4, 5, 6)
  const { inputs, targets } = consecutiveWindows(tokens, 3)
  assert.deepEqual(
    [inputs.toArray(), targets.toArray()],
    [
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
  )
  const drawn = randomWindows(tokens, 3, 200, 1)
  const starts = drawn.inputs.toArray()
  const firsts = new Set(Array.isArray(starts) ? starts.map((row) => (Array.isArray(row) ? Number(row[0]) : -1)) : [])
  assert.deepEqual([...firsts].sort(), [0, 1, 2, 3])
  assert.deepEqual(randomWindows(tokens, 3, 200, 1).inputs.toArray(), starts)
  assert.deepEqual(drawn.targets.subtract(drawn.inputs).min().itemSync(), 1)
})

test('windows: too little text is refused', () => {
  assert.throws(() => randomWindows(Int32Array.of(1, 2), 2, 1), {
    name: 'TrainingError',
    message: 'windows: expected more than 2 tokens for one window, got 2. Use more text or a shorter window.',
  })
})
