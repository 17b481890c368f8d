// What fit trains on and validates with, as feeds.

import { ConfigError, TrainingError } from '../../core/index.ts'
import { ArrayFeed } from './array-feed.ts'
import { type BatchSource, isBatchSource } from './batch-source.ts'
import type { Samples } from './batches.ts'
import { withClassWeights } from './class-weights.ts'
import type { DataTree } from './data-tree.ts'
import type { Feed } from './feed.ts'
import type { FitOptions } from '../training/fit-options.ts'
import type { AnyModel } from '../model/model.ts'
import { batchOf, checkTargets, samplesOf } from './model-data.ts'
import { SourceFeed } from './source-feed.ts'
import { rowTreeRange } from './training-data.ts'

/** Feeds of a training. */
export interface FitData {
  readonly feed: Feed
  readonly validation: Feed | undefined
}

/** Data as feeds; models that take them are built, and labels looked at. */
export async function fitData(model: AnyModel, x: DataTree | BatchSource, y: DataTree | undefined, options: FitOptions): Promise<FitData> {
  const { feed, held } = await trainingFeed(model, x, y, options)
  model.prepareFor('fit', feed.example)
  const validation = held ?? (await validationFeed(model, options))
  if (feed.samples !== undefined) checkTargets('fit', model, feed.samples.y)
  if (validation?.samples !== undefined) checkTargets('fit: validation', model, validation.samples.y)
  return { feed, validation }
}

/** The feed of training, and that of validation where a part of the samples is held back for it. */
async function trainingFeed(model: AnyModel, x: DataTree | BatchSource, y: DataTree | undefined, options: FitOptions) {
  const {
    batchSize = 32,
    sampleWeight,
    classWeight,
    stepsPerEpoch: steps,
    validationSplit = 0,
    validationData,
    shuffle = true,
    seed = model.seed,
  } = options
  const where = 'fit'
  if (isBatchSource(x)) {
    const unused = Object.entries({ y, sampleWeight, validationSplit: validationSplit || undefined }).find(([, value]) => value !== undefined)
    if (unused !== undefined) throw new ConfigError(`fit: expected no ${unused[0]} beside batches, got some. Let the batches have it.`)
    const read = (bx: DataTree, by: DataTree | undefined, bw: DataTree | undefined) =>
      batchOf(model, { where, x: bx, y: by, sampleWeight: bw, classWeight })
    return { feed: await SourceFeed.open(x, { where, steps, read }), held: undefined }
  }
  const all = await samplesOf(model, { where, x, y, sampleWeight })
  const [samples, heldBack] = validationData === undefined ? split(all, validationSplit) : [all, undefined]
  const weighted =
    classWeight === undefined ? samples : { ...samples, sampleWeight: withClassWeights(where, samples.y, samples.sampleWeight, classWeight) }
  const feed = new ArrayFeed(weighted, { batchSize, steps, shuffleSeed: shuffle ? seed : undefined })
  return { feed, held: heldBack && new ArrayFeed(heldBack, { batchSize: options.validationBatchSize ?? batchSize }) }
}

/** Samples to train on and those to validate with: the last ones, before shuffling, as Keras has it. */
function split(samples: Samples, share: number): readonly [Samples, Samples | undefined] {
  if (share === 0) return [samples, undefined]
  const { x, y, sampleWeight, count } = samples
  const at = Math.floor(count * (1 - share))
  if (at === 0 || at === count) {
    throw new TrainingError(
      `fit: expected samples on both sides of a validationSplit of ${share}, got ${at} to train and ${count - at} to validate. Pass more data or validationData.`,
    )
  }
  const part = (from: number, to: number): Samples => ({
    x: rowTreeRange(x, from, to),
    y: y && rowTreeRange(y, from, to),
    sampleWeight: sampleWeight && rowTreeRange(sampleWeight, from, to),
    count: to - from,
  })
  return [part(0, at), part(at, count)]
}

async function validationFeed(model: AnyModel, { validationData, validationBatchSize, batchSize = 32 }: FitOptions): Promise<Feed | undefined> {
  if (validationData === undefined) return undefined
  const [where, prefix] = ['fit: validation', 'validation ']
  if (isBatchSource(validationData)) {
    return SourceFeed.open(validationData, { where, repeats: true, read: (bx, by, bw) => batchOf(model, { where, x: bx, y: by, sampleWeight: bw }) })
  }
  const [x, y, sampleWeight] = validationData
  return new ArrayFeed(await samplesOf(model, { where, x, y, sampleWeight, prefix }), { batchSize: validationBatchSize ?? batchSize })
}
