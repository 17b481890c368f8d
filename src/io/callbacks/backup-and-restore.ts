// Backups of a training in a folder of the machine.

import { BackupCallback } from './backup-callback.ts'
import type { BackupFolder } from './backup-store.ts'

/**
 * Saves the state of a training while it runs, and goes on from there when the same program is started again, as Keras's BackupAndRestore. Everything
 * is saved: weights, the optimizer's memory, the learning rate, metrics, the history, places in the order of samples and in the stream of random
 * numbers, what other callbacks remember; a training that was killed ends with the same bits as one that was not (`tenon verify-resume` checks that).
 * The model, `compile`, the data and the callbacks must be the same. Called after the other callbacks, whatever its place in the list; where the disk
 * is full, the state before is still there. A file that is damaged is told by its checksum: with `doubleCheckpoint` the state before it is taken,
 * otherwise it is an error that names the file.
 *
 * ```ts
 * await model.fit(x, y, { epochs: 50, callbacks: [new BackupAndRestore({ backupDir: 'backup', saveFreq: 100 })] })
 * ```
 */
export class BackupAndRestore extends BackupCallback {
  protected override async openFolder(backupDir: string): Promise<BackupFolder> {
    const { openBackupFolder } = await import('./backup-folder.ts')
    return openBackupFolder(backupDir)
  }
}
