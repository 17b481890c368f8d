// The filter gradient of a convolution with register tiles: taps and channels by filters, summed over pixels that are read where they lie.
// The batch is cut into a fixed number of parts; a last phase adds their sums in order and finishes the elements.
import { multiplyDims } from '../../../core/dimension.ts'
import type { Node } from '../../../core/graph.ts'
import type { Kernel } from '../../../compiler/loop-ir/loop-ir.ts'
import { KernelNames, storedType } from '../render-expression.ts'
import { type BoundKernel, bufferDeclarations, indent } from '../render-loops.ts'
import { cText } from '../rendered-kernel.ts'
import { type Correlation, reachOf, tapList } from './convolution-correlation.ts'
import { epilogueLoop, loadText, writtenBy } from './convolution-epilogue.ts'
import type { FilterPlan } from './convolution-filter-plan.ts'
import { filterTileText } from './convolution-filter-tile.ts'
import { nestText, positionText, taskRange } from './convolution-loops.ts'
import { sourceSpan } from './convolution-plan.ts'

type Convolution = Extract<Kernel, { kind: 'convolution' }>

/** Sums that one task of the last phase reads. */
const finishElements = 1 << 16

/** Renders a filter gradient (`kernel.a` is the input, `kernel.b` the output's gradient) by tiles. */
export function renderTiledFilterGradient(
  kernel: Convolution,
  correlation: Correlation,
  plan: FilterPlan,
  isKept: (node: Node) => boolean,
): BoundKernel {
  const names = new KernelNames()
  names.buffer(kernel.a)
  names.buffer(kernel.b)
  const { lattice, parts, panels, vectors, lanes } = plan
  const { groups, sourceChannels } = correlation
  const inner = tapList(lattice).length * sourceChannels
  const pitch = panels * vectors * lanes
  const straight = sumsAreResult(kernel, correlation, plan, isKept, pitch)
  const finish = straight ? undefined : finishText(kernel, correlation, plan, isKept, names, inner, pitch)
  const scratch = straight ? names.buffer(kernel.node) : names.buffers.length
  const rows = names.size(
    multiplyDims(
      correlation.batch,
      lattice.slice(0, -1).reduce((product, a) => product * a.count, plan.rowsPerAxis),
    ),
  )
  const run = unitText(kernel, correlation, plan, cText(rows), scratch, inner, pitch)
  const source = [
    `typedef float KERNEL_v __attribute__((vector_size(${lanes * 4}), aligned(4), may_alias));`,
    'typedef struct { int64_t source, gradient, length; } KERNEL_pixels;',
    ...run.tiles,
    run.lines.join('\n'),
    finish?.lines.join('\n').replaceAll('KERNEL_scratch', `buf[${scratch}]`) ?? '',
    '',
  ].join('\n')
  return {
    rendered: {
      source,
      phases: [{ symbol: 'KERNEL_run', tasks: run.tasks }, ...(finish === undefined ? [] : [{ symbol: 'KERNEL_finish', tasks: finish.tasks }])],
      scratchBytes: straight ? 0 : parts * groups * inner * pitch * 4,
    },
    names,
  }
}

/** Whether the sums are all that is wanted and may be added up where they are stored: one part, no padding of filters, nothing computed from them. */
function sumsAreResult(
  kernel: Convolution,
  { groups, resultChannels }: Correlation,
  { parts }: FilterPlan,
  isKept: (node: Node) => boolean,
  pitch: number,
) {
  const wanted = kernel.epilogue.filter(({ node }) => isKept(node))
  const [only] = wanted
  return parts === 1 && groups === 1 && pitch === resultChannels && wanted.length === 1 && only?.node === kernel.node && kernel.node.dtype === 'f32'
}

