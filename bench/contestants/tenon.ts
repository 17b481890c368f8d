// Tenon as a contestant: matrix products, training steps and loops over tensors.

import { readFileSync } from 'node:fs'
import { jit, listDevices, type QuantizedMatrix, quantize, quantizedMatmul, random, type Tensor, tensor } from '../../src/index.ts'
import type { Prepared } from '../repeat.ts'
import { numberIn, serve, type Work } from './serve.ts'
import { prepareLayer } from './tenon-layers.ts'
import { prepareStep } from './tenon-steps.ts'

const version = /"version": "([^"]+)"/.exec(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))?.[1] ?? 'unknown'
const device = listDevices().find((entry) => entry.isDefault)?.name ?? 'no device'

function prepareProduct(work: Work): Prepared {
  const [m, n, k] = [numberIn(work, 'm'), numberIn(work, 'n'), numberIn(work, 'k')]
  const [transposeA, transposeB] = [work.get('transposeA') === true, work.get('transposeB') === true]
  const multiply = (_target: Tensor, a: Tensor, b: Tensor): Tensor => (transposeA ? a.transpose() : a).matmul(transposeB ? b.transpose() : b)
  // The result goes to the buffer of the last one, as the peers' go to one that is there already.
  const product = jit(multiply, { donate: [0], name: 'product' })
  const draw = (seed: number, rows: number, columns: number): Tensor => random.uniform(random.key(seed), [rows, columns], { minval: -1 })
  const a = transposeA ? draw(1, k, m) : draw(1, m, k)
  const b = transposeB ? draw(2, n, k) : draw(2, k, n)
  let result: Tensor = draw(3, m, n)
  return {
    run: () => {
      result = product(result, a, b)
    },
    // A GPU computes while the program goes on; one number of the result is there when all are.
    settle: () => result.slice([0, 0], [1, 1]).data(),
  }
}

/** One row times the transpose of a matrix `[rows, size]` whose weights have 32, 8 or 4 bits; `plain` keeps f32 weights as `[size, rows]`. */
function prepareRow(work: Work): Prepared {
  const [rows, size, bits] = [numberIn(work, 'rows'), numberIn(work, 'size'), numberIn(work, 'bits')]
  const x = random.normal(random.key(1), [1, size])
  const weights = random.normal(random.key(2), [rows, size])
  // The result goes to the buffer of the last one, as in prepareProduct.
  const donate = [0]
  let result: Tensor = random.normal(random.key(3), [1, rows])
  const settle = (): Promise<unknown> => result.slice([0, 0], [1, 1]).data()
  if (bits === 32) {
    const isPlain = work.get('plain') === true
    const multiply = jit((_target: Tensor, row: Tensor, w: Tensor): Tensor => row.matmul(isPlain ? w : w.transpose()), { donate, name: 'row' })
    const matrix = isPlain ? jit((w: Tensor): Tensor => w.transpose().add(0))(weights) : weights
    return {
      run: () => {
        result = multiply(result, x, matrix)
      },
      settle,
    }
  }
  const matrix = quantize(weights, { bits: bits === 8 ? 8 : 4 })
  const multiply = jit((_target: Tensor, row: Tensor, w: QuantizedMatrix): Tensor => quantizedMatmul(row, w), { donate, name: 'quantized row' })
  return {
    run: () => {
      result = multiply(result, x, matrix)
    },
    settle,
  }
}

/** Makes, uses and drops tensors in one synchronous loop, each operation on its own. */
function prepareTensors(work: Work): Prepared {
  const count = numberIn(work, 'count')
  const shape = work.get('shape')
  const sizes = Array.isArray(shape) ? shape.map(Number) : []
  const length = sizes.reduce((a, b) => a * b, 1)
  return {
    run: () => {
      let total = 0
      for (let i = 0; i < count; i++) total += Number(tensor(new Float32Array(length).fill(i), sizes).add(1).dataSync()[0])
      return total
    },
  }
}

await serve({ name: 'Tenon', version, details: `${device}, ${process.env.TENON_THREADS ?? 'all'} threads` }, (work) => {
  switch (work.get('kind')) {
    case 'gemm':
      return prepareProduct(work)
    case 'row':
      return prepareRow(work)
    case 'tensors':
      return prepareTensors(work)
    case 'layer':
      return prepareLayer(work)
    default:
      return prepareStep(work)
  }
})
