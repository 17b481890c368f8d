// Losses by name, by class and configuration, or as functions. The everyday ones are known here; `all.ts` makes the others known.

import { ConfigError, type Dims, type Tensor } from '../../core/index.ts'
import { lookUp, merged, plainName } from '../options/identifiers.ts'
import {
  deserializeFrom,
  type Makers,
  maker,
  type SerializedInput,
  type SerializedObject,
  serialize as serializeObject,
} from '../saving/serialized.ts'
import { BinaryCrossentropy, binaryCrossentropy } from './binary-crossentropy.ts'
import { CategoricalCrossentropy, categoricalCrossentropy } from './categorical-crossentropy.ts'
import { FunctionLoss, type LogitsOption, Loss, type LossFunction } from './loss.ts'
import {
  Huber,
  huber,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
} from './regression.ts'
import { SparseCategoricalCrossentropy, sparseCategoricalCrossentropy } from './sparse-crossentropy.ts'

/** What stands for a loss: a name (`'mse'`, `'categoricalCrossentropy'`), a function of targets and predictions, a loss, or what {@link serialize} gave. */
export type LossIdentifier = string | LossFunction | Loss | SerializedInput

let makers: Makers<Loss> = {
  BinaryCrossentropy: maker(BinaryCrossentropy),
  CategoricalCrossentropy: maker(CategoricalCrossentropy),
  Huber: maker(Huber),
  MeanAbsoluteError: maker(MeanAbsoluteError),
  MeanAbsolutePercentageError: maker(MeanAbsolutePercentageError),
  MeanSquaredError: maker(MeanSquaredError),
  SparseCategoricalCrossentropy: maker(SparseCategoricalCrossentropy),
}

let functions: Readonly<Record<string, LossFunction>> = {
  binaryCrossentropy,
  categoricalCrossentropy,
  huber,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
}

let shortNames: Readonly<Record<string, string>> = {
  bce: 'binaryCrossentropy',
  mae: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
  mse: 'meanSquaredError',
}

/** Losses by the names of their classes and functions, and further names of the functions. */
export interface NamedLosses {
  readonly makers: Makers<Loss>
  readonly functions: Readonly<Record<string, LossFunction>>
  readonly shortNames: Readonly<Record<string, string>>
}

/** Makes further losses known by name. */
export function registerLosses(named: NamedLosses): void {
  makers = merged(makers, named.makers)
  functions = merged(functions, named.functions)
  shortNames = merged(shortNames, named.shortNames)
}

/** The function's name that a name stands for: of a function, of its class, or a short one, in any spelling. */
const functionNamed = (name: string): string =>
  lookUp('loss', name, { ...Object.fromEntries(Object.keys(functions).map((each) => [each, each])), ...shortNames })

/** A loss of the class that a function's name stands for, with its defaults. */
const lossNamed = (name: string): Loss => deserializeFrom('loss', { className: functionNamed(name) }, makers)

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
  return lookUp('loss', functionNamed(serialized), functions)
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
