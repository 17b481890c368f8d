// A picture of a model's layers and what flows between them, as SVG.

import { type Dims, flattenTree, type Tensor } from '../../core/index.ts'
import type { AnyLayer } from '../layer/layer.ts'
import type { LayerGraph } from '../functional/layer-graph.ts'
import { countElements, sourcesOf } from './summary.ts'

/** Options of {@link plotModel}. */
export interface PlotModelOptions {
  /** Whether shapes of the results are shown. Default true. */
  readonly showShapes?: boolean
  /** Whether names of the layers are shown beside their classes. Default true. */
  readonly showLayerNames?: boolean
  /** Whether numbers of parameters are shown. Default false. */
  readonly showParameters?: boolean
  /** Whether it is shown which layers training leaves alone. Default false. */
  readonly showTrainable?: boolean
  /** From top to bottom, or from left to right. Default 'TB'. */
  readonly rankdir?: 'TB' | 'LR'
}

/** What can be drawn: a model, or any layer made of layers. */
interface Drawable extends AnyLayer {
  readonly graph?: LayerGraph | undefined
}

interface Box {
  readonly key: string
  readonly lines: readonly string[]
  readonly sources: readonly string[]
  readonly isInput: boolean
}

interface Placed extends Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const lineHeight = 16
const letterWidth = 7.2
const gap = 32

/**
 * The model as an SVG text: a box for each layer, an arrow for each tensor between two. Models without a graph (Sequential, subclasses) are drawn as
 * a chain of their layers.
 *
 * ```ts
 * writeFileSync('model.svg', plotModel(model))
 * ```
 */
