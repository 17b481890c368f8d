// The namespace of all callbacks: those of nn, and those of io that write files.

export { BackupAndRestore, CSVLogger, ModelCheckpoint, TensorBoard } from './io/callbacks/index.ts'
export {
  Callback,
  CallbackList,
  EarlyStopping,
  History,
  LambdaCallback,
  LearningRateScheduler,
  ProgbarLogger,
  ReduceLROnPlateau,
  SwapEMAWeights,
  TerminateOnNaN,
} from './nn/index.ts'
