// The table of a model's layers: shapes, parameters, operations, and what they are connected to.

import { byteSize, type Dims, flattenTree, Tensor, type Tree } from '../../core/index.ts'
import type { AnyLayer, InputDims } from '../layer/layer.ts'
import { parametersOf } from '../layer/named-parameters.ts'
import { originOf } from '../functional/layer-calls.ts'
import type { LayerGraph } from '../functional/layer-graph.ts'
import { flopsOf } from './flops.ts'

/** Options of `summary`. */
export interface SummaryOptions {
  /** Takes the text instead of the console. */
  readonly print?: (text: string) => void
  /** Whether the layers of models inside the model are shown, too. Default false. */
  readonly expandNested?: boolean
  /** Whether it is shown which layers training changes. Default false. */
  readonly showTrainable?: boolean
}

/** Models with a graph say what their layers are connected to. */
interface Summarised extends AnyLayer {
  readonly graph?: LayerGraph | undefined
}

/** Number of elements in a layer's parameters, its children's included. */
export function countElements(layer: AnyLayer, which: 'all' | 'trainable' = 'all'): number {
  return parametersOf(layer)
    .filter(({ trainable }) => which === 'all' || trainable)
    .reduce((sum, { parameter }) => sum + parameter.value.size, 0)
}

const shown = (dims: Dims): string => `[${dims.map((size) => (typeof size === 'number' ? size : 'batch')).join(', ')}]`
const grouped = (value: number): string => value.toLocaleString('en')

/** Layers with their results' shapes, numbers of parameters and operations for one sample, as a table. */
export function summaryOf(model: Summarised, options: SummaryOptions = {}): string {
  const { graph } = model
  const { expandNested = false, showTrainable = false } = options
  const columns = [
    { title: 'Layer (type)', right: false },
    { title: 'Output shape', right: false },
    { title: 'Parameters', right: true },
    { title: 'FLOPs', right: true },
    ...(graph === undefined ? [] : [{ title: 'Connected to', right: false }]),
    ...(showTrainable ? [{ title: 'Trainable', right: false }] : []),
  ]
  const rowOf = (layer: AnyLayer, depth: number): string[] => {
    const flops = layer.built ? flopsOf(layer) : undefined
    return [
      `${'  '.repeat(depth)}${layer.name} (${layer.className})`,
      layer.outputDims === undefined ? '?' : shown(layer.outputDims),
      layer.built ? grouped(countElements(layer)) : '?',
      flops === undefined ? '?' : grouped(flops),
      ...(graph === undefined ? [] : [depth === 0 ? sourcesOf(graph, layer).join(', ') : '']),
      ...(showTrainable ? [layer.trainable ? 'yes' : 'no'] : []),
    ]
  }
  const rowsOf = (layer: AnyLayer, depth: number): string[][] => [
    rowOf(layer, depth),
    ...(expandNested && 'layers' in layer ? layer.children.flatMap((child) => rowsOf(child, depth + 1)) : []),
  ]
  const inputs = graph === undefined ? [] : flattenTree(graph.inputs).leaves.map((x) => inputRow(x, columns.length))
  const rows = [...inputs, ...model.children.flatMap((layer) => rowsOf(layer, 0))]
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (columns[i]?.right === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ')
  const rule = '─'.repeat(widths.reduce((a, b) => a + b, 2 * (columns.length - 1)))
  const table = [rule, line(columns.map(({ title }) => title)), rule, ...rows.map((row) => line(row).trimEnd()), rule]
  return [`Model: ${model.name}`, ...table, ...totalsOf(model)].join('\n')
}

function totalsOf(model: AnyLayer): string[] {
  if (!model.built) return ['Not built yet: parameters are made when the input shape is known.']
  const all = countElements(model)
  const trainable = countElements(model, 'trainable')
  const flops = model.children.map((layer) => flopsOf(layer))
  const results = model.children.reduce((sum, { outputDims }) => sum + sizeOf(outputDims ?? []), 0)
  const known = flops.flatMap((value) => value ?? [])
  return [
    `Parameters: ${grouped(all)} (${bytes(parameterBytes(model))}), trainable: ${grouped(trainable)}, not trainable: ${grouped(all - trainable)}`,
    `Results of the layers: ${bytes(4 * results)} a sample`,
    `FLOPs: ${grouped(known.reduce((a, b) => a + b, 0))} a sample forwards${known.length < flops.length ? ', without the layers marked ?' : ''}`,
  ]
}

const parameterBytes = (model: AnyLayer): number =>
  parametersOf(model).reduce((sum, { parameter: { value } }) => sum + value.size * byteSize(value.dtype), 0)

/** Elements of a result for one sample. */
const sizeOf = (dims: InputDims): number =>
  Array.isArray(dims)
    ? dims.slice(1).reduce((product: number, size) => product * (typeof size === 'number' ? size : 1), dims.length === 0 ? 0 : 1)
    : 0

/** The row of an input of a functional model. */
function inputRow(x: Tensor, columns: number): string[] {
  return [`${labelOf(x)} (Input)`, shown(x.dims), '0', '0', ...Array.from({ length: columns - 4 }, () => '')]
}

const labelOf = ({ node: { op } }: Tensor): string => (op.name === 'parameter' ? op.label : 'input')

/** Names of what a layer's calls take, in order. */
export function sourcesOf(graph: LayerGraph, layer: AnyLayer): string[] {
  const tensors = graph.calls
    .filter((call) => call.layer === layer)
    .flatMap(({ inputs, options }) => [...leavesOf(inputs), ...Object.values(options).flatMap(leavesIn)])
  return [...new Set(tensors.map(nameOf))]
}

const leavesOf = (tree: Tree): Tensor[] => flattenTree(tree).leaves
const leavesIn = (value: unknown): Tensor[] => (value instanceof Tensor ? [value] : Array.isArray(value) ? value.flatMap(leavesIn) : [])

/** The layer that a symbolic tensor comes from, or the input that it is. */
function nameOf(x: Tensor): string {
  const origin = originOf(x)
  return origin === undefined || origin === 'input' ? labelOf(x) : origin.layer.name
}

function bytes(size: number): string {
  if (size < 1024) return `${size} B`
  return size < 1024 ** 2 ? `${(size / 1024).toFixed(1)} KB` : `${(size / 1024 ** 2).toFixed(1)} MB`
}
