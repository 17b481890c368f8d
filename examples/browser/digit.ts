// The page where one draws a digit: puts the pad, the training and the bars together.

import type { Sequential } from 'tenon'
import { Curve, type Point } from './curve.ts'
import { digitImage, inkPixels } from './digit-image.ts'
import { batchSize, type Digits, loadDigits, makeNetwork, type NetworkKind, probabilities, trainNetwork } from './digit-network.ts'
import { DrawingPad } from './drawing-pad.ts'
import { FrameWatch } from './frame-watch.ts'
import { element } from './page-elements.ts'

/** Epochs that one press of the button trains. */
const epochsPerTraining: Readonly<Record<NetworkKind, number>> = { dense: 5, convolutional: 3 }

const trainButton = element('train', HTMLButtonElement)
const status = element('status', HTMLParagraphElement)
const curve = new Curve(element('curve', SVGSVGElement))
const frames = new FrameWatch()
const pad = new DrawingPad(element('pad', HTMLCanvasElement), () => {
  shown = undefined
  drawn = digitImage(pad.strokes)
  ask()
})

let kind: NetworkKind = 'dense'
let model: Sequential = makeNetwork(kind)
let epochs = 0
let steps = 0
let training = false
/** The drawing as the network wants it. */
let drawn: Float32Array<ArrayBuffer> | undefined
/** A digit of the data that is shown in place of a drawing. */
let shown: Float32Array<ArrayBuffer> | undefined
let losses: Point[] = []
let accuracies: Point[] = []

const bars = Array.from({ length: 10 }, (_, digit) => {
  const bar = document.createElement('li')
  const [name, track, fill, share] = ['span', 'span', 'span', 'span'].map((tag) => document.createElement(tag))
  if (name === undefined || track === undefined || fill === undefined || share === undefined) throw new TypeError('digit: four elements a bar')
  name.textContent = String(digit)
  track.className = 'track'
  fill.className = 'fill'
  share.className = 'share'
  share.textContent = '–'
  track.append(fill)
  bar.append(name, track, share)
  return { bar, fill, share }
})
element('bars', HTMLOListElement).append(...bars.map(({ bar }) => bar))

// Reading what is drawn. While training runs it owns the network, and asks between two steps.

let asked = false

function ask(): void {
  asked = true
  element('hint', HTMLParagraphElement).hidden = currentImage() !== undefined
  if (!training) void read()
}

const currentImage = (): Float32Array<ArrayBuffer> | undefined => shown ?? drawn

let reading = Promise.resolve()

/** Reads what is drawn, after what is being read; once for all changes since then. */
function read(): Promise<void> {
  reading = reading.then(async () => {
    if (!asked) return
    asked = false
    const image = currentImage()
    showSeen(image)
    showProbabilities(image === undefined ? undefined : await probabilities(model, image))
  })
  return reading
}

function showSeen(image: Float32Array | undefined): void {
  const canvas = element('seen', HTMLCanvasElement)
  const context = canvas.getContext('2d')
  if (context === null) return
  context.globalCompositeOperation = 'source-over'
  context.putImageData(inkPixels(image ?? new Float32Array(784)), 0, 0)
  context.globalCompositeOperation = 'source-in'
  context.fillStyle = getComputedStyle(canvas).getPropertyValue('--stroke')
  context.fillRect(0, 0, 28, 28)
}

function showProbabilities(all: readonly number[] | undefined): void {
  const best = all?.indexOf(Math.max(...all))
  bars.forEach(({ bar, fill, share }, digit) => {
    const value = all?.[digit] ?? 0
    bar.classList.toggle('best', digit === best)
    fill.style.setProperty('--share', value.toFixed(4))
    share.textContent = all === undefined ? '–' : `${Math.round(100 * value)} %`
  })
  const sure = best === undefined ? 0 : (all?.[best] ?? 0)
  element('answer', HTMLOutputElement).textContent = best === undefined ? '' : String(best)
  element('certainty', HTMLSpanElement).textContent =
    best === undefined ? 'Draw something first' : epochs === 0 && losses.length === 0 ? 'A guess: it has learned nothing yet' : certainty(sure)
}

