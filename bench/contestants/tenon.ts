// Tenon as a contestant: matrix products, training steps and loops over tensors.

import { readFileSync } from 'node:fs'
import { jit, listDevices, random, type Tensor, tensor } from '../../src/index.ts'
import type { Prepared } from '../repeat.ts'
import { numberIn, serve, type Work } from './serve.ts'
import { prepareStep } from './tenon-steps.ts'

const version = /"version": "([^"]+)"/.exec(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))?.[1] ?? 'unknown'
const device = listDevices().find((entry) => entry.isDefault)?.name ?? 'no device'

function prepareProduct(work: Work): Prepared {
  const [m, n, k] = [numberIn(work, 'm'), numberIn(work, 'n'), numberIn(work, 'k')]
  const [transposeA, transposeB] = [work.get('transposeA') === true, work.get('transposeB') === true]
  const multiply = (_target: Tensor, a: Tensor, b: Tensor): Tensor => (transposeA ? a.transpose() : a).matmul(transposeB ? b.transpose() : b)
  // The result goes to the buffer of the last one, as the peers' go to one that is there already.
  const product = jit(multiply, { donate: [0], name: 'product' })
  const draw = (seed: number, rows: number, columns: number): Tensor => random.uniform(random.key(seed), [rows, columns], { min: -1 })
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
    case 'tensors':
      return prepareTensors(work)
    default:
      return prepareStep(work)
  }
})
