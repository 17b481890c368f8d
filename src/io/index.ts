// The public face of io: file formats.

export {
  BackupAndRestore,
  type BackupAndRestoreOptions,
  CSVLogger,
  type CSVLoggerOptions,
  ModelCheckpoint,
  type ModelCheckpointOptions,
  TensorBoard,
  type TensorBoardOptions,
} from './callbacks/index.ts'
export { readWhole, writeWhole } from './files.ts'
export { loadModel, loadWeights, modelFromJson, modelToJson, saveModel, saveWeights } from './model-files.ts'
export { decodeSafetensors, encodeSafetensors, type Safetensors } from './safetensors.ts'
export { EventFile, type EventFileOptions } from './tensorboard/event-file.ts'
