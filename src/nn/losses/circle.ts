// Circle loss: embeddings of one class shall be near each other, those of different classes far (Sun et al. 2020).

import {
  type Dims,
  iota,
  logicalAnd,
  logSumExp,
  matmul,
  maximum,
  type Shape,
  ShapeError,
  showDims,
  softplus,
  type Tensor,
  transpose,
  where,
} from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { flag, numberWithin } from '../options/option-checks.ts'
import { withMask } from '../layer/masks.ts'
import type { Config } from '../saving/serialized.ts'
import { Loss, type LossOptions } from './loss.ts'
import { withLastAxis } from './weighting.ts'

/** What {@link Circle} can be told besides a loss's options. */
export interface CircleSettings {
  /** Scale of similarities. Default 80. */
  readonly gamma?: number
  /** Relaxation of the optimum: pairs of one class shall be nearer than this, others farther than 1 − margin. Default 0.4. */
  readonly margin?: number
  /** Whether embedding i of the batch is not compared with embedding i of the references. Default true. */
  readonly removeDiagonal?: boolean
}

/** What {@link circle} can be told. */
export interface CircleOptions extends CircleSettings {
  /** Labels of the references. Default: the batch's. */
  readonly refLabels?: Tensor
  /** Embeddings that the batch is compared with, `[references, size]`. Default: the batch itself. */
  readonly refEmbeddings?: Tensor
}

/** Left out of a sum of exponentials, with a slope that is finite. */
const never = -1e30

/** Labels as `[count, 1]`. */
function labelColumn(labels: Tensor): Tensor {
  const column = labels.rank === 1 ? withLastAxis(labels) : labels
  if (column.rank !== 2 || column.dims[1] !== 1) {
    throw new ShapeError(`circle: expected labels as numbers, [batch] or [batch, 1], got ${showDims(labels.dims)}. Use argmax for rows with a one.`)
  }
  return column.cast('i32')
}

/**
 * softplus(log Σ e^(gamma·(d + margin)·(d − margin)) over pairs of one class + log Σ e^(gamma·(1 + margin − d)·(1 − margin − d)) over the others) for
 * each embedding, d being 1 − the product of two embeddings. Targets are labels, `[batch]`; predictions embeddings of length 1, `[batch, size]`.
 */
export function circle(yTrue: Tensor, yPred: Tensor, options: CircleOptions = {}): Tensor {
  const { gamma = 80, margin = 0.4, removeDiagonal = true, refEmbeddings = yPred, refLabels = yTrue } = options
  const product: Tensor = matmul(yPred, transpose<Shape>(refEmbeddings))
  const distance: Tensor = maximum<Tensor, number>(product.negate().add(1), 0)
  const own = labelColumn(yTrue)
  const pairs: Dims = distance.dims
  const same: Tensor = own.equal<Shape, Tensor>(transpose<Shape>(labelColumn(refLabels)))
  const different = same.logicalNot()
  const positive: Tensor = removeDiagonal ? logicalAnd<Tensor, Tensor>(same, iota(pairs, 0).notEqual<Shape, Tensor>(iota(pairs, 1))) : same
  const near = maximum<Tensor, number>(distance.add(margin), 0).multiply(distance.subtract(margin)).multiply(gamma)
  const far = maximum<Tensor, number>(distance.negate().add(1 + margin), 0)
    .multiply(distance.negate().add(1 - margin))
    .multiply(gamma)
  const total: Tensor = logSumExp(where(positive, near, never), 1).add<Shape, Tensor>(logSumExp(where(different, far, never), 1))
  const values: Tensor = softplus(total)
  return withMask(values, values.greater(0))
}

/** {@link circle} of a batch; embeddings whose loss is 0 do not count. */
export class Circle extends Loss {
  private readonly settings: Required<CircleSettings>

  constructor(given: LossOptions & CircleSettings = {}) {
    const {
      gamma = 80,
      margin = 0.4,
      removeDiagonal = true,
      ...options
    } = checkOptionNames('Circle', given, ['reduction', 'gamma', 'margin', 'removeDiagonal', 'name', 'dtype'])
    super(options, 'Circle')
    this.settings = {
      gamma: numberWithin(this.name, 'gamma', gamma, { min: 0 }),
      margin: numberWithin(this.name, 'margin', margin, { min: 0 }),
      removeDiagonal: flag(this.name, 'removeDiagonal', removeDiagonal),
    }
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return circle(yTrue, yPred, this.settings)
  }

  override getConfig(): Config {
    return { ...super.getConfig(), ...this.settings }
  }
}
