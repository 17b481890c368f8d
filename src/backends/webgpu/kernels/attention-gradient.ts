// The gradient of fused attention: weights are computed again from logSumExp, block by block (Dao et al. 2022, algorithm 4). One pass makes the
// gradient of the queries and leaves Σ output · gradient of every query in scratch memory, a second one makes those of keys and values; each of
// their elements is summed by one invocation, in order.

import { elementCount, maxDim, multiplyDims } from '../../../core/dimension.ts'
import { DeviceError } from '../../../core/errors.ts'
import type { GpuKernel, GpuPass, GpuTarget } from '../gpu-kernel.ts'
import { KernelNames } from '../render-expression.ts'
import { literal } from '../wgsl-scalar.ts'
import { tooLarge } from './attention.ts'
import { type Block, blockFor, type Fill, fillText, lineOf, scoreLineOf, scoresText, vectorsOf } from './attention-blocks.ts'
import { type AttentionSizes, attentionSizes, contiguous, nodeAt, shorterSide, type Vectors, viewed, type Whole } from './attention-operands.ts'
import { masked, scoreFunction } from './attention-scores.ts'
import { Sums } from './attention-sums.ts'
import { blocksOf } from './product.ts'

/** What both passes read. */
interface Gradient {
  readonly kernel: Whole
  readonly names: KernelNames
  readonly sizes: AttentionSizes
  readonly block: Block
  readonly scale: number
  readonly causal: boolean
  readonly query: Vectors
  readonly key: Vectors
  readonly value: Vectors
  readonly outGradient: Vectors
}

/** Renders `attentionGradient`: the gradients of queries, keys and values. Halves are computed in f32. */
export function renderAttentionGradient(kernel: Whole, target: GpuTarget): GpuKernel {
  const { inputs } = kernel
  const { op } = kernel.node
  if (op.name !== 'attentionGradient') throw new DeviceError(`webgpu: expected attentionGradient, got '${op.name}'. Report this graph.`)
  const names = new KernelNames()
  const sizes = attentionSizes(kernel)
  const block = blockFor('backward', sizes.headSize, target.workgroupBytes, shorterSide(sizes))
  if (block === undefined) throw tooLarge(sizes.headSize)
  const gradient: Gradient = {
    kernel,
    names,
    sizes,
    block,
    scale: op.scale,
    causal: op.causal,
    query: viewed(names, kernel, 0),
    key: viewed(names, kernel, 1),
    value: viewed(names, kernel, 2),
    outGradient: contiguous(names, nodeAt(inputs, 5)),
  }
  const passes = [queriesPass(gradient), keysPass(gradient)]
  const scratchBytes = 4 * numbersOfQuery * maxDim(elementCount([sizes.batch, sizes.heads, sizes.time]))
  return { buffers: names.buffers, dims: names.dims, scratchBytes, passes }
}

/** What the first pass leaves for each query: Σ output · gradient, what is taken from its scores, and its factor of their exponentials. */
const numbersOfQuery = 3

/** Declarations of workgroup memory and functions. */
function declarations({ kernel, names, sizes, block, causal }: Gradient, scoreBlocks: readonly string[]): string {
  const vectors = block.size * lineOf(sizes.headSize)
  return `${scoreFunction(names, { time: names.dim(sizes.time), keyTime: names.dim(sizes.keyTime), causal, bias: kernel.inputs[6] })}
${['queries', 'slopes', 'keys', 'values'].map((tile) => `var<workgroup> ${tile}: array<vec4f, ${vectors}>;`).join('\n')}
${scoreBlocks.map((name) => `var<workgroup> ${name}: array<f32, ${block.size * scoreLineOf(block)}>;`).join('\n')}
var<workgroup> bases: array<f32, ${block.size}>;
var<workgroup> shares: array<f32, ${block.size}>;
var<workgroup> means: array<f32, ${block.size}>;`
}

