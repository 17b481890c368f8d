// Scaled dot-product attention with Keras's arguments.

import {
  any,
  attention,
  binary,
  broadcastTo,
  cast,
  compare,
  ConfigError,
  contract,
  type Dims,
  type DType,
  iota,
  logicalAnd,
  logicalNot,
  logicalOr,
  multiply,
  permute,
  promote,
  reshape,
  sameDim,
  type Shape,
  ShapeError,
  showDims,
  softmax,
  staticDim,
  tanh,
  type Tensor,
  where,
  zeros,
} from '../../core/index.ts'

/** Options of {@link dotProductAttention}. */
export interface DotProductAttentionOptions {
  /** Added to the scores; broadcasts to `[batch, heads, time, keyTime]`. */
  readonly bias?: Tensor
  /** Which scores count (true, not zero); broadcasts to `[batch, heads, time, keyTime]`. A row without any gives the mean of all values. */
  readonly mask?: Tensor
  /** What scores are multiplied by. Default 1/√size. */
  readonly scale?: number
  /** Position t sees only positions up to t, counted from the start. Default false. */
  readonly isCausal?: boolean
  /** Bounds scores by cap · tanh(score / cap). Default: no bound. */
  readonly attnLogitsSoftCap?: number
}

/**
 * softmax(scale · q kᵀ + bias) v on query `[batch, time, heads, size]`, key and value `[batch, keyTime, kvHeads, size]` (Vaswani et al. 2017,
 * §3.2): `[batch, time, heads, size]`. Groups of query heads may share a key head. (Keras's `flash_attention` is no option: the compiler never
 * stores time × keyTime where the device lets it.)
 *
 * @throws ShapeError where an operand does not have four axes. @throws ConfigError where the soft cap is not above 0.
 */
export function dotProductAttention(query: Tensor, key: Tensor, value: Tensor, options: DotProductAttentionOptions = {}): Tensor {
  for (const [name, t] of Object.entries({ query, key, value })) {
    if (t.rank !== 4)
      throw new ShapeError(`dotProductAttention: expected ${name} [batch, time, heads, size], got ${showDims(t.dims)}. Split the heads first.`)
  }
  const { attnLogitsSoftCap: cap, isCausal = false } = options
  if (cap !== undefined && !(cap > 0))
    throw new ConfigError(`dotProductAttention: expected attnLogitsSoftCap to be above 0, got ${cap}. Leave it out for no bound.`)
  const dtype = promote(promote(query.dtype, key.dtype), value.dtype)
  const [q, k, v] = [cast(query, dtype), cast(key, dtype), cast(value, dtype)] as const
  const [time, keyTime] = [q.dims[1] ?? 1, k.dims[1] ?? 1]
  const scale = options.scale ?? 1 / Math.sqrt(staticDim(q.dims[3] ?? 1, 'dotProductAttention'))
  // The primitive's own causal order ends both at the last position and has no mask and no cap; elsewhere it is a mask.
  const causal = isCausal && options.mask === undefined && cap === undefined && sameDim(time, keyTime)
  const mask = isCausal && !causal ? causalMask(options.mask, time, keyTime) : options.mask
  // A row that sees nothing sees everything, and its query is 0, so that all its weights are equal.
  const sees = mask === undefined ? undefined : any<Shape, number, true>(mask, -1, { keepDims: true })
  const seen = mask === undefined || sees === undefined ? mask : logicalOr<Tensor, Tensor>(mask, logicalNot(sees))
  const asking = sees === undefined ? q : where(permute<Shape, Shape>(withFourAxes('mask', sees), [0, 2, 1, 3]), q, 0)
  const bias = scoreBias(options.bias, seen, [time, keyTime], dtype)
  if (cap !== undefined) return cappedAttention(asking, k, v, scale, cap, bias)
  return attention(asking, k, v, bias === undefined ? { scale, causal } : { scale, causal, bias })
}

/** A mask that also leaves out what lies ahead. */
function causalMask(mask: Tensor | undefined, time: Dims[number], keyTime: Dims[number]): Tensor {
  const seen = compare('lessEqual', iota([time, keyTime], 1), iota([time, keyTime], 0))
  return mask === undefined ? seen : logicalAnd<Tensor, Tensor>(mask, seen)
}

/** Bias and mask as one sum, `[batch or 1, heads or 1, time, keyTime]`. */
function scoreBias(bias: Tensor | undefined, mask: Tensor | undefined, last: Dims, dtype: DType): Tensor | undefined {
  const parts = [...(bias === undefined ? [] : [cast(bias, dtype)]), ...(mask === undefined ? [] : [where(mask, zeros([], { dtype }), -Infinity)])]
  const [first, second] = parts
  if (first === undefined) return undefined
  const full = withFourAxes('bias and mask', second === undefined ? first : binary('add', first, second))
  return broadcastTo<Shape, Dims>(full, [...full.dims.slice(0, 2), ...last])
}

/** x with axes of size 1 in front, so that it has four. */
function withFourAxes(name: string, x: Tensor): Tensor {
  if (x.rank > 4)
    throw new ShapeError(
      `dotProductAttention: expected ${name} that broadcast to [batch, heads, time, keyTime], got ${showDims(x.dims)}. Squeeze it.`,
    )
  return reshape<Shape, Dims>(x, [...new Array<number>(4 - x.rank).fill(1), ...x.dims])
}

function cappedAttention(q: Tensor, k: Tensor, v: Tensor, scale: number, cap: number, bias: Tensor | undefined): Tensor {
  const [batch = 1, time = 1, heads = 1, size = 1] = q.dims
  const kvHeads = staticDim(k.dims[2] ?? 1, 'dotProductAttention')
  const group = staticDim(heads, 'dotProductAttention') / kvHeads
  // Heads as [kvHeads, group], so that a group meets its key head.
  const grouped = reshape<Shape, Dims>(q, [batch, time, kvHeads, group, size])
  const raw = contract(grouped, k, {
    batch: [
      [0, 0],
      [2, 2],
    ],
    contract: [[4, 3]],
  })
  // [batch, kvHeads, time, group, keyTime] to [batch, heads, time, keyTime]
  const keyTime = k.dims[1] ?? 1
  const scores = reshape<Shape, Dims>(permute<Shape, Shape>(raw, [0, 1, 3, 2, 4]), [batch, heads, time, keyTime])
  const bounded = multiply<Tensor, number>(tanh(multiply<Tensor, number>(scores, scale / cap)), cap)
  const weights = softmax(bias === undefined ? bounded : binary('add', bounded, bias), -1)
  const out = contract(reshape<Shape, Dims>(weights, [batch, kvHeads, group, time, keyTime]), v, {
    batch: [
      [0, 0],
      [1, 2],
    ],
    contract: [[4, 1]],
  })
  // [batch, kvHeads, group, time, size] to [batch, time, heads, size]
  return reshape<Shape, Dims>(permute<Shape, Shape>(out, [0, 3, 1, 2, 4]), [batch, time, heads, v.dims[3] ?? 1])
}
