// `.keras` archives: metadata.json, config.json, model.weights.h5 and files of layers below assets/ in a zip file (keras.saving.saving_lib).

import type { Hdf5Group } from '../hdf5/group.ts'
import { readHdf5 } from '../hdf5/read.ts'
import { writeHdf5 } from '../hdf5/write.ts'
import { readZip, writeZip } from '../zip.ts'
import { JsonReader, type JsonRecord } from './json.ts'

const members = { metadata: 'metadata.json', config: 'config.json', weights: 'model.weights.h5' } as const
const assetsFolder = 'assets/'

/** The version of Keras whose format is written. */
export const kerasVersion = '3.15.1'

/** What an archive holds. */
export interface KerasArchive {
  readonly config: JsonRecord
  readonly metadata: JsonRecord
  readonly weights: Hdf5Group
  /** Files of layers, by their paths below `assets/`. */
  readonly assets: ReadonlyMap<string, Uint8Array>
}

/** The bytes of an archive. */
export async function encodeArchive({ config, metadata, weights, assets }: KerasArchive): Promise<Uint8Array<ArrayBuffer>> {
  const text = (value: JsonRecord): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
  return writeZip(
    new Map([
      [members.metadata, text(metadata)],
      [members.config, text(config)],
      [members.weights, await writeHdf5(weights, members.weights)],
      ...[...assets].map(([name, bytes]) => [`${assetsFolder}${name}`, bytes] as const),
    ]),
  )
}

/** The parts of an archive. `where` begins the errors: `loadModel 'm.keras'`. */
export async function decodeArchive(bytes: Uint8Array, where: string): Promise<KerasArchive> {
  const names: readonly string[] = Object.values(members)
  const files = await readZip(bytes, where, (name) => names.includes(name) || name.startsWith(assetsFolder))
  const json = new JsonReader(where)
  const file = (name: string): Uint8Array => {
    const found = files.get(name)
    if (found !== undefined) return found
    throw json.wrong(
      `${names.join(', ')} in the archive`,
      files.size === 0 ? 'none of them' : `only ${[...files.keys()].join(', ')}`,
      'Save it again.',
    )
  }
  const record = (name: string): JsonRecord => json.parse(file(name), name)
  const config = record(members.config)
  const weights = await readHdf5(file(members.weights), `${members.weights}' of '${where}`)
  const assets = new Map(
    [...files].flatMap(([name, content]) => (name.startsWith(assetsFolder) ? [[name.slice(assetsFolder.length), content] as const] : [])),
  )
  return { config, metadata: record(members.metadata), weights, assets }
}
