// The short-time Fourier transform as a convolution whose kernels can be trained.

import { binary, cast, concat, conv, type Dims, isFloat, pad, permute, type Shape, slice, type Tensor, unary } from '../../../../core/index.ts'
import { arctan2 } from '../../../../ops/index.ts'
import { STFT } from '../../../initializers/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { flag, listOf, lookedUp, numberWithin, oneOf, positive } from '../../../options/option-checks.ts'
import type { Parameter } from '../../../layer/parameter.ts'
import { channelsLast, type ConfigDataFormat, type DataFormat, dataFormatOf } from '../../data-format.ts'
import { channelsOf, checkRank, paddingOf } from '../../window-options.ts'

const modes = ['log', 'magnitude', 'psd', 'real', 'imag', 'angle', 'stft'] as const

const scalings = ['density', 'spectrum'] as const

/** What a {@link STFTSpectrogram} tells of a frequency. */
export type SpectrogramMode = (typeof modes)[number]

/** Options of {@link STFTSpectrogram}. */
export interface STFTSpectrogramOptions extends LayerOptions {
  /** The logarithm of the magnitude (`log`, default), the `magnitude`, the power (`psd`), a part (`real`, `imag`), the `angle`, or both parts (`stft`). */
  readonly mode?: SpectrogramMode
  /** Samples of a piece. Default 256. */
  readonly frameLength?: number
  /** Samples from one piece to the next, at most `frameLength`. Default half of it. */
  readonly frameStep?: number | null
  /** Samples of the transform, at least `frameLength`. Default the power of two from `frameLength` on. */
  readonly fftLength?: number | null
  /** The name of a window ('hann' by default, 'hamming', 'blackman', …), its values, or null for none. */
  readonly window?: string | readonly number[] | null
  /** Whether a named window is periodic rather than symmetric. Default false. */
  readonly periodic?: boolean
  /** What the window is divided by: `density` (default) the root of its power, `spectrum` its sum, null nothing. */
  readonly scaling?: 'density' | 'spectrum' | null
  /** Default 'valid'. */
  readonly padding?: 'valid' | 'same'
  /** Whether frequencies get an axis of their own. Default false. */
  readonly expandDims?: boolean
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat | null
}

/** Keras's epsilon, the least power and the least magnitude. */
const least = 1e-7

/**
 * Spectrogram of sound `[batch, samples, channels]`: `[batch, pieces, channels · frequencies]`, with `expandDims` `[batch, pieces, frequencies,
 * channels]`; with channels first `[batch, channels, samples]` to `[batch, channels · frequencies, pieces]` and `[batch, channels, pieces,
 * frequencies]`. There are fftLength / 2 + 1 frequencies, twice as many with `mode: 'stft'`.
 *
 * Parameters: `real_kernel` (not with mode `imag`) and `imag_kernel` (not with `real`), `[frameLength, 1, frequencies]`: windowed waves, trainable.
 *
 * ```ts
 * model.add(layers.stftSpectrogram({ mode: 'log', frameLength: 256, frameStep: 128, expandDims: true, inputShape: [16000, 1] }))
 * ```
 */
export class STFTSpectrogram extends Layer {
  private readonly mode: SpectrogramMode
  private readonly frameLength: number
  private readonly frameStep: number | null
  private readonly fftLength: number | null
  private readonly window: string | readonly number[] | null
  private readonly periodic: boolean
  private readonly scaling: 'density' | 'spectrum' | null
  private readonly padding: 'valid' | 'same'
  private readonly expandDims: boolean
  private readonly dataFormat: ConfigDataFormat
  private realKernel: Parameter | undefined
  private imagKernel: Parameter | undefined

  constructor(options: STFTSpectrogramOptions = {}) {
    super(options, 'STFTSpectrogram', [
      'mode',
      'frameLength',
      'frameStep',
      'fftLength',
      'window',
      'periodic',
      'scaling',
      'padding',
      'expandDims',
      'dataFormat',
    ])
    const { name } = this
    this.mode = oneOf(name, 'mode', options.mode ?? 'log', modes)
    const frame = positive(name, 'frameLength', options.frameLength ?? 256)
    const [step, size] = [options.frameStep ?? null, options.fftLength ?? null]
    this.frameLength = frame
    this.frameStep = step === null ? null : numberWithin(name, 'frameStep, at most frameLength,', step, { min: 1, max: frame, whole: true })
    this.fftLength = size === null ? null : numberWithin(name, 'fftLength, at least frameLength,', size, { min: frame, whole: true })
    this.window = options.window === undefined ? 'hann' : options.window
    if (typeof this.window !== 'string' && this.window !== null) listOf(name, 'window', this.window, () => undefined, frame)
    this.periodic = flag(name, 'periodic', options.periodic ?? false)
    this.scaling = options.scaling === null ? null : oneOf(name, 'scaling', options.scaling ?? 'density', scalings)
    this.padding = paddingOf(name, options.padding)
    this.expandDims = flag(name, 'expandDims', options.expandDims ?? false)
    this.dataFormat = dataFormatOf(name, options.dataFormat)
    lookedUp(name, 'window', () => this.initializer('real'))
  }

