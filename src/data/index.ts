// The public face of data: data sets and what turns files into tensors.

export { CharacterTokenizer } from './character-tokenizer.ts'
export { fileBytes } from './file-bytes.ts'
export { gunzip, isGzip } from './gzip.ts'
export { parseIdx } from './idx.ts'
export { type LabelledImages, loadMnist, loadMnistPart, type Mnist } from './mnist.ts'
export { type NumberSequence, padSequences, type PadSequencesOptions } from './pad-sequences.ts'
export { arrayToImg, type ArrayToImgOptions, imgToArray, type ImgToArrayOptions, type RasterImage } from './raster-image.ts'
export { packXYSampleWeight, unpackXYSampleWeight } from './sample-weights.ts'
export { splitDataset, type SplitDatasetOptions } from './split-dataset.ts'
export { type TimeseriesBatch, timeseriesDatasetFromArray, type TimeseriesOptions } from './timeseries.ts'
export { toCategorical, type ToCategoricalOptions } from './to-categorical.ts'
export { consecutiveWindows, randomWindows, splitTokens, type TokenWindows } from './token-windows.ts'
