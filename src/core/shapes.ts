// Shape rules: the type (dtype and shape) of every primitive's results, from its inputs. One row per primitive; `makeNode` asks here, so
// that a graph that exists is well typed.

import {
  addDims,
  type Dim,
  type Dims,
  divideDims,
  elementCount,
  multiplyDims,
  sameDim,
  sameDims,
  showDims,
  staticDim,
  subtractDims,
} from './dimension.ts'
import { type DType, isFloat } from './dtype.ts'
import { DTypeError, ShapeError } from './errors.ts'
import type { Node, TensorType } from './graph.ts'
import type { ConvolutionGeometry, Op, PrimitiveName, Subgraph, UnaryFunction, WindowGeometry } from './primitives.ts'

type OpOf = { readonly [N in PrimitiveName]: Extract<Op, { name: N }> }
type Rule<N extends PrimitiveName> = (op: OpOf[N], inputs: readonly Node[]) => readonly TensorType[]

/** The types of the results of `op` applied to `inputs`; throws a ShapeError or DTypeError that names what does not fit. */
export function inferTypes(op: Op, inputs: readonly Node[]): readonly TensorType[] {
  return apply(op.name, op, inputs)
}

function apply<N extends PrimitiveName>(name: N, op: OpOf[N], inputs: readonly Node[]): readonly TensorType[] {
  return rules[name](op, inputs)
}

function givenType({ name }: Op): never {
  throw new ShapeError(`${name}: expected its type to be given, got none. Use ${name}Node instead of makeNode.`)
}

