// The public face of io in a page: files that the browser keeps, and the format of tensors in them.

export { decodeSafetensors, encodeSafetensors, type Safetensors } from '../safetensors.ts'
export { BackupAndRestore, ModelCheckpoint } from './callbacks.ts'
export { loadModel, loadWeights, modelFromJson, modelToJson, saveModel, saveWeights } from './model-files.ts'
export { openPageFiles, type PageFiles, type PageFilesOptions } from './page-files.ts'
