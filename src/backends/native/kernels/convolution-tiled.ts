// Convolution and its input gradient with register tiles: an implicit matrix product that reads the image where it lies, or a padded
// copy of the part that a unit needs, and filters packed once into panels. Nothing like a matrix of patches is ever written.
import { multiplyDims } from '../../../core/dimension.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import { KernelNames, storedType } from '../render-expression.ts'
import { type BoundKernel, bufferDeclarations, indent } from '../render-loops.ts'
import type { KernelPhase } from '../rendered-kernel.ts'
import { type Correlation, type CorrelationAxis, reachOf, tapCount, tapList } from './convolution-correlation.ts'
import { epilogueLoop, loadText, writtenBy } from './convolution-epilogue.ts'
import { nestText, positionText, taskRange } from './convolution-loops.ts'
import type { ConvolutionPlan, LatticePlan } from './convolution-plan.ts'
import { sourceSpan } from './convolution-plan.ts'
import { filterLayout, packText, readsFilterInPlace } from './convolution-pack.ts'
import { type ConvolutionTile, convolutionTileText, type Trim } from './convolution-tile.ts'

type Convolution = Extract<Kernel, { kind: 'convolution' }>

/** Inner sums of at most this many steps are written out. */
const mostFixed = 16

/** Renders a convolution (`kernel.a` is its input) or an input gradient (`kernel.a` is the output's gradient) by tiles. */
export function renderTiledConvolution(
  kernel: Convolution,
  correlation: Correlation,
  plan: ConvolutionPlan,
  isKept: (node: Node) => boolean,
): BoundKernel {
  const names = new KernelNames()
  names.buffer(kernel.a)
  names.buffer(kernel.b)
  const layout = filterLayout(kernel, correlation)
  const packed = !readsFilterInPlace(kernel, correlation, plan)
  const finish = finishText(kernel, correlation, plan, isKept, names)
  const scratch = names.buffers.length
  const bases: number[] = []
  let floats = 0
  for (const { lattice, tile } of plan.lattices) {
    bases.push(floats)
    floats += correlation.groups * tile.panels * tapCount(lattice) * correlation.sourceChannels * tile.vectors * tile.lanes
  }
  const tiles = new Map<string, string>()
  const units = plan.lattices.map((lattice, i) =>
    unitText(i, kernel, correlation, plan, lattice, packed ? `(const float *)buf[${scratch}] + ${bases[i]}` : '(const float *)buf[1]', tiles),
  )
  const perImage = plan.lattices.reduce((sum, l) => sum + l.units, 0)
  const range = taskRange(names.size(multiplyDims(correlation.batch, perImage)), plan.unitsPerTask)
  let below = 0
  const choose = plan.lattices.map((lattice, i) => {
    const line = `${i === 0 ? 'if' : 'else if'} (rest < ${below + lattice.units}) KERNEL_unit${i}(buf, dim, n, rest - ${below});`
    below += lattice.units
    return line
  })
  const run = [
    'void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {',
    ...indent([
      ...range.lines,
      'for (int64_t unit = begin; unit < end; unit++) {',
      `  const int64_t n = unit / ${perImage}, rest = unit % ${perImage};`,
      ...indent(choose),
      '}',
    ]),
    '}',
  ]
  const phases: KernelPhase[] = []
  const parts = [
    `typedef float KERNEL_v __attribute__((vector_size(${(plan.lattices[0]?.tile.lanes ?? 4) * 4}), aligned(4), may_alias));`,
    ...tiles.values(),
    finish.join('\n'),
    ...units.map((lines) => lines.join('\n')),
  ]
  if (packed && floats > 0) {
    const pack = packText(kernel, correlation, plan, layout, bases, scratch)
    parts.push(pack.lines.join('\n'))
    phases.push({ symbol: 'KERNEL_pack', tasks: pack.tasks })
  }
  parts.push(run.join('\n'), '')
  phases.push({ symbol: 'KERNEL_run', tasks: range.tasks })
  return { rendered: { source: parts.join('\n'), phases, scratchBytes: packed ? floats * 4 : 0 }, names }
}

/** `KERNEL_finish`: the epilogue of `rows` finished positions that stand `step` apart, for `count` channels from `first`. */
function finishText(
  kernel: Convolution,
  correlation: Correlation,
  plan: ConvolutionPlan,
  isKept: (node: Node) => boolean,
  names: KernelNames,
): string[] {
  const widths = plan.lattices.map((l) => l.tile.vectors * l.tile.lanes)
  const [width] = widths
  const constant = width !== undefined && widths.every((w) => w === width) && correlation.resultChannels % width === 0
  const body = epilogueLoop(
    kernel,
    isKept,
    names,
    { next: 0 },
    { element: 'e', from: 'first', to: `first + ${constant ? width : 'count'}` },
    'c[channel - first]',
  )
  return [
    'static __attribute__((noinline)) void KERNEL_finish(void *const *buf, const int64_t *dim, const float *c, int64_t pitch, int64_t e, int64_t step, int64_t rows, int64_t first, int64_t count) {',
    ...indent([
      '(void)dim; (void)count;',
      ...bufferDeclarations(names, writtenBy(kernel, isKept)),
      'for (int64_t r = 0; r < rows; r++, e += step, c += pitch) {',
      ...indent(body),
      '}',
    ]),
    '}',
  ]
}

