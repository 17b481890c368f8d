// One or more uses of every primitive with numbers in double precision, away from kinks: what gradients, tangents and batching are tested on.

import type { Dims } from '../../src/core/dimension.ts'
import { type DType, isFloat } from '../../src/core/dtype.ts'
import { elementOf, makeNode, type Node, parameterNode, type TensorType } from '../../src/core/graph.ts'
import { fromStorage, storageOf, Tensor } from '../../src/core/index.ts'
import type {
  BinaryFunction,
  CompareFunction,
  ConvolutionGeometry,
  Op,
  PrimitiveName,
  Subgraph,
  UnaryFunction,
  WindowGeometry,
} from '../../src/core/primitives.ts'

export interface PrimitiveCase {
  readonly label: string
  readonly inputs: readonly Tensor[]
  /** Which inputs have a derivative; by default all floating-point ones. */
  readonly smooth?: readonly number[]
  /** Reverse mode does not exist (a loop of unknown length). */
  readonly forwardOnly?: boolean
  readonly run: (...inputs: readonly Node[]) => readonly Node[]
}

/** Results of a primitive, one node each. */
export function use(op: Op, inputs: readonly Node[]): Node[] {
  const node = makeNode(op, inputs)
  return node.types.map((_, i) => (node.types.length === 1 ? node : elementOf(node, i)))
}

let seed = 1
/** The next of a fixed sequence of numbers in (0, 1) (Lehmer 1951). */
function next(): number {
  seed = (seed * 48271) % 2147483647
  return seed / 2147483647
}

/** Numbers in [low, high), no two closer than a step of finite differences. */
export function numbers(shape: readonly number[], low = -2, high = 2): Tensor {
  const count = shape.reduce((a, b) => a * b, 1)
  const places = Array.from({ length: count }, (_, i) => (i + 0.1 + 0.8 * next()) / Math.max(count, 1))
  const order = places.map((value) => ({ value, key: next() })).sort((a, b) => a.key - b.key)
  return fromStorage(
    storageOf(
      order.map(({ value }) => low + value * (high - low)),
      'f64',
    ),
    shape,
  )
}

export function integers(values: readonly number[], shape: readonly number[], dtype: DType = 'i32'): Tensor {
  return fromStorage(storageOf(values, dtype), shape)
}

/** Attributes that are graphs, left out of labels. */
const bodies = new Set(['body', 'condition', 'whenTrue', 'whenFalse', 'gradient'])

const one = (op: Op, ...inputs: readonly Tensor[]): PrimitiveCase => ({
  label: `${JSON.stringify(op, (key, value: unknown) => (bodies.has(key) ? '…' : value))} on ${inputs.map((x) => `[${x.shape.join()}]`).join(' ')}`,
  inputs,
  run: (...nodes) => use(op, nodes),
})

const range = (low: number, high: number) => ({ low, high })
const domains: Partial<Record<UnaryFunction, { low: number; high: number }>> = {
  log: range(0.2, 3),
  log1p: range(-0.7, 3),
  sqrt: range(0.2, 3),
  // Away from the jumps at whole numbers and halves.
  floor: range(0.1, 0.4),
  ceil: range(0.1, 0.4),
  round: range(0.1, 0.4),
}
const unaryFunctions: readonly UnaryFunction[] = [
  'negate',
  'abs',
  'sign',
  'floor',
  'ceil',
  'round',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sqrt',
  'sin',
  'cos',
  'tanh',
  'erf',
]
const smoothBinary: readonly BinaryFunction[] = ['add', 'subtract', 'multiply', 'divide', 'power', 'maximum', 'minimum', 'remainder']
const integerBinary: readonly BinaryFunction[] = ['and', 'or', 'xor', 'shiftLeft', 'shiftRight']
const comparisons: readonly CompareFunction[] = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual']