/** The weight of each score of a block and the score's gradient, which are then `stored`. */
function weightsText({ block, sizes }: Gradient, query0: string, key0: string, stored: readonly string[]): string {
  const pairs = [
    { name: 'product', rows: 'queries', columns: 'keys' },
    { name: 'slope', rows: 'slopes', columns: 'values' },
  ]
  return scoresText(
    block,
    sizes.headSize,
    pairs,
    `        let score = scoreAt(batch, head, ${query0} + i, ${key0} + j, product);
        let weight = select(tn_exp(score - bases[i]) * shares[i], 0f, (score <= ${masked}) | (bases[i] <= ${masked}));
${stored.map((line) => `        ${line}`).join('\n')}`,
  )
}

/**
 * The statements that set `bases[thread]` and `shares[thread]` of a query from logSumExp; a query that sees no key has a masked base. A logSumExp far
 * from 0 (scores near −1e9 of a query whose keys all are masked) has rounded the logarithm of its sum away: the query reads its keys for it again.
 */
function baseLines({ kernel, names, sizes, key }: Gradient, kvHead: string): string {
  const { heads, headSize } = sizes
  const logSumExp = nodeAt(kernel.inputs, 4)
  const keyTime = names.dim(sizes.keyTime)
  return `let sum = ${names.load(logSumExp, `(batch * ${heads} + head) * ${names.dim(sizes.time)} + first + thread`)};
      let isSeen = bitcast<u32>(sum) != 0xff800000u;
      bases[thread] = select(${masked}, sum, isSeen);
      if (isSeen && abs(sum) >= 64f) {
        var top = ${masked};
        var total = 0f;
        for (var j = 0; j < ${keyTime}; j++) {
          let at = ${key.start('batch', 'j', kvHead)};
          var product = 0f;
          for (var d = 0; d < ${headSize}; d++) { product += queries[thread * ${lineOf(headSize)} + d / 4][d % 4] * ${names.load(key.node, 'at + d')}; }
          let score = scoreAt(batch, head, first + thread, j, product);
          let most = max(top, score);
          total = total * tn_exp(top - most) + select(tn_exp(score - most), 0f, score <= ${masked});
          top = most;
        }
        bases[thread] = top;
        shares[thread] = 1f / total;
      }`
}

function queriesPass(gradient: Gradient): GpuPass {
  const { kernel, names, sizes, block, query, key, value, outGradient, scale } = gradient
  const { heads, kvHeads, headSize } = sizes
  const { size, threads } = block
  const [time, keyTime] = [names.dim(sizes.time), names.dim(sizes.keyTime)]
  const out = contiguous(names, nodeAt(kernel.inputs, 3))
  const queryBlocks = blocksOf(sizes.time, size)
  const sums = new Sums('sum', block, headSize)
  const fill = (request: Fill) => fillText(names, block, headSize, request)
  const kvHead = `(head / ${heads / kvHeads})`
  const factor = literal(scale, 'f32')
  const scores = scoreLineOf(block)
  const body = `${declarations(gradient, ['changes'])}
fn kernel(group: i32, thread: i32) {
  let first = group % ${queryBlocks} * ${size};
  let head = group / ${queryBlocks} % ${heads};
  let batch = group / ${queryBlocks * heads};
  if (first >= ${time}) { return; }
${sums.declaration()}
    ${fill({ tile: 'queries', from: query, first: 'first', limit: time, head: 'head', factor })}
    ${fill({ tile: 'slopes', from: outGradient, first: 'first', limit: time, head: 'head' })}
    ${fill({ tile: 'keys', from: out, first: 'first', limit: time, head: 'head' })}
  workgroupBarrier();
  if (thread < ${size}) {
    var mean = 0f;
    for (var c = 0; c < ${vectorsOf(headSize)}; c++) { mean += dot(keys[thread * ${lineOf(headSize)} + c], slopes[thread * ${lineOf(headSize)} + c]); }
    means[thread] = mean;
    bases[thread] = ${masked};
    shares[thread] = 1f;
    if (first + thread < ${time}) {
      ${baseLines(gradient, kvHead)}
      let place = ((batch * ${heads} + head) * ${time} + first + thread) * ${numbersOfQuery};
      setScratch(place, bitcast<u32>(mean));
      setScratch(place + 1, bitcast<u32>(bases[thread]));
      setScratch(place + 2, bitcast<u32>(shares[thread]));
    }
  }
  workgroupBarrier();
  let seen = ${gradient.causal ? `min(${keyTime}, first + ${size} + ${keyTime} - ${time})` : keyTime};
  for (var key0 = 0; key0 < seen; key0 += ${size}) {
    ${fill({ tile: 'keys', from: key, first: 'key0', limit: keyTime, head: kvHead })}
    ${fill({ tile: 'values', from: value, first: 'key0', limit: keyTime, head: kvHead })}
    workgroupBarrier();
    ${weightsText(gradient, 'first', 'key0', [`changes[i * ${scores} + j] = weight * (slope - means[i]);`])}
    workgroupBarrier();
${sums.accumulated((r, s) => `changes[${r} * ${scores} + ${s}]`, 'keys')}
    workgroupBarrier();
  }
${sums.written(names, { to: contiguous(names, nodeAt(kernel.outputs, 0)), head: 'head', first: 'first', limit: time, factor: () => factor })}
}`
  return { body, threads, groups: multiplyDims(sizes.batch, queryBlocks * heads) }
}

