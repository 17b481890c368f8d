// What layers keep in files of their own beside the weights (`assets/` in a `.keras` archive): vocabularies that were found in data, a token a line.
// Vocabularies that were given as options are among the options.

import { ConfigError, FormatError, numbersOf, tensor } from '../../core/index.ts'
import { type AnyLayer, layers } from '../../nn/index.ts'
import { groupAt, type Hdf5Group, isGroup, makeGroup } from '../hdf5/group.ts'
import { variablesOf } from './weight-paths.ts'

type LookupLayer = layers.StringLookup | layers.IntegerLookup | layers.TextVectorization

/** Whether a layer looks tokens up in a vocabulary. */
export const hasVocabulary = (layer: AnyLayer): layer is AnyLayer & LookupLayer =>
  layer instanceof layers.StringLookup || layer instanceof layers.IntegerLookup || layer instanceof layers.TextVectorization

/** What may end a line of a text file in Python: control characters and separators of lines. */
const lineEnds = /[\p{Cc}\p{Zl}\p{Zp}]/u

/** The file of a vocabulary; undefined where the tokens are options, or such that lines cannot keep them. */
function linesOf(layer: LookupLayer): string | undefined {
  const tokens = layer.getVocabulary()
  if (layer.hasGivenVocabulary || tokens.length === 0 || tokens.at(-1) === '') return undefined
  return tokens.some((token) => token === undefined || lineEnds.test(String(token))) ? undefined : tokens.join('\n')
}

/** Whether a layer's vocabulary is kept in a file of its own and is not among its options. */
export const keepsVocabularyApart = (layer: AnyLayer): boolean => hasVocabulary(layer) && linesOf(layer) !== undefined

const fileOf = (path: string): string => `${path === '' ? '' : `${path}/`}vocabulary.txt`

/** The files of a model's layers, by their paths below `assets`. */
export function assetsToKeras(model: AnyLayer): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  for (const { path, layer } of variablesOf(model)) {
    const lines = hasVocabulary(layer) ? linesOf(layer) : undefined
    if (lines !== undefined) files.set(fileOf(path), new TextEncoder().encode(lines))
  }
  return files
}

/** Adds the inverse document frequencies of vocabularies to a model's weights. */
export function writeFrequencies(root: Hdf5Group, model: AnyLayer): void {
  for (const { path, layer } of variablesOf(model)) {
    if (!hasVocabulary(layer) || layer.idfWeights.length === 0) continue
    makeGroup(root, `${path}/vars`).members.set('idf_weights', tensor(Float32Array.from(layer.idfWeights), [layer.idfWeights.length]))
  }
}

/** Gives the layers of a model the vocabularies of a file. A FormatError names what is missing or cannot be one. */
export async function readVocabularies(files: ReadonlyMap<string, Uint8Array>, weights: Hdf5Group, model: AnyLayer, where: string): Promise<void> {
  for (const { path, layer } of variablesOf(model)) {
    // Those inside a TextVectorization are its own.
    if (!hasVocabulary(layer) || layer.hasGivenVocabulary || path.endsWith('/_lookup_layer')) continue
    const name = `assets/${fileOf(path)}`
    const bytes = files.get(fileOf(path))
    if (bytes === undefined) {
      throw new FormatError(`${where}: expected the vocabulary of '${layer.name}' at '${name}', got none. Save the model again, with its vocabulary.`)
    }
    const lines = new TextDecoder().decode(bytes).split(/\r?\n/)
    while (lines.at(-1) === '') lines.pop()
    const idf = groupAt(weights, `${path}/vars`)?.members.get('idf_weights')
    const frequencies = idf === undefined || isGroup(idf) ? undefined : Array.from(numbersOf(await idf.storage()), Number)
    try {
      if (layer instanceof layers.IntegerLookup) layer.setVocabulary(lines.map(Number), frequencies)
      else layer.setVocabulary(lines, frequencies)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      throw new FormatError(`${where}: expected a vocabulary at '${name}', got one that cannot be (${error.message}). The file is damaged.`, {
        cause: error,
      })
    }
  }
}