const rules: { readonly [N in PrimitiveName]: Rule<N> } = {
  parameter: givenType,
  data: givenType,
  fill: (op) => [{ dtype: op.dtype, shape: op.shape }],
  iota: (op) => {
    checkAxis('iota', op.axis, op.shape)
    return [{ dtype: op.dtype, shape: op.shape }]
  },

  unary: (op, inputs) => {
    const x = input(op.fn, inputs, 0)
    if (floatFunctions.has(op.fn) && !isFloat(x.dtype)) {
      throw new DTypeError(`${op.fn}: expected a floating-point tensor, got ${x.dtype} ${showDims(x.shape)}. Cast it first.`)
    }
    if (op.fn === 'not' ? isFloat(x.dtype) : x.dtype === 'bool') {
      throw new DTypeError(`${op.fn}: expected ${op.fn === 'not' ? 'a bool or integer' : 'a number'} tensor, got ${x.dtype}. Cast it first.`)
    }
    return [typeOf(x)]
  },
  binary: (op, inputs) => {
    const [a, b] = equalPair(op.fn, inputs)
    const bitwise = op.fn === 'and' || op.fn === 'or' || op.fn === 'xor'
    const shift = op.fn === 'shiftLeft' || op.fn === 'shiftRight'
    if ((bitwise || shift) && (isFloat(a.dtype) || (shift && a.dtype === 'bool'))) {
      throw new DTypeError(`${op.fn}: expected integer${shift ? '' : ' or bool'} tensors, got ${a.dtype} and ${b.dtype}. Cast them first.`)
    }
    return [typeOf(a)]
  },
  compare: (op, inputs) => {
    const [a] = equalPair(op.fn, inputs)
    return [{ dtype: 'bool', shape: a.shape }]
  },
  where: (_op, inputs) => {
    const condition = input('where', inputs, 0)
    const [a] = equalPair('where', inputs.slice(1))
    if (condition.dtype !== 'bool') throw new DTypeError(`where: expected a bool condition, got ${condition.dtype}. Compare it with something.`)
    if (!sameDims(condition.shape, a.shape)) {
      throw new ShapeError(
        `where: expected condition and values of equal shapes, got ${showDims(condition.shape)} and ${showDims(a.shape)}. Broadcast them first.`,
      )
    }
    return [typeOf(a)]
  },
  cast: (op, inputs) => [{ dtype: op.dtype, shape: input('cast', inputs, 0).shape }],
  stopGradient: (_op, inputs) => [typeOf(input('stopGradient', inputs, 0))],

  reshape: (op, inputs) => {
    const x = input('reshape', inputs, 0)
    if (!sameDim(elementCount(x.shape), elementCount(op.shape))) {
      throw new ShapeError(
        `reshape: expected a shape of ${String(elementCount(x.shape))} elements for ${showDims(x.shape)}, ` +
          `got ${showDims(op.shape)} with ${String(elementCount(op.shape))}. Change one of the sizes, or write -1 for it.`,
      )
    }
    return [{ dtype: x.dtype, shape: op.shape }]
  },
  permute: (op, inputs) => {
    const x = input('permute', inputs, 0)
    const sorted = [...op.axes].sort((a, b) => a - b)
    if (sorted.length !== x.shape.length || sorted.some((a, i) => a !== i)) {
      throw new ShapeError(
        `permute: expected each of the ${x.shape.length} axes of ${showDims(x.shape)} once, got [${op.axes.join(', ')}]. List every axis once.`,
      )
    }
    return [{ dtype: x.dtype, shape: op.axes.map((a) => dimAt(x.shape, a)) }]
  },
  expand: (op, inputs) => {
    const x = input('expand', inputs, 0)
    if (x.shape.length !== op.shape.length || x.shape.some((d, i) => d !== 1 && !sameDim(d, dimAt(op.shape, i)))) {
      throw new ShapeError(`expand: expected axes of size 1 where ${showDims(x.shape)} and ${showDims(op.shape)} differ. Reshape it first.`)
    }
    return [{ dtype: x.dtype, shape: op.shape }]
  },
  pad: (op, inputs) => {
    const x = input('pad', inputs, 0)
    checkPerAxis('pad', 'low paddings', op.low, x.shape)
    checkPerAxis('pad', 'high paddings', op.high, x.shape)
    checkPerAxis('pad', 'interior paddings', op.interior, x.shape)
    const shape = x.shape.map((d, i) => {
      const interior = op.interior[i] ?? 0
      const gaps = interior === 0 || d === 0 ? 0 : multiplyDims(subtractDims(d, 1), interior)
      return addDims(addDims(d, gaps), (op.low[i] ?? 0) + (op.high[i] ?? 0))
    })
    if (shape.some((d) => typeof d === 'number' && d < 0)) {
      throw new ShapeError(`pad: expected sizes that stay at least 0, got ${showDims(shape)} from ${showDims(x.shape)}. Crop less.`)
    }
    return [{ dtype: x.dtype, shape }]
  },
  slice: (op, inputs) => {
    const x = input('slice', inputs, 0)
    checkPerAxis('slice', 'starts', op.starts, x.shape)
    checkPerAxis('slice', 'sizes', op.sizes, x.shape)
    checkPerAxis('slice', 'strides', op.strides, x.shape)
    op.sizes.forEach((size, i) => {
      const d = dimAt(x.shape, i)
      const start = op.starts[i] ?? 0
      const stride = op.strides[i] ?? 1
      if (stride < 1 || start < 0)
        throw new ShapeError(`slice: expected starts ≥ 0 and strides ≥ 1, got ${start} and ${stride} on axis ${i}. Use flip to go backwards.`)
      if (typeof size !== 'number' || typeof d !== 'number') return
      if (size < 0 || (size > 0 && start + (size - 1) * stride >= d)) {
        throw new ShapeError(
          `slice: expected a range inside axis ${i} of ${showDims(x.shape)}, got start ${start}, size ${size}, stride ${stride}. Take fewer elements.`,
        )
      }
    })
    return [{ dtype: x.dtype, shape: op.sizes }]
  },
  flip: (op, inputs) => {
    const x = input('flip', inputs, 0)
    for (const axis of op.axes) checkAxis('flip', axis, x.shape)
    return [typeOf(x)]
  },
  concat: (op, inputs) => {
    const first = input('concat', inputs, 0)
    checkAxis('concat', op.axis, first.shape)
    let total: Dim = 0
    for (const x of inputs) {
      if (x.dtype !== first.dtype) throw new DTypeError(`concat: expected equal dtypes, got ${first.dtype} and ${x.dtype}. Cast one of them.`)
      if (x.shape.length !== first.shape.length || x.shape.some((d, i) => i !== op.axis && !sameDim(d, dimAt(first.shape, i)))) {
        throw new ShapeError(
          `concat: expected shapes that differ only on axis ${op.axis}, got ${showDims(first.shape)} and ${showDims(x.shape)}. Reshape or slice one of them.`,
        )
      }
      total = addDims(total, dimAt(x.shape, op.axis))
    }
    return [{ dtype: first.dtype, shape: first.shape.map((d, i) => (i === op.axis ? total : d)) }]
  },

  reduce: (op, inputs) => {
    const x = input(op.fn, inputs, 0)
    for (const axis of op.axes) checkAxis(op.fn, axis, x.shape)
    if (new Set(op.axes).size !== op.axes.length)
      throw new ShapeError(`${op.fn}: expected different axes, got [${op.axes.join(', ')}]. Name each once.`)
    if (x.dtype === 'bool' && (op.fn === 'sum' || op.fn === 'prod')) throw new DTypeError(`${op.fn}: expected numbers, got bool. Cast it first.`)
    return [{ dtype: x.dtype, shape: without(x.shape, op.axes) }]
  },
  argReduce: (op, inputs) => {
    const x = input('argReduce', inputs, 0)
    checkAxis('argReduce', op.axis, x.shape)
    if (dimAt(x.shape, op.axis) === 0)
      throw new ShapeError(`arg${op.fn}: expected a non-empty axis ${op.axis}, got ${showDims(x.shape)}. Check the data.`)
    return [{ dtype: 'i32', shape: without(x.shape, [op.axis]) }]
  },
  cumulative: (op, inputs) => {
    const x = input('cumulative', inputs, 0)
    checkAxis('cumulative', op.axis, x.shape)
    if (x.dtype === 'bool') throw new DTypeError('cumulative: expected numbers, got bool. Cast it first.')
    return [typeOf(x)]
  },

  dot: (op, inputs) => {
    const [a, b] = sameDTypes('dot', inputs)
    if (a.dtype === 'bool') throw new DTypeError('dot: expected numbers, got bool. Cast it first.')
    for (const axis of [...op.lhsBatch, ...op.lhsContract]) checkAxis('dot', axis, a.shape)
    for (const axis of [...op.rhsBatch, ...op.rhsContract]) checkAxis('dot', axis, b.shape)
    const pairs = [...zip('dot', op.lhsBatch, op.rhsBatch), ...zip('dot', op.lhsContract, op.rhsContract)]
    for (const [i, j] of pairs) {
      if (!sameDim(dimAt(a.shape, i), dimAt(b.shape, j))) {
        throw new ShapeError(
          `dot: expected equal sizes on axis ${i} of ${showDims(a.shape)} and axis ${j} of ${showDims(b.shape)}, ` +
            `got ${String(dimAt(a.shape, i))} and ${String(dimAt(b.shape, j))}. Transpose or reshape one side.`,
        )
      }
    }
    const batch = op.lhsBatch.map((i) => dimAt(a.shape, i))
    const left = without(a.shape, [...op.lhsBatch, ...op.lhsContract])
    const right = without(b.shape, [...op.rhsBatch, ...op.rhsContract])
    return [{ dtype: a.dtype, shape: [...batch, ...left, ...right] }]
  },
  conv: (op, inputs) => {
    const [x, filter] = sameDTypes('conv', inputs)
    return [{ dtype: x.dtype, shape: convolutionShape('conv', x.shape, filter.shape, op.geometry) }]
  },
  convInputGradient: (op, inputs) => {
    const [gradient, filter] = sameDTypes('convInputGradient', inputs)
    const expected = convolutionShape('convInputGradient', op.inputShape, filter.shape, op.geometry)
    checkSame('convInputGradient', 'an output gradient', expected, gradient.shape)
    return [{ dtype: gradient.dtype, shape: op.inputShape }]
  },
  convFilterGradient: (op, inputs) => {
    const [x, gradient] = sameDTypes('convFilterGradient', inputs)
    const expected = convolutionShape('convFilterGradient', x.shape, op.filterShape, op.geometry)
    checkSame('convFilterGradient', 'an output gradient', expected, gradient.shape)
    return [{ dtype: x.dtype, shape: op.filterShape }]
  },
  reduceWindow: (op, inputs) => {
    const x = input('reduceWindow', inputs, 0)
    return [{ dtype: x.dtype, shape: windowShape('reduceWindow', x.shape, op.geometry) }]
  },
  windowScatter: (op, inputs) => {
    const [x, gradient] = sameDTypes('windowScatter', inputs)
    checkSame('windowScatter', 'an output gradient', windowShape('windowScatter', x.shape, op.geometry), gradient.shape)
    return [typeOf(x)]
  },
  windowPick: (op, inputs) => {
    const [x, values] = sameDTypes('windowPick', inputs)
    checkSame('windowPick', 'values', x.shape, values.shape)
    return [{ dtype: x.dtype, shape: windowShape('windowPick', x.shape, op.geometry) }]
  },

  gather: (op, inputs) => {
    const source = input('gather', inputs, 0)
    const indices = integer('gather', 'indices', input('gather', inputs, 1))
    checkAxis('gather', op.axis, source.shape)
    return [{ dtype: source.dtype, shape: [...source.shape.slice(0, op.axis), ...indices.shape, ...source.shape.slice(op.axis + 1)] }]
  },
  scatterAdd: (op, inputs) => {
    const indices = integer('scatterAdd', 'indices', input('scatterAdd', inputs, 0))
    const updates = input('scatterAdd', inputs, 1)
    const middle = updates.shape.slice(op.axis, op.axis + indices.shape.length)
    if (op.axis < 0 || !sameDims(middle, indices.shape)) {
      throw new ShapeError(
        `scatterAdd: expected updates that have the indices' shape ${showDims(indices.shape)} from axis ${op.axis} on, got ${showDims(updates.shape)}. Reshape the updates.`,
      )
    }
    const shape = [...updates.shape.slice(0, op.axis), op.size, ...updates.shape.slice(op.axis + indices.shape.length)]
    return [{ dtype: updates.dtype, shape }]
  },
  dynamicSlice: (op, inputs) => {
    const source = input('dynamicSlice', inputs, 0)
    checkPerAxis('dynamicSlice', 'sizes', op.sizes, source.shape)
    checkStarts('dynamicSlice', source.shape, inputs.slice(1))
    checkFits('dynamicSlice', op.sizes, source.shape)
    return [{ dtype: source.dtype, shape: op.sizes }]
  },
  dynamicUpdateSlice: (_op, inputs) => {
    const [target, update] = sameDTypes('dynamicUpdateSlice', inputs)
    checkPerAxis('dynamicUpdateSlice', 'sizes of the update', update.shape, target.shape)
    checkStarts('dynamicUpdateSlice', target.shape, inputs.slice(2))
    checkFits('dynamicUpdateSlice', update.shape, target.shape)
    return [typeOf(target)]
  },
  sort: (op, inputs) => {
    const x = input('sort', inputs, 0)
    checkAxis('sort', op.axis, x.shape)
    return [typeOf(x), { dtype: 'i32', shape: x.shape }]
  },
  topK: (op, inputs) => {
    const x = input('topK', inputs, 0)
    checkAxis('topK', x.shape.length - 1, x.shape)
    const last = dimAt(x.shape, x.shape.length - 1)
    if (!Number.isInteger(op.k) || op.k < 0 || (typeof last === 'number' && op.k > last)) {
      throw new ShapeError(`topK: expected k between 0 and the last size of ${showDims(x.shape)}, got ${op.k}. Choose a smaller k.`)
    }
    const shape = [...x.shape.slice(0, -1), op.k]
    return [
      { dtype: x.dtype, shape },
      { dtype: 'i32', shape },
    ]
  },

  randomBits: (op, inputs) => {
    const key = input('randomBits', inputs, 0)
    if (key.dtype !== 'u32' || !sameDims(key.shape, [2])) {
      throw new DTypeError(`randomBits: expected a key of u32 [2], got ${key.dtype} ${showDims(key.shape)}. Make one with random.key(seed).`)
    }
    return [{ dtype: 'u32', shape: op.shape }]
  },

  // The inputs are the carries, then what the body reads: an input of one axis more than its parameter is scanned along axis 0, an input
  // of its parameter's own shape is the same in every step. The results are the final carries, then the body's other results stacked.
  scan: (op, inputs) => {
    checkCount('scan', op.body.parameters.length, inputs)
    const types = typesOf(op.body)
    inputs.forEach((x, i) => {
      const parameter = op.body.parameters[i]
      if (parameter === undefined) return
      const scanned = i >= op.carries && x.shape.length === parameter.shape.length + 1
      if (scanned && !sameDim(dimAt(x.shape, 0), op.length)) {
        throw new ShapeError(
          `scan: expected ${String(op.length)} steps along axis 0 of input ${i}, got ${showDims(x.shape)}. Give all inputs one length.`,
        )
      }
      checkSameType(`scan: input ${i}`, parameter, { dtype: x.dtype, shape: scanned ? x.shape.slice(1) : x.shape })
    })
    const carries = types.slice(0, op.carries)
    if (carries.length < op.carries)
      throw new ShapeError(`scan: expected a body with ${op.carries} carries, got ${types.length} results. Return every carry.`)
    carries.forEach((t, i) => {
      checkSameType(`scan: carry ${i}`, input('scan', inputs, i), t)
    })
    return [...carries, ...types.slice(op.carries).map((t) => ({ dtype: t.dtype, shape: [op.length, ...t.shape] }))]
  },
  cond: (op, inputs) => {
    checkPredicate('cond', input('cond', inputs, 0))
    const operands = inputs.slice(1)
    checkParameters('cond', op.whenTrue, operands)
    checkParameters('cond', op.whenFalse, operands)
    const whenTrue = typesOf(op.whenTrue)
    const whenFalse = typesOf(op.whenFalse)
    if (whenTrue.length !== whenFalse.length) {
      throw new ShapeError(
        `cond: expected branches of equally many results, got ${whenTrue.length} and ${whenFalse.length}. Return the same structure.`,
      )
    }
    whenTrue.forEach((t, i) => {
      checkSameType(`cond: result ${i}`, t, whenFalse[i] ?? t)
    })
    return whenTrue
  },
  while: (op, inputs) => {
    checkParameters('while', op.condition, inputs)
    checkParameters('while', op.body, inputs)
    checkPredicate('while', input('while', op.condition.results, 0))
    const types = typesOf(op.body)
    checkCount('while', inputs.length, op.body.results)
    types.forEach((t, i) => {
      checkSameType(`while: state ${i}`, input('while', inputs, i), t)
    })
    return types
  },
  call: (op, inputs) => {
    checkParameters('call', op.body, inputs)
    return typesOf(op.body)
  },

  attention: (_op, inputs) => {
    const { query, shape, logSumExp } = attentionTypes('attention', inputs.slice(0, 3), inputs[3])
    return [{ dtype: query.dtype, shape }, logSumExp]
  },
  attentionGradient: (_op, inputs) => {
    const { query, key, value, shape, logSumExp } = attentionTypes('attentionGradient', inputs.slice(0, 3), inputs[6])
    checkSame('attentionGradient', 'an output', shape, input('attentionGradient', inputs, 3).shape)
    checkSame('attentionGradient', 'a logSumExp', logSumExp.shape, input('attentionGradient', inputs, 4).shape)
    checkSame('attentionGradient', 'an output gradient', shape, input('attentionGradient', inputs, 5).shape)
    return [typeOf(query), typeOf(key), typeOf(value)]
  },

  element: (op, inputs) => {
    const tuple = input('element', inputs, 0)
    const type = tuple.types[op.index]
    if (type === undefined) {
      throw new ShapeError(
        `element: expected an index below ${tuple.types.length}, got ${op.index}. ${tuple.op.name} has ${tuple.types.length} results.`,
      )
    }
    return [type]
  },
}

