// Momentum made orthogonal for matrices, AdamW for the rest.

import { ConfigError, type Shape, sqrt, square, sum, type Tensor } from '../../core/index.ts'
import { flag, numbersWithin, numberWithin, optionalNumber, shown } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { checkBetas, correction, decaying, zerosLike } from './moments.ts'
import { Optimizer, type Rule, type Step, type UpdatedParameter } from './optimizer.ts'
import type { OptimizerOptions } from './optimizer-options.ts'
import { type ParameterTraits, type Slots, slotOf } from './optimizer-state.ts'

/** Options of {@link Muon}. */
export interface MuonOptions extends OptimizerOptions {
  /** β₁ of AdamW. Default 0.9. */
  readonly adamBeta1?: number
  /** β₂ of AdamW. Default 0.999. */
  readonly adamBeta2?: number
  /** Weight decay of the parameters that AdamW moves. Default 0.004. */
  readonly adamWeightDecay?: number | null
  /** AdamW's. Default 1e-7. */
  readonly epsilon?: number
  /** Weight decay of the matrices. Default 0.004. */
  readonly weightDecay?: number | null
  /** Regular expressions for paths of parameters that AdamW moves, too. Default none. */
  readonly excludeLayers?: readonly string[] | null
  /** Whether AdamW moves parameters with `embedding` in their path. Default true. */
  readonly excludeEmbeddings?: boolean
  /** The polynomial of the iteration. Default 3.4445. */
  readonly muonA?: number
  /** Default −4.775. */
  readonly muonB?: number
  /** Default 2.0315. */
  readonly muonC?: number
  /** AdamW's learning rate as a share of Muon's. Default 1. */
  readonly adamLrRatio?: number
  /** Default 0.95. */
  readonly momentum?: number
  /** Iterations of Newton and Schulz. Default 5. */
  readonly nsSteps?: number
  /** Default true. */
  readonly nesterov?: boolean
  /** Steps are scaled by rmsRate·√max(rows, columns), so that they are as large as AdamW's; null: not. Default 0.2. */
  readonly rmsRate?: number | null
}

/**
 * m = μm + g, u = g + μm (without Nesterov m) made orthogonal by x ← ax + (bxxᵀ + c(xxᵀ)²)x from u/‖u‖, w −= lr·rmsRate·√max(rows, columns)·x
 * (Jordan et al. 2024, scaled as Liu et al. 2025). AdamW moves what is no matrix, embeddings, and excludeLayers. Paths come with the
 * parameters' traits. Learning rate 0.001 by default.
 */
export class Muon extends Optimizer {
  readonly className: string = 'Muon'
  private readonly muon: Required<Omit<MuonOptions, keyof OptimizerOptions | 'adamWeightDecay' | 'excludeLayers' | 'rmsRate'>>
  private readonly adamWeightDecay: number | undefined
  private readonly excludeLayers: readonly string[]
  private readonly rmsRate: number | undefined
  protected override readonly slotOrder = [['momentum', 'velocity']]

  constructor(options: MuonOptions = {}) {
    super(
      'muon',
      0.001,
      typeof options === 'object' && options !== null
        ? { ...options, weightDecay: options.weightDecay === undefined ? 0.004 : options.weightDecay }
        : options,
      [
        'adamBeta1',
        'adamBeta2',
        'adamWeightDecay',
        'epsilon',
        'excludeLayers',
        'excludeEmbeddings',
        'muonA',
        'muonB',
        'muonC',
        'adamLrRatio',
        'momentum',
        'nsSteps',
        'nesterov',
        'rmsRate',
      ],
    )
    const { adamBeta1 = 0.9, adamBeta2 = 0.999, epsilon = 1e-7, excludeEmbeddings = true, nesterov = true } = options
    const { muonA = 3.4445, muonB = -4.775, muonC = 2.0315, adamLrRatio = 1, momentum = 0.95, nsSteps = 5 } = options
    const { adamWeightDecay = 0.004, rmsRate = 0.2 } = options
    const where = this.name
    checkBetas(where, { adamBeta1, adamBeta2 })
    numbersWithin(where, { muonA, muonB, muonC }, {})
    numbersWithin(where, { epsilon, adamLrRatio }, { min: 0 })
    numberWithin(where, 'momentum', momentum, { min: 0, max: 1 })
    numberWithin(where, 'nsSteps', nsSteps, { min: 0, whole: true })
    flag(where, 'excludeEmbeddings', excludeEmbeddings)
    flag(where, 'nesterov', nesterov)
    this.muon = { adamBeta1, adamBeta2, epsilon, excludeEmbeddings, muonA, muonB, muonC, adamLrRatio, momentum, nsSteps, nesterov }
    this.adamWeightDecay = optionalNumber(where, 'adamWeightDecay', adamWeightDecay, { min: 0 })
    this.rmsRate = optionalNumber(where, 'rmsRate', rmsRate, { min: 0 })
    this.excludeLayers = options.excludeLayers ?? []
    if (!Array.isArray(this.excludeLayers) || !this.excludeLayers.every((text) => typeof text === 'string')) {
      throw new ConfigError(`${where}: expected excludeLayers to be a list of texts, got ${shown(options.excludeLayers)}. Change it.`)
    }
  }

