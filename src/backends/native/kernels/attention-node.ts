// Binds the fused attention kernels to graph nodes: operands in f32 where they lie, half precisions by widening copies in the scratch.
import { type Dim, type Dims, elementCount, maxDim, multiplyDims, staticDim } from '../../../core/dimension.ts'
import { DeviceError } from '../../../core/errors.ts'
import type { StridedView } from '../../../compiler/loop-ir/loop-ir.ts'
import type { Node } from '../../../core/graph.ts'
import { KernelNames, storedText, storedType } from '../render-expression.ts'
import type { BoundKernel } from '../render-loops.ts'
import { type CInt, cText, type RenderedKernel, type Target } from '../rendered-kernel.ts'
import { dividedUp, taskElements } from '../task-cut.ts'
import { type AttentionInput, type AttentionSpec, renderAttention } from './attention.ts'
import { renderAttentionGradient } from './attention-gradient.ts'

/** What `attention` and its gradient have in common. */
interface AttentionNode {
  readonly inputs: readonly Node[]
  /** Query, key and value as they lie in the first three inputs. */
  readonly views: readonly StridedView[]
  /** Their shapes. */
  readonly shapes: readonly Dims[]
  readonly outputs: readonly Node[]
  readonly scale: number
  readonly causal: boolean
}

function pick(nodes: readonly Node[], index: number): Node {
  const node = nodes[index]
  if (node === undefined) throw new DeviceError(`native attention: expected an operand ${index}, the kernel has ${nodes.length}.`)
  return node
}

/** The sizes, with q, k and v standing first among the buffers. */
function specOf(
  names: KernelNames,
  node: AttentionNode,
  places: readonly number[],
  bias: number | undefined,
): AttentionSpec & {
  readonly q: AttentionInput
  readonly k: AttentionInput
  readonly v: AttentionInput
} {
  const [query, key, value] = node.shapes
  if (query === undefined || key === undefined || value === undefined) throw new DeviceError('native attention: expected query, key and value.')
  const [batch, time, heads, headDim] = [0, 1, 2, 3].map((axis): Dim => query[axis] ?? 1)
  const keyTime: Dim = key[1] ?? 1
  const sizes = {
    heads: staticDim(heads ?? 1, 'attention'),
    kvHeads: staticDim(key[2] ?? 1, 'attention'),
    headDim: staticDim(headDim ?? 1, 'attention'),
  }
  if (value[3] !== key[3]) {
    throw new DeviceError(
      `native attention: expected values of the keys' size ${String(key[3])}, got ${String(value[3])}. Pad the values, or use matmul and softmax.`,
    )
  }
  const operand = (index: number): AttentionInput => {
    const view = node.views[index]
    if (view === undefined) throw new DeviceError(`native attention: expected a view of operand ${index}, there is none.`)
    const [batchStride, timeStride, headStride] = view.strides
    return {
      buffer: places[index] ?? index,
      offset: names.size(view.offset),
      batchStride: names.size(batchStride ?? 0),
      timeStride: names.size(timeStride ?? 0),
      headStride: staticDim(headStride ?? 0, 'attention'),
    }
  }
  const shared = {
    ...sizes,
    batch: names.size(batch ?? 1),
    time: names.size(time ?? 1),
    keyTime: names.size(keyTime),
    scale: node.scale,
    causal: node.causal,
    q: operand(0),
    k: operand(1),
    v: operand(2),
  }
  const biasNode = bias === undefined ? undefined : pick(node.inputs, bias)
  if (biasNode === undefined || bias === undefined) return shared
  const plane = multiplyDims(time ?? 1, keyTime)
  const stride = (axis: number, size: Dim): CInt => (biasNode.shape[axis] === 1 ? 0 : names.size(size))
  return {
    ...shared,
    bias: {
      buffer: places[bias] ?? bias,
      batchStride: stride(0, multiplyDims(biasNode.shape[1] ?? 1, plane)),
      headStride: stride(1, plane),
      queryStride: names.size(keyTime),
      keyStride: 1,
    },
  }
}

/**
 * Renders the primitive `attention`: query, key, value and an optional bias give the output and logSumExp. f16 and bf16 are computed in f32;
 * f64 and values of another size than the keys are refused.
 */