const floatFunctions: ReadonlySet<UnaryFunction> = new Set<UnaryFunction>(['exp', 'expm1', 'log', 'log1p', 'sqrt', 'sin', 'cos', 'tanh', 'erf'])

/** The result shape of a convolution, `[batch, ...spatial, filters]`. */
export function convolutionShape(where: string, x: Dims, filter: Dims, geometry: ConvolutionGeometry): Dims {
  const spatial = x.length - 2
  const { strides, padding, dilation, groups } = geometry
  if (spatial < 1 || filter.length !== x.length) {
    throw new ShapeError(
      `${where}: expected an input [batch, ...spatial, channels] and a filter [...spatial, channels, filters] of equal rank, got ${showDims(x)} and ${showDims(filter)}. Add or remove axes.`,
    )
  }
  if (strides.length !== spatial || padding.length !== spatial || dilation.length !== spatial) {
    throw new ShapeError(
      `${where}: expected strides, padding and dilation for ${spatial} spatial axes, got ${strides.length}, ${padding.length} and ${dilation.length}. Give one per axis.`,
    )
  }
  const channels = dimAt(x, x.length - 1)
  const filters = staticDim(dimAt(filter, filter.length - 1), where)
  if (!sameDim(channels, multiplyDims(dimAt(filter, filter.length - 2), groups)) || filters % groups !== 0) {
    throw new ShapeError(
      `${where}: expected input channels that are the filter's times ${groups} groups, got input ${showDims(x)} and filter ${showDims(filter)}. Change the filter's second last size.`,
    )
  }
  const sizes = strides.map((stride, i) => {
    const [low, high] = padding[i] ?? [0, 0]
    const reach = (staticDim(dimAt(filter, i), where) - 1) * (dilation[i] ?? 1) + 1
    return windowCount(where, dimAt(x, i + 1), low + high, reach, stride)
  })
  return [dimAt(x, 0), ...sizes, filters]
}

