// The cell with an update and a reset gate.

import { type Dims, matmul, type Shape, slice, split, subtract, type Tensor } from '../../../core/index.ts'
import { type Activation } from '../../activations/activations.ts'
import type { CallContext } from '../../layer/call-context.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { flag, positive } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { activationConfig } from '../logits.ts'
import { type CellRun, RecurrentCell } from './cell.ts'
import { activationOf, cellOptions, CellSettings, dropped, featuresOf, type GatedOptions } from './cell-options.ts'
import { gateProduct } from './gate-products.ts'
import { stateTensors } from './state-tensors.ts'

/** Options of {@link GRUCell}. */
export interface GRUCellOptions extends GatedOptions {
  /** Size of state and output. */
  readonly units: number
  /** Whether the reset gate is applied after the product with the recurrent kernel (as PyTorch and cuDNN do) instead of before it. Default true. */
  readonly resetAfter?: boolean
}

/** The names of {@link GRUCellOptions}. */
export const gruCellOptions: readonly string[] = ['units', 'resetAfter', 'recurrentActivation', ...cellOptions]

/**
 * One step of {@link GRU} (Cho et al. 2014):
 *
 * ```text
 * z = σ(x · kernel_z + h₋₁ · recurrent_z + bias_z)
 * r = σ(x · kernel_r + h₋₁ · recurrent_r + bias_r)
 * n = tanh(x · kernel_n + bias_n + r · (h₋₁ · recurrent_n + recurrent_bias_n))      where resetAfter,
 * n = tanh(x · kernel_n + bias_n + (r · h₋₁) · recurrent_n)                         where not
 * h = z · h₋₁ + (1 − z) · n
 * ```
 *
 * Parameters: `kernel` `[features, 3 · units]`, `recurrent_kernel` `[units, 3 · units]`, `bias` `[2, 3 · units]` (of inputs and state) where
 * resetAfter, else `[3 · units]`; the parts are z, r, n. States: `[h]`, `[batch, units]`.
 *
 * ```ts
 * const layer = layers.rnn({ cell: layers.gruCell({ units: 32 }) })
 * ```
 */
export class GRUCell extends RecurrentCell {
  readonly units: number
  readonly stateSize: number
  readonly outputSize: number
  private readonly settings: CellSettings
  private readonly gate: Activation
  private readonly resetAfter: boolean
  kernel: Parameter | undefined
  recurrentKernel: Parameter | undefined
  bias: Parameter | undefined

  constructor(options: GRUCellOptions) {
    super(options, 'GRUCell', gruCellOptions)
    this.units = positive(this.name, 'units', options.units)
    this.stateSize = this.units
    this.outputSize = this.units
    this.settings = new CellSettings(this.name, options)
    this.gate = activationOf(this.name, 'recurrentActivation', options.recurrentActivation, 'sigmoid')
    this.resetAfter = flag(this.name, 'resetAfter', options.resetAfter ?? true)
  }

  override build(step: Dims): void {
    const { units, settings } = this
    this.kernel = this.parameter('kernel', [featuresOf(this.name, step), 3 * units], settings.kernel.initializer, settings.kernel)
    this.recurrentKernel = this.parameter('recurrent_kernel', [units, 3 * units], settings.recurrent.initializer, settings.recurrent)
    const shape = this.resetAfter ? [2, 3 * units] : [3 * units]
    if (settings.useBias) this.bias = this.parameter('bias', shape, settings.bias.initializer, settings.bias)
  }

  begin(step: Dims, context: CallContext): CellRun {
    const { settings, units } = this
    const drops = settings.drop(context, step, [step[0] ?? 1, units], settings.recurrentDropout > 0 ? 3 : 1)
    const [kernel, recurrent] = [this.read(this.kernel), this.read(this.recurrentKernel)]
    const { ofInputs, ofState } = this.biases()
    const inner = this.resetAfter ? this.resetAfterProduct(recurrent, ofState, drops.state) : this.resetBeforeProduct(recurrent, drops.state)
    return {
      project: (x) => {
        const product = gateProduct(x, kernel, drops.inputs)
        return ofInputs === undefined ? product : product.add(ofInputs)
      },
      advance: (projected, states) => {
        const [before] = stateTensors(this.name, states, 1)
        const { z, candidate } = inner(projected, before)
        const h: Tensor = z.multiply(before).add(subtract<number, Tensor>(1, z).multiply(candidate))
        return [h, [h]]
      },
    }
  }

  private biases(): { readonly ofInputs: Tensor | undefined; readonly ofState: Tensor | undefined } {
    const bias = this.bias && this.read(this.bias)
    if (bias === undefined || !this.resetAfter) return { ofInputs: bias, ofState: undefined }
    const [ofInputs, ofState] = split(bias, 2, 0).map((row): Tensor => row.reshape([3 * this.units]))
    return { ofInputs, ofState }
  }

  private resetAfterProduct(recurrent: Tensor, bias: Tensor | undefined, factors: readonly Tensor[]): Inner {
    return (projected, before) => {
      const product = gateProduct(before, recurrent, factors)
      const [rz = before, rr = before, rn = before] = split(bias === undefined ? product : product.add(bias), 3, -1)
      const [xz = before, xr = before, xn = before] = split(projected, 3, -1)
      const [z, r]: Tensor[] = [this.gate(xz.add(rz)), this.gate(xr.add(rr))]
      return { z: z ?? before, candidate: this.settings.activation(xn.add((r ?? before).multiply(rn))) }
    }
  }

  private resetBeforeProduct(recurrent: Tensor, factors: readonly Tensor[]): Inner {
    const { units } = this
    const gates: Tensor = slice<Shape, Shape, Shape>(recurrent, [0, 0], [units, 2 * units])
    const ofCandidate: Tensor = slice<Shape, Shape, Shape>(recurrent, [0, 2 * units], [units, units])
    return (projected, before) => {
      const [rz = before, rr = before] = split(gateProduct(before, gates, factors.slice(0, 2)), 2, -1)
      const [xz = before, xr = before, xn = before] = split(projected, 3, -1)
      const [z, r]: Tensor[] = [this.gate(xz.add(rz)), this.gate(xr.add(rr))]
      const reset: Tensor = matmul<Shape, Shape>((r ?? before).multiply(dropped(before, factors, 2)), ofCandidate)
      return { z: z ?? before, candidate: this.settings.activation(xn.add(reset)) }
    }
  }

  override getConfig(): LayerConfig {
    const { units, resetAfter } = this
    return { ...super.getConfig(), units, ...this.settings.config(), recurrentActivation: activationConfig(this.gate), resetAfter }
  }
}

/** The update gate and the candidate of a step. */
type Inner = (projected: Tensor, before: Tensor) => { readonly z: Tensor; readonly candidate: Tensor }
