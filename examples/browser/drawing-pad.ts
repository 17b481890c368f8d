// A square to draw on with mouse, finger or pen. Strokes are kept as points, so that they can be drawn again at any size.

/** A place on the pad: 0 to 1, from the left and from the top. */
export interface Place {
  readonly x: number
  readonly y: number
}

/** What is drawn between pen down and pen up. */
export type Stroke = readonly Place[]

/** Width of the pen, as a share of the pad. */
const penWidth = 0.075

/** Strokes on a `<canvas>`. */
export class DrawingPad {
  private readonly canvas: HTMLCanvasElement
  private readonly onChange: () => void
  private drawn: Place[][] = []
  private pen: number | undefined
  private picture: ImageBitmap | undefined

  /** `onChange` is told of every change. */
  constructor(canvas: HTMLCanvasElement, onChange: () => void) {
    this.canvas = canvas
    this.onChange = onChange
    canvas.addEventListener('pointerdown', (event) => this.down(event))
    canvas.addEventListener('pointermove', (event) => this.move(event))
    for (const end of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(end, (event) => this.up(event))
    new ResizeObserver(() => this.paint()).observe(canvas)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.paint())
  }

  get strokes(): readonly Stroke[] {
    return this.drawn
  }

  /** Removes everything. */
  clear(): void {
    this.drawn = []
    this.picture = undefined
    this.changed()
  }

  /** Shows a picture instead of strokes: its ink is the picture's alpha. */
  show(picture: ImageBitmap): void {
    this.drawn = []
    this.picture = picture
    this.changed()
  }

  private down(event: PointerEvent): void {
    if (this.pen !== undefined || event.button !== 0) return
    this.pen = event.pointerId
    this.canvas.setPointerCapture(event.pointerId)
    this.picture = undefined
    this.drawn.push([this.placeOf(event)])
    this.changed()
    event.preventDefault()
  }

  private move(event: PointerEvent): void {
    if (event.pointerId !== this.pen) return
    // A fast pen moves further between two frames than one line should go.
    const events = event.getCoalescedEvents?.() ?? []
    for (const each of events.length > 0 ? events : [event]) this.drawn.at(-1)?.push(this.placeOf(each))
    this.changed()
  }

  private up(event: PointerEvent): void {
    if (event.pointerId === this.pen) this.pen = undefined
  }

  private placeOf({ clientX, clientY }: PointerEvent): Place {
    const { left, top, width, height } = this.canvas.getBoundingClientRect()
    return { x: (clientX - left) / width, y: (clientY - top) / height }
  }

  private changed(): void {
    this.paint()
    this.onChange()
  }

  private paint(): void {
    const { canvas } = this
    const side = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio))
    if (canvas.width !== side || canvas.height !== side) {
      canvas.width = side
      canvas.height = side
    }
    const context = canvas.getContext('2d')
    if (context === null) return
    const color = getComputedStyle(canvas).getPropertyValue('--stroke')
    context.clearRect(0, 0, side, side)
    if (this.picture !== undefined) {
      context.imageSmoothingQuality = 'high'
      context.drawImage(this.picture, 0, 0, side, side)
      context.globalCompositeOperation = 'source-in'
      context.fillStyle = color
      context.fillRect(0, 0, side, side)
      context.globalCompositeOperation = 'source-over'
    }
    context.strokeStyle = color
    drawStrokes(context, this.drawn, penWidth * side, ({ x, y }) => ({ x: x * side, y: y * side }))
  }
}

/** Draws strokes as round lines; `place` says where a point goes. */
export function drawStrokes(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  strokes: readonly Stroke[],
  width: number,
  place: (point: Place) => Place,
): void {
  context.lineWidth = width
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (const stroke of strokes) {
    context.beginPath()
    stroke.map(place).forEach(({ x, y }, i) => {
      if (i === 0) context.moveTo(x, y)
      context.lineTo(x, y)
    })
    context.stroke()
  }
}
