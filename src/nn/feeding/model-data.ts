// Data in the structure of a model: what belongs to which input and output, as trees of tensors and as rows.

import { ConfigError, Tensor, TrainingError, type Tree, type TreeStructure, unflattenTree } from '../../core/index.ts'
import type { Samples } from './batches.ts'
import { type ByName, byName } from '../options/by-name.ts'
import { type ClassWeight, tensorOfRows, withClassWeights } from './class-weights.ts'
import { type DataTree, isOneArray, tensorTree } from './data-tree.ts'
import { checkLabels } from './label-checks.ts'
import type { AnyModel } from '../model/model.ts'
import type { LooseBatch } from './source-feed.ts'
import { lengthsDiffer, type Rows, type RowTree, rowTree } from './training-data.ts'

/** What a data set is given as. */
export interface GivenData {
  /** Who asks: `fit`. */
  readonly where: string
  readonly x: DataTree
  readonly y: DataTree | undefined
  readonly sampleWeight: DataTree | undefined
  readonly classWeight?: ClassWeight | undefined
  /** Whether labels are looked at. Default true. */
  readonly checked?: boolean
  /** Before `x`, `y` and `sampleWeight` in errors: `validation `. Default none. */
  readonly prefix?: string
}

/** Samples as a tree of tensors, in the structure of a functional model's inputs. */
export function inputsFor(model: AnyModel, where: string, x: DataTree): Tree {
  const { inputSlots: inputs } = model
  if (inputs === undefined) return tensorTree(where, 'x', x)
  const parts = byName<DataTree>({ where, what: 'x', names: inputs.names }, x, isOneArray)
  return unflattenTree(
    inputs.structure,
    parts.map((part, i) => {
      if (part !== undefined) return onlyLeaf(tensorTree(where, 'x', part))
      throw new ConfigError(`${where}: expected x for input '${inputs.names[i]}', got none. Pass an array for every input.`)
    }),
  )
}

/** Targets or weights as a tree of tensors: in the structure of the outputs where there are some for each, else as they are given. */
function outputsFor(model: AnyModel, where: string, what: string, data: DataTree | undefined): Tree | undefined {
  if (data === undefined || data === null) return undefined
  const { names } = model.outputSlots
  const isByPosition = Array.isArray(data) && data.length === names.length
  if (names.length < 2 || !isByPosition || !isOneArray(data)) return tensorTree(where, what, data)
  return byName<DataTree>({ where, what, names }, data, isOneArray).map((part) => tensorTree(where, what, part ?? []))
}

function onlyLeaf(tree: Tree): Tensor {
  if (tree instanceof Tensor) return tree
  throw new ConfigError('x: expected one array for each input, got several. Give one for each.')
}

/** What belongs to each output of a model (undefined: nothing), from a list, a record by name, or one thing. */
export function byOutput<T>(
  model: AnyModel,
  where: string,
  what: string,
  given: ByName<T>,
  isThing: (value: unknown) => value is T,
): (T | undefined)[] {
  const { names } = model.outputSlots
  if (given === undefined || given === null) return names.map(() => undefined)
  const { parts } = model.training(where).losses
  const used = parts.map(({ index }) => names[index] ?? '')
  // As in Keras, a list may leave out the outputs that have no loss.
  const shortened = Array.isArray(given) && given.length === used.length && used.length < names.length
  const values = byName<T>({ where, what, names: shortened ? used : names }, given, isThing)
  return shortened ? names.map((name) => values[used.indexOf(name)]) : values
}

export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor
const isRows = (value: unknown): value is Rows => typeof value === 'object' && value !== null && 'rowSize' in value

/** A data set as rows, all as many. */
export async function samplesOf(model: AnyModel, { where, x, y, sampleWeight, classWeight, prefix = '' }: GivenData): Promise<Samples> {
  const rows = await rowTree(where, `${prefix}x`, inputsFor(model, where, x))
  const targets = outputsFor(model, where, 'y', y)
  const weights = outputsFor(model, where, 'sampleWeight', sampleWeight)
  const targetRows = targets === undefined ? undefined : await rowTree(where, `${prefix}y`, targets)
  const weightRows = weights === undefined ? undefined : await rowTree(where, `${prefix}sampleWeight`, weights)
  const [first] = rows.leaves
  for (const [other] of [targetRows?.leaves ?? [], weightRows?.leaves ?? []]) {
    if (first !== undefined && other !== undefined && first.count !== other.count) throw lengthsDiffer(where, first, other)
  }
  const all = { x: rows, y: targetRows, sampleWeight: weightRows, count: first?.count ?? 0 }
  return classWeight === undefined ? all : { ...all, sampleWeight: withClassWeights(where, targetRows, weightRows, classWeight) }
}

/** One batch as trees of tensors of one length. */
export async function batchOf(model: AnyModel, { where, x, y, sampleWeight, classWeight, checked = true }: GivenData): Promise<LooseBatch> {
  const inputs = inputsFor(model, where, x)
  const targets = outputsFor(model, where, 'y', y)
  const given = outputsFor(model, where, 'sampleWeight', sampleWeight)
  const rows = await samplesOf(model, { where, x, y, sampleWeight, classWeight })
  if (checked && model.built && model.isCompiled) checkTargets(where, model, rows.y)
  const [weights] = rows.sampleWeight?.leaves ?? []
  const weighted = classWeight === undefined || weights === undefined ? given : tensorOfRows(weights)
  return { x: inputs, y: targets, sampleWeight: weighted, count: rows.count }
}

/** Labels that fit the model's losses and results, or an error. */
export function checkTargets(where: string, model: AnyModel, targets: RowTree | undefined): void {
  const { names, dims } = model.outputSlots
  const labels = byOutput(model, where, 'y', targets && nested(targets.structure, [...targets.leaves]), isRows)
  for (const { index, loss } of model.training(where).losses.parts) {
    const own = labels[index]
    if (own === undefined) throw new TrainingError(`${where}: expected y for ${loss.name} of '${names[index]}', got none. Pass targets.`)
    checkLabels({ where, loss, output: dims[index] ?? [], layer: names[index] ?? model.name }, own)
  }
}

function nested(structure: TreeStructure, leaves: Rows[]): ByName<Rows> {
  switch (structure.kind) {
    case 'leaf':
      return leaves.shift()
    case 'array':
      return structure.items.map((item) => nested(item, leaves))
    case 'object':
      return Object.fromEntries(structure.entries.map(([key, part]) => [key, nested(part, leaves)]))
  }
}
