// What a benchmark reports: figures with their peers' beside them, as a table for a person and as JSON.

import type { Result } from './contest.ts'

/** A peer's value of the same figure; both null where the peer is missing. */
export interface PeerFigure {
  readonly name: string
  readonly version: string
  readonly value: number | null
  /** Why it is missing. */
  readonly reason?: string
}

/** One figure. `ratio` says how many times better than the best peer Tenon is: above 1 is better, whatever the unit. */
export interface Figure {
  readonly suite: string
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly tenon: number | null
  readonly peers: readonly PeerFigure[]
  readonly ratio: number | null
  /** Share of the machine's measured peak of matrix products, where the figure is arithmetic. */
  readonly ofPeak: number | null
}

/** A figure and what is wanted of it. */
export interface Row {
  readonly figure: Figure
  /** What is wanted, as text: `≥ 1.4× OpenBLAS`. */
  readonly bar?: string
  readonly met?: boolean | undefined
}

/** What is wanted of a ratio: against one peer, or the best. */
export interface Bar {
  readonly atLeast: number
  readonly against?: string
}

/** How a time becomes a figure. */
export interface Measure {
  readonly metric: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly of: (seconds: number) => number
}

/** The row of one case from the results of a contest; Tenon's is the first. */
export function rowOf(
  suite: string,
  name: string,
  measure: Measure,
  results: readonly Result[],
  options: { ofPeak?: number; bars?: readonly Bar[] } = {},
): Row {
  const [own, ...others] = results
  const value = (result: Result | undefined): number | null => (result?.seconds === undefined ? null : measure.of(result.seconds))
  const peerFigure = (peer: Result): PeerFigure => ({
    ...{ name: peer.name, version: peer.version, value: value(peer) },
    ...(peer.missing === undefined ? {} : { reason: peer.missing }),
  })
  const tenon = value(own)
  const peers = others.map(peerFigure)
  const times = (among: readonly PeerFigure[]): number | null => ratioOf(tenon, among, measure.better)
  const bars = options.bars ?? []
  const met = bars.map(({ atLeast, against }) => {
    const ratio = times(against === undefined ? peers : peers.filter((peer) => peer.name.startsWith(against)))
    return ratio === null ? undefined : ratio >= atLeast
  })
  return {
    figure: { suite, case: name, metric: measure.metric, unit: measure.unit, tenon, peers, ratio: times(peers), ofPeak: options.ofPeak ?? null },
    ...(bars.length === 0 ? {} : { bar: bars.map((bar) => `≥ ${bar.atLeast}×${bar.against === undefined ? '' : ` ${bar.against}`}`).join(', ') }),
    met: met.includes(false) ? false : met.includes(undefined) || met.length === 0 ? undefined : true,
  }
}

/** How many times better than the best of the peers; null where either is missing. */
export function ratioOf(tenon: number | null, peers: readonly PeerFigure[], better: 'higher' | 'lower'): number | null {
  const known = peers.flatMap((peer) => (peer.value === null ? [] : [peer.value]))
  if (tenon === null || known.length === 0) return null
  return better === 'higher' ? tenon / Math.max(...known) : Math.min(...known) / tenon
}

/** Three significant figures, or as many as there are before the point. */
export function show(value: number | null): string {
  if (value === null) return 'missing'
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en-US', { minimumFractionDigits: Math.min(digits, 4), maximumFractionDigits: Math.min(digits, 4) })
}

/** A figure as the line that is printed when it is known. */
export function describe({ figure, bar, met }: Row): string {
  const peers = figure.peers.map((peer) => `${peer.name} ${show(peer.value)}${peer.reason === undefined ? '' : `: ${peer.reason}`}`).join(', ')
  const ratio = figure.ratio === null ? '' : `  ${figure.ratio.toFixed(2)}×`
  const share = figure.ofPeak === null ? '' : `  ${(100 * figure.ofPeak).toFixed(0)} % of peak`
  const verdict = bar === undefined ? '' : `  bar ${bar}: ${met === undefined ? 'not decided' : met ? 'met' : 'missed'}`
  return `${figure.case}: ${figure.metric} ${show(figure.tenon)} ${figure.unit}${peers === '' ? '' : ` (${peers})`}${ratio}${share}${verdict}`
}

/** All figures as a table: one line a figure, columns aligned. */
export function tableOf(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap(({ figure }) => figure.peers.map((peer) => peer.name)))]
  const header = ['case', 'figure', 'Tenon', ...names, 'ratio', 'of peak', 'bar']
  const body = rows.map(({ figure, bar, met }) => [
    figure.case,
    `${figure.metric}, ${figure.unit}`,
    show(figure.tenon),
    ...names.map((name) => {
      const peer = figure.peers.find((p) => p.name === name)
      return peer === undefined ? '' : show(peer.value)
    }),
    figure.ratio === null ? '' : `${figure.ratio.toFixed(2)}×`,
    figure.ofPeak === null ? '' : `${(100 * figure.ofPeak).toFixed(0)} %`,
    bar === undefined ? '' : `${bar} ${met === undefined ? '?' : met ? 'met' : 'MISSED'}`,
  ])
  const lines = [header, ...body]
  const widths = header.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  const left = (column: number): boolean => column < 2 || column === header.length - 1
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) => (left(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [format(header), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(format)].join('\n')
}