function body(types: readonly TensorType[], run: (...parameters: readonly Node[]) => readonly Node[]): Subgraph {
  const parameters = types.map((type, i) => parameterNode(`p${i}`, type))
  return { parameters, results: run(...parameters) }
}
const f64 = (...shape: Dims): TensorType => ({ dtype: 'f64', shape })
const i32 = (...shape: Dims): TensorType => ({ dtype: 'i32', shape })
const binary = (fn: BinaryFunction, ...inputs: readonly Node[]) => makeNode({ name: 'binary', fn }, inputs)
const unary = (fn: UnaryFunction, x: Node) => makeNode({ name: 'unary', fn }, [x])
const node = (x: Node | undefined): Node => {
  if (x === undefined) throw new RangeError('a case reads an input that it does not have')
  return x
}

const scanBody = body([f64(2), i32(), f64(2), f64(2)], (c, n, x, w) => {
  const mixed = unary('tanh', binary('add', binary('multiply', node(c), node(w)), node(x)))
  return [mixed, binary('add', node(n), makeNode({ name: 'fill', value: 1, shape: [], dtype: 'i32' })), binary('multiply', mixed, node(x))]
})
const mapBody = body([f64(2)], (x) => [unary('sin', node(x))])
const branchA = body([f64(3), f64(3)], (x, y) => [binary('multiply', node(x), unary('sin', node(y))), unary('exp', node(x))])
const branchB = body([f64(3), f64(3)], (x, y) => [binary('divide', node(x), node(y)), node(y)])
const callBody = body([f64(2, 2), f64(2, 2)], (x, y) => [
  unary('tanh', binary('multiply', node(x), node(y))),
  binary('add', node(x), unary('exp', node(y))),
])
const whileCondition = body([f64(2), i32()], (_x, n) => [
  makeNode({ name: 'compare', fn: 'less' }, [node(n), makeNode({ name: 'fill', value: 3, shape: [], dtype: 'i32' })]),
])
const whileBody = body([f64(2), i32()], (x, n) => [
  unary('sin', binary('multiply', node(x), node(x))),
  binary('add', node(n), makeNode({ name: 'fill', value: 1, shape: [], dtype: 'i32' })),
])
// Its length depends on the state, so that batched loops stop at different steps.
const growCondition = body([f64()], (x) => [
  makeNode({ name: 'compare', fn: 'less' }, [node(x), makeNode({ name: 'fill', value: 5, shape: [], dtype: 'f64' })]),
])
const growBody = body([f64()], (x) => [
  binary('add', binary('multiply', node(x), node(x)), makeNode({ name: 'fill', value: 1, shape: [], dtype: 'f64' })),
])

const plain: ConvolutionGeometry = { strides: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 } // biome-ignore format: one line reads better
const strided: ConvolutionGeometry = { strides: [2, 1], padding: [[1, 0], [1, 1]], dilation: [1, 2], groups: 2 } // biome-ignore format: one line reads better
const line: ConvolutionGeometry = { strides: [2], padding: [[1, 2]], dilation: [1], groups: 1 }
const tiled: WindowGeometry = { window: [2, 2], strides: [2, 2], padding: [[0, 0], [0, 0]] } // biome-ignore format: one line reads better
const overlapping: WindowGeometry = { window: [3, 2], strides: [2, 1], padding: [[1, 1], [0, 1]] } // biome-ignore format: one line reads better
const sparse: WindowGeometry = { window: [2], strides: [3], padding: [[0, 0]] }

const dot = (lhsBatch: number[], rhsBatch: number[], lhsContract: number[], rhsContract: number[]): Op => ({
  name: 'dot',
  lhsBatch,
  rhsBatch,
  lhsContract,
  rhsContract,
})

const attentionCases = (): PrimitiveCase[] => [
  one({ name: 'attention', scale: 0.5, causal: false }, numbers([2, 3, 2, 2]), numbers([2, 4, 2, 2]), numbers([2, 4, 2, 3])),
  one({ name: 'attention', scale: 0.7, causal: true }, numbers([1, 2, 4, 2]), numbers([1, 3, 2, 2]), numbers([1, 3, 2, 2]), numbers([1, 4, 2, 3])),
  one({ name: 'attention', scale: 1, causal: false }, numbers([2, 2, 2, 1]), numbers([2, 2, 1, 1]), numbers([2, 2, 1, 1]), numbers([1, 1, 2, 2])),
]

