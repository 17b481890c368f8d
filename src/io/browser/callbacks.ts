// Callbacks that keep files of a page: what the browser keeps for its origin.

import { ConfigError } from '../../core/index.ts'
import { BackupCallback } from '../callbacks/backup-callback.ts'
import type { BackupFolder } from '../callbacks/backup-store.ts'
import { CheckpointCallback } from '../callbacks/checkpoint-callback.ts'
import { openPageFiles } from './page-files.ts'

/**
 * Saves the state of a training while it runs, and goes on from there when the page comes back, as in Node: weights, the optimizer's memory, metrics,
 * places in the order of samples and in the stream of random numbers, what other callbacks remember; the training ends with the same bits as one
 * that was not interrupted. `backupDir` is the beginning of the names of files that the browser keeps.
 *
 * ```ts
 * await model.fit(x, y, { epochs: 50, callbacks: [new BackupAndRestore({ backupDir: 'backup', saveFreq: 100 })] })
 * ```
 */
export class BackupAndRestore extends BackupCallback {
  protected override async openFolder(backupDir: string): Promise<BackupFolder> {
    const files = await openPageFiles()
    const pathOf = (name: string): string => `${backupDir}/${name}`
    return {
      pathOf,
      read: (name) => files.read(pathOf(name)),
      write: (name, bytes) => files.write(pathOf(name), bytes),
      async keep(name, asName) {
        const bytes = await files.read(pathOf(name))
        if (bytes !== undefined) await files.write(pathOf(asName), bytes)
      },
      async remove(names) {
        for (const name of names) await files.remove(pathOf(name))
      },
      // The browser itself puts files in place as a whole.
      async tidy() {},
    }
  }
}

/**
 * Saves the weights after each epoch, or the best ones only, among the files that the browser keeps, as in Node. Whole models are Node's:
 * `saveWeightsOnly` is needed, and a `filepath` that ends in `.safetensors`, which `model.loadWeights` takes.
 *
 * ```ts
 * const best = new ModelCheckpoint({ filepath: 'best.safetensors', saveWeightsOnly: true, saveBestOnly: true })
 * await model.fit(x, y, { validationSplit: 0.1, epochs: 20, callbacks: [best] })
 * ```
 */
export class ModelCheckpoint extends CheckpointCallback {
  protected override checkPath(filepath: string, saveWeightsOnly: boolean): void {
    if (!saveWeightsOnly) throw new ConfigError('modelCheckpoint: expected saveWeightsOnly in a page, got whole models. Set it to true.')
    if (typeof filepath === 'string' && filepath.endsWith('.safetensors')) return
    throw new ConfigError(`modelCheckpoint: expected a filepath that ends in .safetensors in a page, got '${filepath}'. Rename it.`)
  }

  /** Names of files of a page need no folders. */
  protected override async makeRoomFor(): Promise<void> {}
}