const certainty = (share: number): string =>
  share > 0.95 ? 'Sure of it' : share > 0.7 ? 'Fairly sure' : share > 0.4 ? 'Not quite sure' : 'Hardly more than a guess'

// Training

async function train(digits: Digits): Promise<void> {
  training = true
  trainButton.textContent = 'Pause'
  setChoice(false)
  frames.worst = 0
  frames.start()
  await reading
  const began = performance.now()
  const before = steps
  try {
    await trainNetwork(model, digits, epochs, epochs + epochsPerTraining[kind], {
      async onSteps(count, loss, accuracy) {
        steps += count
        losses.push({ step: steps, value: loss })
        accuracies.push({ step: steps, value: accuracy })
        show('loss', loss.toFixed(3))
        show('pace', Math.round((1000 * (steps - before) * batchSize) / (performance.now() - began)).toLocaleString('en'))
        show('epoch', `${epochs + 1}`)
        drawCurve()
        if (asked || currentImage() !== undefined) {
          asked = true
          await read()
        }
      },
      onEpoch(epoch, accuracy) {
        epochs = epoch + 1
        show('accuracy', `${(100 * accuracy).toFixed(1)} %`)
      },
    })
    status.textContent = `Trained in ${((performance.now() - began) / 1000).toFixed(1)} s. Longest time between two frames meanwhile: ${Math.round(frames.worst)} ms.`
  } catch (error) {
    fail(error)
  } finally {
    training = false
    frames.stop()
    document.body.dataset.worstFrame = frames.worst.toFixed(1)
    trainButton.textContent = 'Train on'
    setChoice(true)
    asked = true
    await read()
  }
}

let drawing = false

function drawCurve(): void {
  if (drawing) return
  drawing = true
  requestAnimationFrame(() => {
    drawing = false
    curve.draw([
      { kind: 'b', name: 'accuracy', top: 1, points: thinned(accuracies) },
      { kind: 'a', name: 'loss', points: thinned(losses) },
    ])
  })
}

/** At most some 200 points, each the mean of its neighbours: more than a screen shows. */
function thinned(points: readonly Point[]): Point[] {
  const width = Math.max(1, Math.ceil(points.length / 200))
  return Array.from({ length: Math.ceil(points.length / width) }, (_, i) => {
    const part = points.slice(i * width, (i + 1) * width)
    return { step: part.at(-1)?.step ?? 0, value: part.reduce((sum, { value }) => sum + value, 0) / part.length }
  })
}

function setChoice(enabled: boolean): void {
  for (const input of choices) input.disabled = !enabled
}

const show = (id: string, text: string): void => {
  element(id, HTMLElement).textContent = text
}

function fail(error: unknown): void {
  status.classList.add('wrong')
  status.textContent = error instanceof Error ? error.message : String(error)
}

const choices = [...document.querySelectorAll<HTMLInputElement>('input[name=network]')]
for (const input of choices) {
  input.addEventListener('change', () => {
    kind = input.value === 'convolutional' ? 'convolutional' : 'dense'
    model = makeNetwork(kind)
    epochs = 0
    steps = 0
    losses = []
    accuracies = []
    curve.draw([])
    for (const id of ['accuracy', 'loss', 'epoch', 'pace']) show(id, '–')
    status.textContent = ''
    trainButton.textContent = 'Train'
    ask()
  })
}
element('clear', HTMLButtonElement).addEventListener('click', () => pad.clear())

try {
  const digits = await loadDigits()
  const images = await digits.test.images.data()
  trainButton.disabled = false
  trainButton.textContent = 'Train'
  trainButton.addEventListener('click', () => {
    if (training) model.stopTraining = true
    else void train(digits)
  })
  const example = element('example', HTMLButtonElement)
  example.disabled = false
  example.addEventListener('click', async () => {
    const at = 784 * Math.floor(Math.random() * (images.length / 784))
    const image = Float32Array.from(images.subarray(at, at + 784), Number)
    pad.show(await createImageBitmap(inkPixels(image)))
    shown = image
    ask()
  })
} catch (error) {
  trainButton.textContent = 'Train'
  fail(error)
}
