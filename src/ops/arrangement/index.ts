// The same elements in other shapes and places, and elements picked and repeated.

export {
  diff,
  type DiffOptions,
  expandDims,
  fliplr,
  flipud,
  moveaxis,
  ravel,
  repeat,
  roll,
  rot90,
  type Rot90Options,
  swapaxes,
  tile,
  transpose,
  unstack,
  type UnstackOptions,
} from './axes.ts'
export { diag, diagflat, diagonal, type DiagonalPlace } from './diagonals.ts'
export { kron, unravelIndex, vander, type VanderOptions } from './grids.ts'
export { append, arraySplit, columnStack, dsplit, dstack, hsplit, hstack, split, type SplitPlaces, vsplit, vstack } from './joining.ts'
export { pad, type PadMode, type PadOptions, type PadWidth } from './padding.ts'
export { rearrange } from './rearrange.ts'
export { getItem, type IndexItem, type Range, slice, sliceUpdate, type Starts } from './slicing.ts'
export { depthToSpace, spaceToDepth } from './space-depth.ts'
