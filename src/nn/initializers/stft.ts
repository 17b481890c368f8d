// The kernel that turns a convolution into a short-time Fourier transform.

import { ConfigError, ShapeError, type Tensor, tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { flag, listOf, numberWithin, oneOf } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { NamedInitializer } from './initializer.ts'
import { windowNames, windowValues } from './windows.ts'

const sides = ['real', 'imag'] as const
const scalings = ['density', 'spectrum'] as const

/** Options of {@link STFT}. */
export interface STFTOptions {
  /** The cosines or the (negative) sines. Default 'real'. */
  readonly side?: 'real' | 'imag'
  /** The name of a window ('hann', 'hamming', 'blackman', …), its values, or null for none. Default 'hann'. */
  readonly window?: string | readonly number[] | null
  /** What the window is divided by: 'density' the root of its power, 'spectrum' its sum, null nothing. Default 'density'. */
  readonly scaling?: 'density' | 'spectrum' | null
  /** Whether a named window is periodic rather than symmetric. Default false. */
  readonly periodic?: boolean
}

/**
 * window(t) · cos(−2π·t·f / n) of a shape [frame, 1, frequencies], n = 2·(frequencies − 1); with `side: 'imag'` the sine. As Keras's STFT.
 */
export class STFT extends NamedInitializer {
  readonly className: string = 'STFT'
  private readonly side: 'real' | 'imag'
  private readonly window: string | readonly number[] | null
  private readonly scaling: 'density' | 'spectrum' | null
  private readonly periodic: boolean

  constructor(given: STFTOptions = {}) {
    const {
      side = 'real',
      window = 'hann',
      scaling = 'density',
      periodic = false,
    } = checkOptionNames('STFT', given, ['side', 'window', 'scaling', 'periodic'])
    super()
    this.side = oneOf('STFT', 'side', side, sides)
    this.window =
      typeof window === 'string'
        ? oneOf('STFT', 'window', window, windowNames)
        : window === null
          ? null
          : listOf('STFT', 'window', window, (value) => numberWithin('STFT', 'every value of window', value))
    this.scaling = scaling === null ? null : oneOf('STFT', 'scaling', scaling, scalings)
    this.periodic = flag('STFT', 'periodic', periodic)
  }

  call(shape: readonly number[]): Tensor {
    const [frame, channels, frequencies, ...rest] = shape
    if (frame === undefined || channels === undefined || frequencies === undefined || rest.length > 0) {
      throw new ShapeError(
        `STFT: expected a shape [frame, channels, frequencies], got [${shape.join(', ')}]. Use it for a one-dimensional convolution.`,
      )
    }
    const window = this.scaled(this.values(frame))
    const wave = this.side === 'real' ? Math.cos : Math.sin
    const period = Math.max(1, (frequencies - 1) * 2)
    // The product t·f is reduced before it is an angle: single precision keeps its digits for long frames.
    const values = window.flatMap((w, t) => Array.from({ length: frequencies }, (_, f) => w * wave((-2 * Math.PI * ((t * f) % period)) / period)))
    return tensor(Float32Array.from(values), [frame, 1, frequencies])
  }

  private values(frame: number): readonly number[] {
    const { window, periodic } = this
    if (window === null) return Array.from({ length: frame }, () => 1)
    if (typeof window === 'string') return windowValues(window, frame, periodic)
    if (window.length !== frame)
      throw new ConfigError(`STFT: expected a window of ${frame} values, got ${window.length}. Make it as long as the frame.`)
    return window
  }

  private scaled(window: readonly number[]): readonly number[] {
    if (this.window === null || this.scaling === null) return window
    const power = window.reduce((total, w) => total + (this.scaling === 'density' ? w * w : Math.abs(w)), 0)
    const scale = this.scaling === 'density' ? Math.sqrt(power) : power
    return window.map((w) => w / scale)
  }

  getConfig(): Config {
    const { side, window, periodic, scaling } = this
    return { side, window, periodic, scaling }
  }
}
