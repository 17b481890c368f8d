// The table of a model's layers.

import type { AnyLayer } from './layer.ts'
import { parametersOf } from './layer.ts'

/** Number of elements in a layer's parameters, its children's included. */
export function countElements(layer: AnyLayer, which: 'all' | 'trainable' = 'all'): number {
  return parametersOf(layer)
    .filter(({ trainable }) => which === 'all' || trainable)
    .reduce((sum, { parameter }) => sum + parameter.value.size, 0)
}

/** Layers with their result's shape and number of parameters, as a table. */
export function summaryOf(model: AnyLayer): string {
  const rows = model.children.map((layer) => [
    `${layer.name} (${layer.className})`,
    layer.outputDims === undefined ? '?' : `[${layer.outputDims.map((d) => (typeof d === 'number' ? d : 'batch')).join(', ')}]`,
    layer.built ? countElements(layer).toLocaleString('en') : '?',
  ])
  const header = ['Layer (type)', 'Output shape', 'Parameters']
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 2 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ')
  const rule = '─'.repeat(widths.reduce((a, b) => a + b, 4))
  const all = countElements(model)
  const trainable = countElements(model, 'trainable')
  const totals = model.built
    ? [`Parameters: ${all.toLocaleString('en')} (${size(all)}), trainable: ${trainable.toLocaleString('en')}`]
    : ['Not built yet: parameters are made when the input shape is known.']
  return [`Model: ${model.name}`, rule, line(header), rule, ...rows.map(line), rule, ...totals].join('\n')
}

/** Bytes of that many f32. */
function size(elements: number): string {
  const bytes = elements * 4
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`
}
