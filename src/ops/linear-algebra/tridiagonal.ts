// The reduction of symmetric matrices to tridiagonal ones by Householder reflections, in panels (Dongarra, Sorensen and Hammarling 1989).

import {
  concat,
  type Dims,
  type DType,
  flattenTree,
  iota,
  matmul,
  multiply,
  rebuildTree,
  scan,
  sum,
  Tensor,
  transpose,
  where,
  zeros,
} from '../../core/index.ts'
import type { Tridiagonal } from './divide-and-conquer.ts'
import { batchOf, columnAt, columnsFrom, countedLoop, inPanels, panelSize, rowAt, rowNumbers } from './matrix-parts.ts'
import { inOneRow, type Panels, reflectionOf, rowAsColumn, withColumn, withReflection } from './reflectors.ts'

/** x = q t qᵀ: the tridiagonal t and the reflections whose product is q, over n rounded up to whole panels. */
export interface Tridiagonalized extends Tridiagonal {
  readonly panels: Panels
}

/** Reduces symmetric matrices `[…, n, n]`. */
export function tridiagonalized(x: Tensor, n: number): Tridiagonalized {
  const matrix = inPanels(x, [-1, -2], panelSize)
  const size = Number(matrix.dims.at(-1))
  const batch = batchOf(x)
  const rows = rowNumbers(size)
  const [, stacked] = scan<Tensor, Panel>(
    (a, number) => {
      const start = panelOf(batch, size, x.dtype)
      if (!(number instanceof Tensor)) return [a, start]
      const done = countedLoop(panelSize, start, (k, now) => {
        const j = number.multiply(panelSize).add(k)
        // Column j as it would be, were the panel's reflections applied.
        const { v, w } = now
        const column = columnAt(a, j)
          .subtract(matmul(v, rowAsColumn(w, j)))
          .subtract(matmul(w, rowAsColumn(v, j)))
        const { v: next, tau, beta } = reflectionOf(column, j.add(1))
        const ofV = matmul(transpose(v), next)
        const product = matmul(a, next)
          .subtract(matmul(v, matmul(transpose(w), next)))
          .subtract(matmul(w, ofV))
        const scaled = where(rows.greater(j), product.multiply(tau), 0)
        const share = multiply(tau, sum(scaled.multiply(next), [-2], { keepDims: true })).multiply(0.5)
        return {
          v: withColumn(v, k, next),
          w: withColumn(w, k, scaled.subtract(next.multiply(share))),
          t: withReflection(now.t, k, ofV, tau),
          diagonal: withColumn(now.diagonal, k, rowAt(column, j)),
          beside: withColumn(now.beside, k, beta),
        }
      })
      const { v, w } = done
      return [a.subtract(matmul(concat([v, w], -1), transpose(concat([w, v], -1)))), done]
    },
    matrix,
    iota([size / panelSize]),
  )
  const { v, t, diagonal, beside } = rebuildTree(panelOf(batch, size, x.dtype), flattenTree(stacked).leaves)
  return { diagonal: columnsFrom(inOneRow(diagonal), 0, n), beside: columnsFrom(inOneRow(beside), 0, n - 1), panels: { v, t } }
}

type Panel = { readonly v: Tensor; readonly w: Tensor; readonly t: Tensor; readonly diagonal: Tensor; readonly beside: Tensor }

function panelOf(batch: Dims, size: number, dtype: DType): Panel {
  const panel: Tensor = zeros([...batch, size, panelSize], { dtype })
  const numbers: Tensor = zeros([...batch, 1, panelSize], { dtype })
  const triangle: Tensor = zeros([...batch, panelSize, panelSize], { dtype })
  return { v: panel, w: panel, t: triangle, diagonal: numbers, beside: numbers }
}