/** `KERNEL_unitI`: one unit of one lattice of image `n`. */
function unitText(
  index: number,
  kernel: Convolution,
  correlation: Correlation,
  plan: ConvolutionPlan,
  part: LatticePlan,
  filters: string,
  tiles: Map<string, string>,
): string[] {
  const { groups, sourceChannels, resultChannels } = correlation
  const { lattice, tile, blockTiles, blockRows, blockPanels } = part
  const { blockChannels, direct, trimmed } = plan
  const blocked = blockChannels < sourceChannels
  const width = tile.vectors * tile.lanes
  const lastWidth = tile.lastVectors * tile.lanes
  const outer = lattice.slice(0, -2)
  const middle = lattice.at(-2)
  const last = lattice.at(-1)
  if (last === undefined) return []
  const rows = middle?.count ?? 1
  const allChannels = sourceChannels * groups
  const pixelPitch = direct ? allChannels : blockChannels
  // Positions that a unit's copy has along each axis; in place, those of the source.
  const spans = lattice.map((a, i) =>
    direct ? a.source : i === lattice.length - 1 ? sourceSpan(a, blockTiles * tile.rows) : sourceSpan(a, i === lattice.length - 2 ? blockRows : 1),
  )
  const pitches = spans.map((_, i) => spans.slice(i + 1).reduce((product, s) => product * s, pixelPitch))
  const rowPitch = pitches.at(-2) ?? 0
  const taps = tapList(lattice)
  const consecutive = last.taps.every((t, i) => i === 0 || t.offset === (last.taps[i - 1]?.offset ?? 0) + 1)
  const merged = consecutive && !trimmed && (direct ? groups === 1 && !blocked : sourceChannels % blockChannels === 0)
  const trims = trimmed
    ? last.taps.map(({ offset }): Trim => {
        const [from, to] = [Math.ceil(-offset / last.sourceStep), Math.ceil((last.source - offset) / last.sourceStep)]
        return { offset: (offset - reachOf(last).low) * pixelPitch, from: Math.max(0, from), to: Math.min(last.count, to) }
      })
    : undefined
  const runTaps = merged || trimmed ? Math.max(1, last.taps.length) : 1
  const offsets = taps.filter((_, i) => i % runTaps === 0).map((t) => t.offsets.reduce((sum, o, i) => sum + o * (pitches[i] ?? 0), 0))
  const inner = taps.length * sourceChannels
  const fixed =
    !blocked && !trimmed && plan.lattices.length === 1 && inner > 0 && inner <= mostFixed && offsets.length > 0
      ? { offsets, run: runTaps * sourceChannels }
      : undefined

  const tileName = (tileRows: number, vectors: number): string => {
    const shape: ConvolutionTile = {
      rows: tileRows,
      vectors,
      lanes: tile.lanes,
      rowStride: last.sourceStep * pixelPitch,
      resultStride: width,
      fixed,
      trims,
    }
    const key = `${tileRows}x${vectors}x${shape.rowStride}x${width}${trims === undefined ? '' : `x${index}`}`
    const name = `KERNEL_tile${[...tiles.keys()].indexOf(key) >= 0 ? [...tiles.keys()].indexOf(key) : tiles.size}`
    if (!tiles.has(key)) tiles.set(key, convolutionTileText(name, shape))
    return name
  }
  const call = (tileRows: number, vectors: number) =>
    trimmed
      ? `${tileName(tileRows, vectors)}(a, weights + m0 * ${runTaps} * here * ${vectors * tile.lanes}, to, KERNEL_offsets${index} + m0, m1 - m0, here, c0 == 0);`
      : `${tileName(tileRows, vectors)}(a, weights, to, KERNEL_offsets${index}, ${offsets.length}, ${merged && runTaps > 1 ? `${runTaps} * here` : 'here'}, c0 == 0);`
  const byRows = (vectors: number): string[] => {
    if (part.fullTiles === part.tiles) return [call(tile.rows, vectors)]
    return [`if (t < ${part.fullTiles}) ${call(tile.rows, vectors)}`, `else ${call(tile.rows - 1, vectors)}`]
  }
  const byPanel =
    tile.lastVectors === tile.vectors
      ? byRows(tile.vectors)
      : [`if (p < ${tile.panels - 1}) {`, ...indent(byRows(tile.vectors)), '} else {', ...indent(byRows(tile.lastVectors)), '}']

  const column = (t: string) =>
    `(${t} * ${tile.rows}${part.fullTiles === part.tiles ? '' : ` - (${t} > ${part.fullTiles} ? ${t} - ${part.fullTiles} : 0)`})`
  const position = positionText(
    'n',
    lattice.map((a, i) => `(${a.first} + ${i === lattice.length - 1 ? 'q' : i === lattice.length - 2 ? 'r' : `q${i}`} * ${a.step})`),
    lattice.map((a) => a.result),
  )
  const sumsPitch = `(((p - p0) * ${blockRows} + r - r0) * ${blockTiles} + t - t0) * ${tile.rows * width}`
  const decode = [
    `const int64_t p0 = unit % ${Math.ceil(tile.panels / blockPanels)} * ${blockPanels};`,
    `unit /= ${Math.ceil(tile.panels / blockPanels)};`,
    `const int64_t p1 = p0 + ${blockPanels} < ${tile.panels} ? p0 + ${blockPanels} : ${tile.panels};`,
    `const int64_t g = unit % ${groups};`,
    `unit /= ${groups};`,
    `const int64_t t0 = unit % ${Math.ceil(part.tiles / blockTiles)} * ${blockTiles};`,
    `unit /= ${Math.ceil(part.tiles / blockTiles)};`,
    `const int64_t t1 = t0 + ${blockTiles} < ${part.tiles} ? t0 + ${blockTiles} : ${part.tiles};`,
    `const int64_t r0 = unit % ${Math.ceil(rows / blockRows)} * ${blockRows};`,
    `unit /= ${Math.ceil(rows / blockRows)};`,
    `const int64_t r1 = r0 + ${blockRows} < ${rows} ? r0 + ${blockRows} : ${rows};`,
    ...outer.flatMap((_, k) => {
      const i = outer.length - 1 - k
      return [`const int64_t q${i} = unit % ${outer[i]?.count};`, `unit /= ${outer[i]?.count};`]
    }),
    `const int64_t first = ${column('t0')};`,
  ]
  // The first source position that the block reads, along each axis.
  const starts = lattice.map((a, i) => {
    const q = i === lattice.length - 1 ? 'first' : i === lattice.length - 2 ? 'r0' : `q${i}`
    const { low } = reachOf(a)
    return `${q} * ${a.sourceStep} + (${low})`
  })
  const base = direct
    ? [
        `const float *base = source + ${positionText(
          'n',
          starts.map((s) => `(${s})`),
          lattice.map((a) => a.source),
        )} * ${allChannels} + g * ${sourceChannels} + c0;`,
      ]
    : [...(taps.length === 0 ? [] : copyText(kernel, correlation, lattice, plan, spans, starts, column('t1'))), 'const float *base = copy;']
  const stack = [
    `float sums[${blocked ? blockPanels * blockRows * blockTiles * tile.rows * width : tile.rows * width}] __attribute__((aligned(64)));`,
    ...(direct ? [] : [`float copy[${(spans[0] ?? 1) * (pitches[0] ?? 1)}] __attribute__((aligned(64)));`]),
  ]
  return [
    ...(offsets.length === 0
      ? [`#define KERNEL_offsets${index} ((const int32_t *)0)`]
      : [`static const int32_t KERNEL_offsets${index}[] = {${offsets.join(', ')}};`]),
    `static void KERNEL_unit${index}(void *const *buf, const int64_t *dim, int64_t n, int64_t unit) {`,
    ...indent([
      `const ${storedType[kernel.a.dtype]} *source = buf[0];`,
      `const float *filters = ${filters};`,
      ...decode,
      ...stack,
      `for (int64_t c0 = 0; c0 < ${sourceChannels}; c0 += ${blockChannels}) {`,
      ...indent([
        `const int64_t here = c0 + ${blockChannels} < ${sourceChannels} ? ${blockChannels} : ${sourceChannels} - c0;`,
        ...base,
        'for (int64_t p = p0; p < p1; p++) {',
        ...indent([
          `const float *weights = filters + (g * ${tile.panels} + p) * ${inner * width} + c0 * ${taps.length} * (p == ${tile.panels - 1} ? ${lastWidth} : ${width});`,
          'for (int64_t r = r0; r < r1; r++) {',
          ...indent([
            ...(trimmed ? rangeOfTaps(middle) : []),
            'for (int64_t t = t0; t < t1; t++) {',
            ...indent([
              `const int64_t q = ${column('t')};`,
              `const float *a = base + (r - r0) * ${(middle?.sourceStep ?? 0) * rowPitch} + (q - first) * ${last.sourceStep * pixelPitch};`,
              `float *to = sums${blocked ? ` + ${sumsPitch}` : ''};`,
              ...byPanel,
              `if (c0 + here < ${sourceChannels}) continue;`,
              `const int64_t width = p == ${tile.panels - 1} ? ${resultChannels - (tile.panels - 1) * width} : ${width};`,
              `KERNEL_finish(buf, dim, to, ${width}, ${position}, ${last.step}, ${part.fullTiles === part.tiles ? tile.rows : `t < ${part.fullTiles} ? ${tile.rows} : ${tile.rows - 1}`}, g * ${resultChannels} + p * ${width}, width);`,
            ]),
            '}',
          ]),
          '}',
        ]),
        '}',
      ]),
      '}',
    ]),
    '}',
  ]
}

