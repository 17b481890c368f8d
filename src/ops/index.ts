// Keras's operations under their names: `ops.logicalAnd`, `ops.topK`, `ops.image.resize`. What core has is offered again under the name that Keras
// gives it; the rest are compositions of core's operations, by kind.

export { abs, add } from '../core/index.ts'
export * as image from './image/index.ts'
export * from './linear-algebra/index.ts'
export * from './signal/index.ts'
