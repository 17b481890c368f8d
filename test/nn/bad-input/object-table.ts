// Initializers, regularizers, constraints, quantizers, callbacks and descriptions of inputs, and what their options may be.

import { callbacks, constraints, initializers, layers, quantizers, regularizers } from '../../../src/index.ts'
import type { Row } from './check-options.ts'
import {
  anything,
  axes,
  bounds,
  count,
  either,
  flag,
  func,
  type Kind,
  like,
  list,
  nullable,
  number,
  required,
  share,
  text,
  together,
  whole,
  word,
} from './kinds.ts'

/** `who`: what errors begin with; default: the name of the class. */
function row(made: new (options: never) => object, className: string, kinds: Readonly<Record<string, Kind>>, who = className): Row {
  return { made, className, who, kinds: Object.entries(kinds), make: (options) => Reflect.construct(made, [options]) }
}

const seed = nullable(whole({}, 7))
const normal = { mean: number(), stddev: number({ min: 0 }), seed }
const fans = { seed }
const penalty = number({ min: 0 })

export const initializerTable: readonly Row[] = [
  row(initializers.Constant, 'Constant', { value: either(number(), list(number()), list(list(number()))) }),
  row(initializers.Identity, 'Identity', { gain: number() }),
  row(initializers.Orthogonal, 'Orthogonal', { gain: number(), seed }),
  row(initializers.RandomNormal, 'RandomNormal', normal),
  row(initializers.TruncatedNormal, 'TruncatedNormal', normal),
  row(initializers.RandomUniform, 'RandomUniform', { minval: number({ max: 0.05 }, 0), maxval: number({ min: -0.05 }), seed }),
  row(initializers.VarianceScaling, 'VarianceScaling', {
    scale: number({ above: 0 }),
    mode: word('fan_in', 'fan_out', 'fan_avg'),
    distribution: word('normal', 'truncated_normal', 'untruncated_normal', 'uniform'),
    seed,
  }),
  row(initializers.GlorotNormal, 'GlorotNormal', fans),
  row(initializers.GlorotUniform, 'GlorotUniform', fans),
  row(initializers.HeNormal, 'HeNormal', fans),
  row(initializers.HeUniform, 'HeUniform', fans),
  row(initializers.LecunNormal, 'LecunNormal', fans),
  row(initializers.LecunUniform, 'LecunUniform', fans),
  row(initializers.STFT, 'STFT', {
    side: word('real', 'imag'),
    window: nullable(either(word('hann', 'hamming'), list(number()))),
    scaling: nullable(word('density', 'spectrum')),
    periodic: flag,
  }),
]

export const regularizerTable: readonly Row[] = [
  row(regularizers.L1, 'L1', { l1: penalty }),
  row(regularizers.L2, 'L2', { l2: penalty }),
  row(regularizers.L1L2, 'L1L2', { l1: penalty, l2: penalty }),
  row(regularizers.OrthogonalRegularizer, 'OrthogonalRegularizer', { factor: penalty, mode: word('rows', 'columns') }),
]

export const constraintTable: readonly Row[] = [
  row(constraints.MaxNorm, 'MaxNorm', { maxValue: number({ min: 0 }), axis: axes() }),
  row(constraints.MinMaxNorm, 'MinMaxNorm', {
    minValue: number({ min: 0, max: 1 }),
    maxValue: number({ min: 0 }),
    rate: share,
    axis: axes(),
  }),
  row(constraints.UnitNorm, 'UnitNorm', { axis: axes() }),
]

export const quantizerTable: readonly Row[] = [
  row(quantizers.AbsMaxQuantizer, 'AbsMaxQuantizer', {
    axis: axes(),
    valueRange: like(bounds, [-7, 7]),
    epsilon: number({ min: 0 }),
    outputDtype: word('i8', 'i32'),
  }),
]

const watched = { monitor: together(text, { mode: 'min' }), mode: word('auto', 'min', 'max') }
const verbose = whole({ min: 0, max: 1 })
const batches = either(word('epoch'), count())
const waits = whole({ min: 0 })

export const callbackTable: readonly Row[] = [
  row(
    callbacks.EarlyStopping,
    'EarlyStopping',
    {
      ...watched,
      minDelta: number(),
      patience: waits,
      verbose,
      baseline: number(),
      restoreBestWeights: flag,
      startFromEpoch: waits,
    },
    'earlyStopping',
  ),
  row(
    callbacks.ReduceLROnPlateau,
    'ReduceLROnPlateau',
    {
      ...watched,
      factor: number({ above: 0, below: 1 }, 0.5),
      patience: waits,
      verbose,
      minDelta: number(),
      cooldown: waits,
      minLr: number({ min: 0 }),
    },
    'reduceLROnPlateau',
  ),
  row(callbacks.SwapEMAWeights, 'SwapEMAWeights', { swapOnEpoch: flag }, 'swapEMAWeights'),
  row(callbacks.TerminateOnNaN, 'TerminateOnNaN', { raiseError: flag }, 'terminateOnNaN'),
  row(callbacks.LambdaCallback, 'LambdaCallback', { onTrainBegin: func, onEpochEnd: func, onTrainBatchEnd: func }, 'lambdaCallback'),
  row(
    callbacks.CSVLogger,
    'CSVLogger',
    { filename: required(text), separator: anything(';', (value) => value === ';' || value === '3', ['', ';;']), append: flag },
    'csvLogger',
  ),
  row(
    callbacks.ModelCheckpoint,
    'ModelCheckpoint',
    {
      filepath: required(anything('best.keras', (value) => value === 'best.keras', ['', 'best.h5'])),
      ...watched,
      verbose,
      saveBestOnly: flag,
      saveWeightsOnly: together(flag, { filepath: 'best.weights.h5' }),
      saveFreq: batches,
      initialValueThreshold: number(),
    },
    'modelCheckpoint',
  ),
  row(
    callbacks.BackupAndRestore,
    'BackupAndRestore',
    { backupDir: required(text), saveFreq: batches, doubleCheckpoint: flag, deleteCheckpoint: flag },
    'backupAndRestore',
  ),
  row(
    callbacks.TensorBoard,
    'TensorBoard',
    {
      logDir: text,
      histogramFreq: whole({ min: 0 }),
      writeGraph: flag,
      writeImages: flag,
      writeStepsPerSecond: flag,
      updateFreq: either(word('epoch', 'batch'), count()),
      profileBatch: whole({ min: 0, max: 0 }, 0),
      embeddingsFreq: whole({ min: 0 }),
      embeddingsMetadata: either(
        text,
        anything({ layer: 'names.tsv' }, (value) => JSON.stringify(value) === '{}'),
      ),
    },
    'tensorBoard',
  ),
]

const size = count()

export const inputTable: readonly Row[] = [
  row(layers.InputSpec, 'InputSpec', {
    dtype: word('f32', 'i32', 'bool'),
    shape: list(nullable(size)),
    ndim: whole({ min: 0 }),
    maxNdim: whole({ min: 0 }),
    minNdim: whole({ min: 0 }),
    axes: anything({ '-1': 3 }, (value) => JSON.stringify(value) === '{}', [{ '-1': 0 }, { '-1': 'a' }]),
    allowLastAxisSqueeze: flag,
    name: text,
    optional: flag,
  }),
]
