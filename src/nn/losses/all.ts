// All losses by name: what makes those known that are not everyday ones.

import { noteComplete } from '../options/identifiers.ts'
import { maker } from '../saving/serialized.ts'
import { BinaryFocalCrossentropy, binaryFocalCrossentropy } from './binary-crossentropy.ts'
import { CategoricalFocalCrossentropy, categoricalFocalCrossentropy } from './categorical-crossentropy.ts'
import { Circle, circle } from './circle.ts'
import { CosineSimilarity, cosineSimilarity } from './cosine-similarity.ts'
import { CTC, ctc } from './ctc.ts'
import { KLDivergence, klDivergence, Poisson, poisson } from './divergences.ts'
import { CategoricalHinge, categoricalHinge, Hinge, hinge, SquaredHinge, squaredHinge } from './hinge.ts'
import { Dice, dice, Tversky, tversky } from './overlap.ts'
import { LogCosh, logCosh, MeanSquaredLogarithmicError, meanSquaredLogarithmicError } from './regression.ts'
import * as everyday from './resolve.ts'
import { CategoricalGeneralizedCrossEntropy, categoricalGeneralizedCrossEntropy } from './sparse-crossentropy.ts'

/** Makes all losses known by name, and returns what finds them: used by a bundle, it takes the losses along; left out, it leaves them out. */
export function withAllLosses<T>(finder: T): T {
  everyday.registerLosses({
    makers: {
      BinaryFocalCrossentropy: maker(BinaryFocalCrossentropy),
      CategoricalFocalCrossentropy: maker(CategoricalFocalCrossentropy),
      CategoricalGeneralizedCrossEntropy: maker(CategoricalGeneralizedCrossEntropy),
      CategoricalHinge: maker(CategoricalHinge),
      CTC: maker(CTC),
      Circle: maker(Circle),
      CosineSimilarity: maker(CosineSimilarity),
      Dice: maker(Dice),
      Hinge: maker(Hinge),
      KLDivergence: maker(KLDivergence),
      LogCosh: maker(LogCosh),
      MeanSquaredLogarithmicError: maker(MeanSquaredLogarithmicError),
      Poisson: maker(Poisson),
      SquaredHinge: maker(SquaredHinge),
      Tversky: maker(Tversky),
    },
    functions: {
      binaryFocalCrossentropy,
      categoricalFocalCrossentropy,
      categoricalGeneralizedCrossEntropy,
      categoricalHinge,
      circle,
      cosineSimilarity,
      ctc,
      dice,
      hinge,
      klDivergence,
      logCosh,
      meanSquaredLogarithmicError,
      poisson,
      squaredHinge,
      tversky,
    },
    shortNames: { kld: 'klDivergence', kullbackLeiblerDivergence: 'klDivergence', msle: 'meanSquaredLogarithmicError' },
  })
  noteComplete('loss')
  return finder
}

/** A loss to train with, from whatever stands for one; a ConfigError that names the nearest where a name is not known. */
export const resolveLoss = /* @__PURE__ */ withAllLosses(everyday.resolveLoss)

/**
 * A loss by its class's name (`'MeanSquaredError'`: an instance), a function by its own (`'meanSquaredError'`, `'mse'`), an instance from what
 * {@link serialize} gave; functions and losses are what they are.
 */
export const get = /* @__PURE__ */ withAllLosses(everyday.get)

/** A loss as class and configuration, a function as its name. */
export const serialize = /* @__PURE__ */ withAllLosses(everyday.serialize)

/** The loss or function of {@link serialize}: a class's name gives an instance with its defaults. */
export const deserialize = /* @__PURE__ */ withAllLosses(everyday.deserialize)
