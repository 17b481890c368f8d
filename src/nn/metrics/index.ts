// Metrics, under Keras's names: classes that accumulate over an epoch, and functions that give a value for each sample.

export { type BinaryCrossentropySettings, binaryCrossentropy, binaryFocalCrossentropy } from '../losses/binary-crossentropy.ts'
export { categoricalCrossentropy, categoricalFocalCrossentropy } from '../losses/categorical-crossentropy.ts'
export { klDivergence, poisson } from '../losses/divergences.ts'
export { categoricalHinge, hinge, squaredHinge } from '../losses/hinge.ts'
export {
  huber,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from '../losses/regression.ts'
export { sparseCategoricalCrossentropy } from '../losses/sparse-crossentropy.ts'
export {
  Accuracy,
  BinaryAccuracy,
  binaryAccuracy,
  CategoricalAccuracy,
  categoricalAccuracy,
  SparseCategoricalAccuracy,
  sparseCategoricalAccuracy,
  type ThresholdSetting,
} from './accuracy.ts'
export { deserialize, get, serialize } from './all.ts'
export { AUC, type AUCOptions } from './auc.ts'
export { type AtValueOptions, PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity } from './best-at.ts'
export { FalseNegatives, FalsePositives, type ThresholdsOption, TrueNegatives, TruePositives } from './condition-counts.ts'
export * from './correlation.ts'
export { F1Score, type F1ScoreOptions, FBetaScore, type FBetaScoreOptions } from './f-score.ts'
export * from './hinge.ts'
export { BinaryIoU, type BinaryIoUOptions, IoU, type IoUOptions, MeanIoU, type MeanIoUOptions, OneHotIoU, OneHotMeanIoU } from './iou.ts'
export { Mean, MeanMetricWrapper, type MeanMetricWrapperOptions, type MeanState, Sum } from './mean.ts'
export { Accumulator, Metric, type MetricOptions, type MetricVariableOptions, type WeightData } from './metric.ts'
export { Precision, type PrecisionRecallOptions, Recall } from './precision-recall.ts'
export { BinaryCrossentropy, CategoricalCrossentropy, KLDivergence, Poisson, SparseCategoricalCrossentropy } from './probabilistic.ts'
export { R2Score, type R2ScoreOptions } from './r2-score.ts'
export * from './regression.ts'
export type { CustomMetrics, MetricFunction, MetricIdentifier } from './resolve.ts'
export type { RunningSum } from './running-sum.ts'
export * from './top-k.ts'