/** `m0` ≤ m < `m1`: the taps of the second last axis whose source row `r` exists. */
function rangeOfTaps(middle: CorrelationAxis | undefined): string[] {
  if (middle === undefined) return ['const int64_t m0 = 0, m1 = 1;']
  if (middle.taps.length === 0) return ['const int64_t m0 = 0, m1 = 0;']
  return [
    `static const int32_t taps[] = {${middle.taps.map((t) => t.offset).join(', ')}};`,
    `int64_t m0 = 0, m1 = ${middle.taps.length};`,
    `while (m0 < m1 && r * ${middle.sourceStep} + taps[m0] < 0) m0++;`,
    `while (m1 > m0 && r * ${middle.sourceStep} + taps[m1 - 1] >= ${middle.source}) m1--;`,
  ]
}

/** Fills `copy` with the source positions of the unit, zeros where they are padding. */
function copyText(
  kernel: Convolution,
  { sourceChannels, groups }: Correlation,
  lattice: readonly CorrelationAxis[],
  { blockChannels }: ConvolutionPlan,
  spans: readonly number[],
  starts: readonly string[],
  end: string,
): string[] {
  const last = lattice.at(-1)
  if (last === undefined) return []
  const depth = lattice.length - 1
  const allChannels = sourceChannels * groups
  const whole = kernel.a.dtype === 'f32' && blockChannels === allChannels
  const reach = reachOf(last)
  const columns = `((${end} - first - 1) * ${last.sourceStep} + ${reach.high - reach.low + 1})`
  const copyPixels = whole
    ? [`__builtin_memcpy(to + left * ${blockChannels}, from + left * ${allChannels}, (right - left) * ${blockChannels * 4});`]
    : [
        'for (int64_t x = left; x < right; x++) {',
        '  #pragma omp simd',
        `  for (int64_t c = 0; c < here; c++) to[x * ${blockChannels} + c] = ${loadText(kernel.a, `from[x * ${allChannels} + c]`)};`,
        '}',
      ]
  const sources = lattice.map((a) => a.source)
  const outside = lattice.slice(0, -1).map((a, i) => `(uint64_t)s${i} >= ${a.source}u`)
  return [
    `const int64_t start = ${starts.at(-1)};`,
    `const int64_t columns = ${columns};`,
    `const int64_t left = start < 0 ? (-start < columns ? -start : columns) : 0;`,
    `const int64_t inside = ${last.source} - start < columns ? ${last.source} - start : columns;`,
    'const int64_t right = inside > left ? inside : left;',
    ...nestText(
      depth,
      (i) => {
        const a = lattice[i]
        const count =
          a === undefined ? '1' : i === depth - 1 ? `(r1 - r0 - 1) * ${a.sourceStep} + ${reachOf(a).high - reachOf(a).low + 1}` : `${spans[i]}`
        return `for (int64_t y${i} = 0; y${i} < ${count}; y${i}++)`
      },
      (i) => [`const int64_t s${i} = ${starts[i]} + y${i};`],
      [
        `float *to = copy + ${positionText(
          '0',
          lattice.slice(0, -1).map((_, i) => `y${i}`),
          spans.slice(0, -1),
        )} * ${(spans.at(-1) ?? 1) * blockChannels};`,
        ...(outside.length > 0
          ? [`if (${outside.join(' || ')}) {`, `  __builtin_memset(to, 0, columns * ${blockChannels * 4});`, '  continue;', '}']
          : []),
        `const ${storedType[kernel.a.dtype]} *from = source + (${positionText(
          'n',
          lattice.slice(0, -1).map((_, i) => `s${i}`),
          sources.slice(0, -1),
        )} * ${last.source} + start) * ${allChannels} + g * ${sourceChannels} + c0;`,
        `__builtin_memset(to, 0, left * ${blockChannels * 4});`,
        ...copyPixels,
        `__builtin_memset(to + right * ${blockChannels}, 0, (columns - right) * ${blockChannels * 4});`,
      ],
    ),
  ]
}