/** The result shape of a sliding window over `[batch, ...spatial, channels]`. */
export function windowShape(where: string, x: Dims, geometry: WindowGeometry): Dims {
  const { window, strides, padding } = geometry
  if (window.length !== x.length - 2 || strides.length !== window.length || padding.length !== window.length) {
    throw new ShapeError(
      `${where}: expected a window, strides and padding for the ${Math.max(x.length - 2, 0)} spatial axes of ${showDims(x)}, got ${window.length}, ${strides.length} and ${padding.length}. Give one per axis.`,
    )
  }
  const sizes = window.map((size, i) => {
    const [low, high] = padding[i] ?? [0, 0]
    return windowCount(where, dimAt(x, i + 1), low + high, size, strides[i] ?? 1)
  })
  return [dimAt(x, 0), ...sizes, dimAt(x, x.length - 1)]
}

function windowCount(where: string, size: Dim, padding: number, reach: number, stride: number): Dim {
  const span = addDims(size, padding - reach)
  if (typeof span === 'number') {
    if (span < 0)
      throw new ShapeError(
        `${where}: expected an axis of at least ${reach} with its padding, got ${String(addDims(size, padding))}. Use a smaller window or 'same' padding.`,
      )
    return Math.floor(span / stride) + 1
  }
  const count = divideDims(addDims(span, stride), stride)
  if (count === undefined)
    throw new ShapeError(
      `${where}: expected a size known when the program is built or a stride that divides it, got '${String(size)}'. Fix this axis.`,
    )
  return count
}

