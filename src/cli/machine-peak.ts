// What this machine reaches with Tenon: arithmetic in a large matrix product, and memory traffic.

import { jit, random, type Tensor } from '../index.ts'

function bestSeconds(rounds: number, run: () => void): number {
  run()
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < rounds; i++) {
    const start = performance.now()
    run()
    best = Math.min(best, (performance.now() - start) / 1000)
  }
  return best
}

/** FLOP/s of the best of many products of two `[size, size]` matrices. Default size 1152. */
export function productPeak(size = 1152, rounds = 12): number {
  const [a, b] = random.split(random.key(1)).map((key) => random.uniform(key, [size, size], { minval: -1 }))
  if (a === undefined || b === undefined) return Number.NaN
  const product = jit((_target: Tensor, x: Tensor, y: Tensor): Tensor => x.matmul(y), { donate: [0], name: 'peak' })
  let result: Tensor = random.uniform(random.key(2), [size, size])
  const seconds = bestSeconds(rounds, () => {
    result = product(result, a, b)
    // A GPU computes on while the caller goes on: one number says that it is done.
    result.slice([0, 0], [1, 1]).itemSync()
  })
  return (2 * size ** 3) / seconds
}

/** Bytes per second, read and written, of a sum in place over an array that no cache holds. Default 256 MiB. */
export function memoryBandwidth(bytes = 2 ** 28, rounds = 6): number {
  const increment = jit((x: Tensor): Tensor => x.add(1), { donate: [0], name: 'bandwidth' })
  let values: Tensor = random.uniform(random.key(3), [bytes / 4])
  const seconds = bestSeconds(rounds, () => {
    values = increment(values)
    values.slice([0], [1]).itemSync()
  })
  return (2 * bytes) / seconds
}
