// Sound as a picture: how strong which pitches are when.

import { binary, cast, compare, matmul, max, permute, type Shape, type Tensor, tensor, unary, where } from '../../../../core/index.ts'
import { stft } from '../../../../ops/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { flag, listOf, numberWithin, oneOf, positive } from '../../../options/option-checks.ts'
import { melWeights } from './mel-weights.ts'

const windowNames = ['hann', 'hamming'] as const

/** Options of {@link MelSpectrogram}. */
export interface MelSpectrogramOptions extends LayerOptions {
  /** Samples of a Fourier transform. Default 2048. */
  readonly fftLength?: number
  /** Samples from one piece to the next. Default 512. */
  readonly sequenceStride?: number
  /** Samples of a piece, at most `fftLength`. Default `fftLength`. */
  readonly sequenceLength?: number | null
  /** `hann` (default), `hamming`, the window's values, or null for none. */
  readonly window?: 'hann' | 'hamming' | readonly number[] | null
  /** Samples per second. Default 16000. */
  readonly samplingRate?: number
  /** Number of mel bands. Default 128. */
  readonly numMelBins?: number
  /** Lower end of the lowest band, in Hz. Default 20. */
  readonly minFreq?: number
  /** Upper end of the highest band, in Hz. Default half of `samplingRate`. */
  readonly maxFreq?: number | null
  /** Whether the result is in decibels. Default true. */
  readonly powerToDb?: boolean
  /** Decibels below the loudest of the whole input that are still told apart. Default 80. */
  readonly topDb?: number
  /** The exponent of the magnitudes: 1 energy, 2 (default) power. */
  readonly magExp?: number
  /** The least power. Default 10⁻¹⁰. */
  readonly minPower?: number
  /** The power of 0 decibels. Default 1. */
  readonly refPower?: number
}

/**
 * Mel spectrogram of sound `[…, samples]`: `[…, numMelBins, pieces]`; the short-time Fourier transform's magnitudes to the power `magExp`, gathered
 * into the bands of the mel scale, 10·log₁₀ of them. Without parameters.
 *
 * ```ts
 * const pictures = layers.melSpectrogram({ numMelBins: 64, samplingRate: 8000, fftLength: 256, sequenceStride: 128 })(sound)
 * ```
 */
export class MelSpectrogram extends Layer {
  private readonly fftLength: number
  private readonly sequenceStride: number
  private readonly sequenceLength: number
  private readonly window: 'hann' | 'hamming' | readonly number[] | null
  private readonly samplingRate: number
  private readonly numMelBins: number
  private readonly minFreq: number
  private readonly maxFreq: number
  private readonly powerToDb: boolean
  private readonly topDb: number
  private readonly magExp: number
  private readonly minPower: number
  private readonly refPower: number

  constructor(options: MelSpectrogramOptions = {}) {
    super(options, 'MelSpectrogram', [
      'fftLength',
      'sequenceStride',
      'sequenceLength',
      'window',
      'samplingRate',
      'numMelBins',
      'minFreq',
      'maxFreq',
      'powerToDb',
      'topDb',
      'magExp',
      'minPower',
      'refPower',
    ])
    const where_ = this.name
    this.fftLength = positive(where_, 'fftLength', options.fftLength ?? 2048)
    this.sequenceStride = positive(where_, 'sequenceStride', options.sequenceStride ?? 512)
    this.sequenceLength = numberWithin(where_, 'sequenceLength, at most fftLength,', options.sequenceLength ?? this.fftLength, {
      min: 1,
      max: this.fftLength,
      whole: true,
    })
    this.window = this.windowOf(options.window === undefined ? 'hann' : options.window)
    this.samplingRate = numberWithin(where_, 'samplingRate', options.samplingRate ?? 16000, { above: 0 })
    this.numMelBins = positive(where_, 'numMelBins', options.numMelBins ?? 128)
    this.minFreq = numberWithin(where_, 'minFreq', options.minFreq ?? 20, { min: 0 })
    this.maxFreq = numberWithin(where_, 'maxFreq, above minFreq,', options.maxFreq ?? Math.floor(this.samplingRate / 2), { above: this.minFreq })
    this.powerToDb = flag(where_, 'powerToDb', options.powerToDb ?? true)
    this.topDb = numberWithin(where_, 'topDb', options.topDb ?? 80, { min: 0 })
    this.magExp = numberWithin(where_, 'magExp', options.magExp ?? 2, { above: 0 })
    this.minPower = numberWithin(where_, 'minPower', options.minPower ?? 1e-10, { above: 0 })
    this.refPower = numberWithin(where_, 'refPower', options.refPower ?? 1)
  }

  call(x: Tensor): Tensor {
    const floats = x.dtype === 'f64' ? x : cast(x, 'f32')
    const bands = this.inBands(this.magnitudes(floats))
    const result = this.powerToDb ? this.decibels(bands) : bands
    const axes = Array.from({ length: result.rank }, (_, i) => i)
    const upright = permute<Shape, Shape>(result, [...axes.slice(0, -2), result.rank - 1, result.rank - 2])
    return x.dtype === 'f64' ? upright : cast(upright, this.dtypePolicy.computeDtype)
  }

  override getConfig(): LayerConfig {
    const { fftLength, sequenceStride, sequenceLength, window, samplingRate, numMelBins, minFreq, maxFreq } = this
    const { powerToDb, topDb, magExp, minPower, refPower } = this
    const scale = { samplingRate, numMelBins, minFreq, maxFreq }
    return { ...super.getConfig(), fftLength, sequenceStride, sequenceLength, window, ...scale, powerToDb, topDb, magExp, minPower, refPower }
  }

  private magnitudes(x: Tensor): Tensor {
    const { sequenceLength, sequenceStride, fftLength, window, magExp } = this
    const own = window === null || typeof window === 'string' ? window : tensor(window, [window.length])
    const [real, imaginary] = stft(x, { sequenceLength, sequenceStride, fftLength, window: own, center: true })
    const power = binary('add', binary('multiply', real, real), binary('multiply', imaginary, imaginary))
    if (magExp === 2) return power
    // The root's slope at 0 is infinite: silence is left out of it.
    const silent = compare('equal', power, 0)
    return where(silent, 0, binary('power', where(silent, 1, power), magExp / 2))
  }

  private inBands(spectrum: Tensor): Tensor {
    const { numMelBins: bins, samplingRate, minFreq: lowest, maxFreq: highest, fftLength } = this
    const weights = melWeights({ bins, spectrumBins: Math.floor(fftLength / 2) + 1, samplingRate, lowest, highest }, spectrum.dtype)
    return matmul<Shape, Shape>(spectrum, weights)
  }

  private decibels(power: Tensor): Tensor {
    const { minPower, refPower, topDb } = this
    const reference = 10 * Math.log10(Math.max(Math.abs(refPower), minPower))
    const level = binary('subtract', binary('multiply', unary('log', binary('maximum', power, minPower)), 10 / Math.LN10), reference)
    return binary('maximum', level, binary('subtract', max(level), topDb))
  }

  private windowOf(window: 'hann' | 'hamming' | readonly number[] | null): 'hann' | 'hamming' | readonly number[] | null {
    if (window === null) return null
    if (typeof window === 'string') return oneOf(this.name, 'window', window, windowNames)
    return listOf(this.name, 'window', window, (value) => numberWithin(this.name, 'every value of window', value), this.sequenceLength)
  }
}
