// Batches of one's own as a feed: one pass for each epoch, or a given number of steps.

import { TrainingError, type Tree } from '../../core/index.ts'
import { type BatchSource, openPass, unpacked } from './batch-source.ts'
import type { Batch } from './batches.ts'
import type { DataTree } from './data-tree.ts'
import type { Feed } from './feed.ts'

/** A batch before its size is known to be the usual one. */
export type LooseBatch = Omit<Batch, 'capacity'>

/** What a feed of batches is told. */
export interface SourceFeedOptions {
  /** Who asks: `fit`. */
  readonly where: string
  /** Of an epoch; the next one goes on where it ends. Default: an epoch is a pass. */
  readonly steps?: number | undefined
  /** Whether every pass is the first one again, as of validation, whose figures are compared; a source that can be read only once goes on. Default false. */
  readonly repeats?: boolean
  /** Makes tensors of a batch, and checks them. */
  readonly read: (x: DataTree, y: DataTree | undefined, sampleWeight: DataTree | undefined) => Promise<LooseBatch>
}

/** Batches from a source, read one by one. */
export class SourceFeed implements Feed {
  readonly samples = undefined
  readonly steps: number | undefined
  private readonly source: BatchSource
  private readonly repeats: boolean
  private readonly where: string
  private readonly read: SourceFeedOptions['read']
  private iterator: ReturnType<typeof openPass> | undefined
  private pass = 0
  /** Fetched before it is asked for, to see its shapes or whether there is one. */
  private ahead: Batch | undefined
  private current: Batch | undefined
  private usualSize = 0
  private touched = false

  private constructor(source: BatchSource, { where, steps, read, repeats = false }: SourceFeedOptions) {
    this.source = source
    this.repeats = repeats
    this.where = where
    this.steps = steps
    this.read = read
  }

  /** A feed whose first batch is there. A TrainingError where there is none. */
  static async open(source: BatchSource, options: SourceFeedOptions): Promise<SourceFeed> {
    const feed = new SourceFeed(source, options)
    feed.ahead = await feed.next()
    if (feed.ahead === undefined) throw new TrainingError(`${options.where}: expected at least one batch, got none. Check how the data is read.`)
    return feed
  }

  get example(): Tree {
    return this.ahead?.x ?? this.current?.x ?? []
  }

  async seek(epoch: number, step: number, resumedSince?: number): Promise<number> {
    if (resumedSince !== undefined && this.steps !== undefined) {
      for (let done = resumedSince; done < epoch; done++) {
        await this.begin(done)
        await this.skip(this.steps)
      }
    }
    if (this.repeats) await this.repeat()
    const steps = await this.begin(epoch)
    if (resumedSince !== undefined) await this.skip(step)
    return steps
  }

  /** Goes to the first batch of an epoch; the number of its steps. */
  private async begin(epoch: number): Promise<number> {
    const { steps } = this
    if (steps === undefined) await this.openFor(epoch)
    this.ahead ??= await this.next()
    // A source that has come to its end begins again, if it can.
    if (this.ahead === undefined && steps !== undefined) {
      await this.openFor(this.pass + 1)
      this.ahead = await this.next()
    }
    return this.ahead === undefined ? 0 : (steps ?? Number.POSITIVE_INFINITY)
  }

  readonly passOver = async (passes: number, steps = Number.POSITIVE_INFINITY): Promise<void> => {
    if (typeof this.source === 'function' || openPass(this.where, this.source, 0) !== this.iterator) return
    for (let pass = 0; pass < passes; pass++) await this.skip(steps)
  }

  readonly fetch = async (): Promise<boolean> => {
    this.touched = true
    this.current = this.ahead ?? (await this.next())
    this.ahead = undefined
    return this.current !== undefined
  }

  at(_step: number): Batch {
    if (this.current === undefined) throw new TrainingError(`${this.where}: expected a batch that is fetched, got none. Report it.`)
    return this.current
  }

  capacityAt(step: number): number | undefined {
    return this.at(step).capacity
  }

  /** Goes to the beginning of a pass, where it is not there already. */
  private async openFor(pass: number): Promise<void> {
    // An iterator that was only looked into stays, whatever the number of the first epoch is.
    const isNew = !this.touched && typeof this.source !== 'function'
    if (this.iterator !== undefined && (isNew || pass === this.pass)) return
    await this.iterator?.return?.()
    this.pass = pass
    this.ahead = undefined
    this.iterator = openPass(this.where, this.source, pass)
  }

  /** Goes to the beginning of the first pass, where it is not there already and the source can be read again. */
  private async repeat(): Promise<void> {
    if (!this.touched) return
    const opened = openPass(this.where, this.source, 0)
    if (opened === this.iterator) return
    await this.iterator?.return?.()
    this.iterator = opened
    this.ahead = undefined
    this.touched = false
  }

  private async skip(count: number): Promise<void> {
    for (let i = 0; i < count; i++) if (!(await this.fetch())) return
  }

  private async next(): Promise<Batch | undefined> {
    this.iterator ??= openPass(this.where, this.source, this.pass)
    const { done, value } = await this.iterator.next()
    if (done === true || value === undefined) return undefined
    const { x, y, sampleWeight } = unpacked(this.where, value)
    const batch = await this.read(x, y, sampleWeight)
    this.usualSize = Math.max(this.usualSize, batch.count)
    return { ...batch, capacity: batch.count < this.usualSize ? this.usualSize : undefined }
  }
}
