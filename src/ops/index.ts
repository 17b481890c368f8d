// Keras's operations under their names: `ops.logicalAnd`, `ops.topK`, `ops.image.resize`. What core has is offered again under the name that Keras
// gives it; the rest are compositions of core's operations, by kind.

export {
  abs,
  abs as absolute,
  add,
  arange,
  broadcastTo,
  cast,
  ceil,
  concat as concatenate,
  cos,
  divide,
  divide as trueDivide,
  equal,
  erf,
  exp,
  expm1,
  flip,
  floor,
  floorDivide,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  log1p,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  multiply,
  negate as negative,
  notEqual,
  ones,
  power,
  reciprocal,
  remainder as mod,
  reshape,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
  squeeze,
  stack,
  subtract,
  tanh,
  tril,
  triu,
  where,
  zeros,
} from '../core/index.ts'
export * from './arrangement/index.ts'
export * from './control/index.ts'
export * from './creation/index.ts'
export { type DataFormat, type DataFormatOption, isChannelsFirst } from './data-format.ts'
export * from './elementwise/index.ts'
export * as image from './image/index.ts'
export * from './indexing/index.ts'
export * from './linear-algebra/index.ts'
export * from './neural/index.ts'
export * from './reductions/index.ts'
export * from './signal/index.ts'
