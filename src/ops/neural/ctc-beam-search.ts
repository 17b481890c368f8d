// Prefix beam search over the class probabilities of a sequence's steps (Graves 2012, §7.5.3), on plain numbers.

/** What is searched. */
export interface BeamSearchOptions {
  /** Number of steps. */
  readonly steps: number
  readonly classes: number
  /** The class that stands for no label. */
  readonly blank: number
  /** Prefixes kept after each step. */
  readonly beamWidth: number
}

/** A label sequence and the logarithm of its probability. */
export interface Prefix {
  readonly labels: readonly number[]
  readonly score: number
}

/** A prefix with the log-probabilities of having ended in its last label and in a blank. */
interface Beam {
  readonly labels: readonly number[]
  label: number
  blank: number
}

/** log (eᵃ + eᵇ). */
function logAdd(a: number, b: number): number {
  const [high, low] = a > b ? [a, b] : [b, a]
  return low === -Infinity ? high : high + Math.log1p(Math.exp(low - high))
}

const scoreOf = (beam: Beam): number => logAdd(beam.label, beam.blank)

/** The most probable label sequences, best first, from `logProbability(step, class)`. */
export function beamSearch(logProbability: (step: number, label: number) => number, options: BeamSearchOptions): Prefix[] {
  const { steps, classes, blank, beamWidth } = options
  let beams: Beam[] = [{ labels: [], label: -Infinity, blank: 0 }]
  for (let t = 0; t < steps; t++) {
    const next = new Map<string, Beam>()
    const beamOf = (labels: readonly number[]): Beam => {
      const key = labels.join(' ')
      const known = next.get(key)
      if (known !== undefined) return known
      const beam: Beam = { labels, label: -Infinity, blank: -Infinity }
      next.set(key, beam)
      return beam
    }
    for (const beam of beams) {
      const same = beamOf(beam.labels)
      same.blank = logAdd(same.blank, scoreOf(beam) + logProbability(t, blank))
      const last = beam.labels.at(-1)
      for (let c = 0; c < classes; c++) {
        if (c === blank) continue
        const log = logProbability(t, c)
        const longer = beamOf([...beam.labels, c])
        // A label again without a blank between is still the same one.
        if (c === last) same.label = logAdd(same.label, beam.label + log)
        longer.label = logAdd(longer.label, (c === last ? beam.blank : scoreOf(beam)) + log)
      }
    }
    beams = [...next.values()].sort((a, b) => scoreOf(b) - scoreOf(a)).slice(0, beamWidth)
  }
  return beams.map((beam) => ({ labels: beam.labels, score: scoreOf(beam) }))
}
