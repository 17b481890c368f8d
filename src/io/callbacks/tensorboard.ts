// Training in TensorBoard.

import { ConfigError } from '../../core/index.ts'
import { type AnyModel, Callback, type CallbackState, type Logs, parametersOf, savedNumber, optionChecks } from '../../nn/index.ts'
import { snakeWord } from '../keras/keras-names.ts'
import type { EventFile } from '../tensorboard/event-file.ts'
import { picturesOf } from './weight-pictures.ts'

/** Options of {@link TensorBoard}. */
export interface TensorBoardOptions {
  /** Default 'logs'. */
  readonly logDir?: string
  /** Epochs between distributions of the weights; 0 for none. Default 0. */
  readonly histogramFreq?: number
  /** Show the model: its layers as a graph and its summary as text. Default true. */
  readonly writeGraph?: boolean
  /** Show weights as pictures, too, from the smallest (black) to the largest (white), where distributions are written. Default false. */
  readonly writeImages?: boolean
  /** Default false. */
  readonly writeStepsPerSecond?: boolean
  /** Figures after each epoch only, after each batch, too, or after so many batches, too. Default 'epoch'. */
  readonly updateFreq?: 'epoch' | 'batch' | number
  /** Profiles of the machine are not written: 0. See `tenon explain` for what a step does. */
  readonly profileBatch?: 0
  /** Epochs between tables of the vectors of Embedding layers for the projector; 0 for none. Default 0. */
  readonly embeddingsFreq?: number
  /** Files with a name for each vector: one for all Embedding layers, or by the layer's name. */
  readonly embeddingsMetadata?: string | Readonly<Record<string, string>>
}

const where = 'tensorBoard'

const known: readonly (keyof TensorBoardOptions)[] = [
  'logDir',
  'histogramFreq',
  'writeGraph',
  'writeImages',
  'writeStepsPerSecond',
  'updateFreq',
  'profileBatch',
  'embeddingsFreq',
  'embeddingsMetadata',
]

const isMetadata = (value: unknown): boolean =>
  (typeof value === 'string' && value !== '') ||
  (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((path) => typeof path === 'string'))

/**
 * Writes event files that TensorBoard shows, as Keras's TensorBoard: `epoch_loss`, `epoch_accuracy`, `epoch_learning_rate` under `train/`, the same
 * figures of validation under `validation/` (there by batches seen, too: `evaluation_loss_vs_iterations`), batches as `batch_loss`.
 *
 * ```ts
 * await model.fit(x, y, { epochs: 5, validationSplit: 0.1, callbacks: [new TensorBoard({ logDir: 'logs/first', histogramFreq: 1 })] })
 * ```
 */
export class TensorBoard extends Callback {
  declare readonly onBatchBegin?: NonNullable<Callback['onBatchBegin']>
  declare readonly onBatchEnd?: NonNullable<Callback['onBatchEnd']>
  private readonly options: TensorBoardOptions
  private readonly logDir: string
  private readonly files = new Map<'train' | 'validation', EventFile>()
  private isTraining = false
  private batches = 0
  private epochBatches = 0
  private batchStarted = 0
  private epochStarted = 0

  constructor(options: TensorBoardOptions = {}) {
    super()
    optionChecks.checkOptionNames(where, options, known)
    const { logDir = 'logs', histogramFreq = 0, updateFreq = 'epoch', profileBatch = 0, embeddingsFreq = 0, embeddingsMetadata } = options
    optionChecks.numbersWithin(where, { histogramFreq, embeddingsFreq }, { min: 0, whole: true })
    const { writeGraph, writeImages, writeStepsPerSecond } = options
    for (const [what, value] of Object.entries({ writeGraph, writeImages, writeStepsPerSecond })) optionChecks.flag(where, what, value ?? false)
    if (embeddingsMetadata !== undefined && !isMetadata(embeddingsMetadata)) {
      throw optionChecks.wrongOption(where, 'embeddingsMetadata', 'a path, or paths by the name of the layer', embeddingsMetadata)
    }
    if (updateFreq !== 'epoch' && updateFreq !== 'batch' && !(Number.isInteger(updateFreq) && updateFreq > 0)) {
      throw optionChecks.wrongOption(where, 'updateFreq', "'epoch', 'batch' or a positive whole number", updateFreq)
    }
    if (profileBatch !== 0) {
      throw optionChecks.wrongOption(where, 'profileBatch', '0, as profiles are not written', profileBatch, 'Use tenon explain.')
    }
    this.options = options
    this.logDir = optionChecks.textOf(where, 'logDir', logDir)
    const every = updateFreq === 'epoch' ? undefined : updateFreq === 'batch' ? 1 : updateFreq
    if (every === undefined && !options.writeStepsPerSecond) return
    this.onBatchBegin = () => {
      this.batchStarted = performance.now()
    }
    this.onBatchEnd = (_, logs) => this.afterBatch(every, logs)
  }

  override async onTrainBegin(model: AnyModel): Promise<void> {
    this.batches = 0
    this.isTraining = true
    if (this.options.writeGraph ?? true) await this.writeModel(model)
  }

  override onEpochBegin(): void {
    this.epochStarted = performance.now()
    this.epochBatches = 0
  }

