// Models and weights as files: Keras 3's `.keras` and `.weights.h5`, its legacy `.h5` for reading, and safetensors.

import { ConfigError } from '../../core/index.ts'
import { type AnyModel, type LoadModelOptions, type LoadWeightsOptions } from '../../nn/index.ts'
import { type Assignments, assign } from '../assignments.ts'
import { readHdf5 } from '../hdf5/read.ts'
import { writeHdf5 } from '../hdf5/write.ts'
import { encodeWeights, weightsByName } from '../named-weights.ts'
import { decodeSafetensors } from '../safetensors.ts'
import { compileFrom, kerasCompileConfig, readOptimizer, writeOptimizer } from './compile-config.ts'
import { assetsToKeras, readVocabularies, writeFrequencies } from './assets.ts'
import { decodeArchive, encodeArchive, kerasVersion } from './archive.ts'
import { weightsFromKeras, weightsToKeras } from './weights.ts'
import { isLegacy, legacyModel, weightsFromLegacy } from './legacy.ts'
import { makerFor, modelFromKeras } from './model-from-keras.ts'
import { kerasModel } from './model-to-keras.ts'
import type { JsonRecord } from './json.ts'
import type { LayerMaker } from './layer-from-keras.ts'
import { namingFile } from './naming-file.ts'

/** Reads whole files, and writes them whole or not at all. */
export interface ByteFiles {
  read(path: string): Promise<Uint8Array>
  write(path: string, bytes: Uint8Array): Promise<void>
}

/** The format of a file, from its first bytes. */
function formatOf(bytes: Uint8Array): 'zip' | 'hdf5' | 'safetensors' {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return 'zip'
  return bytes[0] === 0x89 && bytes[1] === 0x48 && bytes[2] === 0x44 && bytes[3] === 0x46 ? 'hdf5' : 'safetensors'
}

/** The model as Keras's JSON, without weights, as Keras's `to_json`. */
export const modelToJson = (model: AnyModel): string => JSON.stringify(describedModel(model))

function describedModel(model: AnyModel): JsonRecord {
  const compiled = kerasCompileConfig(model)
  return { ...kerasModel(model), ...(compiled !== undefined && { compile_config: compiled }) }
}

/** A model from {@link modelToJson} or Keras's `to_json`, with new weights. */
export function modelFromJson(text: string, { customObjects }: Pick<LoadModelOptions, 'customObjects'> = {}): AnyModel {
  const maker = makerFor('modelFromJson', customObjects)
  const config = maker.json.parse(text, 'the model')
  try {
    const model = modelFromKeras(config, maker)
    compileFrom(model, config.compile_config, maker)
    return model
  } catch (error) {
    throw namingFile('modelFromJson', error)
  }
}

/** Writes a model with its weights as a `.keras` archive, which real Keras opens too. */
export async function saveModelTo(files: ByteFiles, model: AnyModel, path: string): Promise<void> {
  if (!path.endsWith('.keras')) throw new ConfigError(`save: expected a path that ends in .keras, got '${path}'. Rename it, or call saveWeights.`)
  if (!model.built) {
    throw new ConfigError(`save: expected a model with parameters, '${model.name}' is not built. Give its first layer an inputShape, or call build.`)
  }
  const metadata = { keras_version: kerasVersion, date_saved: new Date().toISOString().slice(0, 19).replace('T', '@') }
  const weights = weightsToKeras(model)
  writeFrequencies(weights, model)
  writeOptimizer(weights, model)
  await files.write(path, await encodeArchive({ config: describedModel(model), metadata, weights, assets: assetsToKeras(model) }))
}

/** Reads a model with its weights from a `.keras` archive or a legacy `.h5` file. */
export async function loadModelFrom(files: ByteFiles, path: string, { customObjects, compile = true }: LoadModelOptions = {}): Promise<AnyModel> {
  const where = `loadModel '${path}'`
  const bytes = await files.read(path)
  try {
    return await modelOf(bytes, path, makerFor(where, customObjects), compile)
  } catch (error) {
    throw namingFile(where, error)
  }
}

async function modelOf(bytes: Uint8Array, path: string, maker: LayerMaker, compile: boolean): Promise<AnyModel> {
  const { where } = maker.json
  if (formatOf(bytes) === 'hdf5') {
    const { config, weights, training } = legacyModel(await readHdf5(bytes, path), where)
    const model = modelFromKeras(config, maker)
    await assign(weightsFromLegacy(weights, model, where))
    if (compile) compileFrom(model, training, maker)
    return model
  }
  const { config, weights, assets } = await decodeArchive(bytes, where)
  const model = modelFromKeras(config, maker)
  await readVocabularies(assets, weights, model, where)
  if (model.built) await assign(weightsFromKeras(weights, model, where))
  if (compile) {
    compileFrom(model, config.compile_config, maker)
    if (model.built) await readOptimizer(weights, model)
  }
  return model
}

/** Writes a model's weights: `.weights.h5` as Keras 3, anything else as safetensors. */
export async function saveWeightsTo(files: ByteFiles, model: AnyModel, path: string): Promise<void> {
  if (path.endsWith('.weights.h5')) return files.write(path, await writeHdf5(weightsToKeras(model), path))
  if (path.endsWith('.h5') || path.endsWith('.keras')) {
    throw new ConfigError(`saveWeights: expected a path that ends in .weights.h5 or .safetensors, got '${path}'. Rename it.`)
  }
  return files.write(path, await encodeWeights(model))
}

/** Reads weights into a model from `.weights.h5`, `.keras`, a legacy `.h5` or safetensors; where they do not fit, nothing is changed. */
export async function loadWeightsFrom(files: ByteFiles, model: AnyModel, path: string, options: LoadWeightsOptions = {}): Promise<readonly string[]> {
  const where = `loadWeights '${path}'`
  const bytes = await files.read(path)
  try {
    return await assign(await assignmentsOf(bytes, model, path, where, options))
  } catch (error) {
    throw namingFile(where, error)
  }
}

async function assignmentsOf(bytes: Uint8Array, model: AnyModel, path: string, where: string, options: LoadWeightsOptions): Promise<Assignments> {
  const format = formatOf(bytes)
  if (format === 'zip') return weightsFromKeras((await decodeArchive(bytes, where)).weights, model, where, options)
  if (format === 'hdf5') {
    const root = await readHdf5(bytes, path)
    return isLegacy(root) ? weightsFromLegacy(root, model, where, options) : weightsFromKeras(root, model, where, options)
  }
  return weightsByName(decodeSafetensors(bytes, path).tensors, model, where, options)
}
