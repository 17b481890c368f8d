// Matrices with orthonormal rows or columns.

import { dynamicSlice, dynamicUpdateSlice, random, scan, ShapeError, sqrt, square, sum, type Tensor, tensor, zeros } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { RandomInitializer, type SeedOption } from './initializer.ts'

/** Options of {@link Orthogonal}. */
export interface OrthogonalOptions extends SeedOption {
  /** Factor of the matrix. Default 1. */
  readonly gain?: number
}

/**
 * gain · Q of the QR decomposition (of positive diagonal) of a normal matrix: uniform among all matrices with orthonormal columns, or rows where
 * there are fewer of them (Saxe et al. 2014). All axes but the last count as rows. A ShapeError for fewer than two axes.
 */
export class Orthogonal extends RandomInitializer {
  readonly className: string = 'Orthogonal'
  private readonly gain: number

  constructor(given: OrthogonalOptions = {}) {
    const { gain = 1, seed } = checkOptionNames('Orthogonal', given, ['gain', 'seed'])
    super('Orthogonal', seed)
    this.gain = numberWithin('Orthogonal', 'gain', gain)
  }

  call(shape: readonly number[], key?: Tensor): Tensor {
    if (shape.length < 2) {
      throw new ShapeError(`Orthogonal: expected a shape of at least two axes, got [${shape.join(', ')}]. Use another initializer.`)
    }
    const columns = shape.at(-1) ?? 1
    const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1)
    const vectors = orthonormalRows(random.normal(this.keyFor(key), [Math.min(rows, columns), Math.max(rows, columns)]))
    const matrix: Tensor = rows < columns ? vectors : vectors.transpose()
    return matrix.reshape(shape).multiply(this.gain)
  }

  getConfig(): Config {
    return { gain: this.gain, seed: this.seed }
  }
}

/**
 * The rows of a matrix made orthonormal one after another (Gram and Schmidt, each row freed from those before it twice, which is enough in the
 * working precision: Giraud et al. 2005).
 */
function orthonormalRows(matrix: Tensor): Tensor {
  const [count = 1, length = 1] = matrix.shape
  type Carry = { readonly done: Tensor; readonly index: Tensor }
  const freed = (row: Tensor, done: Tensor): Tensor => {
    const shares: Tensor = done.multiply(row).sum(1, { keepDims: true })
    return row.subtract(done.multiply(shares).sum(0, { keepDims: true }))
  }
  const step = ({ done, index }: Carry): Carry => {
    const row = dynamicSlice(matrix, [index, 0], [1, length])
    const free = freed(freed(row, done), done)
    const unit: Tensor = free.divide(sqrt(sum(square(free))))
    return { done: dynamicUpdateSlice(done, unit, [index, 0]), index: index.add(1) }
  }
  const start: Carry = { done: zeros([count, length]), index: tensor(new Int32Array([0]), []) }
  const [{ done }] = scan((carry: Carry) => [step(carry), []], start, [], { length: count })
  return done
}
