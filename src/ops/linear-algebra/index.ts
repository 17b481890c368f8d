// Factorisations of matrices, and what is computed with them.

export { cholesky, choleskyInverse, type CholeskyOptions } from './cholesky.ts'
export { det, logdet, slogdet } from './determinant.ts'
export { cdist } from './distances.ts'
export { eigh } from './eigh.ts'
export { luFactor } from './lu.ts'
export { norm, type NormOptions } from './norm.ts'
export { lstsq, matrixRank, pinv, type RcondOption } from './pseudo-inverse.ts'
export { qr, type QrOptions } from './qr.ts'
export { inv, matrixPower, solve } from './solve.ts'
export { svd, type SvdOptions } from './svd.ts'
export { solveTriangular, type SolveTriangularOptions } from './triangular.ts'
