// All metrics by name: what makes those known that are not everyday ones.

import { binaryFocalCrossentropy } from '../losses/binary-crossentropy.ts'
import { categoricalFocalCrossentropy } from '../losses/categorical-crossentropy.ts'
import { klDivergence, poisson } from '../losses/divergences.ts'
import { categoricalHinge, hinge, squaredHinge } from '../losses/hinge.ts'
import { huber, logCosh, meanSquaredLogarithmicError } from '../losses/regression.ts'
import { noteComplete } from '../options/identifiers.ts'
import { maker } from '../saving/serialized.ts'
import { AUC } from './auc.ts'
import { PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity } from './best-at.ts'
import { FalseNegatives, FalsePositives, TrueNegatives, TruePositives } from './condition-counts.ts'
import { ConcordanceCorrelation, concordanceCorrelation, PearsonCorrelation, pearsonCorrelation } from './correlation.ts'
import { F1Score, FBetaScore } from './f-score.ts'
import { CategoricalHinge, Hinge, SquaredHinge } from './hinge.ts'
import { BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU } from './iou.ts'
import { Precision, Recall } from './precision-recall.ts'
import { KLDivergence, Poisson } from './probabilistic.ts'
import { R2Score } from './r2-score.ts'
import { CosineSimilarity, LogCoshError, MeanSquaredLogarithmicError } from './regression.ts'
import * as everyday from './resolve.ts'
import { SparseTopKCategoricalAccuracy, sparseTopKCategoricalAccuracy, TopKCategoricalAccuracy, topKCategoricalAccuracy } from './top-k.ts'

/** Makes all metrics known by name, and returns what finds them: used by a bundle, it takes the metrics along; left out, it leaves them out. */
export function withAllMetrics<T>(finder: T): T {
  everyday.registerMetrics({
    makers: {
      AUC: maker(AUC),
      BinaryIoU: maker(BinaryIoU),
      CategoricalHinge: maker(CategoricalHinge),
      ConcordanceCorrelation: maker(ConcordanceCorrelation),
      CosineSimilarity: maker(CosineSimilarity),
      F1Score: maker(F1Score),
      FBetaScore: maker(FBetaScore),
      FalseNegatives: maker(FalseNegatives),
      FalsePositives: maker(FalsePositives),
      Hinge: maker(Hinge),
      IoU: maker(IoU, ['numClasses', 'targetClassIds']),
      KLDivergence: maker(KLDivergence),
      LogCoshError: maker(LogCoshError),
      MeanIoU: maker(MeanIoU, ['numClasses']),
      MeanSquaredLogarithmicError: maker(MeanSquaredLogarithmicError),
      OneHotIoU: maker(OneHotIoU, ['numClasses', 'targetClassIds']),
      OneHotMeanIoU: maker(OneHotMeanIoU, ['numClasses']),
      PearsonCorrelation: maker(PearsonCorrelation),
      Poisson: maker(Poisson),
      Precision: maker(Precision),
      PrecisionAtRecall: maker(PrecisionAtRecall, ['recall']),
      R2Score: maker(R2Score),
      Recall: maker(Recall),
      RecallAtPrecision: maker(RecallAtPrecision, ['precision']),
      SensitivityAtSpecificity: maker(SensitivityAtSpecificity, ['specificity']),
      SparseTopKCategoricalAccuracy: maker(SparseTopKCategoricalAccuracy),
      SpecificityAtSensitivity: maker(SpecificityAtSensitivity, ['sensitivity']),
      SquaredHinge: maker(SquaredHinge),
      TopKCategoricalAccuracy: maker(TopKCategoricalAccuracy),
      TrueNegatives: maker(TrueNegatives),
      TruePositives: maker(TruePositives),
    },
    functions: {
      binaryFocalCrossentropy,
      categoricalFocalCrossentropy,
      categoricalHinge,
      concordanceCorrelation,
      hinge,
      huber,
      klDivergence,
      logCosh,
      meanSquaredLogarithmicError,
      pearsonCorrelation,
      poisson,
      sparseTopKCategoricalAccuracy,
      squaredHinge,
      topKCategoricalAccuracy,
    },
    shortNames: { kld: 'KLDivergence', msle: 'MeanSquaredLogarithmicError' },
  })
  noteComplete('metric')
  return finder
}

/** A metric by its name or class (`'meanSquaredError'`, `'mse'`, `'AUC'`), or from what {@link serialize} gave; metrics and functions are what they are. */
export const get = /* @__PURE__ */ withAllMetrics(everyday.get)

/** A metric as class and configuration, a function as its name. */
export const serialize = /* @__PURE__ */ withAllMetrics(everyday.serialize)

/** The metric of {@link serialize}, or the function of a name. */
export const deserialize = /* @__PURE__ */ withAllMetrics(everyday.deserialize)