function keysPass(gradient: Gradient): GpuPass {
  const { kernel, names, sizes, block, query, key, value, outGradient, scale } = gradient
  const { heads, kvHeads, headSize } = sizes
  const { size, threads } = block
  const [time, keyTime] = [names.dim(sizes.time), names.dim(sizes.keyTime)]
  const keyBlocks = blocksOf(sizes.keyTime, size)
  const [keySums, valueSums] = [new Sums('keySum', block, headSize), new Sums('valueSum', block, headSize)]
  const fill = (request: Fill) => fillText(names, block, headSize, request)
  const share = heads / kvHeads
  const scores = scoreLineOf(block)
  const begin = gradient.causal ? `max(0, key0 + ${time} - ${keyTime}) / ${size} * ${size}` : '0'
  const body = `${declarations(gradient, ['weights', 'changes'])}
fn kernel(group: i32, thread: i32) {
  let key0 = group % ${keyBlocks} * ${size};
  let kvHead = group / ${keyBlocks} % ${kvHeads};
  let batch = group / ${keyBlocks * kvHeads};
  if (key0 >= ${keyTime}) { return; }
${keySums.declaration()}
${valueSums.declaration()}
    ${fill({ tile: 'keys', from: key, first: 'key0', limit: keyTime, head: 'kvHead' })}
    ${fill({ tile: 'values', from: value, first: 'key0', limit: keyTime, head: 'kvHead' })}
  for (var head = kvHead * ${share}; head < (kvHead + 1) * ${share}; head++) {
  for (var first = ${begin}; first < ${time}; first += ${size}) {
    ${fill({ tile: 'queries', from: query, first: 'first', limit: time, head: 'head', factor: literal(scale, 'f32') })}
    ${fill({ tile: 'slopes', from: outGradient, first: 'first', limit: time, head: 'head' })}
    if (thread < ${size}) {
      means[thread] = 0f;
      bases[thread] = ${masked};
      shares[thread] = 1f;
      if (first + thread < ${time}) {
        let place = ((batch * ${heads} + head) * ${time} + first + thread) * ${numbersOfQuery};
        means[thread] = bitcast<f32>(getScratch(place));
        bases[thread] = bitcast<f32>(getScratch(place + 1));
        shares[thread] = bitcast<f32>(getScratch(place + 2));
      }
    }
    workgroupBarrier();
    ${weightsText(gradient, 'first', 'key0', [`weights[i * ${scores} + j] = weight;`, `changes[i * ${scores} + j] = weight * (slope - means[i]);`])}
    workgroupBarrier();
${keySums.accumulated((r, s) => `changes[${s} * ${scores} + ${r}]`, 'queries')}
${valueSums.accumulated((r, s) => `weights[${s} * ${scores} + ${r}]`, 'slopes')}
    workgroupBarrier();
  }
  }
${keySums.written(names, { to: contiguous(names, nodeAt(kernel.outputs, 1)), head: 'kvHead', first: 'key0', limit: keyTime, factor: () => '1f' })}
${valueSums.written(names, { to: contiguous(names, nodeAt(kernel.outputs, 2)), head: 'kvHead', first: 'key0', limit: keyTime, factor: () => '1f' })}
}`
  return { body, threads, groups: multiplyDims(sizes.batch, keyBlocks * kvHeads) }
}
