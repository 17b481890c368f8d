// The simplest recurrent cell (Elman 1990).

import type { Dims, Tensor } from '../../../core/index.ts'
import type { CallContext } from '../../layer/call-context.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { positive } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { type CellRun, RecurrentCell } from './cell.ts'
import { type CellOptions, cellOptions, CellSettings, featuresOf } from './cell-options.ts'
import { gateProduct } from './gate-products.ts'
import { stateTensors } from './state-tensors.ts'

/** Options of {@link SimpleRNNCell}. */
export interface SimpleRNNCellOptions extends CellOptions {
  /** Size of state and output. */
  readonly units: number
}

/** The names of {@link SimpleRNNCellOptions}. */
export const simpleRNNCellOptions: readonly string[] = ['units', ...cellOptions]

/**
 * One step of {@link SimpleRNN}: h = activation(x · kernel + bias + h₋₁ · recurrent_kernel).
 *
 * Parameters: `kernel` `[features, units]`, `recurrent_kernel` `[units, units]`, `bias` `[units]`. States: `[h]`, `[batch, units]`.
 *
 * ```ts
 * const layer = layers.rnn({ cell: layers.simpleRNNCell({ units: 32 }) })
 * ```
 */
export class SimpleRNNCell extends RecurrentCell {
  readonly units: number
  readonly stateSize: number
  readonly outputSize: number
  private readonly settings: CellSettings
  kernel: Parameter | undefined
  recurrentKernel: Parameter | undefined
  bias: Parameter | undefined

  constructor(options: SimpleRNNCellOptions) {
    super(options, 'SimpleRNNCell', simpleRNNCellOptions)
    this.units = positive(this.name, 'units', options.units)
    this.stateSize = this.units
    this.outputSize = this.units
    this.settings = new CellSettings(this.name, options)
  }

  override build(step: Dims): void {
    const { units, settings } = this
    this.kernel = this.parameter('kernel', [featuresOf(this.name, step), units], settings.kernel.initializer, settings.kernel)
    this.recurrentKernel = this.parameter('recurrent_kernel', [units, units], settings.recurrent.initializer, settings.recurrent)
    if (settings.useBias) this.bias = this.parameter('bias', [units], settings.bias.initializer, settings.bias)
  }

  begin(step: Dims, context: CallContext): CellRun {
    const { settings, units } = this
    const drops = settings.drop(context, step, [step[0] ?? 1, units], 1)
    const [kernel, recurrent] = [this.read(this.kernel), this.read(this.recurrentKernel)]
    const bias = this.bias && this.read(this.bias)
    return {
      project: (x) => {
        const product = gateProduct(x, kernel, drops.inputs)
        return bias === undefined ? product : product.add(bias)
      },
      advance: (projected, states) => {
        const [before] = stateTensors(this.name, states, 1)
        const h: Tensor = settings.activation(projected.add(gateProduct(before, recurrent, drops.state)))
        return [h, [h]]
      },
    }
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), units: this.units, ...this.settings.config() }
  }
}
