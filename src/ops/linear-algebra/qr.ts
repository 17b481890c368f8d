// The QR factorisation by Householder reflections, with LAPACK's choice of signs (Golub and Van Loan, §5.2).

import {
  broadcastTo,
  concat,
  ConfigError,
  customGradient,
  eye,
  matmul,
  sqrt,
  square,
  sum,
  type Tensor,
  transpose,
  tril,
  triu,
  where,
  zeros,
} from '../../core/index.ts'
import {
  asWide,
  batchOf,
  columnAt,
  columnNumbers,
  columnsFrom,
  countedLoop,
  inDTypeOf,
  rowAt,
  rowNumbers,
  rowsFrom,
  sizesOf,
} from './matrix-parts.ts'
import { substitute } from './triangular.ts'

export interface QrOptions {
  /** `reduced`: q `[…, rows, k]`, r `[…, k, columns]`, k the smaller size; `complete`: q is square. Default reduced. */
  readonly mode?: 'reduced' | 'complete'
}

/**
 * `[q, r]` of x `[…, rows, columns]` = q r, the columns of q orthonormal, r upper triangular. Gradients (Walter and Lehmann 2010; Roberts and
 * Roberts 2020) need the first columns of x to be independent; those of `complete` for more rows than columns go through the reflections.
 *
 * @throws ShapeError where x has no matrices; ConfigError for another mode
 */
export function qr(x: Tensor, { mode = 'reduced' }: QrOptions = {}): [q: Tensor, r: Tensor] {
  const [rows, columns] = sizesOf('qr', x)
  if (!['reduced', 'complete'].includes(mode)) throw new ConfigError(`qr: expected mode 'reduced' or 'complete', got '${mode}'. Choose one of them.`)
  const wide = asWide(x)
  const { q, r } = mode === 'complete' && rows > columns ? reflected(wide, rows) : reduced(wide)
  return [inDTypeOf(q, x), inDTypeOf(r, x)]
}

type Factors = { readonly q: Tensor; readonly r: Tensor }

const reduced = customGradient(
  (x: Tensor): Factors => reflected(x, Math.min(...sizesOf('qr', x))),
  ({ q: ofQ, r: ofR }, { q, r }) => {
    const [k, columns] = sizesOf('qr', r)
    if (columns === k) return [gradientOf({ q, r }, { q: ofQ, r: ofR })]
    // The columns beyond the square part are qᵀ times those of x.
    const [left, right] = [columnsFrom(r, 0, k), columnsFrom(r, k, columns - k)]
    const ofRight = columnsFrom(ofR, k, columns - k)
    const beyond = matmul(q, ofRight)
    const allOfQ = ofQ.add(matmul(matmul(q, right), transpose(ofRight)))
    const first = gradientOf({ q, r: left }, { q: allOfQ, r: columnsFrom(ofR, 0, k) })
    return [concat([first, beyond], -1)]
  },
)

/** The cotangent of x for rows ≥ columns. */
function gradientOf({ q, r }: Factors, cotangent: Factors): Tensor {
  const products = matmul(r, transpose(cotangent.r)).subtract(matmul(transpose(cotangent.q), q))
  const symmetric = tril(products).add(transpose(tril(products, -1)))
  const sum = cotangent.q.add(matmul(q, symmetric))
  return transpose(substitute(r, transpose(sum), { lower: false }))
}

/** q with `width` columns, and r with as many rows. */
export function reflected(x: Tensor, width: number): Factors {
  const [rows, columns] = sizesOf('qr', x)
  const steps = Math.min(rows, columns)
  const rowNumber = rowNumbers(rows)
  const stepNumber = columnNumbers(steps)
  const nothing: Tensor = zeros([...batchOf(x), rows, steps], { dtype: x.dtype })
  const noScales: Tensor = zeros([...batchOf(x), 1, steps], { dtype: x.dtype })
  const { r, reflectors, scales } = countedLoop(steps, { r: x, reflectors: nothing, scales: noScales }, (j, state) => {
    const column = columnAt(state.r, j)
    const below = where(rowNumber.greater(j), column, 0)
    const head = rowAt(column, j)
    const squares = sum(square(below), [-2], { keepDims: true })
    const nothingBelow = squares.equal(0)
    // Where nothing is to be removed the reflection is the identity; its root and quotients are of numbers that do no harm.
    const length = sqrt(where(nothingBelow, 1, squares.add(square(head))))
    const beta = where(head.less(0), length, length.negate())
    const scale = where(nothingBelow, 0, beta.subtract(head).divide(beta))
    const reflector = where(rowNumber.equal(j), 1, below.divide(head.subtract(beta)))
    return {
      r: reflect(state.r, reflector, scale),
      reflectors: where(stepNumber.equal(j), reflector, state.reflectors),
      scales: where(stepNumber.equal(j), scale, state.scales),
    }
  })
  const start: Tensor = broadcastTo(eye(rows, width, { dtype: x.dtype }), [...batchOf(x), rows, width])
  const q = countedLoop(steps, start, (j, product) => reflect(product, columnAt(reflectors, j), columnAt(scales, j)), { reverse: true })
  return { q, r: triu(rowsFrom(r, 0, width)) }
}

/** (I − scale v vᵀ) x. */
function reflect(x: Tensor, v: Tensor, scale: Tensor): Tensor {
  return x.subtract(v.multiply(matmul(transpose(v), x).multiply(scale)))
}
