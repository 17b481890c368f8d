// The public face of io: file formats.

export { readWhole, writeWhole } from './files.ts'
export { decodeSafetensors, encodeSafetensors, type Safetensors } from './safetensors.ts'
export { readTensors, writeTensors } from './weight-files.ts'
