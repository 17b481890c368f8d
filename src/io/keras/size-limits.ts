// The largest numbers that a description may give for what is written out when a layer is made or called for the first time: a damaged or hostile
// file cannot ask for more memory than a machine has. Sizes of weights need no limit: they are compared with the file's before they take room.

/** The most layers of a file, those in layers included, and of a Sequential, which looks at all of them with each that is added. */
export const maxLayers = 10_000
export const maxSequentialLayers = 1000

/** The most of an option, by Tenon's name. */
const limits: Readonly<Record<string, number>> = {
  batchShape: 2 ** 24,
  batchInputShape: 2 ** 24,
  buildInputShape: 2 ** 24,
  inputShape: 2 ** 24,
  numOovIndices: 2 ** 20,
  outputSize: 2 ** 14,
  height: 2 ** 16,
  width: 2 ** 16,
  ngrams: 64,
  fftLength: 2 ** 13,
  frameLength: 2 ** 13,
  numMelBins: 2 ** 10,
  numChains: 2 ** 10,
  chainDepth: 2 ** 10,
  numOps: 2 ** 10,
  numLayers: 2 ** 10,
  numClasses: 2 ** 12,
  numThresholds: 2 ** 16,
}

/** The most that an option may be, where `value` is more; undefined where it is not. */
export function exceededLimit(option: string, value: unknown): number | undefined {
  const most = Object.hasOwn(limits, option) ? limits[option] : undefined
  const sizes: readonly unknown[] = Array.isArray(value) ? value : [value]
  return most !== undefined && sizes.some((size) => typeof size === 'number' && size > most) ? most : undefined
}