/** The last phase: rows of the filter, each the sum of its parts. */
function finishText(
  kernel: Convolution,
  { groups, resultChannels }: Correlation,
  { parts }: FilterPlan,
  isKept: (node: Node) => boolean,
  names: KernelNames,
  inner: number,
  pitch: number,
) {
  const range = taskRange(inner, Math.max(1, Math.floor(finishElements / (parts * groups * pitch))))
  const body = epilogueLoop(
    kernel,
    isKept,
    names,
    { next: 0 },
    { element: 'e', from: `g * ${resultChannels}`, to: `(g + 1) * ${resultChannels}` },
    parts === 1 ? `from[channel - g * ${resultChannels}]` : `sums[channel - g * ${resultChannels}]`,
  )
  const add = [
    `float sums[${pitch}] __attribute__((aligned(64)));`,
    `__builtin_memcpy(sums, from, ${pitch * 4});`,
    `for (int64_t part = 1; part < ${parts}; part++) {`,
    `  const float *more = from + part * ${groups * inner * pitch};`,
    '  #pragma omp simd',
    `  for (int64_t f = 0; f < ${pitch}; f++) sums[f] += more[f];`,
    '}',
  ]
  const lines = [
    'void KERNEL_finish(void *const *buf, const int64_t *dim, int64_t task) {',
    ...indent([
      '(void)dim; (void)task;',
      ...bufferDeclarations(names, writtenBy(kernel, isKept)),
      ...range.lines,
      `for (int64_t e = begin; e < end; e++) for (int64_t g = 0; g < ${groups}; g++) {`,
      ...indent([`const float *from = (const float *)KERNEL_scratch + (g * ${inner} + e) * ${pitch};`, ...(parts === 1 ? [] : add), ...body]),
      '}',
    ]),
    '}',
  ]
  return { lines, tasks: range.tasks }
}