function attentionTypes(where: string, qkv: readonly Node[], bias: Node | undefined) {
  const [query, key] = sameDTypes(where, qkv)
  const [, value] = sameDTypes(where, [query, input(where, qkv, 2)])
  const show = `${showDims(query.shape)}, ${showDims(key.shape)} and ${showDims(value.shape)}`
  if (query.shape.length !== 4 || key.shape.length !== 4 || value.shape.length !== 4) {
    throw new ShapeError(`${where}: expected query, key and value as [batch, time, heads, size], got ${show}. Reshape them.`)
  }
  const fits =
    sameDim(dimAt(query.shape, 0), dimAt(key.shape, 0)) &&
    sameDim(dimAt(query.shape, 3), dimAt(key.shape, 3)) &&
    sameDims(key.shape.slice(0, 3), value.shape.slice(0, 3)) &&
    staticDim(dimAt(query.shape, 2), where) % staticDim(dimAt(key.shape, 2), where) === 0
  if (!fits) {
    throw new ShapeError(
      `${where}: expected one batch, one head size, one key length, and query heads that are a multiple of the key heads, got ${show}. Check the projections.`,
    )
  }
  if (!isFloat(query.dtype)) throw new DTypeError(`${where}: expected floating-point tensors, got ${query.dtype}. Cast them first.`)
  const [batch, time, heads] = [dimAt(query.shape, 0), dimAt(query.shape, 1), dimAt(query.shape, 2)]
  if (bias !== undefined) {
    const wanted: Dims = [batch, heads, time, dimAt(key.shape, 1)]
    if (bias.shape.length !== 4 || bias.shape.some((d, i) => !sameDim(d, dimAt(wanted, i)) && !(i < 2 && d === 1))) {
      throw new ShapeError(
        `${where}: expected a bias of ${showDims(wanted)} (1 allowed for batch and heads), got ${showDims(bias.shape)}. Broadcast it.`,
      )
    }
  }
  const shape: Dims = [batch, time, heads, dimAt(value.shape, 3)]
  const logSumExp: TensorType = { dtype: query.dtype === 'f64' ? 'f64' : 'f32', shape: [batch, heads, time] }
  return { query, key, value, shape, logSumExp }
}

