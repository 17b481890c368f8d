// What a model was compiled with, as Keras's JSON and back: optimizer, losses, metrics; and what the optimizer remembers.

import { ConfigError, FormatError, type Tensor } from '../../core/index.ts'
import { type AnyModel, type Optimizer, type Parameter } from '../../nn/index.ts'
import { fits, fitted } from '../assignments.ts'
import { groupAt, type Hdf5Group, isGroup, makeGroup } from '../hdf5/group.ts'
import { isRecord, type JsonRecord, shortened } from './json.ts'
import { kerasOption, snakeWord, tenonOption } from './keras-names.ts'
import type { LayerMaker } from './layer-from-keras.ts'
import { kerasConfig, object } from './layer-to-keras.ts'

/** Where the classes of an option of `compile` live. */
const modules: Readonly<Record<string, string>> = {
  optimizer: 'keras.optimizers',
  loss: 'keras.losses',
  metrics: 'keras.metrics',
  weightedMetrics: 'keras.metrics',
}

/** What a model was compiled with; undefined where it was not. */
export function kerasCompileConfig(model: AnyModel): JsonRecord | undefined {
  const config = model.getCompileConfig()
  if (config === undefined) return undefined
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [kerasOption(name), kerasValues(modules[name], value)]))
}

/** Losses and metrics, also in lists and by the names of outputs, which stay as they are. */
function kerasValues(module: string | undefined, value: unknown): unknown {
  if (typeof value === 'string') return /^[a-z]/.test(value) ? snakeWord(value) : value
  if (Array.isArray(value)) return value.map((part) => kerasValues(module, part))
  if (!isRecord(value)) return value
  if (typeof value.className === 'string' && isRecord(value.config)) return object(value.className, kerasConfig(value.config), module)
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, kerasValues(module, part)]))
}

/** Options of `compile` that say what is computed; Keras's others say how. */
const understood: ReadonlySet<string> = new Set(Object.keys({ ...modules, lossWeights: '' }))

/** Compiles a model as a file says; nothing where it says nothing. */
export function compileFrom(model: AnyModel, config: unknown, maker: LayerMaker): void {
  if (!isRecord(config)) return
  const { optimizer_config: optimizerOfKeras2, ...rest } = config
  const given = optimizerOfKeras2 === undefined ? rest : { ...rest, optimizer: optimizerOfKeras2 }
  const options = Object.entries(given).map(([name, value]) => [tenonOption(name), tenonValues(maker, value)] as const)
  if (options.every(([, value]) => value === null)) return
  try {
    model.compileFromConfig(Object.fromEntries(options.filter(([name]) => understood.has(name))))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const reason = shortened(error.message)
    throw new FormatError(
      `${maker.json.where}: expected a model that can be compiled as it was, got one that cannot (${reason}). Pass compile: false.`,
      {
        cause: error,
      },
    )
  }
}

function tenonValues(maker: LayerMaker, value: unknown): unknown {
  if (typeof value === 'string') return maker.customObjects[value] ?? value
  if (Array.isArray(value)) return value.map((part) => tenonValues(maker, part))
  if (!isRecord(value)) return value
  if ('class_name' in value) return maker.value(value)
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, tenonValues(maker, part)]))
}

/** Adds what an optimizer remembers to a model's weights. */
export function writeOptimizer(root: Hdf5Group, model: AnyModel): void {
  if (!model.isCompiled || !model.optimizer.built) return
  const { optimizer } = model
  const vars = makeGroup(root, 'optimizer/vars')
  vars.attributes.set('name', optimizer.name)
  optimizer.variables.forEach(({ value }, index) => {
    vars.members.set(String(index), value)
  })
}

/** Puts back what an optimizer remembered; nothing where the file has none, or that of another optimizer. */
export async function readOptimizer(root: Hdf5Group, model: AnyModel): Promise<void> {
  const vars = groupAt(root, 'optimizer/vars')
  if (vars === undefined || vars.members.size === 0 || !model.isCompiled) return
  const { optimizer } = model
  optimizer.build(model.trainableParameters)
  const pairs = pairsOf(optimizer, vars) ?? []
  for (const [, tensor] of pairs) await tensor.storage()
  for (const [variable, tensor] of pairs) variable.value = tensor
}

function pairsOf(optimizer: Optimizer, { members }: Hdf5Group): [Parameter, Tensor][] | undefined {
  const { variables } = optimizer
  if (members.size !== variables.length) return undefined
  const pairs: [Parameter, Tensor][] = []
  for (const [index, variable] of variables.entries()) {
    const tensor = members.get(String(index))
    if (tensor === undefined || isGroup(tensor) || !fits(variable, tensor)) return undefined
    pairs.push([variable, fitted(variable, tensor)])
  }
  return pairs
}