  override build(shape: Dims): void {
    checkRank(this.name, shape, 1)
    channelsOf(this.name, shape, this.dataFormat)
    const size = this.fftLength ?? 2 ** Math.ceil(Math.log2(this.frameLength))
    const kernel = [this.frameLength, 1, Math.floor(size / 2) + 1]
    if (this.mode !== 'imag') this.realKernel = this.parameter('real_kernel', kernel, this.initializer('real'))
    if (this.mode !== 'real') this.imagKernel = this.parameter('imag_kernel', kernel, this.initializer('imag'))
  }

  call(x: Tensor): Tensor {
    checkRank(this.name, x.dims, 1)
    const channels = channelsOf(this.name, x.dims, this.dataFormat)
    const floats = channelsLast(isFloat(x.dtype) ? x : cast(x, this.dtypePolicy.computeDtype), this.dataFormat)
    return this.arranged(this.spectrum(floats, channels))
  }

  override getConfig(): LayerConfig {
    const { mode, frameLength, frameStep, fftLength, window, periodic, scaling, padding, expandDims, dataFormat } = this
    return { ...super.getConfig(), mode, frameLength, frameStep, fftLength, window, periodic, scaling, padding, expandDims, dataFormat }
  }

  private initializer(side: 'real' | 'imag'): STFT {
    return new STFT({ side, window: this.window, scaling: this.scaling, periodic: this.periodic })
  }

  /** `[batch, pieces, channels, frequencies]`. */
  private spectrum(x: Tensor, channels: number): Tensor {
    const part = (kernel: Parameter | undefined) => this.convolved(x, this.read(kernel), channels)
    if (this.mode === 'real') return part(this.realKernel)
    if (this.mode === 'imag') return part(this.imagKernel)
    const [real, imaginary] = [part(this.realKernel), part(this.imagKernel)]
    if (this.mode === 'angle') return arctan2(imaginary, real)
    if (this.mode === 'stft') return concat<readonly Tensor[], number>([real, imaginary], 3)
    const power = binary('add', binary('multiply', real, real), binary('multiply', imaginary, imaginary))
    if (this.mode === 'psd') return binary('add', power, withoutEnds(power))
    const magnitude = unary('sqrt', binary('maximum', power, least))
    return this.mode === 'magnitude' ? magnitude : unary('log', binary('maximum', magnitude, least))
  }

  /** Every channel with the same kernels: the channels are groups. */
  private convolved(x: Tensor, kernel: Tensor, channels: number): Tensor {
    const filter = concat<readonly Tensor[], number>(
      Array.from({ length: channels }, () => cast(kernel, x.dtype)),
      2,
    )
    const strides = this.frameStep ?? Math.max(1, Math.floor(this.frameLength / 2))
    const y: Tensor = conv(x, filter, { strides, padding: this.padding, groups: channels })
    const [batch = 1, pieces = 1, size = 1] = y.dims
    return y.reshape<Shape, Dims>([batch, pieces, channels, Number(size) / channels])
  }

  private arranged(y: Tensor): Tensor {
    const [batch = 1, pieces = 1, channels = 1, frequencies = 1] = y.dims
    if (this.expandDims) return permute<Shape, Shape>(y, this.dataFormat === 'channels_last' ? [0, 1, 3, 2] : [0, 2, 1, 3])
    const flat = y.reshape<Shape, Dims>([batch, pieces, Number(channels) * Number(frequencies)])
    return this.dataFormat === 'channels_last' ? flat : permute<Shape, Shape>(flat, [0, 2, 1])
  }
}

/** The lowest and the highest frequency have no twin among the negative ones: 0 in their places. */
function withoutEnds(power: Tensor): Tensor {
  const [batch = 1, pieces = 1, channels = 1, frequencies = 1] = power.dims
  const inner = slice<Shape, Shape, Dims>(power, [0, 0, 0, 1], [batch, pieces, channels, Math.max(0, Number(frequencies) - 2)])
  return pad(inner, [
    [0, 0],
    [0, 0],
    [0, 0],
    [1, 1],
  ])
}
