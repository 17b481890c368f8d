// Losses by name, by class and configuration, or as functions.

import { ConfigError, type Dims, type Tensor } from '../../core/index.ts'
import { lookUp, plainName } from '../options/identifiers.ts'
import {
  deserializeFrom,
  type Makers,
  maker,
  type SerializedInput,
  type SerializedObject,
  serialize as serializeObject,
} from '../saving/serialized.ts'
import { BinaryCrossentropy, BinaryFocalCrossentropy, binaryCrossentropy, binaryFocalCrossentropy } from './binary-crossentropy.ts'
import {
  CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
} from './categorical-crossentropy.ts'
import { Circle, circle } from './circle.ts'
import { CosineSimilarity, cosineSimilarity } from './cosine-similarity.ts'
import { CTC, ctc } from './ctc.ts'
import { KLDivergence, klDivergence, Poisson, poisson } from './divergences.ts'
import { CategoricalHinge, categoricalHinge, Hinge, hinge, SquaredHinge, squaredHinge } from './hinge.ts'
import { FunctionLoss, type LogitsOption, Loss, type LossFunction } from './loss.ts'
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

/** What stands for a loss: a name (`'mse'`, `'categoricalCrossentropy'`), a function of targets and predictions, a loss, or what {@link serialize} gave. */
export type LossIdentifier = string | LossFunction | Loss | SerializedInput

const makers: Makers<Loss> = {
  BinaryCrossentropy: maker(BinaryCrossentropy),
  BinaryFocalCrossentropy: maker(BinaryFocalCrossentropy),
  CategoricalCrossentropy: maker(CategoricalCrossentropy),
  CategoricalFocalCrossentropy: maker(CategoricalFocalCrossentropy),
  CategoricalGeneralizedCrossEntropy: maker(CategoricalGeneralizedCrossEntropy),
  CategoricalHinge: maker(CategoricalHinge),
  CTC: maker(CTC),
  Circle: maker(Circle),
  CosineSimilarity: maker(CosineSimilarity),
  Dice: maker(Dice),
  Hinge: maker(Hinge),
  Huber: maker(Huber),
  KLDivergence: maker(KLDivergence),
  LogCosh: maker(LogCosh),
  MeanAbsoluteError: maker(MeanAbsoluteError),
  MeanAbsolutePercentageError: maker(MeanAbsolutePercentageError),
  MeanSquaredError: maker(MeanSquaredError),
  MeanSquaredLogarithmicError: maker(MeanSquaredLogarithmicError),
  Poisson: maker(Poisson),
  SparseCategoricalCrossentropy: maker(SparseCategoricalCrossentropy),
  SquaredHinge: maker(SquaredHinge),
  Tversky: maker(Tversky),
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
  ctc,
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

/** A loss of the class that a function's name stands for, with its defaults. */
const lossNamed = (name: string): Loss => deserializeFrom('loss', { className: lookUp('loss', name, functionNames) }, makers)

/** A cross-entropy by the shapes of targets and predictions: binary for one output, categorical for rows, else sparse (Keras's 'crossentropy'). */
class CrossentropyByShape extends Loss {
  constructor(name: string) {
    super({ name }, 'Crossentropy')
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
    return plain === 'crossentropy' || plain === 'ce' ? new CrossentropyByShape(loss) : lossNamed(loss)
  }
  if (typeof loss === 'function') {
    const name = nameOf(loss)
    return name === undefined ? new FunctionLoss(loss) : lossNamed(name)
  }
  return made(loss)
}

const nameOf = (fn: LossFunction): string | undefined => Object.keys(functions).find((name) => functions[name] === fn)

/**
 * A loss by its class's name (`'MeanSquaredError'`: an instance), a function by its own (`'meanSquaredError'`, `'mse'`), an instance from what
 * {@link serialize} gave; functions and losses are what they are.
 */
export function get(identifier: LossIdentifier): Loss | LossFunction {
  return identifier instanceof Loss || typeof identifier === 'function' ? identifier : deserialize(identifier)
}

/** A loss as class and configuration, a function as its name. */
export function serialize(loss: Loss | LossFunction): SerializedObject | string {
  return loss instanceof Loss ? serializeObject(loss) : (nameOf(loss) ?? loss.name)
}

/** Classes and functions of one's own, by name. */
export type CustomLosses = Readonly<Record<string, LossFunction | (new (options: never) => Loss)>>

/** The loss or function of {@link serialize}: a class's name gives an instance with its defaults. */
export function deserialize(serialized: string | SerializedInput, customObjects: CustomLosses = {}): Loss | LossFunction {
  if (typeof serialized !== 'string') return made(serialized, customObjects)
  const custom = customObjects[serialized]
  if (custom !== undefined && isFunction(custom)) return custom
  if (custom !== undefined || makers[serialized] !== undefined) return made({ className: serialized }, customObjects)
  const name = lookUp('loss', serialized, functionNames)
  return lookUp('loss', name, functions)
}

const made = (serialized: SerializedInput, customObjects: CustomLosses = {}): Loss =>
  deserializeFrom('loss', serialized, { ...makers, ...customMakers(customObjects) })

const isFunction = (from: LossFunction | (new (options: never) => Loss)): from is LossFunction => !(from.prototype instanceof Loss)

function customMakers(customObjects: CustomLosses): Makers<Loss> {
  const classes = Object.entries(customObjects).filter(([, object]) => !isFunction(object))
  return Object.fromEntries(
    classes.map(([name, Class]) => [
      name,
      (options: object) => {
        const loss: unknown = Reflect.construct(Class, [options])
        if (loss instanceof Loss) return loss
        throw new ConfigError(`loss: expected '${name}' to be a class of losses, got something else. Derive it from Loss.`)
      },
    ]),
  )
}
