// Files of weights of models in a page: safetensors among the files that the browser keeps.

import { FormatError, type Tensor } from '../../core/index.ts'
import { decodeSafetensors, encodeSafetensors } from '../safetensors.ts'
import { openPageFiles } from './page-files.ts'

/** The tensors of a file of {@link writeTensors} by name. */
export async function readTensors(path: string): Promise<ReadonlyMap<string, Tensor>> {
  const files = await openPageFiles()
  const bytes = await files.read(path)
  if (bytes === undefined) {
    const names = await files.names()
    throw new FormatError(
      `read '${path}': expected a file of this page, got ${names.length === 0 ? 'none at all' : `only ${names.join(', ')}`}. Save it first.`,
    )
  }
  return decodeSafetensors(bytes, path).tensors
}

/** Writes tensors to a file that the browser keeps for this page's origin. */
export async function writeTensors(path: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  for (const tensor of tensors.values()) await tensor.storage()
  const files = await openPageFiles()
  await files.write(path, encodeSafetensors(tensors, { format: 'tenon' }))
}
