// The page where a GPT is trained: starts the worker, shows what it tells.

import { Curve, type Point } from './curve.ts'
import { FrameWatch } from './frame-watch.ts'
import type { DeviceName, FromWorker, LossAt, SizeName, ToWorker } from './gpt-messages.ts'
import { element } from './page-elements.ts'

/** Steps of one press of the button; `?steps=` in the address asks for others. */
const stepsPerTraining = Number(new URLSearchParams(location.search).get('steps') ?? 3000)

const trainButton = element('train', HTMLButtonElement)
const anewButton = element('anew', HTMLButtonElement)
const writeButton = element('write', HTMLButtonElement)
const temperature = element('temperature', HTMLInputElement)
const status = element('status', HTMLParagraphElement)
const samples = element('samples', HTMLDivElement)
const curve = new Curve(element('curve', SVGSVGElement))
const frames = new FrameWatch()
const sizes = [...document.querySelectorAll<HTMLInputElement>('input[name=size]')]
const devices = [...document.querySelectorAll<HTMLInputElement>('input[name=device]')]

let worker: Worker | undefined
let step = 0
let losses: LossAt[] = []
let training = false
let store = ''
let savedText = ''

const send = (message: ToWorker): void => worker?.postMessage(message)

const show = (id: string, text: string): void => {
  element(id, HTMLElement).textContent = text
}

/** Starts a worker for a size of model; an earlier one is ended. */
function open(size: SizeName, anew: boolean): void {
  worker?.terminate()
  worker = new Worker(new URL('gpt-worker.js', import.meta.url), { type: 'module' })
  worker.addEventListener('message', (event: MessageEvent<FromWorker>) => hear(event.data))
  worker.addEventListener('error', (event) => hear({ kind: 'failed', message: event.message || 'The worker could not be started.' }))
  for (const button of [trainButton, anewButton, writeButton]) button.disabled = true
  status.classList.remove('wrong')
  send({ kind: 'temperature', value: temperature.valueAsNumber })
  send({ kind: 'open', size, device: chosenDevice(), anew })
}

function hear(message: FromWorker): void {
  switch (message.kind) {
    case 'ready': {
      step = message.step
      losses = [...message.losses]
      store = message.store === 'opfs' ? 'this browser’s private files' : 'this browser’s database'
      samples.replaceChildren()
      for (const { step, text } of message.samples) beginSample(step).textContent = text
      endSample()
      show('parameters', message.parameters.toLocaleString('en'))
      showProgress()
      savedText = step > 0 ? `Resumed from the checkpoint of step ${step.toLocaleString('en')}.` : ''
      status.textContent = savedText
      setTraining(false)
      return
    }
    case 'progress':
      if (status.textContent === 'Compiling…') status.textContent = savedText
      step = message.step
      losses.push(...message.losses)
      show('pace', Math.round(message.tokensPerSecond).toLocaleString('en'))
      showProgress()
      return
    case 'sample-begins':
      beginSample(message.step)
      return
    case 'characters': {
      const text = samples.querySelector('.live pre')
      if (status.textContent === 'Compiling…') status.textContent = savedText
      if (text !== null) text.textContent += message.text
      return
    }
    case 'saved':
      savedText = `Step ${message.step.toLocaleString('en')} saved in ${store} (${(message.bytes / 1e6).toFixed(1)} MB).`
      status.textContent = savedText
      document.body.dataset.savedStep = String(message.step)
      return
    case 'stopped':
      endSample()
      setTraining(false)
      return
    case 'failed':
      status.classList.add('wrong')
      status.textContent = message.message
      setTraining(false)
  }
}

function setTraining(now: boolean): void {
  training = now
  if (now) {
    frames.worst = 0
    frames.start()
  } else {
    frames.stop()
    document.body.dataset.worstFrame = frames.worst.toFixed(1)
  }
  for (const button of [trainButton, writeButton]) button.disabled = false
  anewButton.disabled = now || step === 0
  trainButton.textContent = now ? 'Pause' : step === 0 ? 'Start training' : 'Continue'
  for (const input of [...sizes, ...devices]) input.disabled = now
}

let drawing = false

function showProgress(): void {
  show('step', step.toLocaleString('en'))
  show('loss', step === 0 ? '–' : recentMean().toFixed(3))
  document.body.dataset.step = String(step)
  document.body.dataset.lastLoss = String(losses.at(-1)?.value ?? '')
  if (drawing) return
  drawing = true
  requestAnimationFrame(() => {
    drawing = false
    curve.draw([
      { kind: 'faint', points: thinned(losses, 400) },
      { kind: 'a', name: 'training loss', points: thinned(losses, 60) },
    ])
  })
}

/** The mean of the latest losses: single steps differ by the text they saw. */
function recentMean(): number {
  const recent = losses.slice(-20)
  return recent.reduce((sum, { value }) => sum + value, 0) / recent.length
}

/** At most `count` points, each the mean of its neighbours. */
function thinned(points: readonly LossAt[], count: number): Point[] {
  const width = Math.max(1, Math.ceil(points.length / count))
  return Array.from({ length: Math.ceil(points.length / width) }, (_, i) => {
    const part = points.slice(i * width, (i + 1) * width)
    return { step: part.at(-1)?.step ?? 0, value: part.reduce((sum, { value }) => sum + value, 0) / part.length }
  })
}

/** A new sample above the others; its text is returned. */
function beginSample(atStep: number): HTMLPreElement {
  endSample()
  samples.querySelector('.empty')?.remove()
  const article = document.createElement('article')
  const heading = document.createElement('h3')
  const text = document.createElement('pre')
  article.className = 'sample live'
  heading.textContent = atStep === 0 ? 'Before training' : `After ${atStep.toLocaleString('en')} steps`
  article.append(heading, text)
  samples.prepend(article)
  samples.scrollTop = 0
  return text
}

function endSample(): void {
  for (const live of samples.querySelectorAll('.live')) live.classList.remove('live')
}

const chosenSize = (): SizeName => (sizes.find(({ checked }) => checked)?.value === 'medium' ? 'medium' : 'small')

const chosenDevice = (): DeviceName => (devices.find(({ checked }) => checked)?.value === 'webgpu' ? 'webgpu' : 'wasm')

trainButton.addEventListener('click', () => {
  if (training) send({ kind: 'pause' })
  else {
    setTraining(true)
    status.classList.remove('wrong')
    status.textContent = 'Compiling…'
    send({ kind: 'train', untilStep: step + stepsPerTraining })
  }
})
writeButton.addEventListener('click', () => {
  if (!training) setTraining(true)
  send({ kind: 'write' })
})
anewButton.addEventListener('click', () => open(chosenSize(), true))
temperature.addEventListener('input', () => {
  show('temperature-value', temperature.valueAsNumber.toFixed(2))
  send({ kind: 'temperature', value: temperature.valueAsNumber })
})
for (const input of [...sizes, ...devices]) input.addEventListener('change', () => open(chosenSize(), false))
document.addEventListener('visibilitychange', () => {
  if (document.hidden) send({ kind: 'save' })
})

element('device', HTMLFieldSetElement).hidden = !('gpu' in navigator)
open(chosenSize(), false)
