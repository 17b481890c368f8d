// Tensors from nothing, from numbers, from shapes.

export {
  array,
  convertToNumpy,
  convertToTensor,
  copy,
  type DiagonalOptions,
  empty,
  emptyLike,
  eye,
  full,
  fullLike,
  identity,
  isTensor,
  onesLike,
  tri,
  zerosLike,
} from './arrays.ts'
export { geomspace, linspace, logspace, type LogspaceOptions, meshgrid, type MeshgridOptions, type SpaceOptions } from './spaces.ts'
export { bartlett, blackman, hamming, hanning, kaiser } from './window-functions.ts'
