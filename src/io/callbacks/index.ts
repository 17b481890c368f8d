// Callbacks that write files. They load what needs the machine's files when training begins, so that this module can be loaded anywhere.

export { BackupAndRestore, type BackupAndRestoreOptions } from './backup-and-restore.ts'
export { CSVLogger, type CSVLoggerOptions } from './csv-logger.ts'
export { ModelCheckpoint, type ModelCheckpointOptions } from './model-checkpoint.ts'
export { TensorBoard, type TensorBoardOptions } from './tensorboard.ts'
