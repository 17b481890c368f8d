// Files of weights as models read and write them: safetensors.

import type { Tensor } from '../core/index.ts'
import { readWhole, writeWhole } from './files.ts'
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts'

/** The tensors of a safetensors file by name. */
export async function readTensors(path: string): Promise<ReadonlyMap<string, Tensor>> {
  return decodeSafetensors(await readWhole(path), path).tensors
}

/** Writes tensors to a safetensors file, which appears whole or not at all. */
export async function writeTensors(path: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  for (const tensor of tensors.values()) await tensor.storage()
  await writeWhole(path, encodeSafetensors(tensors, { format: 'tenon' }))
}
