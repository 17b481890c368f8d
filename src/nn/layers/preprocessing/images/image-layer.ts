// The base of layers on images: one image or a batch, alone or with labels, boxes and masks that go with them, in either data format. A layer says
// what it draws for each image (`draw`) and what it does to a batch with it (`transform`); what belongs to the images follows.

import { cast, type Dim, isFloat, permute, random, reshape, ShapeError, staticDim, Tensor, type Tree } from '../../../../core/index.ts'
import { image } from '../../../../ops/index.ts'
import { type CallContext, type CallOptions, isInsideCall } from '../../../layer/call-context.ts'
import { invoke } from '../../../layer/callable.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { hasSymbolic } from '../../../functional/layer-calls.ts'
import { oneOf, optionalNumber } from '../../../options/option-checks.ts'
import { type ConfigDataFormat, type DataFormat, dataFormatOf } from '../../data-format.ts'

/** Options of every layer on images. */
export interface ImageLayerOptions extends LayerOptions {
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
  /** How `boundingBoxes` of the data are written; needed where there are any. */
  readonly boundingBoxFormat?: image.boundingBoxes.BoxFormat | null
}

/** Options of layers that draw random numbers. */
export interface RandomImageLayerOptions extends ImageLayerOptions {
  /** Goes into every draw: layers with different seeds draw differently from the same key. Default none. */
  readonly seed?: number | null
}

/**
 * Images with what belongs to them: `images` `[batch, height, width, channels]` (or one image), and where there are any `labels` `[batch, …]`,
 * `boundingBoxes` `{ boxes: [batch, boxes, 4], labels: [batch, boxes] }` and `segmentationMasks` `[batch, height, width, classes]`.
 */
export type ImageBatch = { readonly images: Tensor; readonly [part: string]: Tree }

/** Height and width in pixels. */
export interface PixelSize {
  readonly height: number
  readonly width: number
}

const labelledBoxes = (part: Tree): image.boundingBoxes.LabelledBoxes | undefined => {
  if (part instanceof Tensor || !('boxes' in part) || !('labels' in part)) return undefined
  return part.boxes instanceof Tensor && part.labels instanceof Tensor ? { boxes: part.boxes, labels: part.labels } : undefined
}

/** Sizes of a batch `[batch, height, width, channels]`. */
export function sizeOf(batch: Tensor): PixelSize {
  return { height: staticDim(batch.dims[1] ?? 1, 'image'), width: staticDim(batch.dims[2] ?? 1, 'image') }
}

/** The number of images, `[batch]` as a shape. */
export const perImage = (batch: Tensor): readonly [Dim] => [batch.dims[0] ?? 1]

/** `[batch]` as `[batch, 1, 1, 1]`, so that it meets each image. */
export const eachImage = (x: Tensor): Tensor => (x.rank === 1 ? reshape(x, [x.dims[0] ?? 1, 1, 1, 1]) : x)

/** A layer on images as a function: of images, or of images with what belongs to them. */
// biome-ignore lint/correctness/noUnusedVariables: the class's parameter, which this half of its declaration must repeat
export interface ImageLayer<T extends Tree> {
  (images: Tensor, options?: CallOptions): Tensor
  <D extends ImageBatch>(data: D, options?: CallOptions): D
}

/**
 * A layer on images that changes each by a transformation `T`.
 *
 * Random layers act while training: inside a model when it trains, called by themselves unless `{ training: false }` is said, as in Keras.
 */
export abstract class ImageLayer<T extends Tree> extends Layer<Tensor | ImageBatch, Tensor | ImageBatch> {
  protected readonly dataFormat: ConfigDataFormat
  protected readonly boundingBoxFormat: image.boundingBoxes.BoxFormat | undefined
  protected readonly seed: number | undefined

  constructor(options: RandomImageLayerOptions, className: string, own: readonly string[] = []) {
    super(options, className, [...own, 'dataFormat', 'boundingBoxFormat'])
    this.dataFormat = dataFormatOf(this.name, options.dataFormat)
    const format = options.boundingBoxFormat ?? undefined
    this.boundingBoxFormat = format === undefined ? undefined : oneOf(this.name, 'boundingBoxFormat', format, image.boundingBoxes.boxFormats)
    this.seed = optionalNumber(this.name, 'seed', options.seed, { min: 0, whole: true })
  }

  /** What the layer does without training. Default: nothing. */
  protected still(): T | undefined {
    return undefined
  }

  /** What the layer will do to the images of a batch `[batch, height, width, channels]`, drawn from keys. */
  abstract draw(batch: Tensor, nextKey: () => Tensor): T

  /** A batch `[batch, height, width, channels]` of floats, changed. */
  abstract transform(batch: Tensor, transformation: T): Tensor

  /** Masks `[batch, height, width, classes]`, moved as their images. Default: not moved. */
  transformMasks(masks: Tensor, _transformation: T): Tensor {
    return masks
  }

  /** Boxes `[batch, boxes, 4]` (xyxy, pixels), moved as their images of a size. Default: not moved. */
  transformBoxes(boxes: Tensor, _transformation: T, _size: PixelSize): Tensor {
    return boxes
  }

  /** Boxes with their labels; for layers that make others of them. Default: the boxes moved, and what leaves the image cut off. */
  transformLabelledBoxes(part: image.boundingBoxes.LabelledBoxes, transformation: T, size: PixelSize): image.boundingBoxes.LabelledBoxes {
    const moved = this.transformBoxes(part.boxes, transformation, size)
    return moved === part.boxes ? part : image.boundingBoxes.clipToImageSize({ ...part, boxes: moved }, this.resultSize(size))
  }

