// The public face of nn: models, layers and what trains them.

export { type Activation, activations, gelu, geluApproximate, silu } from './activations/activations.ts'
export {
  Callback,
  CallbackList,
  type CallbackListOptions,
  type CallbackState,
  EarlyStopping,
  type EarlyStoppingOptions,
  LambdaCallback,
  LearningRateScheduler,
  type LearningRateSchedulerOptions,
  type Logs,
  Monitor,
  type MonitorOptions,
  type NonFiniteReport,
  savedNumber,
  optionalSavedNumber,
  ProgbarLogger,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
  type RunParameters,
  SwapEMAWeights,
  type SwapEMAWeightsOptions,
  TerminateOnNaN,
  type TerminateOnNaNOptions,
} from './callbacks/index.ts'
export type { EvaluateOptions } from './training/evaluate.ts'
export type { FitOptions, ValidationData } from './training/fit-options.ts'
export { type CloneModelOptions, cloneModel } from './model/clone-model.ts'
export { History } from './callbacks/history.ts'
export { flopsOf } from './inspection/flops.ts'
export { type PlotModelOptions, plotModel } from './inspection/plot-model.ts'
export type { SummaryOptions } from './inspection/summary.ts'
export * as constraints from './constraints/index.ts'
export * as initializers from './initializers/index.ts'
export type { Initializer, InitializerIdentifier } from './initializers/index.ts'
export * as regularizers from './regularizers/index.ts'
export * as optimizers from './optimizers/index.ts'
export * as quantizers from './quantizers/index.ts'
export { type CallContext, type CallOptions, currentContext, setRandomSeed } from './layer/call-context.ts'
export {
  customObjectScope,
  getCustomObjects,
  getRegisteredName,
  getRegisteredObject,
  knownCustomObjects,
  type RegisterOptions,
  registerKerasSerializable,
} from './saving/custom-objects.ts'
export { DTypePolicy, dtypePolicy, setDtypePolicy } from './dtype-policies/dtype-policy.ts'
export * as distillation from './distillation/index.ts'
export * as dtypePolicies from './dtype-policies/index.ts'
export { nearestName } from './options/identifiers.ts'
export { Input, type InputOptions } from './functional/input.ts'
export { type AnyLayer, Layer, type LayerConfig, type LayerOptions, type LogitsHook } from './layer/layer.ts'
export { type NamedParameter, parametersOf } from './layer/named-parameters.ts'
export * as optionChecks from './options/index.ts'
export { positive } from './options/option-checks.ts'
export { type Mask, maskOf, withMask } from './layer/masks.ts'
export { Parameter, type ParameterOptions } from './layer/parameter.ts'
export * as layers from './layers/index.ts'
export { checkedRate, dropElements } from './layers/regularization/dropout.ts'
export type { WeightSettings } from './layers/parameter-rules.ts'
export * as losses from './losses/index.ts'
export { Loss, type LossFunction, type LossIdentifier, type LossOptions } from './losses/index.ts'
export * as metrics from './metrics/index.ts'
export { Metric, type MetricIdentifier, type MetricOptions } from './metrics/index.ts'
export type { BatchData, BatchIterable, BatchSource } from './feeding/batch-source.ts'
export type { ClassWeight } from './feeding/class-weights.ts'
export type { CompileConfig, CompileOptions } from './training/compile-options.ts'
export { type CompiledStep, compileStep, type CompileStepOptions } from './steps/compile-step.ts'
export type { DataTree } from './feeding/data-tree.ts'
export { valueAndGradients } from './steps/gradients-of-cells.ts'
export { Model, Sequential } from './model/all-names.ts'
export type { AnyModel, HeldLayer, ModelOptions } from './model/model.ts'
export type { ModelOutputs, OnBatchOptions } from './training/trainer.ts'
export {
  type LoadModelOptions,
  type LoadWeightsOptions,
  loadModel,
  type ModelFiles,
  modelFromJson,
  type SaveOptions,
  setModelFiles,
} from './saving/model-files.ts'
export * as saving from './saving/index.ts'
export {
  Adam,
  type AdamOptions,
  AdamW,
  type AdamWOptions,
  type CosineDecayOptions,
  cosineDecay,
  Optimizer,
  type OptimizerOptions,
  type OptimizerState,
  type Schedule,
  SGD,
  type SGDOptions,
  type Update,
} from './optimizers/index.ts'
export type { PredictOptions } from './training/predict.ts'
export type { Verbosity } from './progress/progress.ts'
export type { SequentialOptions } from './model/sequential.ts'
export type { Terminal } from './progress/terminal.ts'
export type { StepLogs } from './training/step-logs.ts'
export type { StepBatch } from './training/step-programs.ts'
export type { Figures } from './training/training.ts'
export type { TrainingData } from './feeding/training-data.ts'
export type { TrainingPosition, TrainingProgress, TrainingState } from './training/training-state.ts'
