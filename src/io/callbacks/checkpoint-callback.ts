// Saves the model while it is trained, wherever its files are kept.

import {
  type AnyModel,
  Callback,
  type CallbackState,
  type Logs,
  Monitor,
  optionalSavedNumber,
  type RunParameters,
  savedNumber,
  optionChecks,
} from '../../nn/index.ts'
import { fileName } from './file-name.ts'
import { saveFreqOf } from './save-freq.ts'

/** Options of `ModelCheckpoint`. */
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

const where = 'modelCheckpoint'

const known: readonly (keyof ModelCheckpointOptions)[] = [
  'filepath',
  'monitor',
  'verbose',
  'saveBestOnly',
  'saveWeightsOnly',
  'mode',
  'saveFreq',
  'initialValueThreshold',
]

/** Saves the model while it is trained; where the files are, subclasses say. */
export abstract class CheckpointCallback extends Callback {
  declare readonly onBatchEnd?: NonNullable<Callback['onBatchEnd']>
  /** The best figure so far. */
  best: number | undefined
  /** The file that was written last. */
  lastPath: string | undefined
  private readonly options: ModelCheckpointOptions
  /** Where only the best are saved. */
  private readonly monitor: Monitor | undefined
  private validates = false
  private epoch = 0
  private waiting = 0

  constructor(options: ModelCheckpointOptions) {
    super()
    optionChecks.checkOptionNames(where, options, known)
    const { filepath, monitor, saveBestOnly = false, saveWeightsOnly = false } = options
    this.checkPath(optionChecks.textOf(where, 'filepath', filepath), optionChecks.flag(where, 'saveWeightsOnly', saveWeightsOnly))
    if (monitor !== undefined) optionChecks.textOf(where, 'monitor', monitor)
    optionChecks.oneOf(where, 'mode', options.mode ?? 'auto', ['auto', 'min', 'max'])
    optionChecks.numberWithin(where, 'verbose', options.verbose ?? 0, { min: 0, max: 1, whole: true })
    const saveFreq = saveFreqOf(where, options.saveFreq ?? 'epoch')
    this.options = options
    this.monitor = optionChecks.flag(where, 'saveBestOnly', saveBestOnly) ? new Monitor(where, options) : undefined
    this.best = optionChecks.optionalNumber(where, 'initialValueThreshold', options.initialValueThreshold)
    if (typeof saveFreq === 'number') this.onBatchEnd = (step, logs, model) => this.afterBatch(saveFreq, step, logs, model)
  }

  override setParams({ validates }: RunParameters): void {
    this.validates = validates
  }

  override onEpochBegin(epoch: number): void {
    this.epoch = epoch
  }

  override async onEpochEnd(epoch: number, logs: Logs, model: AnyModel): Promise<void> {
    if ((this.options.saveFreq ?? 'epoch') === 'epoch') await this.save({ ...logs, epoch: epoch + 1 }, model)
  }

  private async afterBatch(every: number, step: number, logs: Logs, model: AnyModel): Promise<void> {
    this.waiting++
    if (this.waiting < every) return
    this.waiting = 0
    await this.save({ ...logs, epoch: this.epoch + 1, batch: step + 1 }, model)
  }

  private async save(figures: Logs, model: AnyModel): Promise<void> {
    const figure = this.monitor?.valueIn(figures, this.validates)
    // An epoch that was not validated.
    if (this.monitor !== undefined && figure === undefined) return
    const path = fileName('modelCheckpoint', this.options.filepath, figures)
    if (this.monitor !== undefined && figure !== undefined && !this.improves(this.monitor, figure, figures, path)) return
    if (this.monitor === undefined) this.say(figures, `saving to ${path}`)
    await this.makeRoomFor(path)
    if (this.options.saveWeightsOnly) await model.saveWeights(path)
    else await model.save(path)
    this.lastPath = path
    if (figure !== undefined) this.best = figure
  }

  /** A ConfigError where files of this name cannot be written. */
  protected abstract checkPath(filepath: string, saveWeightsOnly: boolean): void

  /** Makes the folder that a file is to lie in. */
  protected abstract makeRoomFor(path: string): Promise<void>

  override getState(): CallbackState {
    const { best = null, epoch, waiting, lastPath = null } = this
    return { json: { best, epoch, waiting, lastPath } }
  }

  override setState(state: CallbackState): void {
    const { lastPath } = state.json
    this.best = optionalSavedNumber('modelCheckpoint', state, 'best')
    this.epoch = savedNumber('modelCheckpoint', state, 'epoch')
    this.waiting = savedNumber('modelCheckpoint', state, 'waiting')
    this.lastPath = typeof lastPath === 'string' ? lastPath : undefined
  }

  private improves(monitor: Monitor, figure: number, figures: Logs, path: string): boolean {
    const { best } = this
    const better = monitor.isBetter(figure, best)
    const before = best === undefined ? 'nothing' : best.toFixed(5)
    this.say(
      figures,
      better ? `${monitor.name} from ${before} to ${figure.toFixed(5)}, saving to ${path}` : `${monitor.name} not better than ${before}`,
    )
    return better
  }

  private say({ epoch = 1 }: Logs, text: string): void {
    if (this.options.verbose) console.log(`Epoch ${epoch}: ${text}`)
  }
}
