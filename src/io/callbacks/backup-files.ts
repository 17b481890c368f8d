// The files of a backup in Node: the latest state of a training, and the one before. Loaded on demand.

import { copyFile, link, readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FormatError } from '../../core/index.ts'
import { makeFolderOf, readWhole, writeWhole } from '../files.ts'
import { decodeBackup, encodeBackup, type TrainingBackup } from './training-backup.ts'

/** A folder with the states of one training. Every file in it is whole at any time: a state is written beside, synced, and renamed. */
export class BackupFiles {
  /** The state that was written last. */
  readonly latest: string
  /** The state before, where two are kept. */
  readonly previous: string
  private readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    this.latest = join(folder, 'latest.safetensors')
    this.previous = join(folder, 'previous.safetensors')
  }

  /** The latest state that can be read; undefined where there is none. */
  async read(): Promise<TrainingBackup | undefined> {
    const paths: string[] = []
    for (const path of [this.latest, this.previous]) if (await isThere(path)) paths.push(path)
    for (const [i, path] of paths.entries()) {
      try {
        return decodeBackup(await readWhole(path), path)
      } catch (error) {
        if (!(error instanceof FormatError) || i === paths.length - 1) throw error
        console.warn(`${error.message} The state before it is taken.`)
      }
    }
    return undefined
  }

  /** Writes a state; where the disk is full, the ones before are still there. `keepsPrevious`: the latest one becomes the one before. */
  async write(backup: TrainingBackup, keepsPrevious: boolean): Promise<void> {
    await makeFolderOf(this.latest)
    if (keepsPrevious && (await isThere(this.latest))) {
      await rm(this.previous, { force: true })
      // A second name of the same bytes: the next write puts another file under the first. Not all file systems have that.
      await link(this.latest, this.previous).catch(() => copyFile(this.latest, this.previous))
    }
    await writeWhole(this.latest, encodeBackup(backup))
  }

  /** Removes drafts that a killed process has left. */
  async tidy(): Promise<void> {
    const names = await readdir(this.folder).catch(() => [])
    for (const name of names) if (/^latest\.safetensors\..+\.tmp$/.test(name)) await rm(join(this.folder, name), { force: true })
  }

  /** Removes the states, and the folder where nothing else is in it. */
  async remove(): Promise<void> {
    for (const path of [this.previous, this.latest]) await rm(path, { force: true })
    await rmdir(this.folder).catch(() => undefined)
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
