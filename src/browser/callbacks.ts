// The namespace of callbacks in a page: those that write no files, and those whose files the browser keeps.

export { BackupAndRestore, ModelCheckpoint } from '../io/browser/index.ts'
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
} from '../nn/index.ts'
