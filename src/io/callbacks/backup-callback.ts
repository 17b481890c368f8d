// Lets a training that was interrupted go on as if it had not been, wherever its states are kept.

import { FormatError } from '../../core/index.ts'
import { type AnyModel, Callback, type CallbackState, type RunParameters, optionChecks } from '../../nn/index.ts'
import { type BackupFolder, BackupStore } from './backup-store.ts'
import { saveFreqOf } from './save-freq.ts'
import type { TrainingBackup } from './training-backup.ts'

/** Options of `BackupAndRestore`. */
export interface BackupAndRestoreOptions {
  /** A folder for one training alone; made where it is not there. */
  readonly backupDir: string
  /** After each epoch, or after so many batches. Default 'epoch'. */
  readonly saveFreq?: 'epoch' | number
  /** Keeps the state before the latest one, too, for a file that cannot be read. Default false. */
  readonly doubleCheckpoint?: boolean
  /** Removes the backup when training ends. Default true. */
  readonly deleteCheckpoint?: boolean
}

const where = 'backupAndRestore'

/** Saves the state of a training and goes on from there; where the files are, subclasses say. */
export abstract class BackupCallback extends Callback {
  override readonly isLast = true
  declare readonly onTrainBatchEnd?: NonNullable<Callback['onTrainBatchEnd']>
  private readonly backupDir: string
  private readonly saveFreq: 'epoch' | number
  private readonly doubleCheckpoint: boolean
  private readonly deleteCheckpoint: boolean
  private listeners: readonly Callback[] = []
  private batches = 0

  constructor(options: BackupAndRestoreOptions) {
    super()
    const known = ['backupDir', 'saveFreq', 'doubleCheckpoint', 'deleteCheckpoint']
    const { backupDir, saveFreq = 'epoch', doubleCheckpoint = false, deleteCheckpoint = true } = optionChecks.checkOptionNames(where, options, known)
    this.backupDir = optionChecks.textOf(where, 'backupDir', backupDir)
    this.saveFreq = saveFreqOf(where, saveFreq)
    this.doubleCheckpoint = optionChecks.flag(where, 'doubleCheckpoint', doubleCheckpoint)
    this.deleteCheckpoint = optionChecks.flag(where, 'deleteCheckpoint', deleteCheckpoint)
    if (saveFreq !== 'epoch') this.onTrainBatchEnd = (_step, _logs, model) => this.afterBatch(saveFreq, model)
  }

  override setParams({ callbacks }: RunParameters): void {
    this.listeners = callbacks
  }

  override async onTrainBegin(model: AnyModel): Promise<void> {
    this.batches = 0
    const backup = await (await this.store()).read()
    if (backup !== undefined) await this.restore(backup, model)
  }

  override async onEpochEnd(_epoch: number, _logs: unknown, model: AnyModel): Promise<void> {
    if (this.saveFreq === 'epoch') await this.save(model)
  }

  override async onTrainEnd(): Promise<void> {
    if (this.deleteCheckpoint) await (await this.store()).remove()
  }

  private async afterBatch(every: number, model: AnyModel): Promise<void> {
    this.batches++
    // The end of an epoch that a callback breaks off follows from the state before; the state after its last step would not say that it ends there.
    if (this.batches < every || model.stopTraining) return
    this.batches = 0
    await this.save(model)
  }

  private async save(model: AnyModel): Promise<void> {
    const callbacks = new Map<string, CallbackState>()
    for (const [key, callback] of this.others()) {
      const state = await callback.getState?.()
      if (state !== undefined) callbacks.set(key, state)
    }
    const { stopTraining } = model
    await (await this.store()).write({ state: await model.trainingState(), callbacks, stopTraining }, this.doubleCheckpoint)
  }

  private async restore({ state, callbacks, stopTraining }: TrainingBackup, model: AnyModel): Promise<void> {
    const others = this.others()
    for (const key of callbacks.keys()) {
      if (others.get(key)?.setState !== undefined) continue
      throw new FormatError(
        `${where}: expected the callbacks of the training in '${this.backupDir}', got none that takes the state of '${key}'. Pass the same callbacks in the same order, or remove the folder.`,
      )
    }
    model.restoreTrainingState(state)
    for (const [key, saved] of callbacks) await others.get(key)?.setState?.(saved)
    model.stopTraining = stopTraining
  }

  /** The other callbacks, by place and class. */
  private others(): ReadonlyMap<string, Callback> {
    return new Map(this.listeners.flatMap((callback, i) => (callback === this ? [] : [[`${i}/${callback.constructor.name}`, callback] as const])))
  }

  /** Opens `backupDir`. */
  protected abstract openFolder(backupDir: string): Promise<BackupFolder>

  private async store(): Promise<BackupStore> {
    return new BackupStore(await this.openFolder(this.backupDir))
  }
}
