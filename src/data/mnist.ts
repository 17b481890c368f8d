// MNIST (LeCun et al. 1998): 70,000 handwritten digits of 28 × 28 grey pixels, in four IDX files.

import { FormatError, fromStorage, type Tensor } from '../core/index.ts'
import { fileBytes } from './file-bytes.ts'
import { gunzip, isGzip } from './gzip.ts'
import { parseIdx } from './idx.ts'

/** Digits and what they are. */
export interface LabelledImages {
  /** f32 `[samples, 28, 28, 1]`, 0 (paper) to 1 (ink). */
  readonly images: Tensor
  /** i32 `[samples]`, 0 to 9. */
  readonly labels: Tensor
}

/** The 60,000 digits to train with and the 10,000 to test with. */
export interface Mnist {
  readonly train: LabelledImages
  readonly test: LabelledImages
}

/**
 * Reads MNIST from a folder with the four original files, packed (`.gz`) or not; in a page, from an address.
 *
 * ```ts
 * const { train, test } = await loadMnist('datasets/mnist')
 * ```
 */
export async function loadMnist(folder: string): Promise<Mnist> {
  const [train, test] = await Promise.all([loadMnistPart(folder, 'train'), loadMnistPart(folder, 'test')])
  return { train, test }
}

/** Reads one half of MNIST, as {@link loadMnist}: the test digits alone are a sixth of the bytes. */
export async function loadMnistPart(folder: string, part: keyof Mnist): Promise<LabelledImages> {
  const stem = `${folder}/${part === 'test' ? 't10k' : part}`
  const [images, labels] = await Promise.all([readIdx(`${stem}-images-idx3-ubyte`), readIdx(`${stem}-labels-idx1-ubyte`)])
  const [count, height, width, ...more] = images.shape
  if (count === undefined || height !== 28 || width !== 28 || more.length > 0) {
    throw new FormatError(`mnist '${part}': expected images of [samples, 28, 28], got [${images.shape.join(', ')}]. Check the files.`)
  }
  if (labels.rank !== 1 || labels.shape[0] !== count) {
    throw new FormatError(`mnist '${part}': expected ${count} labels, one per image, got [${labels.shape.join(', ')}]. Check the files.`)
  }
  const bytes = bytesOf(images)
  const pixels = new Float32Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) pixels[i] = (bytes[i] ?? 0) / 255
  const classes = Int32Array.from(bytesOf(labels))
  const wrong = classes.findIndex((label) => label > 9)
  if (wrong >= 0) throw new FormatError(`mnist '${part}': expected labels from 0 to 9, got ${classes[wrong]} at ${wrong}. Check the files.`)
  return {
    images: fromStorage({ dtype: 'f32', bytes: pixels.buffer, length: pixels.length }, [count, 28, 28, 1]),
    labels: fromStorage({ dtype: 'i32', bytes: classes.buffer, length: classes.length }, [count]),
  }
}

function bytesOf(tensor: Tensor): Uint8Array {
  const { bytes, length } = tensor.storageSync()
  return new Uint8Array(bytes, 0, length)
}

/** An IDX file, packed or not. */
async function readIdx(path: string): Promise<Tensor> {
  const bytes = await fileBytes(`${path}.gz`)
    .catch(() => fileBytes(path))
    .catch((error: unknown) => {
      throw new FormatError(`mnist: expected '${path}.gz' or '${path}', got neither. Put MNIST's four files into the folder.`, { cause: error })
    })
  return parseIdx(isGzip(bytes) ? await gunzip(bytes, path) : bytes, path)
}
