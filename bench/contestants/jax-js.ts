// jax-js on its WebAssembly or WebGPU backend: matrix products and whole training steps, each one `jit` of a function of its arrays, in Node,
// where it has one thread on WebAssembly. The loss of a step is read, which waits for the step.

import { peerPackage, peerVersion } from '../peers/packages.ts'
import type { Arrays, Jax, JaxArray } from '../peers/jax.ts'
import type { Prepared } from '../repeat.ts'
import { installWebgpu } from './dawn.ts'
import { numberIn, serve, type Work } from './serve.ts'

const { init, defaultDevice, blockUntilReady, jit, valueAndGrad, numpy, nn, lax }: Jax = peerPackage('@jax-js/jax')
const backend = process.env.BENCH_BACKEND ?? 'wasm'
if (backend === 'webgpu') installWebgpu()
if (!(await init(...['wasm', backend])).includes(backend)) throw new Error(`the backend ${backend} did not start`)
defaultDevice(backend)

const { matmul, zeros } = numpy

function draw(shape: readonly number[], scale: number): JaxArray {
  const count = shape.reduce((a, b) => a * b, 1)
  return numpy.array(Float32Array.from({ length: count }, () => (2 * Math.random() - 1) * scale)).reshape(shape)
}

function labels(count: number): JaxArray {
  const hot = new Float32Array(count * 10)
  for (let row = 0; row < count; row++) hot[10 * row + Math.floor(10 * Math.random())] = 1
  return numpy.array(hot).reshape([count, 10])
}

async function product(work: Work): Promise<Prepared> {
  const [m, n, k] = [numberIn(work, 'm'), numberIn(work, 'n'), numberIn(work, 'k')]
  const [a, b] = [draw([m, k], 1), draw([k, n], 1)]
  await blockUntilReady([a.ref, b.ref])
  const multiply = jit(matmul)
  let result: JaxArray | undefined
  return {
    // A result that is disposed of before it was computed is never computed: on WebAssembly each is waited for. A GPU has them under way.
    run: () => {
      result?.dispose()
      result = multiply(a.ref, b.ref)
      return backend === 'wasm' ? blockUntilReady(result.ref) : undefined
    },
    settle: async () => result && blockUntilReady(result.ref),
  }
}

const crossEntropy = (logits: JaxArray, targets: JaxArray): JaxArray => nn.logSoftmax(logits).mul(targets).sum(-1).mean().neg()

type Forward = (parameters: Arrays, x: JaxArray) => JaxArray

const array = (parameters: Arrays, index: number): JaxArray => {
  const found = parameters[index]
  if (found === undefined) throw new RangeError(`expected a parameter ${index}, got ${parameters.length} parameters`)
  return found
}

const lossOf =
  (forward: Forward) =>
  (parameters: Arrays, x: JaxArray, y: JaxArray): JaxArray =>
    crossEntropy(forward(parameters, x), y)

/** The textbook network: hidden weights and biases, output weights and biases. */
const textbook: Forward = (p, x) => {
  const hidden = nn.relu(matmul(x, array(p, 0)).add(array(p, 1)))
  return matmul(hidden, array(p, 2)).add(array(p, 3))
}

const cnn =
  (batch: number): Forward =>
  (p, x) => {
    const block = (input: JaxArray, at: number): JaxArray => {
      const convolved = nn.relu(lax.conv(input, array(p, at), [1, 1], 'VALID').add(array(p, at + 1).reshape([1, -1, 1, 1])))
      return lax.reduceWindow(convolved, numpy.max, [1, 1, 2, 2], [1, 1, 2, 2])
    }
    const flat = block(block(x, 0), 2).reshape([batch, 1600])
    const hidden = nn.relu(matmul(flat, array(p, 4)).add(array(p, 5)))
    return matmul(hidden, array(p, 6)).add(array(p, 7))
  }

const refs = (arrays: Arrays): Arrays => arrays.map((each) => each.ref)

function sgdStep(forward: Forward, shapes: readonly (readonly number[])[], x: JaxArray, y: JaxArray): Prepared {
  const step = jit((parameters: Arrays, inputs: JaxArray, targets: JaxArray): readonly [JaxArray, Arrays] => {
    const [loss, gradients] = valueAndGrad(lossOf(forward))(refs(parameters), inputs, targets)
    return [loss, parameters.map((each, i) => each.sub(array(gradients, i).mul(0.01)))]
  })
  let parameters: Arrays = shapes.map((shape) => draw(shape, 0.1))
  return {
    run: () => {
      const [loss, next] = step(parameters, x.ref, y.ref)
      parameters = next
      return loss.dataSync()
    },
  }
}

function adamStep(forward: Forward, shapes: readonly (readonly number[])[], x: JaxArray, y: JaxArray): Prepared {
  type State = readonly [parameters: Arrays, means: Arrays, squares: Arrays]
  const step = jit(([parameters, means, squares]: State, rate: JaxArray, inputs: JaxArray, targets: JaxArray): readonly [JaxArray, State] => {
    const [loss, gradients] = valueAndGrad(lossOf(forward))(refs(parameters), inputs, targets)
    const nextMeans = means.map((mean, i) => mean.mul(0.9).add(array(gradients, i).ref.mul(0.1)))
    const nextSquares = squares.map((square, i) => square.mul(0.999).add(numpy.square(array(gradients, i)).mul(0.001)))
    const next = parameters.map((each, i) => {
      const size = numpy.sqrt(array(nextSquares, i).ref).add(1e-8)
      return each.sub(array(nextMeans, i).ref.mul(rate.ref).div(size))
    })
    rate.dispose()
    return [loss, [next, nextMeans, nextSquares]]
  })
  const empty = (): Arrays => shapes.map((shape) => zeros(shape))
  let state: State = [shapes.map((shape) => draw(shape, 0.1)), empty(), empty()]
  let count = 0
  return {
    run: () => {
      count++
      const rate = (1e-4 * Math.sqrt(1 - 0.999 ** count)) / (1 - 0.9 ** count)
      const [loss, next] = step(state, numpy.array(Float32Array.of(rate)), x.ref, y.ref)
      state = next
      return loss.dataSync()
    },
  }
}

function step(work: Work): Prepared {
  const batch = numberIn(work, 'batch')
  switch (work.get('model')) {
    case 'textbook':
      return sgdStep(textbook, [[100, 64], [64], [64, 10], [10]], draw([batch, 100], 1), labels(batch))
    case 'cnn': {
      const shapes = [[32, 1, 3, 3], [32], [64, 32, 3, 3], [64], [1600, 128], [128], [128, 10], [10]]
      return adamStep(cnn(batch), shapes, draw([batch, 1, 28, 28], 1), labels(batch))
    }
    default:
      throw new RangeError(`expected the textbook network or the CNN, got '${String(work.get('model'))}'`)
  }
}

await serve({ name: 'jax-js', version: peerVersion('@jax-js/jax'), details: backend === 'wasm' ? 'WebAssembly, one thread' : backend }, (work) =>
  work.get('kind') === 'gemm' ? product(work) : step(work),
)
