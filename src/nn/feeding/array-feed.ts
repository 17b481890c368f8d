// Arrays as a feed: passes over the samples, each in an order of its own.

import { type Tree, unflattenTree, zeros } from '../../core/index.ts'
import { type Batch, Batches, type Samples } from './batches.ts'
import type { Feed } from './feed.ts'

/** What a feed of arrays is told. */
export interface ArrayFeedOptions {
  readonly batchSize: number
  /** Of an epoch; the next one goes on where it ends. Default: one pass. */
  readonly steps?: number | undefined
  /** Of the order of the samples; undefined where they stay in theirs. */
  readonly shuffleSeed?: number | undefined
}

/** Batches of arrays. */
export class ArrayFeed implements Feed {
  readonly samples: Samples
  readonly steps: number
  private readonly batches: Batches
  private readonly shuffleSeed: number | undefined
  private pass: number | undefined
  private offset = 0

  constructor(samples: Samples, { batchSize, steps, shuffleSeed }: ArrayFeedOptions) {
    this.samples = samples
    this.batches = new Batches(samples, batchSize)
    this.steps = steps ?? this.batches.steps
    this.shuffleSeed = shuffleSeed
  }

  get example(): Tree {
    const { structure, leaves } = this.samples.x
    return unflattenTree(
      structure,
      leaves.map(({ dtype, sampleShape }) => zeros([1, ...sampleShape], { dtype })),
    )
  }

  seek(epoch: number): Promise<number> {
    // As in Keras, an epoch goes on where the last one ended, and one that comes to the end of the data is shorter.
    const epochsPerPass = Math.ceil(this.batches.steps / this.steps)
    const pass = Math.floor(epoch / epochsPerPass)
    if (this.shuffleSeed !== undefined && pass !== this.pass) this.batches.shuffle(this.shuffleSeed, pass)
    this.pass = pass
    this.offset = (epoch % epochsPerPass) * this.steps
    return Promise.resolve(Math.min(this.steps, this.batches.steps - this.offset))
  }

  at(step: number): Batch {
    return this.batches.at(this.offset + step)
  }

  capacityAt(step: number): number | undefined {
    return this.batches.capacityAt(this.offset + step)
  }
}
