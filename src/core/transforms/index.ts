// Transformations of functions of tensors.

export type { ArgumentPositions } from './arguments.ts'
export { type Differentiated, grad, type GradOptions, valueAndGrad, vjp } from './grad.ts'
export { jvp } from './jvp.ts'
