// Layers that move, repeat, add or cut elements.

import {
  Cropping1D,
  Cropping2D,
  Cropping3D,
  type CroppingOptions,
  ZeroPadding1D,
  ZeroPadding2D,
  ZeroPadding3D,
  type ZeroPaddingOptions,
} from './edges.ts'
import { Flatten, type FlattenOptions } from './flatten.ts'
import { Permute, type PermuteOptions, RepeatVector, type RepeatVectorOptions, Reshape, type ReshapeOptions } from './reshape.ts'
import { UpSampling1D, UpSampling2D, type UpSampling2DOptions, UpSampling3D, type UpSamplingOptions } from './up-sampling.ts'

export {
  Cropping1D,
  Cropping2D,
  Cropping3D,
  Flatten,
  Permute,
  RepeatVector,
  Reshape,
  UpSampling1D,
  UpSampling2D,
  UpSampling3D,
  ZeroPadding1D,
  ZeroPadding2D,
  ZeroPadding3D,
}
export type {
  CroppingOptions,
  FlattenOptions,
  PermuteOptions,
  RepeatVectorOptions,
  ReshapeOptions,
  UpSampling2DOptions,
  UpSamplingOptions,
  ZeroPaddingOptions,
}

/** A {@link Flatten} layer: all axes but the batch as one. */
export const flatten = (options: FlattenOptions = {}): Flatten => new Flatten(options)
/** A {@link Permute} layer: the axes of a sample in another order. */
export const permute = <const Order extends readonly number[]>(options: PermuteOptions<Order>): Permute<Order> => new Permute(options)
/** A {@link RepeatVector} layer: the same vector n times. */
export const repeatVector = <const N extends number>(options: RepeatVectorOptions<N>): RepeatVector<N> => new RepeatVector(options)
/** A {@link Reshape} layer: a sample in another shape. */
export const reshape = <const Target extends readonly number[]>(options: ReshapeOptions<Target>): Reshape<Target> => new Reshape(options)
/** An {@link UpSampling1D} layer: each step several times. */
export const upSampling1d = (options: { readonly size?: number } & Omit<UpSamplingOptions, 'dataFormat' | 'size'> = {}): UpSampling1D =>
  new UpSampling1D(options)
/** An {@link UpSampling2D} layer: larger images. */
export const upSampling2d = (options: UpSampling2DOptions = {}): UpSampling2D => new UpSampling2D(options)
/** An {@link UpSampling3D} layer: larger volumes. */
export const upSampling3d = (options: UpSamplingOptions = {}): UpSampling3D => new UpSampling3D(options)
/** A {@link Cropping1D} layer: cuts steps off a sequence. */
export const cropping1d = (options: CroppingOptions = {}): Cropping1D => new Cropping1D(options)
/** A {@link Cropping2D} layer: cuts the edges off images. */
export const cropping2d = (options: CroppingOptions = {}): Cropping2D => new Cropping2D(options)
/** A {@link Cropping3D} layer: cuts the edges off volumes. */
export const cropping3d = (options: CroppingOptions = {}): Cropping3D => new Cropping3D(options)
/** A {@link ZeroPadding1D} layer: zeros around a sequence. */
export const zeroPadding1d = (options: ZeroPaddingOptions = {}): ZeroPadding1D => new ZeroPadding1D(options)
/** A {@link ZeroPadding2D} layer: zeros around images. */
export const zeroPadding2d = (options: ZeroPaddingOptions = {}): ZeroPadding2D => new ZeroPadding2D(options)
/** A {@link ZeroPadding3D} layer: zeros around volumes. */
export const zeroPadding3d = (options: ZeroPaddingOptions = {}): ZeroPadding3D => new ZeroPadding3D(options)
