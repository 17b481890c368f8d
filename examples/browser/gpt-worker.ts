// The worker of the GPT page: trains, writes and saves, and tells the page. The page's own thread has nothing to do but draw.

import { eventLoopTurn, loadWebgpu, openPageFiles, type PageFiles, setDefaultDevice } from 'tenon'
import type { DeviceName, FromWorker, LossAt, SizeName, ToWorker } from './gpt-messages.ts'
import { GptTraining } from './gpt-training.ts'

/** Characters of a sample. */
const sampleLength = 240
/** Milliseconds between two messages of progress. */
const reportEvery = 120
/** Milliseconds of training between two checkpoints. */
const saveEvery = 10_000

const tell = (message: FromWorker): void => postMessage(message)
const fileName = (size: SizeName): string => `gpt-${size}.safetensors`

let session: { readonly training: GptTraining; readonly files: PageFiles; readonly name: string } | undefined
let untilStep = 0
let temperature = 0.8
let mustSave = false
let mustWrite = false
let saved = -1
let running = false

async function open(size: SizeName, device: DeviceName, anew: boolean): Promise<void> {
  if (device === 'webgpu') await loadWebgpu()
  setDefaultDevice(device)
  const [training, files] = await Promise.all([GptTraining.begin(size), openPageFiles()])
  const name = fileName(size)
  const kept = anew ? undefined : await files.read(name)
  if (anew) await files.remove(name)
  if (kept !== undefined && training.restore(kept)) saved = training.step
  session = { training, files, name }
  const { parameterCount, step, losses, samples } = training
  tell({ kind: 'ready', parameters: parameterCount, step, losses, samples, store: files.kind })
}

/** When the model writes by itself: often at first, where it changes most, and at the end, unless it has just written. */
const writesAt = (step: number, lastSample: number): boolean =>
  step === 100 || step === 250 || step % 500 === 0 || (step === untilStep && step - lastSample >= 50)

/** Trains, writes and saves until there is nothing to do. */
async function work(): Promise<void> {
  if (session === undefined || running) return
  running = true
  const { training } = session
  let told = performance.now()
  let lastSave = performance.now()
  let untold: LossAt[] = []
  const report = (): void => {
    const now = performance.now()
    if (untold.length === 0) return
    const tokensPerSecond = (1000 * untold.length * training.tokensPerStep) / (now - told)
    tell({ kind: 'progress', step: training.step, losses: untold, tokensPerSecond })
    told = now
    untold = []
  }
  if (training.step === 0 && training.samples.length === 0) await write(training)
  told = performance.now()
  while (training.step < untilStep || mustWrite || mustSave) {
    const trains = training.step < untilStep
    if (trains) untold.push({ value: await training.advance(), step: training.step })
    const { step } = training
    if (performance.now() - told >= reportEvery || step === untilStep) report()
    if (mustWrite || (trains && writesAt(step, training.samples.at(-1)?.step ?? 0))) {
      mustWrite = false
      report()
      await write(training)
      told = performance.now()
    }
    if (mustSave || performance.now() - lastSave >= saveEvery) {
      mustSave = false
      report()
      await save()
      lastSave = performance.now()
      told = lastSave
    }
    // Messages of the page are heard here.
    await eventLoopTurn()
  }
  report()
  await save()
  running = false
  tell({ kind: 'stopped' })
}

async function write(training: GptTraining): Promise<void> {
  tell({ kind: 'sample-begins', step: training.step })
  let text = ''
  let told = performance.now()
  let untold = ''
  const flush = (): void => {
    if (untold !== '') tell({ kind: 'characters', text: untold })
    untold = ''
    told = performance.now()
  }
  await training.write(sampleLength, temperature, (character) => {
    text += character
    untold += character
    if (performance.now() - told > 40) flush()
  })
  flush()
  training.samples.push({ step: training.step, text })
}

async function save(): Promise<void> {
  if (session === undefined || session.training.step === saved) return
  const { training, files, name } = session
  const bytes = await training.checkpoint()
  await files.write(name, bytes)
  saved = training.step
  tell({ kind: 'saved', step: saved, bytes: bytes.length })
}

async function hear(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'open':
      return open(message.size, message.device, message.anew)
    case 'train':
      untilStep = message.untilStep
      return work()
    case 'pause':
      untilStep = 0
      return
    case 'temperature':
      temperature = message.value
      return
    case 'write':
      mustWrite = true
      return work()
    case 'save':
      mustSave = true
      return work()
  }
}

addEventListener('message', (event: MessageEvent<ToWorker>) => {
  hear(event.data).catch((error: unknown) => {
    running = false
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  })
})