/** The gradient primitive takes the output that belongs to its other inputs. */
const attentionGradientCases = (): PrimitiveCase[] =>
  [false, true].map((causal) => {
    const bias = causal ? [numbers([1, 1, 3, 3])] : []
    return {
      label: `attentionGradient ${causal ? 'causal with bias' : 'full'}`,
      inputs: [numbers([1, 3, 2, 2]), numbers([1, 3, 1, 2]), numbers([1, 3, 1, 2]), numbers([1, 3, 2, 2]), ...bias],
      run: (q, k, v, g, ...b) => {
        const inputs = [node(q), node(k), node(v)]
        const forward = makeNode({ name: 'attention', scale: 0.6, causal }, [...inputs, ...b])
        return use({ name: 'attentionGradient', scale: 0.6, causal }, [...inputs, elementOf(forward, 0), elementOf(forward, 1), node(g), ...b])
      },
    }
  })

/** Every primitive has its cases; a new one does not compile without. */
const primitiveCases: { readonly [N in PrimitiveName]: () => readonly PrimitiveCase[] } = {
  parameter: () => [],
  data: () => [],
  fill: () => [
    { label: 'fill', inputs: [numbers([2])], run: (x) => [binary('add', node(x), ...use({ name: 'fill', value: 3, shape: [2], dtype: 'f64' }, []))] },
  ],
  iota: () => [
    {
      label: 'iota',
      inputs: [numbers([2, 3])],
      run: (x) => [binary('multiply', node(x), ...use({ name: 'iota', shape: [2, 3], axis: 1, dtype: 'f64' }, []))],
    },
  ],
  unary: () => [
    ...unaryFunctions.map((fn) => one({ name: 'unary', fn }, numbers([2, 3], domains[fn]?.low, domains[fn]?.high))),
    one({ name: 'unary', fn: 'exp' }, numbers([])),
    one({ name: 'unary', fn: 'not' }, integers([1, 0, 1], [3], 'bool')),
  ],
  binary: () => [
    ...smoothBinary.map((fn) => one({ name: 'binary', fn }, numbers([2, 3], 0.3, 2), numbers([2, 3], 0.3, 2))),
    ...integerBinary.map((fn) => one({ name: 'binary', fn }, integers([1, 2, 3], [3]), integers([3, 2, 1], [3]))),
    ...[-2, 0, 1, 2, 3, 2.5].map((exponent) => ({
      label: `power ${exponent}`,
      inputs: [numbers([1, 3], 0.3, 2)],
      run: (x: Node | undefined) => [binary('power', node(x), ...use({ name: 'fill', value: exponent, shape: [1, 3], dtype: 'f64' }, []))],
    })),
    {
      label: 'maximum with a constant',
      inputs: [numbers([5])],
      run: (x) => [binary('maximum', node(x), ...use({ name: 'fill', value: 0, shape: [5], dtype: 'f64' }, []))],
    },
  ],
  compare: () => comparisons.map((fn) => one({ name: 'compare', fn }, numbers([4]), numbers([4]))),
  where: () => [one({ name: 'where' }, integers([1, 0, 0, 1], [2, 2], 'bool'), numbers([2, 2]), numbers([2, 2]))],
  cast: () => [
    one({ name: 'cast', dtype: 'i32' }, numbers([3])),
    one({ name: 'cast', dtype: 'f64' }, integers([1, 2], [2])),
    { label: 'cast of a cast', inputs: [numbers([3])], run: (x) => use({ name: 'cast', dtype: 'f64' }, [unary('exp', node(x))]) },
  ],
  stopGradient: () => [
    // Constant to derivatives, so the differences of what it shows are not tested.
    {
      label: 'stopGradient',
      inputs: [numbers([3])],
      smooth: [],
      run: (x) => [binary('multiply', node(x), ...use({ name: 'stopGradient' }, [node(x)]))],
    },
  ],
  reshape: () => [one({ name: 'reshape', shape: [3, 2] }, numbers([2, 3])), one({ name: 'reshape', shape: [] }, numbers([1, 1]))],
  permute: () => [one({ name: 'permute', axes: [2, 0, 1] }, numbers([2, 1, 3]))],
  expand: () => [one({ name: 'expand', shape: [2, 3, 1] }, numbers([1, 3, 1])), one({ name: 'expand', shape: [4] }, numbers([1]))],
  pad: () => [
    one({ name: 'pad', low: [1, 0], high: [2, 1], interior: [0, 1], value: 3 }, numbers([2, 3])),
    one({ name: 'pad', low: [-1, 1], high: [1, -1], interior: [1, 0], value: 0 }, numbers([3, 2])),
    one({ name: 'pad', low: [-1], high: [-1], interior: [0], value: 0 }, numbers([3])),
  ],
  slice: () => [
    one({ name: 'slice', starts: [1, 0], sizes: [1, 2], strides: [1, 2] }, numbers([2, 4])),
    one({ name: 'slice', starts: [0, 1], sizes: [2, 2], strides: [1, 1] }, numbers([2, 3])),
    one({ name: 'slice', starts: [1], sizes: [3], strides: [3] }, numbers([9])),
  ],
  flip: () => [one({ name: 'flip', axes: [1] }, numbers([2, 3]))],
  concat: () => [one({ name: 'concat', axis: 1 }, numbers([2, 1]), numbers([2, 3]), numbers([2, 2]))],
  reduce: () => [
    ...(['sum', 'max', 'min', 'prod'] as const).flatMap((fn) => [
      one({ name: 'reduce', fn, axes: [0, 2] }, numbers([2, 3, 2])),
      one({ name: 'reduce', fn, axes: [1] }, numbers([3, 1])),
      one({ name: 'reduce', fn, axes: [0] }, numbers([4])),
    ]),
    {
      label: 'prod with zeros',
      inputs: [integers([0, 2, 3, 0, 0, 5], [2, 3], 'f64')],
      run: (x) => use({ name: 'reduce', fn: 'prod', axes: [1] }, [node(x)]),
    },
  ],
  argReduce: () => [one({ name: 'argReduce', fn: 'max', axis: 1 }, numbers([2, 3])), one({ name: 'argReduce', fn: 'min', axis: 0 }, numbers([2, 3]))],
  cumulative: () => [
    ...(['sum', 'prod', 'max', 'min'] as const).flatMap((fn) =>
      [false, true].flatMap((reverse) => [
        one({ name: 'cumulative', fn, axis: 1, reverse }, numbers([2, 4])),
        one({ name: 'cumulative', fn, axis: 0, reverse }, numbers([3, 1, 2])),
      ]),
    ),
    {
      label: 'cumulative product with zeros',
      inputs: [integers([2, 0, 3, 4, 0, 5], [6], 'f64')],
      run: (x) => use({ name: 'cumulative', fn: 'prod', axis: 0, reverse: false }, [node(x)]),
    },
  ],
  dot: () => [
    one(dot([], [], [1], [0]), numbers([2, 3]), numbers([3, 4])),
    one(dot([], [], [0], [1]), numbers([3, 2]), numbers([4, 3])),
    one(dot([], [], [2], [0]), numbers([2, 2, 3]), numbers([3, 2])),
    one(dot([0], [1], [2], [0]), numbers([2, 2, 3]), numbers([3, 2, 2])),
    one(dot([2, 0], [0, 3], [1, 3], [2, 1]), numbers([2, 3, 1, 2]), numbers([1, 2, 3, 2, 2])),
    one(dot([], [], [], []), numbers([2]), numbers([3])),
    one(dot([], [], [0], [0]), numbers([3]), numbers([3])),
    one(dot([0], [0], [], []), numbers([2, 1]), numbers([2, 2])),
  ],
  conv: () => [
    one({ name: 'conv', geometry: plain }, numbers([2, 3, 4, 1]), numbers([2, 2, 1, 2])),
    one({ name: 'conv', geometry: strided }, numbers([1, 4, 4, 2]), numbers([2, 2, 1, 4])),
    one({ name: 'conv', geometry: line }, numbers([2, 5, 2]), numbers([3, 2, 1])),
  ],
  convInputGradient: () => [
    one({ name: 'convInputGradient', geometry: plain, inputShape: [2, 3, 3, 1] }, numbers([2, 2, 2, 2]), numbers([2, 2, 1, 2])),
    one({ name: 'convInputGradient', geometry: strided, inputShape: [1, 4, 4, 2] }, numbers([1, 2, 4, 4]), numbers([2, 2, 1, 4])),
    one({ name: 'convInputGradient', geometry: line, inputShape: [1, 5, 2] }, numbers([1, 3, 1]), numbers([3, 2, 1])),
  ],
  convFilterGradient: () => [
    one({ name: 'convFilterGradient', geometry: plain, filterShape: [2, 2, 1, 2] }, numbers([2, 3, 3, 1]), numbers([2, 2, 2, 2])),
    one({ name: 'convFilterGradient', geometry: strided, filterShape: [2, 2, 1, 4] }, numbers([1, 4, 4, 2]), numbers([1, 2, 4, 4])),
    one({ name: 'convFilterGradient', geometry: line, filterShape: [3, 2, 1] }, numbers([2, 5, 2]), numbers([2, 3, 1])),
  ],
  reduceWindow: () =>
    (['max', 'min', 'sum'] as const).flatMap((fn) => [
      one({ name: 'reduceWindow', fn, geometry: tiled }, numbers([1, 4, 2, 2])),
      one({ name: 'reduceWindow', fn, geometry: overlapping }, numbers([2, 4, 3, 1])),
      one({ name: 'reduceWindow', fn, geometry: sparse }, numbers([1, 7, 2])),
    ]),
  windowScatter: () =>
    (['max', 'min'] as const).flatMap((fn) => [
      one({ name: 'windowScatter', fn, geometry: tiled }, numbers([1, 4, 2, 2]), numbers([1, 2, 1, 2])),
      one({ name: 'windowScatter', fn, geometry: overlapping }, numbers([2, 4, 3, 1]), numbers([2, 2, 3, 1])),
    ]),
  windowPick: () =>
    (['max', 'min'] as const).flatMap((fn) => [
      one({ name: 'windowPick', fn, geometry: tiled }, numbers([1, 4, 2, 2]), numbers([1, 4, 2, 2])),
      one({ name: 'windowPick', fn, geometry: overlapping }, numbers([2, 4, 3, 1]), numbers([2, 4, 3, 1])),
    ]),
  gather: () => [
    one({ name: 'gather', axis: 0 }, numbers([3, 2]), integers([2, 0, 2, 7], [4])),
    one({ name: 'gather', axis: 1 }, numbers([2, 3, 2]), integers([1, 1, -1, 0], [2, 2])),
    one({ name: 'gather', axis: 1 }, numbers([2, 3]), integers([2], [])),
  ],
  scatterAdd: () => [
    one({ name: 'scatterAdd', axis: 0, size: 3 }, integers([2, 0, 2, 7], [4]), numbers([4, 2])),
    one({ name: 'scatterAdd', axis: 1, size: 3 }, integers([1, 1, -1, 0], [2, 2]), numbers([2, 2, 2, 2])),
    one({ name: 'scatterAdd', axis: 1, size: 2 }, integers([1], []), numbers([2, 3])),
  ],
  dynamicSlice: () => [
    one({ name: 'dynamicSlice', sizes: [2, 1] }, numbers([3, 4]), integers([1], []), integers([2], [])),
    one({ name: 'dynamicSlice', sizes: [2] }, numbers([3]), integers([9], [])),
  ],
  dynamicUpdateSlice: () => [
    one({ name: 'dynamicUpdateSlice' }, numbers([3, 4]), numbers([2, 1]), integers([1], []), integers([2], [])),
    one({ name: 'dynamicUpdateSlice' }, numbers([3]), numbers([2]), integers([-4], [])),
  ],
  sort: () => [
    one({ name: 'sort', axis: 0, descending: false }, numbers([4, 2])),
    one({ name: 'sort', axis: 1, descending: true }, numbers([2, 3, 2])),
  ],
  topK: () => [one({ name: 'topK', k: 2 }, numbers([2, 4])), one({ name: 'topK', k: 3 }, numbers([3]))],
  randomBits: () => [one({ name: 'randomBits', shape: [2, 3] }, integers([5, 7], [2], 'u32'))],
  scan: () =>
    [false, true].flatMap((reverse) => [
      one({ name: 'scan', body: scanBody, carries: 2, length: 3, reverse }, numbers([2]), integers([0], []), numbers([3, 2]), numbers([2])),
      one({ name: 'scan', body: mapBody, carries: 0, length: 3, reverse }, numbers([3, 2])),
    ]),
  cond: () =>
    [1, 0].map((truth) =>
      one({ name: 'cond', whenTrue: branchA, whenFalse: branchB }, integers([truth], [], 'bool'), numbers([3]), numbers([3], 0.5, 2)),
    ),
  while: () => [
    { ...one({ name: 'while', condition: whileCondition, body: whileBody }, numbers([2]), integers([0], [])), forwardOnly: true },
    { ...one({ name: 'while', condition: growCondition, body: growBody }, numbers([], 0.1, 0.3)), forwardOnly: true },
  ],
  call: () => [
    one({ name: 'call', body: callBody, gradient: { kind: 'recompute' } }, numbers([2, 2]), numbers([2, 2])),
    {
      label: 'call with its own rule',
      inputs: [numbers([2, 2]), numbers([2, 2])],
      run: (x, y) =>
        use(
          {
            name: 'call',
            body: callBody,
            gradient: {
              kind: 'custom',
              vjp: ([a, b], [t], [g, h]) => {
                const slope = binary(
                  'multiply',
                  node(g),
                  binary('subtract', makeNode({ name: 'fill', value: 1, shape: [2, 2], dtype: 'f64' }), binary('multiply', node(t), node(t))),
                )
                return [
                  binary('add', binary('multiply', slope, node(b)), node(h)),
                  binary('add', binary('multiply', slope, node(a)), binary('multiply', node(h), unary('exp', node(b)))),
                ]
              },
            },
          },
          [node(x), node(y)],
        ),
    },
  ],
  attention: attentionCases,
  attentionGradient: attentionGradientCases,
  element: () => [{ label: 'element', inputs: [numbers([3])], run: (x) => [elementOf(makeNode({ name: 'topK', k: 2 }, [node(x)]), 0)] }],
}

/** All cases with the name of their primitive. */
export function allCases(): readonly (PrimitiveCase & { readonly primitive: string })[] {
  return Object.entries(primitiveCases).flatMap(([primitive, cases]) => cases().map((c) => ({ ...c, primitive })))
}

/** The floating-point results of a case as a function of its differentiable inputs. */
export function smoothPart(c: PrimitiveCase) {
  const smooth = c.smooth ?? c.inputs.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []))
  const args = smooth.flatMap((i) => c.inputs[i] ?? [])
  const fn = (...xs: readonly Tensor[]): Tensor[] => {
    const nodes = c.inputs.map((x, i) => (smooth.includes(i) ? (xs[smooth.indexOf(i)] ?? x) : x).node)
    return c.run(...nodes).flatMap((node) => (isFloat(node.dtype) ? [new Tensor(node)] : []))
  }
  return { args, fn }
}
