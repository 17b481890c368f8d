// The states of one training as files: the latest, and the one before. Every file is whole at any time.

import { FormatError } from '../../core/index.ts'
import { decodeBackup, encodeBackup, type TrainingBackup } from './training-backup.ts'

/** Where the files of a backup are: on the machine's disk, or with the browser. */
export interface BackupFolder {
  /** What a file is called in messages. */
  pathOf(name: string): string
  /** The bytes of a file; undefined where there is none. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Puts a file in place as a whole; where that fails, the one before is still there. */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** Keeps a file, where it is there, under a second name, too. */
  keep(name: string, asName: string): Promise<void>
  /** Removes files, and the folder where nothing else is in it. */
  remove(names: readonly string[]): Promise<void>
  /** Removes drafts of a file that a process which was killed has left. */
  tidy(name: string): Promise<void>
}

const latest = 'latest.safetensors'
const previous = 'previous.safetensors'

/** The states of one training in a folder. */
export class BackupStore {
  private readonly folder: BackupFolder

  constructor(folder: BackupFolder) {
    this.folder = folder
  }

  /** The latest state that is whole; undefined where there is none. A FormatError where there are states and none is whole. */
  async read(): Promise<TrainingBackup | undefined> {
    await this.folder.tidy(latest)
    let damage: FormatError | undefined
    for (const name of [latest, previous]) {
      try {
        const bytes = await this.folder.read(name)
        if (bytes === undefined) continue
        const backup = decodeBackup(bytes, this.folder.pathOf(name))
        if (damage !== undefined) console.warn(`${damage.message} The state before it is taken.`)
        return backup
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
        damage ??= error
      }
    }
    if (damage !== undefined) throw new FormatError(`${damage.message} Remove the file to begin the training anew.`, { cause: damage })
    return undefined
  }

  /** Writes a state; where that fails, the ones before are still there. `keepsPrevious`: the latest one becomes the one before. */
  async write(backup: TrainingBackup, keepsPrevious: boolean): Promise<void> {
    const bytes = encodeBackup(backup)
    if (keepsPrevious) await this.folder.keep(latest, previous)
    await this.folder.write(latest, bytes)
  }

  /** Removes the states. */
  remove(): Promise<void> {
    return this.folder.remove([previous, latest])
  }
}
