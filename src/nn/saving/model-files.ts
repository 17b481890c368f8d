// Models and weights as files. How files are written is not nn's affair: what reads and writes them is installed by the front door, so that models live
// where there are no files, too.

import { ConfigError } from '../../core/index.ts'
import type { AnyModel } from '../model/model.ts'

/** Options of {@link loadModel}. */
export interface LoadModelOptions {
  /** Classes and functions of your own, by the name they have in the file: `{ Scale }`. */
  readonly customObjects?: Readonly<Record<string, unknown>>
  /** Compile the model as it was when it was saved. Default true. */
  readonly compile?: boolean
}

/** Options of {@link loadWeights}. */
export interface LoadWeightsOptions {
  /** Match layers by name instead of their place in the model; layers that the file does not have stay as they are. Default false. */
  readonly byName?: boolean
  /** Leave layers as they are whose weights are missing or of another shape. Default false: an error, and nothing is changed. */
  readonly skipMismatch?: boolean
}

/** Options of {@link saveModel} and {@link saveWeights}. */
export interface SaveOptions {
  /** Replace a file that is there. Default true; otherwise it is an error. */
  readonly overwrite?: boolean
}

/** What reads and writes models; each file appears whole or not at all. */
export interface ModelFiles {
  saveModel(model: AnyModel, path: string, options?: SaveOptions): Promise<void>
  loadModel(path: string, options?: LoadModelOptions): Promise<AnyModel>
  saveWeights(model: AnyModel, path: string, options?: SaveOptions): Promise<void>
  loadWeights(model: AnyModel, path: string, options?: LoadWeightsOptions): Promise<readonly string[]>
  modelToJson(model: AnyModel): Promise<string>
  modelFromJson(text: string, options?: Pick<LoadModelOptions, 'customObjects'>): Promise<AnyModel>
}

let load: (() => Promise<ModelFiles>) | undefined

/** Installs what reads and writes models, loaded when it is first needed. */
export function setModelFiles(loadFiles: () => Promise<ModelFiles>): void {
  load = loadFiles
}

function files(where: string): Promise<ModelFiles> {
  if (load === undefined) {
    throw new ConfigError(`${where}: expected something that reads and writes files, none is installed. Import from tenon, or call setModelFiles.`)
  }
  return load()
}

/**
 * Writes a model with its weights and what it was compiled with as a `.keras` archive, which Keras 3 opens too.
 *
 * @throws ConfigError where the model holds functions or operations that a file cannot hold; FormatError where the file cannot be written.
 */
export async function saveModel(model: AnyModel, path: string, options?: SaveOptions): Promise<void> {
  return (await files('save')).saveModel(model, path, options)
}

/**
 * Reads a model from a `.keras` archive of Keras 3 or Tenon, or a whole model from a legacy `.h5` file. Nothing that the file holds is executed.
 *
 * ```ts
 * const model = await loadModel('m.keras', { customObjects: { Scale } })
 * ```
 *
 * @throws FormatError where the file is cut off, damaged, or holds what Tenon does not have.
 */
export async function loadModel(path: string, options?: LoadModelOptions): Promise<AnyModel> {
  return (await files('loadModel')).loadModel(path, options)
}

/** Writes a model's weights: to `.weights.h5` as Keras 3 does, to any other name as safetensors. */
export async function saveWeights(model: AnyModel, path: string, options?: SaveOptions): Promise<void> {
  needBuilt('saveWeights', model)
  return (await files('saveWeights')).saveWeights(model, path, options)
}

/**
 * Reads weights into a model from `.weights.h5`, `.keras`, Keras 2's `.h5` or safetensors. Where they do not fit, nothing is changed.
 *
 * @returns the names of layers that were left out by `byName` or `skipMismatch`.
 */
export async function loadWeights(model: AnyModel, path: string, options?: LoadWeightsOptions): Promise<readonly string[]> {
  needBuilt('loadWeights', model)
  return (await files('loadWeights')).loadWeights(model, path, options)
}

/** A model without weights as Keras's JSON. */
export async function modelToJson(model: AnyModel): Promise<string> {
  return (await files('toJson')).modelToJson(model)
}

/** A model with new weights from {@link modelToJson} or Keras's `to_json`. */
export async function modelFromJson(text: string, options?: Pick<LoadModelOptions, 'customObjects'>): Promise<AnyModel> {
  return (await files('modelFromJson')).modelFromJson(text, options)
}

function needBuilt(where: string, model: AnyModel): void {
  if (!model.built)
    throw new ConfigError(`${where}: expected a model with parameters, it is not built. Give its first layer an inputShape, or call build.`)
}
