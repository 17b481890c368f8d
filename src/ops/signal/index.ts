// Fourier transforms, pieces of signals, and complex numbers as pairs of tensors.

export { angle, conj, conjugate, imag, isreal, polar, real, viewAsComplex, viewAsReal } from './complex-pairs.ts'
export { fft, fft2, ifft2 } from './fft.ts'
export type { ComplexPair } from './fourier.ts'
export { type FftLengthOption, irfft, rfft } from './real-fft.ts'
export { extractSequences, type ExtractSequencesOptions } from './sequences.ts'
export { istft, type IstftOptions, stft, type StftOptions } from './stft.ts'
export type { WindowOption } from './windows.ts'