  override async onEpochEnd(epoch: number, logs: Logs, model: AnyModel): Promise<void> {
    const { histogramFreq = 0, embeddingsFreq = 0, writeStepsPerSecond = false } = this.options
    for (const [name, value] of Object.entries(logs)) {
      const validation = /^val[A-Z]/.test(name)
      const tag = snakeWord(validation ? name.slice(3) : name).replace(/^_/, '')
      await this.scalar(validation ? 'validation' : 'train', `epoch_${tag}`, epoch, value)
    }
    await this.scalar('train', 'epoch_learning_rate', epoch, model.learningRate)
    const seconds = (performance.now() - this.epochStarted) / 1000
    if (writeStepsPerSecond) await this.scalar('train', 'epoch_steps_per_second', epoch, this.epochBatches / seconds)
    if (histogramFreq > 0 && epoch % histogramFreq === 0) await this.writeWeights(epoch, model)
    if (embeddingsFreq > 0 && epoch % embeddingsFreq === 0) await this.writeEmbeddings(model)
  }

  override async onTestEnd(logs: Logs, model: AnyModel): Promise<void> {
    const { iterations } = model.training('tensorBoard')
    for (const [name, value] of Object.entries(logs)) {
      await this.scalar('validation', `evaluation_${snakeWord(name)}_vs_iterations`, iterations, value)
    }
    if (!this.isTraining) await this.close()
  }

  override async onTrainEnd(): Promise<void> {
    this.isTraining = false
    await this.close()
  }

  override async release(): Promise<void> {
    // Files are still open only where the training has failed, and then that failure is what is told.
    await this.close().catch(() => undefined)
  }

  private async close(): Promise<void> {
    for (const file of this.files.values()) await file.close()
    this.files.clear()
  }

  override getState(): CallbackState {
    return { json: { batches: this.batches } }
  }

  override setState(state: CallbackState): void {
    this.batches = savedNumber('tensorBoard', state, 'batches')
  }

  private async afterBatch(every: number | undefined, logs: Logs): Promise<void> {
    this.batches++
    this.epochBatches++
    if (every === undefined || this.batches % every !== 0) return
    for (const [name, value] of Object.entries(logs)) await this.scalar('train', `batch_${snakeWord(name)}`, this.batches, value)
    const seconds = (performance.now() - this.batchStarted) / 1000
    if (this.options.writeStepsPerSecond) await this.scalar('train', 'batch_steps_per_second', this.batches, 1 / seconds)
  }

  private async scalar(run: 'train' | 'validation', tag: string, step: number, value: number): Promise<void> {
    await (await this.file(run)).write(tag, step, { kind: 'scalar', value })
  }

  private async file(run: 'train' | 'validation'): Promise<EventFile> {
    const open = this.files.get(run)
    if (open !== undefined) return open
    const { EventFile } = await import('../tensorboard/event-file.ts')
    const made = await EventFile.create(`${this.logDir}/${run}`)
    this.files.set(run, made)
    return made
  }

  private async writeModel(model: AnyModel): Promise<void> {
    const file = await this.file('train')
    const lines: string[] = []
    model.summary((text) => lines.push(text))
    await file.write('model', 0, { kind: 'text', text: `\`\`\`\n${lines.join('\n')}\n\`\`\`` })
    const { modelToJson } = await import('../keras/model-files.ts')
    try {
      await file.write('keras', 0, { kind: 'model', json: modelToJson(model) })
    } catch (error) {
      // A model that cannot be written as JSON is still trained; its summary is there.
      if (!(error instanceof ConfigError)) throw error
    }
  }

  private async writeWeights(epoch: number, model: AnyModel): Promise<void> {
    const file = await this.file('train')
    for (const { path, parameter } of parametersOf(model)) {
      const value = parameter.value.dtype === 'f32' ? parameter.value : parameter.value.cast('f32')
      const numbers = Float32Array.from(await value.data(), Number)
      await file.write(`${path}/histogram`, epoch, { kind: 'histogram', values: numbers })
      if (!this.options.writeImages) continue
      for (const [i, picture] of picturesOf(numbers, value.shape).entries()) await file.write(`${path}/image/${i}`, epoch, { kind: 'image', picture })
    }
  }

  /** The vectors of Embedding layers as tables, and the list of the tables that the projector looks for. */
  private async writeEmbeddings(model: AnyModel): Promise<void> {
    const { writeWhole } = await import('../files.ts')
    const { embeddingsMetadata: metadata } = this.options
    const entries: string[] = []
    for (const { path, layer, parameter } of parametersOf(model)) {
      if (layer.className !== 'Embedding') continue
      const [rows = 0, width = 0] = parameter.value.shape
      const numbers = [...(await parameter.value.data())]
      const table = Array.from({ length: rows }, (_, row) => numbers.slice(row * width, (row + 1) * width).join('\t')).join('\n')
      const name = `${path.replaceAll('/', '-')}.tsv`
      await this.file('train')
      await writeWhole(`${this.logDir}/${name}`, new TextEncoder().encode(`${table}\n`))
      const labels = typeof metadata === 'string' ? metadata : metadata?.[layer.name]
      const lines = [`tensor_name: ${JSON.stringify(path)}`, `tensor_path: ${JSON.stringify(name)}`]
      if (labels !== undefined) lines.push(`metadata_path: ${JSON.stringify(labels)}`)
      entries.push(`embeddings {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`)
    }
    if (entries.length > 0) await writeWhole(`${this.logDir}/projector_config.pbtxt`, new TextEncoder().encode(entries.join('')))
  }
}
