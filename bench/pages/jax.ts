// jax-js in a tab, on its WebAssembly backend: a large product, on as many threads as the processor has, which is its own choice.

import type { Jax, JaxArray } from '../peers/jax.ts'
import type { Prepared } from '../repeat.ts'

const library: string = '/library.js'
const { init, defaultDevice, blockUntilReady, jit, numpy }: Jax = await import(library)
await init('wasm')
defaultDevice('wasm')

/** The product of two square matrices, waited for. */
export async function product(size: number): Promise<Prepared> {
  const draw = (): JaxArray => numpy.array(Float32Array.from({ length: size * size }, () => 2 * Math.random() - 1)).reshape([size, size])
  const [a, b] = [draw(), draw()]
  await blockUntilReady([a.ref, b.ref])
  const multiply = jit(numpy.matmul)
  return {
    run: async () => {
      const result = multiply(a.ref, b.ref)
      await blockUntilReady(result.ref)
      result.dispose()
    },
  }
}
