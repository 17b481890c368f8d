// Transformations of functions of tensors.

export type { ArgumentPositions } from './arguments.ts'
export { checkpoint } from './checkpoint.ts'
export { type Cotangents, customGradient } from './custom-gradient.ts'
export { type Differentiated, grad, type GradOptions, valueAndGrad, vjp } from './grad.ts'
export { hessian, jacobian } from './jacobian.ts'
export { jvp } from './jvp.ts'
export { type Rebatched, vmap, type VmapOptions } from './vmap.ts'
