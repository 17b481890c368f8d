// A function as a layer.

import { ConfigError, Tensor, type Tree } from '../../../core/index.ts'
import { wrongOption } from '../../options/option-checks.ts'
import type { CallContext } from '../../layer/call-context.ts'
import { Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import type { Mask } from '../../layer/masks.ts'

/** Options of {@link Lambda}. */
export interface LambdaOptions<In extends Tree = Tensor, Out extends Tree = Tensor> extends LayerOptions {
  /** The formula, made of Tenon's operations. */
  readonly function: (inputs: In, context: CallContext) => Out
  /** The mask of the result: a mask, or a function of the inputs and their mask. Default none. */
  readonly mask?: Tensor | ((inputs: In, mask: Mask) => Mask)
}

/**
 * function(inputs): a formula without parameters between layers. A model with one cannot be saved as a `.keras` archive: functions are code.
 *
 * ```ts
 * model.add(layers.lambda({ function: (x) => x.multiply(2) }))
 * ```
 */
export class Lambda<In extends Tree = Tensor, Out extends Tree = Tensor> extends Layer<In, Out> {
  private readonly formula: (inputs: In, context: CallContext) => Out
  private readonly mask: LambdaOptions<In, Out>['mask']

  constructor(options: LambdaOptions<In, Out>) {
    super(options, 'Lambda', ['function', 'mask'])
    if (typeof options.function !== 'function')
      throw wrongOption(this.name, 'function', 'a function of the inputs', options.function, 'Write (x) => ….')
    this.formula = options.function
    this.mask = options.mask ?? undefined
    if (this.mask !== undefined && typeof this.mask !== 'function' && !(this.mask instanceof Tensor)) {
      throw wrongOption(this.name, 'mask', 'a tensor or a function of inputs and mask', this.mask)
    }
  }

  call(inputs: In, context: CallContext): Out {
    return this.formula(inputs, context)
  }

  override computeMask(inputs: In, mask: Mask): Mask {
    return typeof this.mask === 'function' ? this.mask(inputs, mask) : this.mask
  }

  override getConfig(): LayerConfig {
    throw new ConfigError(`${this.name}: expected layers whose options are plain data, got a function. Write a subclass of Layer and register it.`)
  }
}
