// Convolutions.

import { Conv1D, Conv2D, Conv3D, type ConvOptions } from './conv.ts'
import { Conv1DTranspose, Conv2DTranspose, Conv3DTranspose, type ConvTransposeOptions } from './conv-transpose.ts'
import {
  DepthwiseConv1D,
  DepthwiseConv2D,
  type DepthwiseConvOptions,
  SeparableConv1D,
  SeparableConv2D,
  type SeparableConvOptions,
} from './depthwise.ts'

export {
  Conv1D,
  Conv1DTranspose,
  Conv2D,
  Conv2DTranspose,
  Conv3D,
  Conv3DTranspose,
  DepthwiseConv1D,
  DepthwiseConv2D,
  SeparableConv1D,
  SeparableConv2D,
}
export type { ConvOptions, ConvTransposeOptions, DepthwiseConvOptions, SeparableConvOptions }

/** A {@link Conv1D} layer: activation(x ∗ kernel + bias). */
export const conv1d = <const Filters extends number>(options: ConvOptions<Filters>): Conv1D<Filters> => new Conv1D(options)
/** A {@link Conv1DTranspose} layer: the transpose of a convolution. */
export const conv1dTranspose = <const Filters extends number>(options: ConvTransposeOptions<Filters>): Conv1DTranspose<Filters> =>
  new Conv1DTranspose(options)
/** A {@link Conv2D} layer: activation(x ∗ kernel + bias). */
export const conv2d = <const Filters extends number>(options: ConvOptions<Filters>): Conv2D<Filters> => new Conv2D(options)
/** A {@link Conv2DTranspose} layer: the transpose of a convolution. */
export const conv2dTranspose = <const Filters extends number>(options: ConvTransposeOptions<Filters>): Conv2DTranspose<Filters> =>
  new Conv2DTranspose(options)
/** A {@link Conv3D} layer: activation(x ∗ kernel + bias). */
export const conv3d = <const Filters extends number>(options: ConvOptions<Filters>): Conv3D<Filters> => new Conv3D(options)
/** A {@link Conv3DTranspose} layer: the transpose of a convolution. */
export const conv3dTranspose = <const Filters extends number>(options: ConvTransposeOptions<Filters>): Conv3DTranspose<Filters> =>
  new Conv3DTranspose(options)
/** A {@link DepthwiseConv1D} layer: each channel by itself. */
export const depthwiseConv1d = (options: DepthwiseConvOptions): DepthwiseConv1D => new DepthwiseConv1D(options)
/** A {@link SeparableConv1D} layer: each channel by itself, then a mixture. */
export const separableConv1d = (options: SeparableConvOptions): SeparableConv1D => new SeparableConv1D(options)
/** A {@link DepthwiseConv2D} layer: each channel by itself. */
export const depthwiseConv2d = (options: DepthwiseConvOptions): DepthwiseConv2D => new DepthwiseConv2D(options)
/** A {@link SeparableConv2D} layer: each channel by itself, then a mixture. */
export const separableConv2d = (options: SeparableConvOptions): SeparableConv2D => new SeparableConv2D(options)