/** The first phase: a unit is a part of the rows of pixels, a group, some taps of the axes before the last, and some panels of filters. */
function unitText(kernel: Convolution, correlation: Correlation, plan: FilterPlan, totalRows: string, scratch: number, inner: number, pitch: number) {
  const { groups, sourceChannels, resultChannels } = correlation
  const {
    lattice,
    direct,
    gradientDirect,
    lanes,
    vectors,
    lastVectors,
    panels,
    run,
    tileRows,
    single,
    rowPixels,
    chunkRows,
    parts,
    unitPanels,
    unitTaps,
  } = plan
  const width = vectors * lanes
  const allChannels = sourceChannels * groups
  const allFilters = resultChannels * groups
  const last = lattice.at(-1)
  if (last === undefined) return { lines: [], tiles: [], tasks: 0 }
  const outer = lattice.slice(0, -1)
  const outerTaps = tapList(outer)
  const span = sourceSpan(last, rowPixels)
  const pixelPitch = direct ? allChannels : sourceChannels
  const pitches = lattice.map((_, i) => lattice.slice(i + 1).reduce((product, a) => product * a.source, allChannels))
  /** Floats from the first tap of the outer axes to each. */
  const tapOffsets = outerTaps.map((t, k) => (direct ? t.offsets.reduce((sum, o, i) => sum + o * (pitches[i] ?? 0), 0) : k * span * sourceChannels))
  const lastOffsets = last.taps.map((t) => (t.offset - reachOf(last).low) * pixelPitch)
  const gradientPitch = gradientDirect ? allFilters : unitPanels * width

  const tiles: string[] = []
  const tile = (offsets: readonly number[], tileVectors: number): string => {
    const name = `KERNEL_tile${tiles.length}`
    tiles.push(
      filterTileText(name, {
        offsets,
        vectors: tileVectors,
        lanes,
        sourceStride: last.sourceStep * pixelPitch,
        gradientStride: gradientPitch,
        resultStride: pitch,
      }),
    )
    return name
  }
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)
  const calls = (tileVectors: number): string[] => {
    const call = (name: string, a: string, row: string) =>
      `${name}(base + ${a}, gradient + (p - p0) * ${width}, sums + (${row}) * ${pitch}, pixels, count, first);`
    if (single) {
      const offsets = tapOffsets.flatMap((o) => lastOffsets.flatMap((l) => upTo(sourceChannels).map((c) => o + l + c)))
      return [call(tile(offsets, tileVectors), '0', '0')]
    }
    const runs = (last.taps.length * sourceChannels) / run
    const tilesPerRun = Math.ceil(run / tileRows)
    const full = run - tilesPerRun * (tileRows - 1)
    const larger = tile(upTo(tileRows), tileVectors)
    const smaller = full === tilesPerRun ? larger : tile(upTo(tileRows - 1), tileVectors)
    const a = `tap_offsets[k] + ${runs === 1 ? '0' : 'last_offsets[l]'} + row`
    const row = `(k * ${runs} + l) * ${run} + row`
    return [
      `for (int64_t k = k0; k < k1; k++) for (int64_t l = 0; l < ${runs}; l++) {`,
      `  static const int32_t last_offsets[] = {${(runs === 1 ? [0] : lastOffsets).join(', ')}};`,
      `  (void)last_offsets;`,
      `  for (int64_t t = 0; t < ${tilesPerRun}; t++) {`,
      `    const int64_t row = t * ${tileRows}${full === tilesPerRun ? '' : ` - (t > ${full} ? t - ${full} : 0)`};`,
      ...(full === tilesPerRun
        ? [`    ${call(larger, a, row)}`]
        : [`    if (t < ${full}) ${call(larger, a, row)}`, `    else ${call(smaller, a, row)}`]),
      '  }',
      '}',
    ]
  }
  const panelCalls =
    lastVectors === vectors
      ? calls(vectors)
      : [`if (p < ${panels - 1}) {`, ...indent(panels > 1 ? calls(vectors) : []), '} else {', ...indent(calls(lastVectors)), '}']

  const tapBlocks = Math.ceil(outerTaps.length / unitTaps)
  const panelBlocks = Math.ceil(panels / unitPanels)
  const decode = [
    `const int64_t part = unit / ${groups * tapBlocks * panelBlocks};`,
    `const int64_t g = unit / ${tapBlocks * panelBlocks} % ${groups};`,
    `const int64_t k0 = unit / ${panelBlocks} % ${tapBlocks} * ${unitTaps};`,
    `const int64_t k1 = k0 + ${unitTaps} < ${outerTaps.length} ? k0 + ${unitTaps} : ${outerTaps.length};`,
    `const int64_t p0 = unit % ${panelBlocks} * ${unitPanels};`,
    `const int64_t p1 = p0 + ${unitPanels} < ${panels} ? p0 + ${unitPanels} : ${panels};`,
    `const int64_t rows = ${totalRows};`,
    `const int64_t share = (rows + ${parts - 1}) / ${parts};`,
    'const int64_t end = (part + 1) * share < rows ? (part + 1) * share : rows;',
    `float *sums = (float *)buf[${scratch}] + (part * ${groups} + g) * ${inner * pitch} + p0 * ${width};`,
  ]
  const start = (a: (typeof lattice)[number], q: string) => `${q} * ${a.sourceStep} + (${reachOf(a).low})`
  const rowDecode: string[] = [
    `int64_t rest = row0 + i;`,
    `const int64_t column = rest % ${plan.rowsPerAxis} * ${rowPixels};`,
    `rest /= ${plan.rowsPerAxis};`,
  ]
  for (let i = outer.length - 1; i >= 0; i--) rowDecode.push(`const int64_t q${i} = rest % ${outer[i]?.count};`, `rest /= ${outer[i]?.count};`)
  rowDecode.push(
    'const int64_t n = rest;',
    `const int64_t length = ${last.count} - column < ${rowPixels} ? ${last.count} - column : ${rowPixels};`,
    `const int64_t pixel = ${positionText(
      'n',
      [...outer.map((_, i) => `q${i}`), 'column'],
      lattice.map((a) => a.count),
    )};`,
    'pixels[i].length = length;',
    `pixels[i].gradient = ${gradientDirect ? `pixel * ${allFilters}` : `i * ${rowPixels * gradientPitch}`};`,
    direct
      ? `pixels[i].source = ${positionText(
          'n',
          [...outer.map((a, i) => `(${start(a, `q${i}`)})`), `(${start(last, 'column')})`],
          lattice.map((a) => a.source),
        )} * ${allChannels};`
      : `pixels[i].source = i * ${unitTaps * span * sourceChannels};`,
  )
  const copySource = direct ? [] : copySourceText(kernel, correlation, plan, span, start(last, 'column'))
  const copyGradient = gradientDirect
    ? []
    : [
        `const int64_t filled = (p1 * ${width} < ${resultChannels} ? p1 * ${width} : ${resultChannels}) - p0 * ${width};`,
        'for (int64_t x = 0; x < length; x++) {',
        `  float *to = gradient_copy + (i * ${rowPixels} + x) * ${gradientPitch};`,
        `  const ${storedType[kernel.b.dtype]} *from = (const ${storedType[kernel.b.dtype]} *)buf[1] + (pixel + x) * ${allFilters} + g * ${resultChannels} + p0 * ${width};`,
        `  for (int64_t f = 0; f < filled; f++) to[f] = ${loadText(kernel.b, 'from[f]')};`,
        `  for (int64_t f = filled; f < ${gradientPitch}; f++) to[f] = 0.0f;`,
        '}',
      ]
  // Offsets of the outer taps from the first one of the unit.
  const relative = direct ? tapOffsets : outerTaps.map((_, k) => (k % unitTaps) * span * sourceChannels)
  const units = parts * groups * tapBlocks * panelBlocks
  const lines = [
    `static const int64_t KERNEL_tap_offsets[] = {${relative.join(', ')}};`,
    ...(direct ? [] : outer.map((_, i) => `static const int32_t KERNEL_shift${i}[] = {${outerTaps.map((t) => t.offsets[i] ?? 0).join(', ')}};`)),
    'void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {',
    ...indent([
      '(void)dim;',
      'const int64_t unit = task;',
      'const int64_t *tap_offsets = KERNEL_tap_offsets;',
      '(void)tap_offsets;',
      ...decode,
      `KERNEL_pixels pixels[${chunkRows}];`,
      ...(direct ? [] : [`float copy[${chunkRows * unitTaps * span * sourceChannels}] __attribute__((aligned(64)));`]),
      ...(gradientDirect ? [] : [`float gradient_copy[${chunkRows * rowPixels * gradientPitch}] __attribute__((aligned(64)));`]),
      // A part without rows still writes its sums: zeros.
      'int64_t row0 = part * share, first = 1;',
      'do {',
      ...indent([
        `const int64_t left = end > row0 ? end - row0 : 0;`,
        `const int64_t count = left < ${chunkRows} ? left : ${chunkRows};`,
        'for (int64_t i = 0; i < count; i++) {',
        ...indent([...rowDecode, ...copySource, ...copyGradient]),
        '}',
        `const float *base = ${direct ? `(const float *)buf[0] + g * ${sourceChannels}` : 'copy'};`,
        `const float *gradient = ${gradientDirect ? `(const float *)buf[1] + g * ${resultChannels} + p0 * ${width}` : 'gradient_copy'};`,
        'for (int64_t p = p0; p < p1; p++) {',
        ...indent(panelCalls.map((line) => line.replaceAll('sums + (', `sums + (p - p0) * ${width} + (`))),
        '}',
        `row0 += ${chunkRows};`,
        'first = 0;',
      ]),
      '} while (row0 < end);',
    ]),
    '}',
  ]
  return { lines, tiles, tasks: units }
}

