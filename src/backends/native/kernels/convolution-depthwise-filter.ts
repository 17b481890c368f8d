// The filter gradient of a depthwise convolution: sums of all taps lie side by side in the first-level cache while rows of pixels run by,
// four at a time away from the edge. Parts of the batch are added in order by a last phase.
import { maxDim, multiplyDims } from '../../../core/dimension.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import { KernelNames, storedType } from '../render-expression.ts'
import { type BoundKernel, bufferDeclarations, indent } from '../render-loops.ts'
import { cText } from '../rendered-kernel.ts'
import { type Correlation, reachOf, tapList } from './convolution-correlation.ts'
import { epilogueLoop, factorText, fromSum, sumType, writtenBy } from './convolution-epilogue.ts'
import { nestText, positionText, taskRange } from './convolution-loops.ts'

/** Multiply-adds of one part at least: about 60 µs. */
const partWork = 1 << 20
const mostParts = 32
/** Channels whose sums are kept at once. */
const mostChannels = 256
/** More taps than this are looped over, not written out. */
const mostTaps = 16
/** Pixels taken together. */
const together = 4

type Convolution = Extract<Kernel, { kind: 'convolution' }>

/** Renders the filter gradient of a depthwise convolution (`kernel.a` is the input, `kernel.b` the output's gradient). */
export function renderDepthwiseFilterGradient(kernel: Convolution, correlation: Correlation, isKept: (node: Node) => boolean): BoundKernel {
  const names = new KernelNames()
  names.buffer(kernel.a)
  names.buffer(kernel.b)
  const [lattice] = correlation.lattices
  const last = lattice?.at(-1)
  if (lattice === undefined || last === undefined) throw new RangeError('native convolution: expected at least one spatial axis')
  const channels = correlation.groups
  const outer = lattice.slice(0, -1)
  const taps = tapList(lattice)
  const type = sumType(kernel.node)
  const rowsPerImage = outer.reduce((product, a) => product * a.count, 1)
  const rows = names.size(multiplyDims(correlation.batch, rowsPerImage))
  const mostRows = maxDim(correlation.batch) * rowsPerImage
  const most = Math.min(mostParts, mostRows, Math.floor((mostRows * last.count * taps.length * channels) / partWork))
  const parts = most < 2 ? 1 : 2 ** Math.floor(Math.log2(most))
  const block = Math.min(channels, mostChannels)
  const blocks = Math.ceil(channels / block)
  const finish = finishText(kernel, taps.length, channels, parts, isKept, names)
  const scratch = names.buffers.length

  const sources = lattice.map((a) => a.source)
  const pitches = lattice.map((_, i) => sources.slice(i + 1).reduce((product, s) => product * s, channels))
  const product = (x: string, y: string) => `${factorText(kernel.a, x)} * ${factorText(kernel.b, y)}`
  const offsets = taps.map((t) => t.offsets.reduce((sum, o, i) => sum + o * (pitches[i] ?? 0), 0))
  const step = last.sourceStep * channels
  const pixels = Array.from({ length: together }, (_, p) => p)
  const unrolled = [
    `for (; p + ${together} <= inside1; p += ${together}) {`,
    ...indent([
      `const ${storedType[kernel.a.dtype]} *x = row + p * ${step};`,
      `const ${storedType[kernel.b.dtype]} *y = gradient + p * ${channels};`,
      '#pragma omp simd',
      'for (int64_t c = 0; c < width; c++) {',
      ...offsets.map(
        (o, t) => `  sums[${t * block} + c] += ${pixels.map((p) => product(`x[c + ${o + p * step}]`, `y[c + ${p * channels}]`)).join(' + ')};`,
      ),
      '}',
    ]),
    '}',
  ]
  const looped = [
    `for (; p < stop; p++) {`,
    ...indent([
      `const int64_t q${outer.length} = p;`,
      `const ${storedType[kernel.b.dtype]} *y = gradient + p * ${channels};`,
      ...nestText(
        lattice.length,
        (i) => `for (int64_t k${i} = 0; k${i} < ${lattice[i]?.taps.length}; k${i}++)`,
        (i) => {
          const a = lattice[i]
          const dilation = a === undefined || a.taps.length < 2 ? 0 : (a.taps[1]?.offset ?? 0) - (a.taps[0]?.offset ?? 0)
          return [
            `const int64_t s${i} = q${i} * ${a?.sourceStep} + (${a === undefined ? 0 : reachOf(a).low}) + k${i} * ${dilation};`,
            `if ((uint64_t)s${i} >= ${a?.source}u) continue;`,
          ]
        },
        [
          `const ${storedType[kernel.a.dtype]} *x = b0 + ${positionText(
            'n',
            lattice.map((_, i) => `s${i}`),
            sources,
          )} * ${channels} + c0;`,
          `${type} *to = sums + ${positionText(
            '0',
            lattice.map((_, i) => `k${i}`),
            lattice.map((a) => a.taps.length),
          )} * ${block};`,
          '#pragma omp simd',
          `for (int64_t c = 0; c < width; c++) to[c] += ${product('x[c]', 'y[c]')};`,
        ],
      ),
    ]),
    '}',
  ]
  const { low, high } = reachOf(last)
  // Pixels of a row whose taps all lie inside the row.
  const inside0 = Math.min(last.count, Math.max(0, Math.ceil(-low / last.sourceStep)))
  const inside1 = Math.max(inside0, Math.min(last.count, Math.floor((last.source - 1 - high) / last.sourceStep) + 1))
  const rowInside = outer.map(
    (a, i) => `q${i} * ${a.sourceStep} + (${reachOf(a).low}) >= 0 && q${i} * ${a.sourceStep} + (${reachOf(a).high}) < ${a.source}`,
  )
  const decode: string[] = ['int64_t rest = r;']
  for (let i = outer.length - 1; i >= 0; i--) decode.push(`const int64_t q${i} = rest % ${outer[i]?.count};`, `rest /= ${outer[i]?.count};`)
  const corner = [...outer.map((a, i) => `(q${i} * ${a.sourceStep} + (${reachOf(a).low}))`), `(${low})`]
  const wide = taps.length <= mostTaps
  const row = [
    ...decode,
    'const int64_t n = rest;',
    `const ${storedType[kernel.b.dtype]} *gradient = b1 + r * ${last.count * channels} + c0;`,
    'int64_t p = 0;',
    ...(wide
      ? [
          `const int64_t whole = ${rowInside.join(' && ') || '1'};`,
          `const int64_t inside1 = whole ? ${inside1} : 0;`,
          `const ${storedType[kernel.a.dtype]} *row = b0 + ${positionText('n', corner, sources)} * ${channels} + c0;`,
          `int64_t stop = whole ? ${inside0} : ${last.count};`,
          ...looped,
          ...unrolled,
          `stop = ${last.count};`,
          ...looped,
        ]
      : [`const int64_t stop = ${last.count};`, ...looped]),
  ]
  const sumBytes = type === 'float' ? 4 : 8
  const source = [
    'void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {',
    ...indent([
      '(void)dim;',
      `const ${storedType[kernel.a.dtype]} *b0 = buf[0];`,
      `const ${storedType[kernel.b.dtype]} *b1 = buf[1];`,
      `const int64_t part = task / ${blocks}, c0 = task % ${blocks} * ${block};`,
      `const int64_t width = ${channels} - c0 < ${block} ? ${channels} - c0 : ${block};`,
      `const int64_t rows = ${cText(rows)};`,
      `const int64_t share = (rows + ${parts - 1}) / ${parts};`,
      'const int64_t end = (part + 1) * share < rows ? (part + 1) * share : rows;',
      `${type} sums[${taps.length * block}] __attribute__((aligned(64)));`,
      `for (int64_t i = 0; i < ${taps.length * block}; i++) sums[i] = 0;`,
      'for (int64_t r = part * share; r < end; r++) {',
      ...indent(row),
      '}',
      `for (int64_t t = 0; t < ${taps.length}; t++) for (int64_t c = 0; c < width; c++) ((${type} *)buf[${scratch}])[(part * ${taps.length} + t) * ${channels} + c0 + c] = sums[t * ${block} + c];`,
    ]),
    '}',
    finish.replaceAll('KERNEL_scratch', `buf[${scratch}]`),
    '',
  ].join('\n')
  return {
    rendered: {
      source,
      phases: [
        { symbol: 'KERNEL_run', tasks: parts * blocks },
        { symbol: 'KERNEL_finish', tasks: 1 },
      ],
      scratchBytes: parts * taps.length * channels * sumBytes,
    },
    names,
  }
}