function dimAt(shape: Dims, axis: number): Dim {
  const d = shape[axis]
  if (d === undefined) throw new ShapeError(`axis ${axis}: expected an axis of ${showDims(shape)}, there is none. Use 0 to ${shape.length - 1}.`)
  return d
}

function input(where: string, inputs: readonly Node[], index: number): Node {
  const x = inputs[index]
  if (x === undefined) throw new ShapeError(`${where}: expected at least ${index + 1} inputs, got ${inputs.length}. Pass every operand.`)
  return x
}

const typeOf = (x: Node): TensorType => ({ dtype: x.dtype, shape: x.shape })
const typesOf = (body: Subgraph): TensorType[] => body.results.map(typeOf)

function sameDTypes(where: string, inputs: readonly Node[]): readonly [Node, Node] {
  const a = input(where, inputs, 0)
  const b = input(where, inputs, 1)
  if (a.dtype !== b.dtype) {
    throw new DTypeError(
      `${where}: expected equal dtypes, got ${a.dtype} ${showDims(a.shape)} and ${b.dtype} ${showDims(b.shape)}. Cast one of them.`,
    )
  }
  return [a, b]
}

function equalPair(where: string, inputs: readonly Node[]): readonly [Node, Node] {
  const [a, b] = sameDTypes(where, inputs)
  if (!sameDims(a.shape, b.shape)) {
    throw new ShapeError(`${where}: expected equal shapes, got ${showDims(a.shape)} and ${showDims(b.shape)}. Broadcast them first.`)
  }
  return [a, b]
}

