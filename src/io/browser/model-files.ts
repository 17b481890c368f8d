// Weights of models in a page: safetensors among the files that the browser keeps. Whole models are Node's: a page would have to load the HDF5 library,
// which is larger than all of Tenon.

import { ConfigError, FormatError } from '../../core/index.ts'
import type { AnyModel, LoadWeightsOptions, SaveOptions } from '../../nn/index.ts'
import { assign } from '../assignments.ts'
import { encodeWeights, weightsByName } from '../named-weights.ts'
import { decodeSafetensors } from '../safetensors.ts'
import { openPageFiles } from './page-files.ts'

/** Writes weights to a file that the browser keeps for this page's origin. */
export async function saveWeights(model: AnyModel, path: string, { overwrite = true }: SaveOptions = {}): Promise<void> {
  const files = await openPageFiles()
  if (!overwrite && (await files.names()).includes(path)) {
    throw new ConfigError(`saveWeights: expected no file '${path}', as overwrite is false, got one. Choose another name, or allow overwriting.`)
  }
  await files.write(path, await encodeWeights(model))
}

/** Reads weights of {@link saveWeights} into a model; the names of layers that were left out. */
export async function loadWeights(model: AnyModel, path: string, options: LoadWeightsOptions = {}): Promise<readonly string[]> {
  const files = await openPageFiles()
  const bytes = await files.read(path)
  if (bytes === undefined) {
    const names = await files.names()
    throw new FormatError(
      `read '${path}': expected a file of this page, got ${names.length === 0 ? 'none at all' : `only ${names.join(', ')}`}. Save it first.`,
    )
  }
  return assign(weightsByName(decodeSafetensors(bytes, path).tensors, model, `loadWeights '${path}'`, options))
}

const inNode = (where: string) => async (): Promise<never> => {
  throw new ConfigError(`${where}: expected Node, got a page. Use saveWeights and loadWeights, or convert the file in Node.`)
}

/** Only in Node. */
export const saveModel = inNode('save')
/** Only in Node. */
export const loadModel = inNode('loadModel')
/** Only in Node. */
export const modelToJson = inNode('toJson')
/** Only in Node. */
export const modelFromJson = inNode('modelFromJson')
