import { expandDims, matmul, multiply, square, tanh, type Tensor, transpose } from '../../../src/index.ts'
import * as ops from '../../../src/ops/index.ts'
import { opCases } from './golden-case.ts'
import content from './ops-linear-algebra.json' with { type: 'json' }

/** What does not depend on the signs of eigenvectors: the values, weighted squares of the vectors, and a function of the matrix. */
function eighInvariants(x: Tensor, weights: Tensor): Tensor[] {
  const [values, vectors] = ops.eigh(x.add(transpose(x)).multiply(0.5))
  const scaled: Tensor = multiply<Tensor, Tensor>(vectors, expandDims(tanh(values), -2))
  return [values, multiply<Tensor, Tensor>(square(vectors), weights), matmul(scaled, transpose(vectors))]
}

/** What does not depend on the signs of singular vectors. */
function svdInvariants(x: Tensor): Tensor[] {
  const [u, s, vh] = ops.svd(x, { fullMatrices: false })
  return [s, square(u), square(vh), matmul(multiply<Tensor, Tensor>(u, expandDims(tanh(s), -2)), vh)]
}

// A golden file has no way to write a null that is meant.
const stftWithoutWindow = (x: Tensor, options: ops.StftOptions): Tensor[] => ops.stft(x, { ...options, window: null })
const istftWithoutWindow = (x: ops.ComplexPair, options: ops.IstftOptions): Tensor => ops.istft(x, { ...options, window: null })

opCases(content, { ...ops, eighInvariants, svdInvariants, stftWithoutWindow, istftWithoutWindow })