function integer(where: string, what: string, x: Node): Node {
  const integers: readonly DType[] = ['i32', 'i64', 'u32', 'i8', 'u8']
  if (!integers.includes(x.dtype)) throw new DTypeError(`${where}: expected integer ${what}, got ${x.dtype} ${showDims(x.shape)}. Cast them to i32.`)
  return x
}

const without = (shape: Dims, axes: readonly number[]): Dims => shape.filter((_, i) => !axes.includes(i))

function checkAxis(where: string, axis: number, shape: Dims): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new ShapeError(`${where}: expected an axis of ${showDims(shape)}, got ${axis}. Use 0 to ${shape.length - 1}.`)
  }
}

function checkPerAxis(where: string, what: string, values: readonly Dim[], shape: Dims): void {
  if (values.length !== shape.length) {
    throw new ShapeError(`${where}: expected ${shape.length} ${what} for ${showDims(shape)}, got ${showDims(values)}. Give one per axis.`)
  }
}

function checkSame(where: string, what: string, expected: Dims, received: Dims): void {
  if (!sameDims(expected, received)) {
    throw new ShapeError(`${where}: expected ${what} of ${showDims(expected)}, got ${showDims(received)}. Check the geometry.`)
  }
}

function checkSameType(where: string, expected: TensorType, received: TensorType): void {
  if (expected.dtype !== received.dtype) throw new DTypeError(`${where}: expected ${expected.dtype}, got ${received.dtype}. Cast it.`)
  if (!sameDims(expected.shape, received.shape)) {
    throw new ShapeError(`${where}: expected ${showDims(expected.shape)}, got ${showDims(received.shape)}. Keep the shape.`)
  }
}

