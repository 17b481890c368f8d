// Callbacks that write files. They load what needs the machine's files when training begins, so that this module can be loaded anywhere.

export { BackupAndRestore } from './backup-and-restore.ts'
export type { BackupAndRestoreOptions } from './backup-callback.ts'
export type { ModelCheckpointOptions } from './checkpoint-callback.ts'
export { CSVLogger, type CSVLoggerOptions } from './csv-logger.ts'
export { ModelCheckpoint } from './model-checkpoint.ts'
export { TensorBoard, type TensorBoardOptions } from './tensorboard.ts'
