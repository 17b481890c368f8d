// The QR factorisation by Householder reflections, with LAPACK's choice of signs (Golub and Van Loan, §5.2).

import {
  broadcastTo,
  concat,
  ConfigError,
  customGradient,
  eye,
  flattenTree,
  iota,
  matmul,
  rebuildTree,
  scan,
  Tensor,
  transpose,
  type Tree,
  tril,
  triu,
  zeros,
} from '../../core/index.ts'
import { asWide, batchOf, columnAt, columnsAt, columnsFrom, countedLoop, inDTypeOf, inPanels, panelSize, rowsFrom, sizesOf } from './matrix-parts.ts'
import { reflectedBack, reflectionOf, withColumn, withReflection } from './reflectors.ts'
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

/** q with `width` columns, and r with as many rows: panel by panel, what is right of a panel in one product. */
export function reflected(x: Tensor, width: number): Factors {
  const [rows, columns] = sizesOf('qr', x)
  const steps = Math.min(rows, columns)
  const step = Math.min(steps, panelSize)
  const count = Math.ceil(steps / step)
  const padded = count * step > columns ? inPanels(x, [-1], step) : x
  const batch = batchOf(x)
  const noPanel: Panel = {
    block: zeros([...batch, rows, step], { dtype: x.dtype }),
    v: zeros([...batch, rows, step], { dtype: x.dtype }),
    t: zeros([...batch, step, step], { dtype: x.dtype }),
  }
  const [r, panels] = scan<Tensor, Tree>(
    (matrix, number) => {
      if (!(number instanceof Tensor)) return [matrix, []]
      const first = number.multiply(step)
      const { v, t } = countedLoop(step, { ...noPanel, block: columnsAt(matrix, first, step) }, (k, now) => {
        const { v: next, tau } = reflectionOf(columnAt(now.block, k), first.add(k))
        const block = now.block.subtract(next.multiply(matmul(transpose(next), now.block).multiply(tau)))
        return { block, v: withColumn(now.v, k, next), t: withReflection(now.t, k, matmul(transpose(now.v), next), tau) }
      })
      return [matrix.subtract(matmul(v, matmul(transpose(t), matmul(transpose(v), matrix)))), { v, t }]
    },
    padded,
    iota([count]),
  )
  const start: Tensor = broadcastTo(eye(rows, width, { dtype: x.dtype }), [...batch, rows, width])
  const q = reflectedBack(rebuildTree({ v: noPanel.v, t: noPanel.t }, flattenTree(panels).leaves), start)
  return { q, r: triu(rowsFrom(columnsFrom(r, 0, columns), 0, width)) }
}

type Panel = { readonly block: Tensor; readonly v: Tensor; readonly t: Tensor }
