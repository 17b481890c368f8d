// Second part of the demo: a GPT of four layers learns to write like Shakespeare, a character at a time, from nothing.

import { readFile } from 'node:fs/promises'
import { CharacterTokenizer, consecutiveWindows, randomWindows, splitTokens, type TokenWindows } from '../../data/index.ts'
import { AdamW, type Callback, cosineDecay, Sequential, tensor } from '../../index.ts'
import { GPT, generate } from '../../llm/index.ts'
import type { ShakespeareSize } from './sizes.ts'
import { type Speed, Stopwatch } from './speed.ts'

/** Trains the GPT; how well and how fast. */
export async function learnShakespeare(file: string, size: ShakespeareSize): Promise<Speed> {
  const { context, batch, steps, stepsPerReport } = size
  const text = await readFile(file, 'utf8')
  const tokenizer = CharacterTokenizer.of(text)
  const { train, validation } = splitTokens(tokenizer.encode(text))
  const gpt = new GPT({ ...size, vocabularySize: tokenizer.vocabularySize, contextLength: context }, { inputShape: [context] })
  const model = new Sequential([gpt])
  const parameters = model.countParams()
  console.log('2. Shakespeare, a character at a time\n')
  console.log(`GPT: ${size.layers} layers × ${size.width}, ${context} characters of context, ${parameters.toLocaleString('en-US')} parameters\n`)

  const warmupSteps = Math.min(100, Math.floor(steps / 10))
  model.compile({
    loss: 'sparseCategoricalCrossentropy',
    optimizer: new AdamW({
      learningRate: cosineDecay({ initialLearningRate: 0, warmupTarget: 3e-3, warmupSteps, decaySteps: steps - warmupSteps, alpha: 0.1 }),
      beta2: 0.99,
      weightDecay: 0.1,
      decayMatricesOnly: true,
      clipNorm: 1,
    }),
  })
  const held = spread(consecutiveWindows(validation, context), size.validationWindows)
  const validationLoss = async (): Promise<number> =>
    (await model.evaluate(held.inputs, held.targets, { batchSize: 24, verbose: 0 })).loss ?? Number.NaN
  const write = async (): Promise<string> =>
    tokenizer.decode(await generate(gpt, tokenizer.encode('\n'), { maxNewTokens: size.sampleLength, temperature: 0.8, seed: 1 }))

  console.log(`Before training, validation loss ${(await validationLoss()).toFixed(3)}, it writes:\n\n${indented((await write()).slice(0, 120))}\n`)
  const stopwatch = new Stopwatch(20)
  let loss = Number.NaN
  for (let done = 0; done < steps; done += stepsPerReport) {
    const count = Math.min(stepsPerReport, steps - done)
    const { inputs, targets } = randomWindows(train, context, count * batch, done)
    const history = await model.fit(inputs, targets, {
      batchSize: batch,
      shuffle: false,
      verbose: 0,
      callbacks: [stopwatch, progress(done, steps)],
    })
    loss = await validationLoss()
    const trained = history.history.loss?.at(-1) ?? Number.NaN
    const pace = Math.round(stopwatch.stepsPerSecond * batch * context).toLocaleString('en-US')
    console.log(
      `step ${String(done + count).padStart(4)} of ${steps}  training loss ${trained.toFixed(3)}  validation loss ${loss.toFixed(3)}  ${pace} characters/s`,
    )
  }
  console.log(`\nAfter training, validation loss ${loss.toFixed(3)}, it writes:\n\n${indented(await write())}`)

  const perSecond = stopwatch.stepsPerSecond * batch * context
  // 6 per multiplied parameter and token (all but the positions), and attention, the causal one counted in full.
  const flopsPerToken = 6 * (parameters - context * size.width) + 12 * size.layers * size.width * context
  return {
    name: `GPT ${size.layers} × ${size.width}`,
    result: `validation loss ${loss.toFixed(2)}`,
    perSecond,
    unit: 'tokens',
    flopsPerSecond: perSecond * flopsPerToken,
  }
}

/** Shows the step on a terminal, over and over in one line. */
function progress(done: number, steps: number): Callback {
  const { stdout } = process
  let shown = 0
  return {
    onBatchBegin(step) {
      if (stdout.isTTY !== true || performance.now() - shown < 100) return
      shown = performance.now()
      stdout.write(`\rstep ${String(done + step).padStart(4)} of ${steps}\u001b[K`)
    },
    onTrainEnd() {
      if (stdout.isTTY === true) stdout.write('\r\u001b[K')
    },
  }
}

/** `count` windows, evenly spread over all; all of them where there are fewer. */
function spread({ inputs, targets }: TokenWindows, count: number): TokenWindows {
  const [all = 0, length = 0] = inputs.shape
  if (all <= count) return { inputs, targets }
  const pick = (source: TokenWindows['inputs']): TokenWindows['inputs'] => {
    const rows = Int32Array.from({ length: count }, (_, i) => Math.floor((i * all) / count))
    const data = source.dataSync()
    const picked = new Int32Array(count * length)
    rows.forEach((row, i) => {
      for (let j = 0; j < length; j++) picked[i * length + j] = Number(data[row * length + j])
    })
    return tensor(picked, [count, length])
  }
  return { inputs: pick(inputs), targets: pick(targets) }
}

const indented = (text: string): string => text.replaceAll(/^/gm, '    ')
