// Fused scaled dot-product attention: an online softmax over blocks of keys (Milakov and Gimelshein 2018; Dao et al. 2022), so that
// time × keyTime scores are never stored.

import { multiplyDims } from '../../../core/dimension.ts'
import { DeviceError } from '../../../core/errors.ts'
import type { Node } from '../../../core/graph.ts'
import type { GpuKernel, GpuTarget } from '../gpu-kernel.ts'
import { KernelNames } from '../render-expression.ts'
import { literal } from '../wgsl-scalar.ts'
import { blockFor, type Fill, fillText, lineOf, scoreLineOf, scoresText } from './attention-blocks.ts'
import { attentionSizes, contiguous, nodeAt, shorterSide, viewed, type Whole } from './attention-operands.ts'
import { masked, scoreFunction } from './attention-scores.ts'
import { Sums } from './attention-sums.ts'
import { blocksOf } from './product.ts'

/** Renders `attention`: a workgroup computes the output and logSumExp of a block of queries of one head. Halves are computed in f32. */
export function renderAttention(kernel: Whole, target: GpuTarget): GpuKernel {
  const { inputs, outputs } = kernel
  const { op } = kernel.node
  if (op.name !== 'attention') throw new DeviceError(`webgpu: expected attention, got '${op.name}'. Report this graph.`)
  const names = new KernelNames()
  const sizes = attentionSizes(kernel)
  const { heads, kvHeads, headSize } = sizes
  const block = blockFor('forward', headSize, target.workgroupBytes, shorterSide(sizes))
  if (block === undefined) throw tooLarge(headSize)
  const { size, threads } = block
  const [time, keyTime] = [names.dim(sizes.time), names.dim(sizes.keyTime)]
  const [query, key, value] = [viewed(names, kernel, 0), viewed(names, kernel, 1), viewed(names, kernel, 2)]
  const [out, logSumExp] = [contiguous(names, nodeAt(outputs, 0)), nodeAt(outputs, 1)]
  const bias: Node | undefined = inputs[3]
  const [line, scores, lanes] = [lineOf(headSize), scoreLineOf(block), threads / size]
  const queryBlocks = blocksOf(sizes.time, size)
  const sums = new Sums('out', block, headSize)
  const kvHead = `(head / ${heads / kvHeads})`
  const fill = (request: Fill) => fillText(names, block, headSize, request)
  const scoreRow = `row * ${scores}`
  const body = `${scoreFunction(names, { time, keyTime, causal: op.causal, bias })}
var<workgroup> queries: array<vec4f, ${size * line}>;
var<workgroup> keys: array<vec4f, ${size * line}>;
var<workgroup> weights: array<f32, ${size * scores}>;
var<workgroup> laneNumbers: array<f32, ${threads}>;
var<workgroup> factors: array<f32, ${size}>;
fn kernel(group: i32, thread: i32) {
  let first = group % ${queryBlocks} * ${size};
  let head = group / ${queryBlocks} % ${heads};
  let batch = group / ${queryBlocks * heads};
  if (first >= ${time}) { return; }
  let row = thread / ${lanes};
  let lane = thread % ${lanes};
  var top = ${masked};
  var total = 0f;
${sums.declaration()}
    ${fill({ tile: 'queries', from: query, first: 'first', limit: time, head: 'head', factor: literal(op.scale, 'f32') })}
  let seen = ${op.causal ? `min(${keyTime}, first + ${size} + ${keyTime} - ${time})` : keyTime};
  for (var key0 = 0; key0 < seen; key0 += ${size}) {
    ${fill({ tile: 'keys', from: key, first: 'key0', limit: keyTime, head: kvHead })}
    workgroupBarrier();
    ${scoresText(
      block,
      headSize,
      [{ name: 'product', rows: 'queries', columns: 'keys' }],
      `        weights[i * ${scores} + j] = scoreAt(batch, head, first + i, key0 + j, product);`,
    )}
    workgroupBarrier();
    ${fill({ tile: 'keys', from: value, first: 'key0', limit: keyTime, head: kvHead })}
    var most = top;
    for (var j = lane; j < ${size}; j += ${lanes}) { most = max(most, weights[${scoreRow} + j]); }
    laneNumbers[thread] = most;
    workgroupBarrier();
    for (var other = 0; other < ${lanes}; other++) { most = max(most, laneNumbers[row * ${lanes} + other]); }
    let shrink = tn_exp(top - most);
    top = most;
    total *= shrink;
    for (var j = lane; j < ${size}; j += ${lanes}) {
      let score = weights[${scoreRow} + j];
      let weight = select(tn_exp(score - most), 0f, score <= ${masked});
      weights[${scoreRow} + j] = weight;
      total += weight;
    }
    if (lane == 0) { factors[row] = shrink; }
    workgroupBarrier();
${sums.scaled('factors')}
${sums.accumulated((r, s) => `weights[${r} * ${scores} + ${s}]`, 'keys')}
    workgroupBarrier();
  }
  laneNumbers[thread] = total;
  workgroupBarrier();
  if (lane == 0) {
    for (var other = 1; other < ${lanes}; other++) { total += laneNumbers[thread + other]; }
    let isSeen = top > ${masked} && !(total == 0f);
    factors[row] = select(0f, 1f / total, isSeen);
    if (first + row < ${time}) {
      let sum = select(tn_negate(tn_infinity()), top + tn_log(total), isSeen);
      ${names.store(logSumExp, `(batch * ${heads} + head) * ${time} + first + row`, 'sum')}
    }
  }
  workgroupBarrier();
${sums.written(names, { to: out, head: 'head', first: 'first', limit: time, factor: (row) => `factors[${row}]` })}
}`
  const groups = multiplyDims(sizes.batch, queryBlocks * heads)
  return { buffers: names.buffers, dims: names.dims, scratchBytes: 0, passes: [{ body, threads, groups }] }
}

/** The error where no block fits the workgroup memory of an adapter. */
export function tooLarge(headSize: number): DeviceError {
  return new DeviceError(`webgpu attention: expected heads that fit workgroup memory, got ${headSize} dimensions. Use matmul and softmax.`)
}
