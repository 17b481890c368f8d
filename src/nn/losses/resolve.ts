// Losses by name, by class and configuration, or as functions.

import { ConfigError, type Dims, type Tensor } from '../../core/index.ts'
import { lookUp, plainName } from '../identifiers.ts'
import { BinaryCrossentropy, BinaryFocalCrossentropy, binaryCrossentropy, binaryFocalCrossentropy } from './binary-crossentropy.ts'
import {
  CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
} from './categorical-crossentropy.ts'
import { Circle, circle } from './circle.ts'
import { CosineSimilarity, cosineSimilarity } from './cosine-similarity.ts'
import { KLDivergence, klDivergence, Poisson, poisson } from './divergences.ts'
import { CategoricalHinge, categoricalHinge, Hinge, hinge, SquaredHinge, squaredHinge } from './hinge.ts'
import { FunctionLoss, type LogitsOption, Loss, type LossFunction, type LossOptions } from './loss.ts'
import { Dice, dice, Tversky, tversky } from './overlap.ts'
import {
  Huber,
  huber,
  LogCosh,
  logCosh,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from './regression.ts'
import {
  CategoricalGeneralizedCrossEntropy,
  categoricalGeneralizedCrossEntropy,
  SparseCategoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './sparse-crossentropy.ts'

/** A class of losses, made from options that may all be missing. */
export type LossClass = new (options?: LossOptions) => Loss

/** A class and the options of one of its instances. */
export interface SerializedObject {
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
}

/** What stands for a loss: a name (`'mse'`, `'categoricalCrossentropy'`), a function of targets and predictions, a loss, or what {@link serialize} gave. */
export type LossIdentifier = string | LossFunction | Loss | SerializedObject

const classes: Readonly<Record<string, LossClass>> = {
  BinaryCrossentropy,
  BinaryFocalCrossentropy,
  CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  CategoricalHinge,
  Circle,
  CosineSimilarity,
  Dice,
  Hinge,
  Huber,
  KLDivergence,
  LogCosh,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  Poisson,
  SparseCategoricalCrossentropy,
  SquaredHinge,
  Tversky,
}

const functions: Readonly<Record<string, LossFunction>> = {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  categoricalHinge,
  circle,
  cosineSimilarity,
  dice,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
  tversky,
}

const shortNames: Readonly<Record<string, string>> = {
  bce: 'binaryCrossentropy',
  kld: 'klDivergence',
  kullbackLeiblerDivergence: 'klDivergence',
  mae: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
  mse: 'meanSquaredError',
  msle: 'meanSquaredLogarithmicError',
}

/** The function's name that a name stands for: of a function, of its class, or a short one, in any spelling. */
const functionNames: Readonly<Record<string, string>> = { ...Object.fromEntries(Object.keys(functions).map((name) => [name, name])), ...shortNames }

/** The class of a function, by the function's name. */
function classFor(name: string): LossClass {
  const full = lookUp('loss', name, functionNames)
  return lookUp('loss', full, classes)
}

/** A cross-entropy by the shapes of targets and predictions: binary for one output, categorical for rows, else sparse (Keras's 'crossentropy'). */
class CrossentropyByShape extends Loss {
  constructor(name: string) {
    super({ name })
  }

  override forShapes(yTrue: Dims, yPred: Dims): Loss {
    const { name } = this
    if (yPred.at(-1) === 1) return new BinaryCrossentropy({ name })
    return labelsAreNumbers(yTrue, yPred) ? new SparseCategoricalCrossentropy({ name }) : new CategoricalCrossentropy({ name })
  }

  override call(yTrue: Tensor, yPred: Tensor, options?: LogitsOption): Tensor {
    return this.forShapes(yTrue.dims, yPred.dims).call(yTrue, yPred, options)
  }
}

/** Whether targets are numbers of classes for predictions `[…, classes]`. */
export function labelsAreNumbers(yTrue: Dims, yPred: Dims): boolean {
  return yTrue.length < yPred.length || (yTrue.at(-1) === 1 && yPred.at(-1) !== 1)
}

/** A loss to train with, from whatever stands for one; a ConfigError that names the nearest where a name is not known. */
export function resolveLoss(loss: LossIdentifier): Loss {
  if (loss instanceof Loss) return loss
  if (typeof loss === 'string') {
    const plain = plainName(loss)
    return plain === 'crossentropy' || plain === 'ce' ? new CrossentropyByShape(loss) : new (classFor(loss))()
  }
  if (typeof loss === 'function') {
    const name = nameOf(loss)
    return name === undefined ? new FunctionLoss(loss) : new (classFor(name))()
  }
  return resolveLoss(deserialize(loss))
}

const nameOf = (fn: LossFunction): string | undefined => Object.keys(functions).find((name) => functions[name] === fn)

/**
 * A loss by its class's name (`'MeanSquaredError'`: an instance), a function by its own (`'meanSquaredError'`, `'mse'`), an instance from what
 * {@link serialize} gave; functions and losses are what they are.
 */
export function get(identifier: LossIdentifier): Loss | LossFunction {
  return typeof identifier === 'string' || isSerialized(identifier) ? deserialize(identifier) : identifier
}

const isSerialized = (identifier: LossIdentifier): identifier is SerializedObject => typeof identifier === 'object' && !(identifier instanceof Loss)

/** A loss as class and configuration, a function as its name. */
export function serialize(loss: Loss | LossFunction): SerializedObject | string {
  if (!(loss instanceof Loss)) return nameOf(loss) ?? loss.name
  const className = Object.keys(classes).find((name) => classes[name] === loss.constructor) ?? loss.constructor.name
  return { className, config: { ...loss.getConfig() } }
}

/** Classes and functions of one's own, by name. */
export type CustomLosses = Readonly<Record<string, LossFunction | (new (options: never) => Loss)>>

/** The loss or function of {@link serialize}: a class's name gives an instance with its defaults. */
export function deserialize(serialized: string | SerializedObject, customObjects: CustomLosses = {}): Loss | LossFunction {
  const isName = typeof serialized === 'string'
  const name = isName ? serialized : serialized.className
  const found = customObjects[name] ?? classes[name] ?? functions[lookUp('loss', name, functionNames)]
  if (found !== undefined && isName && isFunction(found)) return found
  const made: unknown =
    found === undefined || isFunction(found) ? undefined : Reflect.construct(found, [isName ? {} : withoutNulls(serialized.config)])
  if (made instanceof Loss) return made
  throw new ConfigError(`loss: expected '${name}' to be a class of losses, got something else. Pass a function's name alone.`)
}

const isFunction = (from: LossFunction | (new (options: never) => Loss)): from is LossFunction => !(from.prototype instanceof Loss)

/** A configuration without the options that are null: they have their defaults. */
export const withoutNulls = (config: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null))
