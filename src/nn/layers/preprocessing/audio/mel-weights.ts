// The triangles that gather the bands of a spectrum into those of the mel scale, as the Hidden Markov Model Toolkit (HTK) has them.

import { type DType, type Tensor, tensor } from '../../../../core/index.ts'

/** Where the bands are. */
export interface MelScale {
  /** Number of mel bands. */
  readonly bins: number
  /** Number of bands of the spectrum, from 0 Hz to half of `samplingRate`. */
  readonly spectrumBins: number
  /** Samples per second. */
  readonly samplingRate: number
  /** Lower end of the lowest band, upper end of the highest, in Hz. */
  readonly lowest: number
  readonly highest: number
}

const mel = (hertz: number): number => 1127 * Math.log(1 + hertz / 700)

/** The weights `[spectrumBins, bins]`: a band's triangle on the mel scale is 1 in its middle and 0 from the middles of its neighbours on; 0 Hz is in none. */
export function melWeights({ bins, spectrumBins, samplingRate, lowest, highest }: MelScale, dtype: DType): Tensor {
  const width = (mel(highest) - mel(lowest)) / (bins + 1)
  const weights = new Float64Array(spectrumBins * bins)
  for (let f = 1; f < spectrumBins; f++) {
    const at = (mel((samplingRate / 2) * (f / (spectrumBins - 1))) - mel(lowest)) / width
    for (let band = 0; band < bins; band++) weights[f * bins + band] = Math.max(0, 1 - Math.abs(at - band - 1))
  }
  return tensor(weights, [spectrumBins, bins], { dtype })
}
