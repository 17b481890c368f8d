// The namespace of callbacks in a page: those that write no files.

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
