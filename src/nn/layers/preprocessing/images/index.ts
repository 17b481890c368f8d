// Layers that prepare and vary images, each as a class and as a function that makes one.

import { AugMix, type AugMixOptions } from './aug-mix.ts'
import { AutoContrast, type AutoContrastOptions } from './auto-contrast.ts'
import { CenterCrop, type CenterCropOptions } from './center-crop.ts'
import { CutMix, type CutMixOptions } from './cut-mix.ts'
import { Equalization, type EqualizationOptions } from './equalization.ts'
import { MaxNumBoundingBoxes, type MaxNumBoundingBoxesOptions } from './max-num-bounding-boxes.ts'
import { MixUp, type MixUpOptions } from './mix-up.ts'
import { RandAugment, type RandAugmentOptions } from './rand-augment.ts'
import { RandomBrightness, type RandomBrightnessOptions } from './random-brightness.ts'
import { RandomColorDegeneration, type RandomColorDegenerationOptions } from './random-color-degeneration.ts'
import { RandomColorJitter, type RandomColorJitterOptions } from './random-color-jitter.ts'
import { RandomContrast, type RandomContrastOptions } from './random-contrast.ts'
import { RandomCrop, type RandomCropOptions } from './random-crop.ts'
import { RandomElasticTransform, type RandomElasticTransformOptions } from './random-elastic-transform.ts'
import { RandomErasing, type RandomErasingOptions } from './random-erasing.ts'
import { RandomFlip, type RandomFlipOptions } from './random-flip.ts'
import { RandomGaussianBlur, type RandomGaussianBlurOptions } from './random-gaussian-blur.ts'
import { RandomGrayscale, type RandomGrayscaleOptions } from './random-grayscale.ts'
import { RandomHue, type RandomHueOptions } from './random-hue.ts'
import { RandomInvert, type RandomInvertOptions } from './random-invert.ts'
import { RandomPerspective, type RandomPerspectiveOptions } from './random-perspective.ts'
import { RandomPosterization, type RandomPosterizationOptions } from './random-posterization.ts'
import { RandomRotation, type RandomRotationOptions } from './random-rotation.ts'
import { RandomSaturation, type RandomSaturationOptions } from './random-saturation.ts'
import { RandomSharpness, type RandomSharpnessOptions } from './random-sharpness.ts'
import { RandomShear, type RandomShearOptions } from './random-shear.ts'
import { RandomTranslation, type RandomTranslationOptions } from './random-translation.ts'
import { RandomZoom, type RandomZoomOptions } from './random-zoom.ts'
import { Rescaling, type RescalingOptions } from './rescaling.ts'
import { Resizing, type ResizingOptions } from './resizing.ts'
import { Solarization, type SolarizationOptions } from './solarization.ts'

export type { ImageBatch, ImageLayerOptions, RandomImageLayerOptions } from './image-layer.ts'
export {
  AugMix,
  type AugMixOptions,
  AutoContrast,
  type AutoContrastOptions,
  CenterCrop,
  type CenterCropOptions,
  CutMix,
  type CutMixOptions,
  Equalization,
  type EqualizationOptions,
  MaxNumBoundingBoxes,
  type MaxNumBoundingBoxesOptions,
  MixUp,
  type MixUpOptions,
  RandAugment,
  type RandAugmentOptions,
  RandomBrightness,
  type RandomBrightnessOptions,
  RandomColorDegeneration,
  type RandomColorDegenerationOptions,
  RandomColorJitter,
  type RandomColorJitterOptions,
  RandomContrast,
  type RandomContrastOptions,
  RandomCrop,
  type RandomCropOptions,
  RandomElasticTransform,
  type RandomElasticTransformOptions,
  RandomErasing,
  type RandomErasingOptions,
  RandomFlip,
  type RandomFlipOptions,
  RandomGaussianBlur,
  type RandomGaussianBlurOptions,
  RandomGrayscale,
  type RandomGrayscaleOptions,
  RandomHue,
  type RandomHueOptions,
  RandomInvert,
  type RandomInvertOptions,
  RandomPerspective,
  type RandomPerspectiveOptions,
  RandomPosterization,
  type RandomPosterizationOptions,
  RandomRotation,
  type RandomRotationOptions,
  RandomSaturation,
  type RandomSaturationOptions,
  RandomSharpness,
  type RandomSharpnessOptions,
  RandomShear,
  type RandomShearOptions,
  RandomTranslation,
  type RandomTranslationOptions,
  RandomZoom,
  type RandomZoomOptions,
  Rescaling,
  type RescalingOptions,
  Resizing,
  type ResizingOptions,
  Solarization,
  type SolarizationOptions,
}

