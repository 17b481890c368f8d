// Control flow and transformations of functions.

export { cond, switch } from './branches.ts'
export * from './loops.ts'
export * from './transforms.ts'
export { vectorize, type Vectorized, type VectorizeOptions, vectorizedMap } from './vectorize.ts'
