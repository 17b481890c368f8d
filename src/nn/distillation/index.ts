// Distillation, under Keras's names: a student learns from its teacher.

export { Distiller, type DistillerOptions } from './distiller.ts'
export {
  DistillationLoss,
  FeatureDistillation,
  type FeatureDistillationOptions,
  LogitsDistillation,
  type LogitsDistillationOptions,
  type OutputLosses,
} from './losses.ts'
