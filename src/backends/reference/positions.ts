// Positions of elements in a buffer, for axes that are walked with given strides: what every movement, reduction and contraction reads by.

/** The positions of all elements of a shape walked with `strides`, in row-major order, starting at `offset`. */
export function positionsOf(shape: readonly number[], strides: readonly number[], offset = 0): Int32Array {
  const positions = new Int32Array(shape.reduce((product, size) => product * size, 1))
  if (positions.length === 0) return positions
  positions[0] = offset
  // The innermost axis first: what is already filled is repeated once per step of the next axis out.
  let filled = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1
    const stride = strides[axis] ?? 0
    for (let step = 1; step < size; step++) {
      const shift = step * stride
      for (let i = 0; i < filled; i++) positions[step * filled + i] = (positions[i] ?? 0) + shift
    }
    filled *= size
  }
  return positions
}