function finishText(kernel: Convolution, taps: number, channels: number, parts: number, isKept: (node: Node) => boolean, names: KernelNames): string {
  const type = sumType(kernel.node)
  const range = taskRange(taps, taps)
  const body = epilogueLoop(
    kernel,
    isKept,
    names,
    { next: 0 },
    { element: 'e', from: '0', to: String(channels) },
    fromSum(kernel.node, 'sums[channel]'),
  )
  return [
    'void KERNEL_finish(void *const *buf, const int64_t *dim, int64_t task) {',
    ...indent([
      '(void)dim; (void)task;',
      ...bufferDeclarations(names, writtenBy(kernel, isKept)),
      ...range.lines,
      `${type} sums[${channels}] __attribute__((aligned(64)));`,
      'for (int64_t e = begin; e < end; e++) {',
      ...indent([
        `const ${type} *from = (const ${type} *)KERNEL_scratch + e * ${channels};`,
        `for (int64_t c = 0; c < ${channels}; c++) sums[c] = from[c];`,
        `for (int64_t part = 1; part < ${parts}; part++) {`,
        '  #pragma omp simd',
        `  for (int64_t c = 0; c < ${channels}; c++) sums[c] += from[part * ${taps * channels} + c];`,
        '}',
        ...body,
      ]),
      '}',
    ]),
    '}',
  ].join('\n')
}
