// The reduction of matrices to upper bidiagonal ones by Householder reflections from both sides, in panels (Dongarra, Sorensen and Hammarling 1989).

import { concat, type Dims, type DType, flattenTree, iota, matmul, rebuildTree, scan, Tensor, transpose, where, zeros } from '../../core/index.ts'
import { batchOf, columnAt, columnsFrom, countedLoop, inPanels, panelSize, rowNumbers, sizesOf } from './matrix-parts.ts'
import { inOneRow, type Panels, reflectionOf, rowAsColumn, withColumn, withReflection } from './reflectors.ts'

/** x = u b vᵀ for `[…, rows, columns]`, rows ≥ columns. */
export interface Bidiagonalized {
  /** The diagonal of b, `[…, columns]`. */
  readonly diagonal: Tensor
  /** What stands above it, `[…, columns − 1]`. */
  readonly above: Tensor
  /** The reflections whose product is v, over columns rounded up to whole panels. */
  readonly panels: Panels
}

/** Reduces matrices `[…, rows, columns]`, rows ≥ columns. */
export function bidiagonalized(x: Tensor): Bidiagonalized {
  const [rows, columns] = sizesOf('svd', x)
  const matrix = inPanels(x, [-1], panelSize)
  const size = Number(matrix.dims.at(-1))
  const batch = batchOf(x)
  const [row, column] = [rowNumbers(rows), rowNumbers(size)]
  const [, stacked] = scan<Tensor, Panel>(
    (a, number) => {
      const start = panelOf(batch, rows, size, x.dtype)
      if (!(number instanceof Tensor)) return [a, start]
      const done = countedLoop(panelSize, start, (k, now) => {
        const j = number.multiply(panelSize).add(k)
        // The matrix as it would be, were the panel's reflections applied, is a − [left, right] [ofLeft, ofRight]ᵀ.
        const { left, ofLeft, right, ofRight } = now
        const columnOf = columnAt(a, j)
          .subtract(matmul(left, rowAsColumn(ofLeft, j)))
          .subtract(matmul(right, rowAsColumn(ofRight, j)))
        const fromLeft = reflectionOf(columnOf, j)
        const v = fromLeft.v
        const y = matmul(transpose(a), v)
          .subtract(matmul(ofLeft, matmul(transpose(left), v)))
          .subtract(matmul(ofRight, matmul(transpose(right), v)))
        const lefts = withColumn(left, k, v)
        const ofLefts = withColumn(ofLeft, k, where(column.greater(j), y.multiply(fromLeft.tau), 0))

        const rowOf = rowAsColumn(a, j)
          .subtract(matmul(ofLefts, rowAsColumn(lefts, j)))
          .subtract(matmul(ofRight, rowAsColumn(right, j)))
        const fromRight = reflectionOf(rowOf, j.add(1))
        const u = fromRight.v
        const ofU = matmul(transpose(ofRight), u)
        const z = matmul(a, u)
          .subtract(matmul(lefts, matmul(transpose(ofLefts), u)))
          .subtract(matmul(right, ofU))
        return {
          left: lefts,
          ofLeft: ofLefts,
          right: withColumn(right, k, where(row.greater(j), z.multiply(fromRight.tau), 0)),
          ofRight: withColumn(ofRight, k, u),
          t: withReflection(now.t, k, ofU, fromRight.tau),
          diagonal: withColumn(now.diagonal, k, fromLeft.beta),
          above: withColumn(now.above, k, fromRight.beta),
        }
      })
      return [a.subtract(matmul(concat([done.left, done.right], -1), transpose(concat([done.ofLeft, done.ofRight], -1)))), done]
    },
    matrix,
    iota([size / panelSize]),
  )
  const { diagonal, above, ofRight, t } = rebuildTree(panelOf(batch, rows, size, x.dtype), flattenTree(stacked).leaves)
  return { diagonal: columnsFrom(inOneRow(diagonal), 0, columns), above: columnsFrom(inOneRow(above), 0, columns - 1), panels: { v: ofRight, t } }
}

type Panel = Readonly<Record<'left' | 'ofLeft' | 'right' | 'ofRight' | 't' | 'diagonal' | 'above', Tensor>>

function panelOf(batch: Dims, rows: number, columns: number, dtype: DType): Panel {
  const nothing = (height: number): Tensor => zeros([...batch, height, panelSize], { dtype })
  const [ofRows, ofColumns, numbers] = [nothing(rows), nothing(columns), nothing(1)]
  return { left: ofRows, ofLeft: ofColumns, right: ofRows, ofRight: ofColumns, t: nothing(panelSize), diagonal: numbers, above: numbers }
}