function checkCount(where: string, expected: number, received: readonly Node[]): void {
  if (received.length !== expected) throw new ShapeError(`${where}: expected ${expected} values, got ${received.length}. Pass and return every one.`)
}

function checkParameters(where: string, body: Subgraph, inputs: readonly Node[]): void {
  checkCount(where, body.parameters.length, inputs)
  body.parameters.forEach((p, i) => {
    checkSameType(`${where}: operand ${i}`, p, typeOf(input(where, inputs, i)))
  })
}

function checkPredicate(where: string, x: Node): void {
  if (x.dtype !== 'bool' || x.shape.length !== 0) {
    throw new DTypeError(`${where}: expected a scalar bool predicate, got ${x.dtype} ${showDims(x.shape)}. Reduce it with any or all.`)
  }
}

function checkStarts(where: string, shape: Dims, starts: readonly Node[]): void {
  checkCount(where, shape.length, starts)
  for (const start of starts) {
    if (start.dtype !== 'i32' || start.shape.length !== 0) {
      throw new DTypeError(`${where}: expected scalar i32 starts, got ${start.dtype} ${showDims(start.shape)}. Cast and reshape them.`)
    }
  }
}

function checkFits(where: string, part: Dims, whole: Dims): void {
  part.forEach((d, i) => {
    const size = dimAt(whole, i)
    if (typeof d === 'number' && typeof size === 'number' && (d < 0 || d > size)) {
      throw new ShapeError(`${where}: expected a part inside ${showDims(whole)}, got ${showDims(part)}. Take fewer elements.`)
    }
  })
}

function zip(where: string, a: readonly number[], b: readonly number[]): [number, number][] {
  if (a.length !== b.length)
    throw new ShapeError(`${where}: expected as many left as right axes, got [${a.join(', ')}] and [${b.join(', ')}]. Pair them.`)
  return a.map((x, i) => [x, b[i] ?? -1])
}
