// A layer applied to every step of a sequence.

import { ConfigError, type Dims, reshape, type Shape, ShapeError, slice, stack, Tensor, type Tree } from '../../../core/index.ts'
import type { CallContext } from '../../layer/call-context.ts'
import { parametersOf } from '../../layer/named-parameters.ts'
import { firstMask } from '../../layer/masks.ts'
import { Wrapper, type WrapperOptions } from '../core/wrapper.ts'

/**
 * The layer inside at every step, with the same weights: `[batch, time, …]` to `[batch, time, …]`. All steps are computed at once, as one larger batch;
 * layers that keep moving averages see one step after another.
 *
 * ```ts
 * model.add(layers.timeDistributed({ layer: layers.conv2d({ filters: 8, kernelSize: 3 }), inputShape: [10, 28, 28, 1] }))
 * ```
 */
export class TimeDistributed extends Wrapper {
  constructor(options: WrapperOptions) {
    super(options, 'TimeDistributed', [])
    this.supportsMasking = true
    if (options.trainable === false) this.layer.trainable = false
  }

  override build(inputShape: Dims): void {
    if (inputShape.length >= 3) return
    throw new ShapeError(
      `${this.name}: expected inputs [batch, time, features, …], got [${inputShape.join(', ')}]. Add the missing axis with reshape.`,
    )
  }

  call(x: Tensor, context: CallContext): Tensor {
    const mask = this.checked(firstMask(context.mask), x)
    const [batch = 1, time = 1] = x.dims
    if (!this.layer.built) this.layer.run(stepOf(x, 0), { ...context, mask: undefined, shapesOnly: true })
    const changes = context.training && typeof time === 'number' && parametersOf(this.layer).some(({ parameter }) => !parameter.trainable)
    if (changes) {
      const steps = Array.from({ length: Number(time) }, (_, t) => this.inner(stepOf(x, t), mask && stepOf(mask, t), context))
      return stack(steps, 1)
    }
    const y = this.inner(merged(x), mask && merged(mask), context)
    return reshape<Shape, Dims>(y, [batch, time, ...y.dims.slice(1)])
  }

  private inner(x: Tensor, mask: Tensor | undefined, context: CallContext): Tensor {
    const y: Tree = this.layer.run(x, { ...context, mask: undefined }, mask === undefined ? {} : { mask })
    if (y instanceof Tensor) return y
    throw new ConfigError(`${this.name}: expected a layer with one result, got several from ${this.layer.className}. Wrap one that gives a tensor.`)
  }

  private checked(mask: Tensor | undefined, x: Tensor): Tensor | undefined {
    if (mask === undefined || (mask.rank >= 2 && mask.dims[0] === x.dims[0] && mask.dims[1] === x.dims[1])) return mask
    throw new ShapeError(
      `${this.name}: expected a mask [batch, time, …] for inputs of [${x.dims.join(', ')}], got [${mask.dims.join(', ')}]. Give one value for each step.`,
    )
  }
}

/** Batch and time as one axis. */
const merged = (x: Tensor): Tensor => reshape<Shape, Dims>(x, [-1, ...x.dims.slice(2)])

/** All samples of one step. */
function stepOf(x: Tensor, t: number): Tensor {
  const sizes = [x.dims[0] ?? 1, 1, ...x.dims.slice(2)]
  const one: Tensor = slice<Shape, Shape, Dims>(x, [0, t, ...x.dims.slice(2).map(() => 0)], sizes)
  return reshape<Shape, Dims>(one, [x.dims[0] ?? 1, ...x.dims.slice(2)])
}