/** An {@link AugMix} layer: images mixed with chains of random changes to them. */
export const augMix = (options: AugMixOptions = {}): AugMix => new AugMix(options)
/** An {@link AutoContrast} layer: each channel uses its whole range. */
export const autoContrast = (options: AutoContrastOptions = {}): AutoContrast => new AutoContrast(options)
/** A {@link CenterCrop} layer: the middle of images. */
export const centerCrop = (options: CenterCropOptions): CenterCrop => new CenterCrop(options)
/** A {@link CutMix} layer: a rectangle of each image from another of its batch. */
export const cutMix = (options: CutMixOptions = {}): CutMix => new CutMix(options)
/** An {@link Equalization} layer: shades that are equally frequent. */
export const equalization = (options: EqualizationOptions = {}): Equalization => new Equalization(options)
/** A {@link MaxNumBoundingBoxes} layer: as many boxes for every image. */
export const maxNumBoundingBoxes = (options: MaxNumBoundingBoxesOptions): MaxNumBoundingBoxes => new MaxNumBoundingBoxes(options)
/** A {@link MixUp} layer: images mixed with others of their batch. */
export const mixUp = (options: MixUpOptions = {}): MixUp => new MixUp(options)
/** A {@link RandAugment} layer: a few random changes out of many. */
export const randAugment = (options: RandAugmentOptions = {}): RandAugment => new RandAugment(options)
/** A {@link RandomBrightness} layer: lighter or darker. */
export const randomBrightness = (options: RandomBrightnessOptions): RandomBrightness => new RandomBrightness(options)
/** A {@link RandomColorDegeneration} layer: less (or more) colour. */
export const randomColorDegeneration = (options: RandomColorDegenerationOptions): RandomColorDegeneration => new RandomColorDegeneration(options)
/** A {@link RandomColorJitter} layer: brightness, contrast, saturation and hue. */
export const randomColorJitter = (options: RandomColorJitterOptions = {}): RandomColorJitter => new RandomColorJitter(options)
/** A {@link RandomContrast} layer: more or less contrast. */
export const randomContrast = (options: RandomContrastOptions): RandomContrast => new RandomContrast(options)
/** A {@link RandomCrop} layer: a part of each image, from a random place. */
export const randomCrop = (options: RandomCropOptions): RandomCrop => new RandomCrop(options)
/** A {@link RandomElasticTransform} layer: bent as if drawn on rubber. */
export const randomElasticTransform = (options: RandomElasticTransformOptions = {}): RandomElasticTransform => new RandomElasticTransform(options)
/** A {@link RandomErasing} layer: a rectangle painted over. */
export const randomErasing = (options: RandomErasingOptions = {}): RandomErasing => new RandomErasing(options)
/** A {@link RandomFlip} layer: mirrored. */
export const randomFlip = (options: RandomFlipOptions = {}): RandomFlip => new RandomFlip(options)
/** A {@link RandomGaussianBlur} layer: blurred. */
export const randomGaussianBlur = (options: RandomGaussianBlurOptions = {}): RandomGaussianBlur => new RandomGaussianBlur(options)
/** A {@link RandomGrayscale} layer: without colour. */
export const randomGrayscale = (options: RandomGrayscaleOptions = {}): RandomGrayscale => new RandomGrayscale(options)
/** A {@link RandomHue} layer: of other colours. */
export const randomHue = (options: RandomHueOptions): RandomHue => new RandomHue(options)
/** A {@link RandomInvert} layer: negatives. */
export const randomInvert = (options: RandomInvertOptions = {}): RandomInvert => new RandomInvert(options)
/** A {@link RandomPerspective} layer: seen from an angle. */
export const randomPerspective = (options: RandomPerspectiveOptions = {}): RandomPerspective => new RandomPerspective(options)
/** A {@link RandomPosterization} layer: fewer shades. */
export const randomPosterization = (options: RandomPosterizationOptions): RandomPosterization => new RandomPosterization(options)
/** A {@link RandomRotation} layer: turned. */
export const randomRotation = (options: RandomRotationOptions): RandomRotation => new RandomRotation(options)
/** A {@link RandomSaturation} layer: stronger or fainter colours. */
export const randomSaturation = (options: RandomSaturationOptions): RandomSaturation => new RandomSaturation(options)
/** A {@link RandomSharpness} layer: sharper or softer. */
export const randomSharpness = (options: RandomSharpnessOptions): RandomSharpness => new RandomSharpness(options)
/** A {@link RandomShear} layer: slanted. */
export const randomShear = (options: RandomShearOptions = {}): RandomShear => new RandomShear(options)
/** A {@link RandomTranslation} layer: shifted. */
export const randomTranslation = (options: RandomTranslationOptions): RandomTranslation => new RandomTranslation(options)
/** A {@link RandomZoom} layer: nearer or farther. */
export const randomZoom = (options: RandomZoomOptions): RandomZoom => new RandomZoom(options)
/** A {@link Rescaling} layer: x · scale + offset. */
export const rescaling = (options: RescalingOptions): Rescaling => new Rescaling(options)
/** A {@link Resizing} layer: images of one size. */
export const resizing = (options: ResizingOptions): Resizing => new Resizing(options)
/** A {@link Solarization} layer: bright parts inverted. */
export const solarization = (options: SolarizationOptions = {}): Solarization => new Solarization(options)
