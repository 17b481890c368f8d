// The public face of core: tensors and their operations, shapes, dtypes, trees, random numbers, errors.

export {
  addDims,
  type Dim,
  type Dims,
  dimension,
  divideDims,
  elementCount,
  multiplyDims,
  sameDim,
  sameDims,
  showDims,
  staticDim,
  subtractDims,
  SymbolicDim,
} from './dimension.ts'
export { byteSize, type DType, isFloat, promote, type TypedArray, viewOf } from './dtype.ts'
export * from './errors.ts'
export { currentEvaluator, type Evaluator, setEvaluator } from './evaluator.ts'
export type { Node, Storage, TensorType } from './graph.ts'
export { asTensor, broadcastDims, normalizeAxes, normalizeAxis, type Operand } from './ops/broadcast.ts'
export * from './ops/index.ts'
export { placeholder, replay } from './placeholder.ts'
export * as random from './random.ts'
export * from './shape-types.ts'
export type { Add, Divide, FloorDivide, Multiply, Subtract } from './size-types.ts'
export { evaluate, evaluateAsync, type NestedNumbers, numbersOf, Tensor } from './tensor.ts'
export { isTracing, traced } from './tracing.ts'
export { flattenTree, mapTree, rebuildTree, type Tree, type TreeStructure, treeKey, unflattenTree } from './tree.ts'
export * from './transforms/index.ts'
export { version } from './version.ts'