export function renderAttentionNode(node: AttentionNode, target: Target): BoundKernel {
  return bind(node, (names, places) => {
    const spec = specOf(names, node, places, node.inputs.length > 3 ? 3 : undefined)
    const first = node.inputs.length
    return renderAttention({ ...spec, out: places[first] ?? first, logSumExp: places[first + 1] ?? first + 1 }, target)
  })
}

/** Renders `attentionGradient`: query, key, value, output, logSumExp, the output's gradient and an optional bias give dq, dk and dv. */
export function renderAttentionGradientNode(node: AttentionNode, target: Target): BoundKernel {
  return bind(node, (names, places) => {
    const spec = specOf(names, node, places, node.inputs.length > 6 ? 6 : undefined)
    const [out, logSumExp, outGradient] = [3, 4, 5].map((i) => places[i] ?? i)
    const [dq, dk, dv] = [0, 1, 2].map((i) => places[node.inputs.length + i] ?? 0)
    return renderAttentionGradient(
      { ...spec, out: out ?? 3, logSumExp: logSumExp ?? 4, outGradient: outGradient ?? 5, dq: dq ?? 0, dk: dk ?? 0, dv: dv ?? 0 },
      target,
    )
  })
}

/**
 * Runs an f32 kernel on the nodes' buffers: as they are where all are f32; else phases before it widen the half-precision inputs into the
 * scratch, the kernel runs on a table of pointers of its own, and phases after it round the results.
 */
function bind(node: AttentionNode, render: (names: KernelNames, places: readonly number[]) => RenderedKernel): BoundKernel {
  const names = new KernelNames()
  const nodes = [...node.inputs, ...node.outputs]
  const wrong = nodes.find((n) => n.dtype !== 'f32' && n.dtype !== 'f16' && n.dtype !== 'bf16')
  if (wrong !== undefined) {
    throw new DeviceError(`native attention: expected f32, f16 or bf16, got ${wrong.dtype}. Cast the operands, or use matmul and softmax.`)
  }
  const places = nodes.map((n) => names.buffer(n))
  if (nodes.every((n) => n.dtype === 'f32')) return { rendered: render(names, places), names }
  const rendered = render(names, places)
  const scratch = names.buffers.length
  let bytes = 0
  const offsets = names.buffers.map((n) => {
    if (n.dtype === 'f32') return undefined
    const offset = bytes
    bytes += Math.ceil((maxDim(elementCount(n.shape)) * 4) / 64) * 64
    return offset
  })
  const table = names.buffers.map((_, i) => {
    const offset = offsets[i]
    return offset === undefined ? `buf[${i}]` : `(char *)buf[${scratch}] + ${offset}`
  })
  const copies = (list: readonly Node[], widen: boolean) =>
    [...new Set(list)].flatMap((n) => {
      const i = names.buffer(n)
      const offset = offsets[i]
      if (offset === undefined) return []
      const count = names.size(elementCount(n.shape))
      const symbol = `KERNEL_${widen ? 'widen' : 'round'}${i}`
      const type = storedType[n.dtype]
      const [wide, narrow] = [`(float *)((char *)buf[${scratch}] + ${offset})`, `(${type} *)buf[${i}]`]
      const text = `void ${symbol}(void *const *buf, const int64_t *dim, int64_t task) {
  (void)dim;
  const int64_t count = ${cText(count)}, begin = task * ${taskElements};
  const int64_t end = begin + ${taskElements} < count ? begin + ${taskElements} : count;
  float *wide = ${wide};
  ${type} *narrow = ${narrow};
#pragma omp simd
  for (int64_t i = begin; i < end; i++) ${widen ? `wide[i] = tn_${n.dtype}_to_f32(narrow[i])` : `narrow[i] = ${storedText('wide[i]', n.dtype)}`};
}
`
      return [{ text, phase: { symbol, tasks: dividedUp(count, taskElements) } }]
    })
  const before = copies(node.inputs, true)
  const after = copies(node.outputs, false)
  const inner = rendered.phases.map(({ symbol, tasks }) => ({
    text: `void ${symbol}_wide(void *const *buf, const int64_t *dim, int64_t task) {
  void *const table[] = {${table.join(', ')}};
  ${symbol}(table, dim, task);
}
`,
    phase: { symbol: `${symbol}_wide`, tasks },
  }))
  const parts = [...before, ...inner, ...after]
  return {
    rendered: {
      source: [rendered.source, ...parts.map((part) => part.text)].join('\n'),
      phases: parts.map((part) => part.phase),
      scratchBytes: bytes,
    },
    names,
  }
}
