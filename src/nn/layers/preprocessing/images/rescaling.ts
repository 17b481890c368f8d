// Values in another range.

import { cast, isFloat, type Tensor, tensor } from '../../../../core/index.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../../layer/layer.ts'
import { listOf, numberWithin, wrongOption } from '../../../options/option-checks.ts'

/** Options of {@link Rescaling}. */
export interface RescalingOptions extends LayerOptions {
  /** What values are multiplied by: one number, or one for each place of the last axis. */
  readonly scale: number | readonly number[]
  /** What is added then, likewise. Default 0. */
  readonly offset?: number | readonly number[]
}

/**
 * x · scale + offset, also without training; inputs of any shape, whole numbers become floats.
 *
 * ```ts
 * model.add(layers.rescaling({ scale: 1 / 127.5, offset: -1 }))
 * ```
 */
export class Rescaling extends Layer {
  private readonly scale: number | readonly number[]
  private readonly offset: number | readonly number[]

  constructor(options: RescalingOptions) {
    super(options, 'Rescaling', ['scale', 'offset'])
    this.scale = this.numbers('scale', options.scale)
    this.offset = this.numbers('offset', options.offset ?? 0)
    this.supportsMasking = true
  }

  call(x: Tensor): Tensor {
    const floats = isFloat(x.dtype) ? x : cast(x, this.dtypePolicy.computeDtype)
    const operand = (value: number | readonly number[]) => (typeof value === 'number' ? value : tensor(value, undefined, { dtype: floats.dtype }))
    return floats.multiply<Tensor['shapeType'], Tensor | number>(operand(this.scale)).add<Tensor['shapeType'], Tensor | number>(operand(this.offset))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), scale: this.scale, offset: this.offset }
  }

  private numbers(option: string, value: number | readonly number[]): number | readonly number[] {
    if (typeof value === 'number') return numberWithin(this.name, option, value)
    if (!Array.isArray(value) || value.length === 0) throw wrongOption(this.name, option, 'a number or a list of numbers', value)
    return listOf(this.name, option, value, (part) => numberWithin(this.name, option, part))
  }
}
