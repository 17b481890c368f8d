// Depthwise convolution (one channel and one filter a group) and its input gradient: channels side by side in the inner loop, the taps of
// positions away from the edge written out in it.
import { multiplyDims } from '../../../core/dimension.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import { KernelNames, storedType } from '../render-expression.ts'
import { type BoundKernel, bufferDeclarations, indent } from '../render-loops.ts'
import { type Correlation, type Lattice, reachOf, tapList } from './convolution-correlation.ts'
import { epilogueLoop, factorText, fromSum, sumType, writtenBy } from './convolution-epilogue.ts'
import { decodeText, nestText, positionText, taskRange } from './convolution-loops.ts'

/** Multiply-adds that are worth a task of their own: about 20 µs. */
const taskWork = 1 << 18
/** More taps than this are looped over, not written out. */
const mostTaps = 25

type Convolution = Extract<Kernel, { kind: 'convolution' }>

/** Renders a depthwise convolution, or its input gradient, from its correlation. */
export function renderDepthwise(kernel: Convolution, correlation: Correlation, isKept: (node: Node) => boolean): BoundKernel {
  const names = new KernelNames()
  names.buffer(kernel.a)
  names.buffer(kernel.b)
  const counter = { next: 0 }
  const lattices = correlation.lattices.filter((l) => l.every((a) => a.count > 0))
  const positions = (l: Lattice) => l.reduce((product, a) => product * a.count, 1)
  const perImage = lattices.reduce((sum, l) => sum + positions(l), 0)
  const taps = correlation.window.reduce((product, k) => product * k, 1)
  const range = taskRange(
    names.size(multiplyDims(correlation.batch, perImage)),
    Math.max(1, Math.ceil(taskWork / Math.max(1, (taps * correlation.groups) / lattices.length))),
  )
  let below = 0
  const choose = lattices.flatMap((lattice, i) => {
    const count = positions(lattice)
    const lines = [
      `${i === 0 ? '' : 'else '}if (rest < ${below + count}) {`,
      `  const int64_t at = rest - ${below};`,
      ...indent(positionLines(kernel, lattice, correlation, isKept, names, counter)),
      '}',
    ]
    below += count
    return lines
  })
  const source = [
    'void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {',
    ...indent([
      '(void)dim; (void)task;',
      ...bufferDeclarations(names, writtenBy(kernel, isKept)),
      ...range.lines,
      `${sumType(kernel.node)} sum[${correlation.groups}] __attribute__((aligned(64)));`,
      'for (int64_t unit = begin; unit < end; unit++) {',
      `  const int64_t n = unit / ${perImage}, rest = unit % ${perImage};`,
      ...indent(choose),
      '}',
    ]),
    '}',
    '',
  ].join('\n')
  return { rendered: { source, phases: [{ symbol: 'KERNEL_run', tasks: range.tasks }], scratchBytes: 0 }, names }
}

/** One result position of a lattice, its row-major number in `at`. */
function positionLines(
  kernel: Convolution,
  lattice: Lattice,
  correlation: Correlation,
  isKept: (node: Node) => boolean,
  names: KernelNames,
  counter: { next: number },
): string[] {
  const channels = correlation.groups
  const sources = lattice.map((a) => a.source)
  const pitches = lattice.map((_, i) => sources.slice(i + 1).reduce((product, s) => product * s, channels))
  const taps = tapList(lattice).map((t) => ({
    source: t.offsets.reduce((sum, o, i) => sum + o * (pitches[i] ?? 0), 0),
    filter: t.indices.reduce((p, x, i) => p * (correlation.window[i] ?? 1) + x, 0) * channels,
  }))
  const type = sumType(kernel.node)
  const product = (x: string, w: string) => `${factorText(kernel.a, x)} * ${factorText(kernel.b, w)}`
  const element = positionText(
    'n',
    lattice.map((a, i) => `(${a.first} + q${i} * ${a.step})`),
    lattice.map((a) => a.result),
  )
  const inside = lattice
    .map((a, i) => `q${i} * ${a.sourceStep} + (${reachOf(a).low}) >= 0 && q${i} * ${a.sourceStep} + (${reachOf(a).high}) < ${a.source}`)
    .join(' && ')
  const corner = lattice.map((a, i) => `(q${i} * ${a.sourceStep} + (${reachOf(a).low}))`)
  const unrolled = [
    `const ${storedType[kernel.a.dtype]} *x = b0 + ${positionText('n', corner, sources)} * ${channels};`,
    '#pragma omp simd',
    `for (int64_t c = 0; c < ${channels}; c++) {`,
    `  ${type} s = 0;`,
    ...taps.map((t) => `  s += ${product(`x[c + ${t.source}]`, `b1[c + ${t.filter}]`)};`),
    '  sum[c] = s;',
    '}',
  ]
  const looped = [
    `for (int64_t c = 0; c < ${channels}; c++) sum[c] = 0;`,
    ...lattice.map(
      (a, i) =>
        `static const int32_t index${i}[] = {${a.taps.map((t) => t.index).join(', ') || 0}}, offset${i}[] = {${a.taps.map((t) => t.offset).join(', ') || 0}};`,
    ),
    ...nestText(
      lattice.length,
      (i) => `for (int64_t k${i} = 0; k${i} < ${lattice[i]?.taps.length}; k${i}++)`,
      (i) => [
        `const int64_t s${i} = q${i} * ${lattice[i]?.sourceStep} + offset${i}[k${i}];`,
        `if ((uint64_t)s${i} >= ${lattice[i]?.source}u) continue;`,
      ],
      [
        `const ${storedType[kernel.a.dtype]} *x = b0 + ${positionText(
          'n',
          lattice.map((_, i) => `s${i}`),
          sources,
        )} * ${channels};`,
        `const ${storedType[kernel.b.dtype]} *w = b1 + ${positionText(
          '0',
          lattice.map((_, i) => `index${i}[k${i}]`),
          correlation.window,
        )} * (int64_t)${channels};`,
        '#pragma omp simd',
        `for (int64_t c = 0; c < ${channels}; c++) sum[c] += ${product('x[c]', 'w[c]')};`,
      ],
    ),
  ]
  const sums = taps.length === 0 || taps.length > mostTaps ? looped : [`if (${inside}) {`, ...indent(unrolled), '} else {', ...indent(looped), '}']
  return [
    ...decodeText(
      'q',
      lattice.map((a) => a.count),
      'at',
      'none',
    ),
    '(void)none;',
    ...sums,
    `const int64_t e = ${element};`,
    ...epilogueLoop(kernel, isKept, names, counter, { element: 'e', from: '0', to: String(channels) }, fromSum(kernel.node, 'sum[channel]')),
  ]
}
