// Checkpoints as files of the machine.

import { ConfigError } from '../../core/index.ts'
import { CheckpointCallback } from './checkpoint-callback.ts'

/**
 * Saves the model after each epoch, or the best one only, as Keras's ModelCheckpoint. A file is written beside the one before and then put in its
 * place: where the disk is full, the one before is still there.
 *
 * ```ts
 * const best = new ModelCheckpoint({ filepath: 'best.keras', saveBestOnly: true })
 * await model.fit(x, y, { validationSplit: 0.1, epochs: 20, callbacks: [best] })
 * ```
 */
export class ModelCheckpoint extends CheckpointCallback {
  protected override checkPath(filepath: string, saveWeightsOnly: boolean): void {
    const endings = saveWeightsOnly ? ['.weights.h5', '.safetensors'] : ['.keras']
    if (endings.some((ending) => filepath.endsWith(ending))) return
    throw new ConfigError(`modelCheckpoint: expected a filepath that ends in ${endings.join(' or ')}, got '${filepath}'. Rename it.`)
  }

  protected override async makeRoomFor(path: string): Promise<void> {
    if (/[\\/]/.test(path)) await (await import('../files.ts')).makeFolderOf(path)
  }
}
