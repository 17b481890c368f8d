// Chooses how a product is computed.

import { maxDim } from '../../../core/dimension.ts'
import type { Product, ProductPasses } from './product.ts'
import { directProduct } from './product-direct.ts'
import { mostFewRows, reducedProduct } from './product-reduced.ts'
import { tiledProduct } from './product-tiled.ts'

/** Depth from which sharing the sum of one element pays. */
const leastShared = 32

/** Renders a product by what suits its sizes: in tiles, by shared sums where rows or columns are few, or element by element. */
export function renderProduct(product: Product): ProductPasses {
  const [rows, columns, depth] = [maxDim(product.rows), maxDim(product.columns), maxDim(product.depth)]
  if (product.arithmetic.words > 1 || Math.min(rows, columns) === 0) return directProduct(product)
  if (Math.min(rows, columns) > mostFewRows) return tiledProduct(product)
  if (depth < leastShared || product.isBatchInner) return directProduct(product)
  return reducedProduct(rows <= mostFewRows ? product : exchanged(product))
}

/** The product of the transposed operands in exchanged order: its rows are the other's columns. */
function exchanged(product: Product): Product {
  const { rows, columns, left, right, finish } = product
  const renamed = finish.replace('fn finish(', 'fn finishExchanged(')
  const swapped = `${renamed}
fn finish(batch: i32, row: i32, column: i32, value: ${product.arithmetic.type}) { finishExchanged(batch, column, row, value); }`
  return { ...product, rows: columns, columns: rows, left: right, right: left, finish: swapped }
}
