// A penalty on rows or columns of a matrix that point in like directions.

import { abs, eye, maximum, ShapeError, square, sqrt, sum, type Tensor } from '../../core/index.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin, oneOf } from '../options/option-checks.ts'
import type { Config } from '../saving/serialized.ts'
import { NamedRegularizer } from './regularizer.ts'

/** Options of {@link OrthogonalRegularizer}. */
export interface OrthogonalRegularizerOptions {
  /** Default 0.01. */
  readonly factor?: number
  /** What is to be orthogonal. Default 'rows'. */
  readonly mode?: 'rows' | 'columns'
}

/** factor · the mean of |cos| of the angles between each two rows (or columns) of a matrix. A ShapeError for other ranks. */
export class OrthogonalRegularizer extends NamedRegularizer {
  readonly className: string = 'OrthogonalRegularizer'
  private readonly factor: number
  private readonly mode: 'rows' | 'columns'

  constructor(given: OrthogonalRegularizerOptions = {}) {
    const { factor = 0.01, mode = 'rows' } = checkOptionNames('OrthogonalRegularizer', given, ['factor', 'mode'])
    super()
    this.factor = numberWithin('OrthogonalRegularizer', 'factor', factor, { min: 0 })
    this.mode = oneOf('OrthogonalRegularizer', 'mode', mode, ['rows', 'columns'])
  }

  call(x: Tensor): Tensor {
    if (x.rank !== 2) throw new ShapeError(`OrthogonalRegularizer: expected a matrix, got [${x.dims.join(', ')}]. Reshape it to two axes.`)
    const rows: Tensor = this.mode === 'rows' ? x : x.transpose()
    const [count = 1] = rows.shape
    // At least Keras's epsilon, so that rows of zeros have a gradient.
    const length: Tensor = sqrt(maximum<Tensor, number>(sum(square(rows), 1, { keepDims: true }), 1e-14))
    const directions: Tensor = rows.divide(length)
    const cosines: Tensor = directions.matmul<readonly number[], readonly number[]>(directions.transpose())
    const others: Tensor = cosines.multiply(eye(count, count, { dtype: x.dtype }).negate().add(1))
    const pairs = (count * (count - 1)) / 2
    return sum(abs(others)).multiply((0.5 * this.factor) / pairs)
  }

  getConfig(): Config {
    return { factor: this.factor, mode: this.mode }
  }
}
