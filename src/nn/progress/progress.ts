// The progress bar of fit and evaluate, as Keras's: epoch, step, time per step, figures; validation figures at the end of the epoch.

import type { Terminal } from './terminal.ts'

/** 0 silent, 1 a bar, 2 a line per epoch; 'auto' is a bar on a terminal and a line per epoch elsewhere. */
export type Verbosity = 'auto' | 0 | 1 | 2

const barWidth = 20
/** A bar is drawn at most this often. Milliseconds. */
const interval = 80

/** Shows how far a pass over the data is. */
export class Progress {
  private readonly terminal: Terminal
  private readonly mode: 0 | 1 | 2
  /** Of a pass; undefined until that is known. */
  private readonly steps: number | undefined
  private start = performance.now()
  private lastDrawn = 0

  constructor(terminal: Terminal, verbose: Verbosity, steps: number | undefined) {
    this.terminal = terminal
    this.mode = verbose === 'auto' ? (terminal.interactive ? 1 : 2) : verbose
    this.steps = steps
  }

  /** The heading of an epoch, from 0. */
  beginEpoch(epoch: number, epochs: number): void {
    this.start = performance.now()
    this.lastDrawn = this.start
    if (this.mode !== 0) this.terminal.write(`Epoch ${epoch + 1}/${epochs}\n`)
  }

  /** Whether a bar is due; figures are read only then. */
  get isDue(): boolean {
    return this.mode === 1 && this.terminal.interactive && performance.now() - this.lastDrawn >= interval
  }

  /** The bar after `done` steps. */
  draw(done: number, figures: Readonly<Record<string, number>>): void {
    this.lastDrawn = performance.now()
    const elapsed = this.lastDrawn - this.start
    const left = this.steps === undefined ? elapsed : (elapsed / done) * (this.steps - done)
    this.rewrite(`${this.bar(done, this.steps)} ${seconds(left)} ${perStep(elapsed / done)}${figuresText(figures)}`)
  }

  /** The last line of a pass. */
  end(done: number, figures: Readonly<Record<string, number>>): void {
    if (this.mode === 0) return
    const elapsed = performance.now() - this.start
    const line = `${seconds(elapsed)} ${perStep(elapsed / Math.max(done, 1))}${figuresText(figures)}`
    const steps = Math.max(this.steps ?? done, done)
    if (this.mode === 1) this.rewrite(`${this.bar(done, steps)} ${line}`)
    else this.terminal.write(`${done}/${steps} - ${line}`)
    this.terminal.write('\n')
  }

  private bar(done: number, steps: number | undefined): string {
    const { colours } = this.terminal
    const filled = steps === undefined ? 0 : Math.round((barWidth * done) / Math.max(steps, 1))
    const count = steps === undefined ? `${done}/Unknown` : `${String(done).padStart(String(steps).length)}/${steps}`
    const [solid, open] = ['━'.repeat(filled), '━'.repeat(barWidth - filled)]
    return colours
      ? `${colourCode}[1m${count}${colourCode}[0m ${colourCode}[32m${solid}${colourCode}[0m${colourCode}[37m${open}${colourCode}[0m`
      : `${count} ${solid}${' '.repeat(barWidth - filled)}`
  }

  private rewrite(line: string): void {
    this.terminal.write(this.terminal.interactive ? `\r${cut(line, this.terminal.columns - 1)}${colourCode}[K` : line)
  }
}

/** Begins a colour code. */
const colourCode = '\u001b'

/** A line of at most `width` characters; colour codes take no room. */
function cut(line: string, width: number): string {
  const [first = '', ...coloured] = line.split(colourCode)
  let room = width
  const take = (text: string): string => {
    const kept = text.slice(0, Math.max(room, 0))
    room -= kept.length
    return kept
  }
  const rest = coloured.map((part) => {
    const end = part.indexOf('m') + 1
    return `${colourCode}${part.slice(0, end)}${take(part.slice(end))}`
  })
  return [take(first), ...rest].join('')
}

/** `12s`, `3:05`. */
function seconds(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000)
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** `4ms/step`, `85us/step`. */
function perStep(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)}s/step`
  return milliseconds >= 1 ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)}ms/step` : `${Math.round(milliseconds * 1000)}us/step`
}

/** ` - accuracy: 0.9712 - loss: 0.0941`: by name, validation last. */
export function figuresText(figures: Readonly<Record<string, number>>): string {
  const isValidation = (name: string): boolean => /^val[A-Z]/.test(name)
  const order = (a: string, b: string): number => Number(isValidation(a)) - Number(isValidation(b)) || (a < b ? -1 : 1)
  return Object.keys(figures)
    .sort(order)
    .map((name) => ` - ${name}: ${figure(figures[name] ?? Number.NaN)}`)
    .join('')
}

/** Four digits after the point, or an exponent where they would all be zero. */
function figure(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(4) : value.toFixed(4)
}
