// Dense layers by Einstein's summation.

import { ConfigError, type Dims, ShapeError, showDims, type Tensor } from '../../../core/index.ts'
import { einsum } from '../../../ops/index.ts'
import { type Activation, resolveActivation } from '../../activations/activations.ts'
import { Layer, type LayerConfig } from '../../layer/layer.ts'
import { listOf, lookedUp, positive, shown } from '../../options/option-checks.ts'
import type { Parameter } from '../../layer/parameter.ts'
import { activationConfig, logitsOf } from '../logits.ts'
import { type ParameterRules, rulesConfig } from '../parameter-rules.ts'
import { biasRules, kernelOptions, type KernelOptions, kernelRules } from './dense.ts'

/** Options of {@link EinsumDense}. */
export interface EinsumDenseOptions extends Omit<KernelOptions, 'useBias'> {
  /** Letters of the input's axes, of the kernel's and of the result's: `'abc,cde->abde'`; `...` stands for any axes at one end. */
  readonly equation: string
  /** Shape of the result without the batch (one number for one axis); null where a size is the input's. */
  readonly outputShape: number | readonly (number | null)[]
  /** Letters of the result's axes that a bias is for. Default: no bias. */
  readonly biasAxes?: string | null
}

interface Equation {
  readonly input: string
  readonly kernel: string
  readonly output: string
}

/**
 * activation(einsum(equation, x, kernel) + bias): `'abc,cd->abd'` is a dense layer on sequences.
 *
 * Parameters: `kernel` of the equation's second letters, `bias` of `biasAxes` (and 1 for the axes between them and after).
 *
 * ```ts
 * model.add(layers.einsumDense({ equation: 'abc,cd->abd', outputShape: [null, 64], biasAxes: 'd' }))
 * ```
 */
export class EinsumDense extends Layer {
  private readonly equation: string
  private readonly letters: Equation
  private readonly outputShape: readonly (number | null)[]
  private readonly biasAxes: string | undefined
  private readonly activation: Activation
  private readonly kernelRules: ParameterRules
  private readonly biasRules: ParameterRules
  kernel: Parameter | undefined
  bias: Parameter | undefined

  constructor(options: EinsumDenseOptions) {
    super(options, 'EinsumDense', ['equation', 'outputShape', 'biasAxes', ...kernelOptions])
    this.equation = options.equation
    this.letters = parsed(this.name, options.equation)
    this.outputShape = typeof options.outputShape === 'number' ? [options.outputShape] : options.outputShape
    listOf(this.name, 'outputShape', this.outputShape, (size) => {
      if (size !== null) positive(this.name, 'every size of outputShape', size)
    })
    this.biasAxes = options.biasAxes ?? undefined
    const { biasAxes } = this
    if (
      biasAxes !== undefined &&
      (typeof biasAxes !== 'string' || biasAxes === '' || [...biasAxes].some((letter) => !this.letters.output.includes(letter)))
    ) {
      throw new ConfigError(
        `${this.name}: expected biasAxes among the letters of '${this.letters.output}', got ${shown(biasAxes)}. Name axes of the result.`,
      )
    }
    this.activation = lookedUp(this.name, 'activation', () => resolveActivation(options.activation))
    this.kernelRules = kernelRules(this.name, options)
    this.biasRules = biasRules(this.name, options)
  }

  override build(inputShape: Dims): void {
    const { input, kernel, output } = this.letters
    const sizes = new Map<string, number>()
    const note = (letters: string, dims: readonly unknown[]): void => {
      lettersFor(letters, dims.length).forEach((letter, i) => {
        const size = dims[i]
        if (typeof size !== 'number' || letter === '') return
        const known = sizes.get(letter)
        if (known !== undefined && known !== size) {
          throw new ShapeError(
            `${this.name}: expected one size for '${letter}' of '${this.equation}', got ${known} and ${size} for inputs ${showDims(inputShape)}. Change outputShape.`,
          )
        }
        sizes.set(letter, size)
      })
    }
    const named = input.replace('...', '').length
    if (input === input.replace('...', '') ? named !== inputShape.length : named > inputShape.length) {
      throw new ShapeError(`${this.name}: expected inputs of the axes '${input}', got ${showDims(inputShape)}. Change the equation or reshape.`)
    }
    note(input, inputShape)
    note(output, [undefined, ...this.outputShape])
    const sizeOf = (letter: string): number => {
      const size = sizes.get(letter)
      if (size !== undefined) return size
      throw new ShapeError(
        `${this.name}: expected the size of '${letter}' of '${this.equation}' in the input ${showDims(inputShape)} or in outputShape, it is in neither. Give it.`,
      )
    }
    this.kernel = this.parameter('kernel', [...kernel].map(sizeOf), this.kernelRules.initializer, this.kernelRules)
    const { biasAxes } = this
    if (biasAxes === undefined) return
    const plain = output.replace('...', '')
    const first = Math.min(...[...biasAxes].map((letter) => plain.indexOf(letter)))
    const shape = [...plain.slice(first)].map((letter) => (biasAxes.includes(letter) ? sizeOf(letter) : 1))
    const open = output.endsWith('...') ? inputShape.length - input.replace('...', '').length : 0
    this.bias = this.parameter('bias', [...shape, ...Array.from({ length: open }, () => 1)], this.biasRules.initializer, this.biasRules)
  }

  private linear(x: Tensor): Tensor {
    const product: Tensor = einsum(this.equation, x, this.read(this.kernel))
    return this.bias === undefined ? product : product.add(this.read(this.bias))
  }

  call(x: Tensor): Tensor {
    return this.activation(this.linear(x))
  }

  override logits() {
    return logitsOf(this.activation, (x) => this.linear(x))
  }

  override getConfig(): LayerConfig {
    const { equation, outputShape, biasAxes = null } = this
    return {
      ...super.getConfig(),
      equation,
      outputShape: [...outputShape],
      activation: activationConfig(this.activation),
      biasAxes,
      ...rulesConfig('kernel', this.kernelRules),
      ...rulesConfig('bias', this.biasRules),
    }
  }
}

function parsed(where: string, equation: string): Equation {
  const match =
    typeof equation === 'string'
      ? /^((?:\.\.\.)?[a-zA-Z]+|[a-zA-Z]+\.\.\.),([a-zA-Z]+)->((?:\.\.\.)?[a-zA-Z]+|[a-zA-Z]+\.\.\.)$/.exec(equation.replaceAll(' ', ''))
      : null
  const [, input, kernel, output] = match ?? []
  if (input === undefined || kernel === undefined || output === undefined) {
    throw new ConfigError(`${where}: expected an equation like 'ab,bc->ac' or '...b,bc->...c', got ${shown(equation)}. Name the axes with letters.`)
  }
  return { input, kernel, output }
}

/** One letter for each of that many axes; those that `...` stands for get none. */
function lettersFor(letters: string, axes: number): string[] {
  const plain = letters.replace('...', '')
  const open = Array.from({ length: Math.max(0, axes - plain.length) }, () => '')
  return letters.startsWith('...') ? [...open, ...plain] : [...plain, ...open]
}