  /** Labels `[batch, …]`. Default: as they are. */
  transformLabels(labels: Tensor, _transformation: T): Tensor {
    return labels
  }

  /** The size of the result for images of a size. Default: the same. */
  protected resultSize(size: PixelSize): PixelSize {
    return size
  }

  /** What the layer will do to images in its data format, drawn from keys: what {@link transformImages} takes. */
  getRandomTransformation(images: Tensor, nextKey: () => Tensor): T {
    return this.draw(this.asBatch(images), this.seeded(nextKey))
  }

  /** Images in the layer's data format, changed by a transformation. */
  transformImages(images: Tensor, transformation: T): Tensor {
    return this.restore(this.transform(this.asBatch(this.asFloats(images)), transformation), images.rank === 3)
  }

  override [invoke](inputs: Tensor | ImageBatch, options: CallOptions = {}): Tree {
    const alone = !isInsideCall() && !hasSymbolic(inputs)
    return super[invoke](inputs, alone ? { training: true, ...options } : options)
  }

  call(inputs: Tensor | ImageBatch, context: CallContext): Tensor | ImageBatch {
    const images = inputs instanceof Tensor ? inputs : inputs.images
    const floats = this.asFloats(images)
    const batch = this.asBatch(floats)
    const transformation = context.training ? this.draw(batch, this.seeded(context.nextKey)) : this.still()
    if (transformation === undefined) return inputs instanceof Tensor ? floats : { ...inputs, images: floats }
    const single = images.rank === 3
    const result = this.restore(this.transform(batch, transformation), single)
    if (inputs instanceof Tensor) return result
    const parts = Object.entries(inputs).map(([name, part]): readonly [string, Tree] => {
      if (name === 'labels' && part instanceof Tensor) return [name, onBatch(part, single, (labels) => this.transformLabels(labels, transformation))]
      if (name === 'segmentationMasks' && part instanceof Tensor) {
        return [name, this.restore(this.transformMasks(this.asBatch(part), transformation), single)]
      }
      return [name, name === 'boundingBoxes' ? this.boxes(part, transformation, sizeOf(batch), single) : part]
    })
    return { ...Object.fromEntries(parts), images: result }
  }

  override getConfig(): LayerConfig {
    const { dataFormat, boundingBoxFormat } = this
    return { ...super.getConfig(), dataFormat, ...(boundingBoxFormat !== undefined && { boundingBoxFormat }) }
  }

  /** Floats as they are, whole numbers in the dtype that the layer computes in. */
  protected asFloats(images: Tensor): Tensor {
    return isFloat(images.dtype) ? images : cast(images, this.dtypePolicy.computeDtype)
  }

  private seeded(nextKey: () => Tensor): () => Tensor {
    const { seed } = this
    return seed === undefined ? nextKey : () => random.foldIn(nextKey(), seed)
  }

  private asBatch(images: Tensor): Tensor {
    if (images.rank !== 3 && images.rank !== 4) {
      throw new ShapeError(`${this.name}: expected one image (rank 3) or a batch (rank 4), got ${images.toString()}. Reshape it.`)
    }
    const batch = images.rank === 3 ? reshape(images, [1, ...images.dims]) : images
    return this.dataFormat === 'channels_first' ? permute(batch, [0, 2, 3, 1]) : batch
  }

  private restore(batch: Tensor, single: boolean): Tensor {
    const result = this.dataFormat === 'channels_first' ? permute(batch, [0, 3, 1, 2]) : batch
    return single ? reshape(result, withoutBatch(result)) : result
  }

  private boxes(part: Tree, transformation: T, size: PixelSize, single: boolean): Tree {
    const { boundingBoxFormat: format } = this
    const labelled = labelledBoxes(part)
    if (labelled === undefined || format === undefined) {
      const got = format === undefined ? 'no boundingBoxFormat' : 'something else'
      throw new ShapeError(
        `${this.name}: expected boundingBoxes { boxes, labels } and a boundingBoxFormat that says how they are written, got ${got}. Give both.`,
      )
    }
    const batched = {
      boxes: image.boundingBoxes.convertFormat(withBatch(labelled.boxes, single), { source: format, target: 'xyxy', ...size }),
      labels: withBatch(labelled.labels, single),
    }
    const moved = this.transformLabelledBoxes(batched, transformation, size)
    const boxes = image.boundingBoxes.convertFormat(moved.boxes, { source: 'xyxy', target: format, ...this.resultSize(size) })
    return single
      ? { boxes: reshape(boxes, withoutBatch(boxes)), labels: reshape(moved.labels, withoutBatch(moved.labels)) }
      : { boxes, labels: moved.labels }
  }
}

const withoutBatch = (x: Tensor): readonly Dim[] => x.dims.slice(1)
const withBatch = (x: Tensor, single: boolean): Tensor => (single ? reshape(x, [1, ...x.dims]) : x)

function onBatch(x: Tensor, single: boolean, formula: (batch: Tensor) => Tensor): Tensor {
  const result = formula(withBatch(x, single))
  return single ? reshape(result, withoutBatch(result)) : result
}

/** A layer on images that draws random numbers; its seed is part of its config. */
export abstract class RandomImageLayer<T extends Tree> extends ImageLayer<T> {
  constructor(options: RandomImageLayerOptions, className: string, own: readonly string[] = []) {
    super(options, className, [...own, 'seed'])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), seed: this.seed ?? null }
  }
}
