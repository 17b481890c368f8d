// A drawing as the network wants it: 28 × 28, the digit scaled into 20 × 20 and its centre of mass in the middle, as MNIST's were made.

import { drawStrokes, type Place, type Stroke } from './drawing-pad.ts'

const side = 28
/** What the digit is scaled into. */
const box = 20
/** The pen of MNIST's writers, in pixels of the small image. */
const pen = 2.6

/** Grey values of strokes, 0 (paper) to 1 (ink), row by row; `undefined` where nothing is drawn. */
export function digitImage(strokes: readonly Stroke[]): Float32Array<ArrayBuffer> | undefined {
  const points = strokes.flat()
  if (points.length === 0) return undefined
  const [left, right] = [Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))]
  const [top, bottom] = [Math.min(...points.map(({ y }) => y)), Math.max(...points.map(({ y }) => y))]
  // A dot is not blown up to fill the image.
  const scale = (box - pen) / Math.max(right - left, bottom - top, 0.15)
  const centred = ({ x, y }: Place): Place => ({ x: (x - (left + right) / 2) * scale + side / 2, y: (y - (top + bottom) / 2) * scale + side / 2 })
  const first = rendered(strokes, centred)
  const mass = centreOfMass(first)
  return rendered(strokes, (point) => {
    const { x, y } = centred(point)
    return { x: x + side / 2 - mass.x, y: y + side / 2 - mass.y }
  })
}

function rendered(strokes: readonly Stroke[], place: (point: Place) => Place): Float32Array<ArrayBuffer> {
  const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true })
  if (context === null) throw new TypeError('digit: expected a canvas to draw on, got none. Use a newer browser.')
  drawStrokes(context, strokes, pen, place)
  const { data } = context.getImageData(0, 0, side, side)
  return Float32Array.from({ length: side * side }, (_, i) => (data[4 * i + 3] ?? 0) / 255)
}

function centreOfMass(image: Float32Array): Place {
  let [sum, x, y] = [0, 0, 0]
  image.forEach((ink, i) => {
    sum += ink
    x += ink * ((i % side) + 0.5)
    y += ink * (Math.floor(i / side) + 0.5)
  })
  return sum === 0 ? { x: side / 2, y: side / 2 } : { x: x / sum, y: y / sum }
}

/** Grey values as the alpha of black pixels. */
export function inkPixels(image: Float32Array): ImageData {
  const pixels = new ImageData(side, side)
  image.forEach((ink, i) => {
    pixels.data[4 * i + 3] = Math.round(255 * ink)
  })
  return pixels
}