/** Copies what row `i` reads under the unit's taps of the outer axes: `span` pixels each, zeros where they are padding. */
function copySourceText(
  kernel: Convolution,
  { sourceChannels, groups }: Correlation,
  { lattice, unitTaps }: FilterPlan,
  span: number,
  start: string,
): string[] {
  const last = lattice.at(-1)
  if (last === undefined) return []
  const outer = lattice.slice(0, -1)
  const allChannels = sourceChannels * groups
  const type = storedType[kernel.a.dtype]
  const { low, high } = reachOf(last)
  const outside = outer.map((a, i) => `(uint64_t)s${i} >= ${a.source}u`)
  const whole = kernel.a.dtype === 'f32' && groups === 1
  return [
    `const int64_t begin = ${start};`,
    `const int64_t columns = (length - 1) * ${last.sourceStep} + ${high - low + 1};`,
    'const int64_t before = begin < 0 ? (-begin < columns ? -begin : columns) : 0;',
    `const int64_t inside = ${last.source} - begin < columns ? ${last.source} - begin : columns;`,
    'const int64_t after = inside > before ? inside : before;',
    ...nestText(
      1,
      () => 'for (int64_t k = k0; k < k1; k++)',
      () => [],
      [
        `float *to = copy + (i * ${unitTaps} + k - k0) * ${span * sourceChannels};`,
        ...outer.map((a, i) => `const int64_t s${i} = q${i} * ${a.sourceStep} + (${reachOf(a).low}) + KERNEL_shift${i}[k];`),
        ...(outside.length === 0
          ? []
          : [`if (${outside.join(' || ')}) {`, `  __builtin_memset(to, 0, columns * ${sourceChannels * 4});`, '  continue;', '}']),
        `const ${type} *from = (const ${type} *)buf[0] + (${positionText(
          'n',
          outer.map((_, i) => `s${i}`),
          outer.map((a) => a.source),
        )} * ${last.source} + begin) * ${allChannels} + g * ${sourceChannels};`,
        `__builtin_memset(to, 0, before * ${sourceChannels * 4});`,
        ...(whole
          ? [`__builtin_memcpy(to + before * ${sourceChannels}, from + before * ${sourceChannels}, (after - before) * ${sourceChannels * 4});`]
          : [
              'for (int64_t x = before; x < after; x++) {',
              '  #pragma omp simd',
              `  for (int64_t c = 0; c < ${sourceChannels}; c++) to[x * ${sourceChannels} + c] = ${loadText(kernel.a, `from[x * ${allChannels} + c]`)};`,
              '}',
            ]),
        `__builtin_memset(to + after * ${sourceChannels}, 0, (columns - after) * ${sourceChannels * 4});`,
      ],
    ),
  ]
}
