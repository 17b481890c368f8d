// A chart of what training does: lines over steps, drawn as SVG so that it takes the page's colours and is sharp at any size.

/** One line of a chart. */
export interface Line {
  /** Class of the line and its name: `a`, `b`, `faint`. */
  readonly kind: 'a' | 'b' | 'faint'
  /** Shown above the chart; none where it is not named. */
  readonly name?: string
  /** What the top of the chart stands for; by default the largest value. */
  readonly top?: number
  readonly points: readonly Point[]
}

/** A value at a step. */
export interface Point {
  readonly step: number
  readonly value: number
}

/** Margins of the chart, pixels. */
const margin = { left: 34, top: 30, bottom: 26 }
/** At the right: room for percentages, where a line has some. */
const rightMargin = { plain: 8, percentages: 48 }
const height = 230

/** Draws lines into an `<svg class="curve">`, over its whole width. */
export class Curve {
  private readonly svg: SVGSVGElement
  private readonly format: (value: number) => string
  private lines: readonly Line[] = []

  /** `format`: the numbers at the left, for lines without a `top`. */
  constructor(svg: SVGSVGElement, format: (value: number) => string = (value) => value.toFixed(1)) {
    this.svg = svg
    this.format = format
    new ResizeObserver(() => this.draw(this.lines)).observe(svg)
  }

  /** Draws lines in place of the old ones. */
  draw(lines: readonly Line[]): void {
    this.lines = lines
    const { svg } = this
    const width = Math.max(svg.clientWidth, 240)
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
    const share = lines.find((line) => line.top !== undefined)
    const right = share === undefined ? rightMargin.plain : rightMargin.percentages
    const plot = { width: width - margin.left - right, height: height - margin.top - margin.bottom }
    const steps = Math.max(1, ...lines.map(({ points }) => points.at(-1)?.step ?? 0))
    const values = lines.filter(({ top }) => top === undefined).flatMap(({ points }) => points.map(({ value }) => value))
    const top = roundTop(Math.max(0, ...values))
    const x = (step: number): number => margin.left + (plot.width * step) / steps
    const y = (share: number): number => margin.top + plot.height * (1 - Math.min(share, 1))
    const isEmpty = values.length === 0
    const rules = [0, 0.5, 1].flatMap((level) => {
      const labels = isEmpty ? [] : [svgElement('text', { x: margin.left - 8, y: y(level) + 4, 'text-anchor': 'end' }, this.format(top * level))]
      if (share?.top === 1 && !isEmpty) labels.push(svgElement('text', { x: width - right + 8, y: y(level) + 4 }, `${100 * level} %`))
      return [svgElement('line', { class: 'rule', x1: margin.left, x2: width - right, y1: y(level), y2: y(level) }), ...labels]
    })
    const end = isEmpty ? [] : [svgElement('text', { x: width - right, y: height - 6, 'text-anchor': 'end' }, `${steps.toLocaleString('en')} steps`)]
    const drawn = lines.map(({ kind, points, top: own = top }) =>
      svgElement('polyline', {
        class: kind,
        points: points.map(({ step, value }) => `${x(step).toFixed(1)},${y(value / own).toFixed(1)}`).join(' '),
      }),
    )
    svg.replaceChildren(...rules, ...end, ...this.legend(), ...drawn)
  }

  private legend(): SVGElement[] {
    let left = margin.left
    return this.lines.flatMap(({ kind, name }) => {
      if (name === undefined) return []
      const dot = svgElement('circle', { class: kind, cx: left + 4, cy: 10, r: 4 })
      const text = svgElement('text', { x: left + 14, y: 14 }, name)
      left += 34 + 7 * name.length
      return [dot, text]
    })
  }
}

/** The top of a chart that holds a value: a number whose half is round, too. */
function roundTop(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 3, 4, 5, 6, 8].find((factor) => factor * power >= value) ?? 10) * power
}

function svgElement(name: string, attributes: Readonly<Record<string, string | number>>, text?: string): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  if (text !== undefined) made.textContent = text
  return made
}