export function plotModel(model: Drawable, options: PlotModelOptions = {}): string {
  const boxes = model.graph === undefined ? chainOf(model, options) : graphOf(model.graph, options)
  const placed = place(boxes, options.rankdir ?? 'TB')
  const width = Math.max(0, ...placed.map((box) => box.x + box.width)) + gap
  const height = Math.max(0, ...placed.map((box) => box.y + box.height)) + gap
  const byKey = new Map(placed.map((box) => [box.key, box]))
  const arrows = placed.flatMap((box) =>
    box.sources.flatMap((source) => {
      const from = byKey.get(source)
      return from === undefined || from === box ? [] : [arrow(from, box, options.rankdir ?? 'TB')]
    }),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, monospace" font-size="12">`,
    `<title>${escaped(model.name)}</title>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#556"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...arrows,
    ...placed.map(drawn),
    '</svg>',
    '',
  ].join('\n')
}

const shown = (dims: Dims): string => `[${dims.map((size) => (typeof size === 'number' ? size : 'batch')).join(', ')}]`

function linesOf(
  layer: AnyLayer,
  { showShapes = true, showLayerNames = true, showParameters = false, showTrainable = false }: PlotModelOptions,
): string[] {
  return [
    showLayerNames ? `${layer.name} (${layer.className})` : layer.className,
    ...(showShapes && layer.outputDims !== undefined ? [shown(layer.outputDims)] : []),
    ...(showParameters && layer.built ? [`${countElements(layer).toLocaleString('en')} parameters`] : []),
    ...(showTrainable && !layer.trainable ? ['not trained'] : []),
  ]
}

function chainOf(model: AnyLayer, options: PlotModelOptions): Box[] {
  return model.children.map((layer, i) => ({
    key: layer.name,
    lines: linesOf(layer, options),
    sources: i === 0 ? [] : [model.children[i - 1]?.name ?? ''],
    isInput: false,
  }))
}

function graphOf(graph: LayerGraph, options: PlotModelOptions): Box[] {
  const inputs = flattenTree(graph.inputs).leaves.map((x) => inputBox(x, options))
  return [
    ...inputs,
    ...graph.layers.map((layer) => ({ key: layer.name, lines: linesOf(layer, options), sources: sourcesOf(graph, layer), isInput: false })),
  ]
}

function inputBox({ node: { op }, dims }: Tensor, { showShapes = true }: PlotModelOptions): Box {
  const name = op.name === 'parameter' ? op.label : 'input'
  return { key: name, lines: [`${name} (Input)`, ...(showShapes ? [shown(dims)] : [])], sources: [], isInput: true }
}

/** Boxes in rows by their longest way from an input; within a row in the order of the means of their sources. */
function place(boxes: readonly Box[], direction: 'TB' | 'LR'): Placed[] {
  const ranks = new Map<string, number>()
  for (const box of boxes) ranks.set(box.key, Math.max(-1, ...box.sources.map((source) => ranks.get(source) ?? -1)) + 1)
  const rows: Box[][] = []
  for (const box of boxes) {
    const rank = ranks.get(box.key) ?? 0
    const row = rows[rank] ?? []
    row.push(box)
    rows[rank] = row
  }
  const sizes = new Map(boxes.map((box) => [box.key, sizeOf(box)]))
  const along = (key: string): number => (direction === 'TB' ? sizes.get(key)?.width : sizes.get(key)?.height) ?? 0
  const across = (key: string): number => (direction === 'TB' ? sizes.get(key)?.height : sizes.get(key)?.width) ?? 0
  const lengths = rows.map((row) => row.reduce((sum, { key }) => sum + along(key) + gap, -gap))
  const longest = Math.max(0, ...lengths)
  const centres = new Map<string, number>()
  const placed: Placed[] = []
  let depth = gap
  rows.forEach((row, rank) => {
    const mean = ({ sources }: Box): number => sources.reduce((sum, source) => sum + (centres.get(source) ?? 0), 0) / Math.max(1, sources.length)
    const order = rank === 0 ? row : [...row].sort((a, b) => mean(a) - mean(b))
    let at = gap + (longest - (lengths[rank] ?? 0)) / 2
    for (const box of order) {
      const size = sizes.get(box.key) ?? { width: 0, height: 0 }
      placed.push({ ...box, ...size, x: direction === 'TB' ? at : depth, y: direction === 'TB' ? depth : at })
      centres.set(box.key, at + along(box.key) / 2)
      at += along(box.key) + gap
    }
    depth += Math.max(0, ...row.map(({ key }) => across(key))) + gap
  })
  return placed
}

const sizeOf = ({ lines }: Box): { readonly width: number; readonly height: number } => ({
  width: Math.ceil(Math.max(...lines.map((line) => line.length)) * letterWidth) + 20,
  height: lines.length * lineHeight + 12,
})

function drawn({ x, y, width, height, lines, isInput }: Placed): string {
  const texts = lines.map(
    (line, i) =>
      `<text x="${x + width / 2}" y="${y + 18 + i * lineHeight}" text-anchor="middle"${i === 0 ? ' font-weight="600"' : ' fill="#445"'}>${escaped(line)}</text>`,
  )
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${isInput ? '#eef6ee' : '#eef1fb'}" stroke="#556"/>${texts.join('')}`
}

function arrow(from: Placed, to: Placed, direction: 'TB' | 'LR'): string {
  const [x1, y1] = direction === 'TB' ? [from.x + from.width / 2, from.y + from.height] : [from.x + from.width, from.y + from.height / 2]
  const [x2, y2] = direction === 'TB' ? [to.x + to.width / 2, to.y] : [to.x, to.y + to.height / 2]
  const [cx1, cy1] = direction === 'TB' ? [x1, (y1 + y2) / 2] : [(x1 + x2) / 2, y1]
  const [cx2, cy2] = direction === 'TB' ? [x2, (y1 + y2) / 2] : [(x1 + x2) / 2, y2]
  return `<path d="M${x1} ${y1}C${cx1} ${cy1} ${cx2} ${cy2} ${x2} ${y2}" fill="none" stroke="#556" marker-end="url(#arrow)"/>`
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
