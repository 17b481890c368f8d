// Saves the model while it is trained.

import { ConfigError } from '../../core/index.ts'
import type { AnyModel, Callback, Logs } from '../../nn/index.ts'
import { tenonOption } from '../keras/keras-names.ts'
import { fileName } from './file-name.ts'

/** Options of {@link ModelCheckpoint}. */
export interface ModelCheckpointOptions {
  /**
   * Where: `.keras`, or with `saveWeightsOnly` `.weights.h5` or `.safetensors`. May hold `{epoch}` (from 1), `{batch}` (from 1, with a `saveFreq` in
   * batches) and figures: `m-{epoch:02d}-{valLoss:.3f}.keras`.
   */
  readonly filepath: string
  /** Default 'valLoss'. */
  readonly monitor?: string
  /** 1 says what is saved and why. Default 0. */
  readonly verbose?: 0 | 1
  /** Save only where the figure is better than ever. Default false. */
  readonly saveBestOnly?: boolean
  /** Default false: the whole model. */
  readonly saveWeightsOnly?: boolean
  /** Whether low or high is good; 'auto' takes losses and errors as low, accuracies, areas, precisions and the like as high. Default 'auto'. */
  readonly mode?: 'auto' | 'min' | 'max'
  /** After each epoch, or after so many batches. Default 'epoch'. */
  readonly saveFreq?: 'epoch' | number
  /** A figure must be better than this to be saved, where only the best are. Default: none. */
  readonly initialValueThreshold?: number
}

/**
 * Saves the model after each epoch, or the best one only, as Keras's ModelCheckpoint. A file is written beside the one before and then put in its
 * place: where the disk is full, the one before is still there.
 *
 * ```ts
 * const best = new ModelCheckpoint({ filepath: 'best.keras', saveBestOnly: true })
 * await model.fit(x, y, { validationSplit: 0.1, epochs: 20, callbacks: [best] })
 * ```
 */
export class ModelCheckpoint implements Callback {
  declare readonly onBatchEnd?: NonNullable<Callback['onBatchEnd']>
  /** The best figure so far. */
  best: number | undefined
  /** The file that was written last. */
  lastPath: string | undefined
  private readonly options: ModelCheckpointOptions
  private readonly monitor: string
  private readonly highIsGood: boolean
  private epoch = 0
  private waiting = 0

  constructor(options: ModelCheckpointOptions) {
    const { filepath, monitor = 'valLoss', saveWeightsOnly = false, mode = 'auto', saveFreq = 'epoch' } = options
    const endings = saveWeightsOnly ? ['.weights.h5', '.safetensors'] : ['.keras']
    if (typeof filepath !== 'string' || !endings.some((ending) => filepath.endsWith(ending))) {
      throw new ConfigError(`modelCheckpoint: expected a filepath that ends in ${endings.join(' or ')}, got '${filepath}'. Rename it.`)
    }
    if (!['auto', 'min', 'max'].includes(mode)) {
      throw new ConfigError(`modelCheckpoint: expected a mode of 'auto', 'min' or 'max', got '${mode}'. Change it.`)
    }
    if (saveFreq !== 'epoch' && !(Number.isInteger(saveFreq) && saveFreq > 0)) {
      throw new ConfigError(`modelCheckpoint: expected saveFreq to be 'epoch' or a positive whole number of batches, got ${saveFreq}. Change it.`)
    }
    this.options = options
    this.monitor = tenonOption(monitor)
    this.highIsGood = mode === 'max' || (mode === 'auto' && isHighGood(this.monitor))
    this.best = options.initialValueThreshold
    if (typeof saveFreq === 'number') this.onBatchEnd = (step, logs, model) => this.afterBatch(saveFreq, step, logs, model)
  }

  onEpochBegin(epoch: number): void {
    this.epoch = epoch
  }

  async onEpochEnd(epoch: number, logs: Logs, model: AnyModel): Promise<void> {
    if ((this.options.saveFreq ?? 'epoch') === 'epoch') await this.save({ ...logs, epoch: epoch + 1 }, model)
  }

  private async afterBatch(every: number, step: number, logs: Logs, model: AnyModel): Promise<void> {
    this.waiting++
    if (this.waiting < every) return
    this.waiting = 0
    await this.save({ ...logs, epoch: this.epoch + 1, batch: step + 1 }, model)
  }

  private async save(figures: Logs, model: AnyModel): Promise<void> {
    const path = fileName('modelCheckpoint', this.options.filepath, figures)
    if (this.options.saveBestOnly && !this.improves(figures, path)) return
    if (!this.options.saveBestOnly) this.say(figures, `saving to ${path}`)
    if (/[\\/]/.test(path)) await (await import('../files.ts')).makeFolderOf(path)
    if (this.options.saveWeightsOnly) await model.saveWeights(path)
    else await model.save(path)
    this.lastPath = path
    const figure = figures[this.monitor]
    if (this.options.saveBestOnly && figure !== undefined) this.best = figure
  }

  private improves(figures: Logs, path: string): boolean {
    const figure = figures[this.monitor]
    if (figure === undefined) {
      throw new ConfigError(
        `modelCheckpoint: expected one of ${Object.keys(figures).join(', ')} to monitor, got '${this.monitor}'. Pass validation data for figures that begin with val.`,
      )
    }
    const { best } = this
    const better = best === undefined ? !Number.isNaN(figure) : this.highIsGood ? figure > best : figure < best
    const before = best === undefined ? 'nothing' : best.toFixed(5)
    this.say(
      figures,
      better ? `${this.monitor} from ${before} to ${figure.toFixed(5)}, saving to ${path}` : `${this.monitor} not better than ${before}`,
    )
    return better
  }

  private say({ epoch = 1 }: Logs, text: string): void {
    if (this.options.verbose) console.log(`Epoch ${epoch}: ${text}`)
  }
}

/** Whether a figure is good where it is high, by its name. */
const isHighGood = (monitor: string): boolean =>
  /acc|auc|precision|recall|specificity|sensitivity|score|iou|r2|cosineSimilarity|truePositives|trueNegatives/i.test(monitor)
