// Models and weights as files of the machine: what the front door in Node installs for `model.save`, `loadModel` and the like.

import { access } from 'node:fs/promises'
import { ConfigError } from '../core/index.ts'
import type { AnyModel, LoadModelOptions, LoadWeightsOptions, SaveOptions } from '../nn/index.ts'
import { readWhole, writeWhole } from './files.ts'
import {
  type ByteFiles,
  loadModelFrom,
  loadWeightsFrom,
  modelFromJson as fromJson,
  modelToJson as toJson,
  saveModelTo,
  saveWeightsTo,
} from './keras/model-files.ts'

const files: ByteFiles = { read: readWhole, write: writeWhole }

/** Writes a model with its weights as a `.keras` archive. */
export async function saveModel(model: AnyModel, path: string, options: SaveOptions = {}): Promise<void> {
  await needFree('save', path, options)
  await saveModelTo(files, model, path)
}

/** Reads a model from a `.keras` archive or a legacy `.h5` file. */
export const loadModel = (path: string, options: LoadModelOptions = {}): Promise<AnyModel> => loadModelFrom(files, path, options)

/** Writes weights: `.weights.h5` as Keras 3, any other name as safetensors. */
export async function saveWeights(model: AnyModel, path: string, options: SaveOptions = {}): Promise<void> {
  await needFree('saveWeights', path, options)
  await saveWeightsTo(files, model, path)
}

/** Reads weights into a model; the names of layers that were left out. */
export function loadWeights(model: AnyModel, path: string, options: LoadWeightsOptions = {}): Promise<readonly string[]> {
  return loadWeightsFrom(files, model, path, options)
}

/** A model without weights as Keras's JSON. */
export const modelToJson = async (model: AnyModel): Promise<string> => toJson(model)

/** A model with new weights from Keras's JSON. */
export const modelFromJson = async (text: string, options: Pick<LoadModelOptions, 'customObjects'> = {}): Promise<AnyModel> => fromJson(text, options)

async function needFree(where: string, path: string, { overwrite = true }: SaveOptions): Promise<void> {
  if (overwrite) return
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  if (exists)
    throw new ConfigError(`${where}: expected no file at '${path}', as overwrite is false, got one. Choose another name, or allow overwriting.`)
}
