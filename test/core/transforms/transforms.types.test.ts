// The types of transformed functions, checked by `tsc` over the whole project.

import { test } from 'node:test'
import { checkpoint, customGradient, grad, jvp, ones, type Tensor, valueAndGrad, vjp, vmap } from '../../../src/core/index.ts'
import { computeOnChosenDevice } from '../../chosen-device.ts'

computeOnChosenDevice()

/** Refused by the compiler, for want of an argument, where the types differ; at run time it does nothing. */
const same = <A, B>(..._difference: [A, B] extends [B, A] ? [] : [{ readonly expected: B; readonly got: A }]): void => {}

type Weights = { readonly kernel: Tensor<[3, 2]>; readonly bias: Tensor<[2]> }
const loss = (w: Weights, x: Tensor<[4, 3]>): Tensor<[]> => x.matmul(w.kernel).add(w.bias).mean()
const weights: Weights = { kernel: ones([3, 2]), bias: ones([2]) }
const x = ones([4, 3])

test('types: gradients have the types of the arguments, shapes included', () => {
  same<ReturnType<ReturnType<typeof grad<[Weights, Tensor], 0>>>, Weights>()
  const gradient = grad(loss)(weights, x)
  same<typeof gradient, Weights>()
  const input = grad(loss, { argument: 1 })(weights, x)
  same<typeof input, Tensor<[4, 3]>>()
  const both = grad(loss, { argument: [0, 1] })(weights, x)
  same<typeof both, readonly [Weights, Tensor<[4, 3]>]>()
})

test('types: values keep the type of the result, with what comes beside it', () => {
  const [value, gradient] = valueAndGrad(loss)(weights, x)
  same<typeof value, Tensor<[]>>()
  same<typeof gradient, Weights>()
  const [withAux] = valueAndGrad((w: Weights): readonly [Tensor<[]>, string] => [loss(w, x), 'seen'], { hasAux: true })(weights)
  same<typeof withAux, readonly [Tensor<[]>, string]>()
})

test('types: vjp, jvp, checkpoint and customGradient keep arguments and results', () => {
  const [result, pullback] = vjp(loss, weights, x)
  same<typeof result, Tensor<[]>>()
  same<ReturnType<typeof pullback>, [w: Weights, x: Tensor<[4, 3]>]>()
  const [, tangent] = jvp(loss, [weights, x], [weights, x])
  same<typeof tangent, Tensor<[]>>()
  same<ReturnType<typeof saved>, Tensor<[]>>()
  const saved = checkpoint(loss)
  const own = customGradient(loss, (_cotangent, _result, w, y) => [w, y])
  same<ReturnType<typeof own>, Tensor<[]>>()
})

test('types: a mapped function takes and gives tensors of one axis more', () => {
  const rows = vmap((row: Tensor<[3]>) => ({ total: row.sum() }))(x)
  same<typeof rows, { readonly total: Tensor }>()
  // @ts-expect-error the second argument is missing
  const missing = () => grad(loss)(weights)
  // @ts-expect-error a vector is no matrix of [4, 3]
  const wrong = () => grad(loss)(weights, ones([4]))
  same<typeof missing, typeof wrong>()
})