  private usesAdam({ rank }: Tensor, { path, name = '' }: ParameterTraits): boolean {
    const where = path ?? name
    if (rank !== 2 || (this.muon.excludeEmbeddings && where.toLowerCase().includes('embedding'))) return true
    return this.excludeLayers.some((pattern) => new RegExp(pattern).test(where))
  }

  protected override newSlots(parameter: Tensor, traits: ParameterTraits): Slots {
    const momentum = zerosLike(parameter)
    return this.usesAdam(parameter, traits) ? { momentum, velocity: zerosLike(parameter) } : { momentum }
  }

  protected override decayFor(parameter: Tensor, traits: ParameterTraits): number | undefined {
    return this.usesAdam(parameter, traits) ? this.adamWeightDecay : super.decayFor(parameter, traits)
  }

  protected rule({ number, learningRate }: Step): Rule {
    const { adamBeta1, adamBeta2, adamLrRatio } = this.muon
    const corrected: Tensor = correction(adamBeta2, number).sqrt().divide(correction(adamBeta1, number))
    const adamRate: Tensor = learningRate.multiply(adamLrRatio).multiply(corrected)
    return (gradient, parameter, slots) =>
      slots.velocity === undefined ? this.moveMatrix(gradient, parameter, slots, learningRate) : this.moveByAdam(gradient, parameter, slots, adamRate)
  }

  private moveMatrix(gradient: Tensor, parameter: Tensor, slots: Slots, learningRate: Tensor): UpdatedParameter {
    const { momentum: share, nesterov } = this.muon
    const momentum: Tensor = slotOf(slots, 'momentum').multiply(share).add(gradient)
    const direction: Tensor = nesterov ? momentum.multiply(share).add(gradient) : momentum
    const length = this.rmsRate === undefined ? 1 : this.rmsRate * Math.sqrt(Math.max(...parameter.shape))
    const move: Tensor = this.orthogonal(direction).multiply(learningRate.multiply(length))
    return { parameter: parameter.subtract(move), slots: { momentum } }
  }

  private moveByAdam(gradient: Tensor, parameter: Tensor, slots: Slots, rate: Tensor): UpdatedParameter {
    const { adamBeta1, adamBeta2, epsilon } = this.muon
    const momentum = decaying(slotOf(slots, 'momentum'), gradient, adamBeta1)
    const velocity = decaying(slotOf(slots, 'velocity'), gradient.square(), adamBeta2)
    const move: Tensor = rate.multiply(momentum).divide(velocity.sqrt().add(epsilon))
    return { parameter: parameter.subtract(move), slots: { momentum, velocity } }
  }

  /** The nearest matrix of orthonormal rows (or columns, the fewer of both), roughly: singular values come near 1. */
  private orthogonal(matrix: Tensor): Tensor {
    const { muonA: a, muonB: b, muonC: c, nsSteps } = this.muon
    const [rows = 1, columns = 1] = matrix.shape
    const wide: Tensor = rows > columns ? matrix.transpose() : matrix
    let x: Tensor = wide.divide(sqrt(sum(square(wide))).add(1e-7))
    for (let i = 0; i < nsSteps; i++) {
      const gram = product(x, x.transpose())
      const polynomial: Tensor = gram.multiply(b).add(product(gram, gram).multiply(c))
      x = x.multiply(a).add(product(polynomial, x))
    }
    return rows > columns ? x.transpose() : x
  }

  override getConfig(): Config {
    const { adamWeightDecay = null, rmsRate = null } = this
    return { ...super.getConfig(), ...this.muon, adamWeightDecay, excludeLayers: this.excludeLayers, rmsRate }
  }
}

const product = (a: Tensor, b: Tensor): Tensor => a.matmul<Shape, Shape>(b)
