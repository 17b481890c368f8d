// The cell with an input, a forget and an output gate.

import { concat, type Dims, full, ones, type Shape, split, type Tensor } from '../../../core/index.ts'
import { type Activation, sigmoid, tanh } from '../../activations/activations.ts'
import type { CallContext } from '../../layer/call-context.ts'
import type { Initializer } from '../../initializers/index.ts'
import type { LayerConfig } from '../../layer/layer.ts'
import { flag, positive } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { activationConfig } from '../logits.ts'
import { type CellResult, type CellRun, RecurrentCell } from './cell.ts'
import { activationOf, cellOptions, CellSettings, featuresOf, type GatedOptions } from './cell-options.ts'
import { gateProduct } from './gate-products.ts'
import { stateTensors } from './state-tensors.ts'

/** Options of {@link LSTMCell}. */
export interface LSTMCellOptions extends GatedOptions {
  /** Size of both states and of the output. */
  readonly units: number
  /** Whether the forget gate's bias begins at 1 (Jozefowicz et al. 2015). Default true. */
  readonly unitForgetBias?: boolean
}

/** The names of {@link LSTMCellOptions}. */
export const lstmCellOptions: readonly string[] = ['units', 'unitForgetBias', 'recurrentActivation', ...cellOptions]

/**
 * One step of {@link LSTM} (Hochreiter & Schmidhuber 1997, with Gers et al.'s forget gate):
 *
 * ```text
 * i, f, g, o = parts of x · kernel + h₋₁ · recurrent_kernel + bias
 * c = σ(f) · c₋₁ + σ(i) · tanh(g)
 * h = σ(o) · tanh(c)
 * ```
 *
 * with `recurrentActivation` as σ and `activation` as tanh.
 *
 * Parameters: `kernel` `[features, 4 · units]`, `recurrent_kernel` `[units, 4 · units]`, `bias` `[4 · units]`. States: `[h, c]`, `[batch, units]`
 * each.
 *
 * ```ts
 * const layer = layers.rnn({ cell: layers.lstmCell({ units: 32 }) })
 * ```
 */
export class LSTMCell extends RecurrentCell {
  readonly units: number
  readonly stateSize: readonly [number, number]
  readonly outputSize: number
  private readonly settings: CellSettings
  private readonly gate: Activation
  private readonly unitForgetBias: boolean
  kernel: Parameter | undefined
  recurrentKernel: Parameter | undefined
  bias: Parameter | undefined

  constructor(options: LSTMCellOptions) {
    super(options, 'LSTMCell', lstmCellOptions)
    this.units = positive(this.name, 'units', options.units)
    this.stateSize = [this.units, this.units]
    this.outputSize = this.units
    this.settings = new CellSettings(this.name, options)
    this.gate = activationOf(this.name, 'recurrentActivation', options.recurrentActivation, 'sigmoid')
    this.unitForgetBias = flag(this.name, 'unitForgetBias', options.unitForgetBias ?? true)
  }

  override build(step: Dims): void {
    const { units, settings } = this
    this.kernel = this.parameter('kernel', [featuresOf(this.name, step), 4 * units], settings.kernel.initializer, settings.kernel)
    this.recurrentKernel = this.parameter('recurrent_kernel', [units, 4 * units], settings.recurrent.initializer, settings.recurrent)
    if (!settings.useBias) return
    const initializer = this.unitForgetBias ? withUnitForget(settings.bias.initializer) : settings.bias.initializer
    this.bias = this.parameter('bias', [4 * units], initializer, settings.bias)
  }

  begin(step: Dims, context: CallContext): CellRun {
    const { settings, units, gate } = this
    const drops = settings.drop(context, step, [step[0] ?? 1, units], settings.recurrentDropout > 0 ? 4 : 1)
    const [kernel, recurrent] = [this.read(this.kernel), this.read(this.recurrentKernel)]
    const bias = this.bias && this.read(this.bias)
    return {
      project: (x) => {
        const product = gateProduct(x, kernel, drops.inputs)
        return bias === undefined ? product : product.add(bias)
      },
      advance: (projected, states) => {
        const [h, c] = stateTensors(this.name, states, 2)
        const gates: Tensor = projected.add(gateProduct(h, recurrent, drops.state))
        if (gate === sigmoid && settings.activation === tanh) return lstmStepByTanh(gates, c, units)
        return lstmStep(split(gates, 4, -1), c, gate, settings.activation)
      },
    }
  }

  override getConfig(): LayerConfig {
    const { units, unitForgetBias } = this
    return { ...super.getConfig(), units, ...this.settings.config(), recurrentActivation: activationConfig(this.gate), unitForgetBias }
  }
}

/** The states after a step from the gates before their activations and the carry before it. */
export function lstmStep([i, f, g, o]: readonly Tensor[], before: Tensor, gate: Activation, activation: Activation): CellResult {
  if (i === undefined || f === undefined || g === undefined || o === undefined) return [before, [before, before]]
  const c: Tensor = gate(f)
    .multiply(before)
    .add(gate(i).multiply(activation(g)))
  const h: Tensor = gate(o).multiply(activation(c))
  return [h, [h, c]]
}

/**
 * {@link lstmStep} for the usual activations, with σ(x) = ½ + ½ tanh(x / 2): one function for all gates, computed as the product is stored, whose values
 * are all that the gradient needs. Gates near 0 are exact to 6e-8 of 1, as is all that is multiplied by them.
 */
function lstmStepByTanh(gates: Tensor, before: Tensor, units: number): CellResult {
  const halves: Tensor = full([units], 0.5, { dtype: gates.dtype })
  const scale = concat<readonly Tensor<Shape>[], number>([halves, halves, ones([units], { dtype: gates.dtype }), halves], 0)
  const [i = gates, f = gates, g = gates, o = gates] = split(tanh<Shape>(gates.multiply(scale)), 4, -1)
  const open = (x: Tensor): Tensor => x.multiply(0.5).add(0.5)
  const c: Tensor = open(f).multiply(before).add(open(i).multiply(g))
  const h: Tensor = open(o).multiply(tanh<Shape>(c))
  return [h, [h, c]]
}

/** Ones in the second quarter of a bias of four gates. */
export function withUnitForget(initializer: Initializer): Initializer {
  return (shape: readonly number[], key: Tensor): Tensor => {
    const units = (shape[0] ?? 0) / 4
    return concat<readonly Tensor<Shape>[], number>([initializer([units], key), ones([units]), initializer([2 * units], key)], 0)
  }
}
