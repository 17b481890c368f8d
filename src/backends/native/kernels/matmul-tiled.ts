// The tiled matrix product: blocks of the result are summed by a register tile over packed panels, then finished by the epilogue
// while they lie in the cache (Goto & van de Geijn 2008, with the result's block kept by the task until it is complete).

import { type CInt, cText, cValue, type KernelPhase, type RenderedKernel, type Target } from '../rendered-kernel.ts'
import { type FloatType, type PanelOrder, packText, transposeText, vectorText } from './matmul-operand.ts'
import { planTiles, type TilePlan } from './matmul-plan.ts'
import { sumPhase } from './matmul-partial.ts'
import type { Operand, ProductText } from './matmul-product.ts'
import { add, ceilDivide, multiply, roundUp } from './matmul-sizes.ts'
import { tileText } from './matmul-tile.ts'

interface Sizes {
  /** Row tiles, and how many of them have `tileRows` rows (the others have one fewer). */
  readonly tiles: CInt
  readonly fullTiles: CInt
  readonly panels: CInt
  readonly rowBlocks: CInt
  readonly columnBlocks: CInt
  readonly blocks: CInt
}

function sizesOf(product: ProductText, plan: TilePlan): Sizes {
  const tiles = ceilDivide(product.m, plan.tileRows)
  const panels = ceilDivide(product.n, plan.tileVectors * plan.lanes)
  const rowBlocks = ceilDivide(tiles, plan.blockTiles)
  const columnBlocks = ceilDivide(panels, plan.blockPanels)
  return {
    tiles,
    fullTiles: typeof product.m === 'number' && typeof tiles === 'number' ? product.m - tiles * (plan.tileRows - 1) : tiles,
    panels,
    rowBlocks,
    columnBlocks,
    blocks: multiply(multiply(product.batch, multiply(rowBlocks, plan.innerParts)), columnBlocks),
  }
}

/** How `operand` is packed: `across` is the stride between the lines of a panel, `along` the one along the inner size. */
function order(across: CInt, along: CInt): PanelOrder {
  return across === 1 ? 'across' : along === 1 ? 'along' : 'any'
}

const lhsStrides = (lhs: Operand) => ({ across: lhs.rowStride, along: lhs.columnStride })
const rhsStrides = (rhs: Operand) => ({ across: rhs.columnStride, along: rhs.rowStride })

export function renderTiled(product: ProductText, dtype: FloatType, target: Target): RenderedKernel {
  const { m, n, k, lhs, rhs } = product
  const isFloat32 = dtype === 'f32'
  const mayBeDirect = product.direct !== undefined && typeof m === 'number'
  const plan = planTiles({ batch: product.batch, m, n, k, lhs: { ...lhs, isFloat32 }, rhs: { ...rhs, isFloat32 }, direct: mayBeDirect }, target)
  const { lanes, tileRows, tileVectors, blockTiles, blockPanels, blockInner } = plan
  const direct = mayBeDirect && plan.innerParts === 1
  const sizes = sizesOf(product, plan)
  const width = tileVectors * lanes
  const narrowTiles = typeof sizes.tiles === 'number' && typeof sizes.fullTiles === 'number' && sizes.fullTiles < sizes.tiles
  const parts: string[] = [vectorText(target, dtype)]

  const packers = new Map<PanelOrder, string>()
  const packer = (strides: { across: CInt; along: CInt }): string => {
    const contiguous = order(strides.across, strides.along)
    packers.set(contiguous, `KERNEL_pack_${contiguous}`)
    return `KERNEL_pack_${contiguous}`
  }
  const packCall = (strides: { across: CInt; along: CInt }, source: string, to: string, steps: string, count: string, lines: string) =>
    `${packer(strides)}(${source}, ${to}, ${steps}, ${count}, ${lines}, ${cText(strides.across)}, ${cText(strides.along)});`

  const lhsSource = `lhs + row * (int64_t)${cText(lhs.rowStride)} + inner * (int64_t)${cText(lhs.columnStride)}`
  const rhsSource = `rhs + column * (int64_t)${cText(rhs.columnStride)} + inner * (int64_t)${cText(rhs.rowStride)}`

  const helpers = `
#define KERNEL_MIN(x, y) ((x) < (y) ? (x) : (y))
static inline int64_t KERNEL_row(int64_t tile) { return tile * ${tileRows}${narrowTiles ? ` - (tile > ${cText(sizes.fullTiles)} ? tile - ${cText(sizes.fullTiles)} : 0)` : ''}; }`

  // Shared panels lie inner block by inner block; each leaves a vector of room for what packing writes beyond it.
  const lhsPanel = (tile: string, steps: string) => `KERNEL_row(${tile}) * ${steps} + (${tile}) * ${lanes}`
  const rhsPanel = (panel: string, steps: string) => `(${panel}) * (${width} * ${steps} + ${lanes})`
  const lhsShared = plan.lhs === 'shared' ? sharedFloats(sizes.tiles, tileRows, k, blockInner, lanes) : 0
  const rhsShared = plan.rhs === 'shared' ? sharedFloats(sizes.panels, width, k, blockInner, lanes) : 0
  const lhsBlockFloats = add(multiply(sizes.tiles, tileRows * blockInner + lanes), lanes)
  const rhsBlockFloats = add(multiply(sizes.panels, width * blockInner + lanes), lanes)
  const scratch = `buf[${product.names.buffers.length}]`

  const phases: KernelPhase[] = []
  const pack: string[] = []
  if (plan.lhs === 'shared' || plan.rhs === 'shared') {
    const innerBlocks = ceilDivide(k, blockInner)
    const grouped = (count: CInt, per: number) => ({ groups: ceilDivide(count, per), per })
    const left = plan.lhs === 'shared' ? grouped(sizes.tiles, Math.max(1, Math.round(32768 / (tileRows * blockInner)))) : { groups: 0, per: 1 }
    const right = plan.rhs === 'shared' ? grouped(sizes.panels, Math.max(1, Math.round(32768 / (width * blockInner)))) : { groups: 0, per: 1 }
    const both = add(left.groups, right.groups)
    const lines = [
      `const int64_t groups = ${cText(both)};`,
      `const int64_t inner = task / groups * ${blockInner}, group = task % groups;`,
      `const int64_t steps = KERNEL_MIN(${blockInner}, ${cText(k)} - inner);`,
    ]
    if (plan.lhs === 'shared') {
      lines.push(
        `if (group < ${cText(left.groups)}) {`,
        `  const KERNEL_stored *lhs = KERNEL_lhs(buf, dim, 0);`,
        `  float *to = (float *)${scratch} + inner / ${blockInner} * ${cText(lhsBlockFloats)};`,
        `  for (int64_t tile = group * ${left.per}; tile < KERNEL_MIN((group + 1) * ${left.per}, ${cText(sizes.tiles)}); tile++) {`,
        `    const int64_t row = KERNEL_row(tile), lines = KERNEL_row(tile + 1) - row;`,
        `    ${packCall(lhsStrides(lhs), lhsSource, `to + ${lhsPanel('tile', 'steps')}`, 'steps', `KERNEL_MIN(lines, ${cText(m)} - row)`, 'lines')}`,
        '  }',
        '  return;',
        '}',
      )
    }
    if (plan.rhs === 'shared') {
      lines.push(
        `const KERNEL_stored *rhs = KERNEL_rhs(buf, dim, 0);`,
        `float *to = (float *)${scratch} + ${cText(lhsShared)} + inner / ${blockInner} * ${cText(rhsBlockFloats)};`,
        `const int64_t begin = (group - ${cText(left.groups)}) * ${right.per};`,
        `for (int64_t panel = begin; panel < KERNEL_MIN(begin + ${right.per}, ${cText(sizes.panels)}); panel++) {`,
        `  const int64_t column = panel * ${width};`,
        `  ${packCall(rhsStrides(rhs), rhsSource, `to + ${rhsPanel('panel', 'steps')}`, 'steps', `KERNEL_MIN(${width}, ${cText(n)} - column)`, String(width))}`,
        '}',
      )
    }
    pack.push('void KERNEL_pack(void *const *buf, const int64_t *dim, int64_t task) {', '  (void)dim;', ...lines.map((l) => `  ${l}`), '}')
    phases.push({ symbol: 'KERNEL_pack', tasks: multiply(both, innerBlocks) })
  }

  // Partial sums lie matrix by matrix, part by part, rows and columns rounded up to whole tiles.
  const splits = plan.innerParts > 1
  const partInner = splits ? Math.ceil(Math.ceil(cValue(k, []) / blockInner) / plan.innerParts) * blockInner : 0
  const partialColumns = multiply(sizes.panels, width)
  const partialFloats = multiply(narrowTiles ? m : multiply(sizes.tiles, tileRows), partialColumns)
  const partials = `(float *)${scratch} + ${cText(add(lhsShared, rhsShared))}`

  // One block of the result.
  const taskPacksLhs = plan.lhs === 'task'
  const edgeOnly = plan.rhs === 'direct'
  const packsRhs = plan.rhs === 'task' || (edgeOnly && !(typeof n === 'number' && n % width === 0))
  const block: string[] = []
  block.push(
    `const int64_t columnBlock = block % ${cText(sizes.columnBlocks)}, rest = block / ${cText(sizes.columnBlocks)};`,
    ...(splits
      ? [
          `const int64_t rowBlock = rest % ${cText(sizes.rowBlocks)}, outer = rest / ${cText(sizes.rowBlocks)};`,
          `const int64_t part = outer % ${plan.innerParts}, batch = outer / ${plan.innerParts};`,
          `const int64_t inner0 = part * ${partInner}, inner1 = KERNEL_MIN(inner0 + ${partInner}, ${cText(k)});`,
        ]
      : [
          `const int64_t rowBlock = rest % ${cText(sizes.rowBlocks)}, batch = rest / ${cText(sizes.rowBlocks)};`,
          `const int64_t inner0 = 0, inner1 = ${cText(k)};`,
        ]),
    `const int64_t tile0 = rowBlock * ${blockTiles}, tile1 = KERNEL_MIN(tile0 + ${blockTiles}, ${cText(sizes.tiles)});`,
    `const int64_t panel0 = columnBlock * ${blockPanels}, panel1 = KERNEL_MIN(panel0 + ${blockPanels}, ${cText(sizes.panels)});`,
    'const int64_t row0 = KERNEL_row(tile0), column0 = panel0 * ' + width + ';',
    `const int64_t column1 = KERNEL_MIN(panel1 * ${width}, ${cText(n)});`,
  )
  if (plan.lhs !== 'shared') block.push('const KERNEL_stored *lhs = KERNEL_lhs(buf, dim, batch);')
  if (plan.rhs !== 'shared') block.push('const KERNEL_stored *rhs = KERNEL_rhs(buf, dim, batch);')
  if (direct)
    block.push('float *result = KERNEL_result(buf, dim, batch, row0, column0);', `const int64_t ldc = ${cText(product.direct?.rowStride ?? 0)};`)
  else if (splits) {
    block.push(
      `const int64_t ldc = ${cText(partialColumns)};`,
      `float *result = ${partials} + outer * ${cText(partialFloats)} + row0 * ldc + column0;`,
    )
  } else block.push(`const int64_t ldc = ${blockPanels * width};`)
  const inner: string[] = []
  inner.push(`const int64_t steps = KERNEL_MIN(${blockInner}, inner1 - inner);`)
  if (taskPacksLhs) {
    inner.push(
      'for (int64_t tile = tile0; tile < tile1; tile++) {',
      '  const int64_t row = KERNEL_row(tile), lines = KERNEL_row(tile + 1) - row;',
      `  ${packCall(lhsStrides(lhs), lhsSource, 'left + (row - row0) * steps', 'steps', `KERNEL_MIN(lines, ${cText(m)} - row)`, 'lines')}`,
      '}',
    )
  }
  inner.push('for (int64_t panel = panel0; panel < panel1; panel++) {')
  inner.push(`  const int64_t column = panel * ${width}, count = KERNEL_MIN(${width}, ${cText(n)} - column); (void)count;`)
  if (plan.rhs === 'shared') {
    inner.push(
      `  const float *b = (const float *)${scratch} + ${cText(lhsShared)} + inner / ${blockInner} * ${cText(rhsBlockFloats)} + ${rhsPanel('panel', 'steps')};`,
      `  const int64_t ldb = ${width};`,
    )
  } else if (edgeOnly) {
    inner.push(`  const float *b = ${rhsSource};`, `  int64_t ldb = ${cText(rhs.rowStride)};`)
    if (packsRhs) {
      inner.push(
        `  if (count < ${width}) {`,
        `    ${packCall(rhsStrides(rhs), rhsSource, 'right', 'steps', 'count', String(width))}`,
        `    b = right; ldb = ${width};`,
        '  }',
      )
    }
  } else {
    inner.push(`  ${packCall(rhsStrides(rhs), rhsSource, 'right', 'steps', 'count', String(width))}`)
    inner.push('  const float *b = right;', `  const int64_t ldb = ${width};`)
  }
  // While a panel is in use, what the next one will be packed from is fetched piece by piece: that costs nothing, and waiting does.
  const ahead = plan.rhs === 'task' && blockTiles >= 4 ? order(rhs.columnStride, rhs.rowStride) : 'any'
  if (ahead !== 'any') {
    const line = isFloat32 ? 16 : 32
    const lines = ahead === 'across' ? Math.ceil(width / line) : width
    inner.push(
      '  const int64_t last = panel + 1 == panel1;',
      `  const int64_t nextInner = last ? (inner + ${blockInner} < inner1 ? inner + ${blockInner} : inner0) : inner;`,
      `  const int64_t nextColumn = (last && nextInner > inner0 ? panel0 : panel + 1) * ${width};`,
      `  const int64_t pieces = nextColumn < ${cText(n)} ? ${ahead === 'across' ? `${lines} * steps` : `${lines} * ((steps + ${line - 1}) / ${line})`} : 0;`,
      '  const int64_t share = pieces / (tile1 - tile0) + 1;',
      `  const KERNEL_stored *next = rhs + nextColumn * (int64_t)${cText(rhs.columnStride)} + nextInner * (int64_t)${cText(rhs.rowStride)};`,
    )
    const piece =
      ahead === 'across'
        ? `next + (piece / ${lines}) * (int64_t)${cText(rhs.rowStride)} + piece % ${lines} * ${line}`
        : `next + piece % ${lines} * (int64_t)${cText(rhs.columnStride)} + piece / ${lines} * ${line}`
    inner.push(`  for (int64_t tile = tile0, piece = 0; tile < tile1; tile++) {`)
    inner.push(`    for (int64_t end = KERNEL_MIN(piece + share, pieces); piece < end; piece++) __builtin_prefetch(${piece}, 0, 2);`)
  } else inner.push('  for (int64_t tile = tile0; tile < tile1; tile++) {')
  inner.push('    const int64_t row = KERNEL_row(tile);')
  if (plan.lhs === 'shared') {
    inner.push(`    const float *a = (const float *)${scratch} + inner / ${blockInner} * ${cText(lhsBlockFloats)} + ${lhsPanel('tile', 'steps')};`)
  } else if (plan.lhs === 'direct') inner.push(`    const float *a = ${lhsSource};`)
  else inner.push('    const float *a = left + (row - row0) * steps;')
  const call = (name: string, to: string, stride: string, first: string) => `${name}(a, b, ldb, ${to}, ${stride}, steps, ${first});`
  const calls = (to: string, stride: string, first: string) =>
    narrowTiles
      ? [`if (tile < ${cText(sizes.fullTiles)}) ${call('KERNEL_tile', to, stride, first)}`, `else ${call('KERNEL_narrow', to, stride, first)}`]
      : [call('KERNEL_tile', to, stride, first)]
  const edges = direct && !(typeof n === 'number' && n % width === 0)
  inner.push(`    float *c = result + (row - row0) * ldc + column - column0;`)
  if (edges) {
    inner.push(
      `    if (count < ${width}) {`,
      `      float edge[${tileRows * width}] __attribute__((aligned(64)));`,
      ...calls('edge', String(width), '1').map((l) => `      ${l}`),
      '      const int64_t lines = KERNEL_row(tile + 1) - row;',
      '      if (inner == 0) for (int64_t i = 0; i < lines; i++) for (int64_t j = 0; j < count; j++) c[i * ldc + j] = edge[i * ' + width + ' + j];',
      '      else for (int64_t i = 0; i < lines; i++) for (int64_t j = 0; j < count; j++) c[i * ldc + j] += edge[i * ' + width + ' + j];',
      '      continue;',
      '    }',
    )
  }
  inner.push(...calls('c', 'ldc', 'inner == inner0').map((l) => `    ${l}`), '  }', '}')
  block.push('int64_t inner = inner0;', 'do {', ...inner.map((l) => `  ${l}`), `  inner += ${blockInner};`, '} while (inner < inner1);')
  if (!direct && !splits) {
    const row1 = `KERNEL_MIN(KERNEL_row(tile1), ${cText(m)})`
    block.push(`KERNEL_finish(buf, dim, batch, result, ldc, row0, ${row1}, column0, column1);`)
  } else block.push('(void)column1;')

  const locals: string[] = []
  if (taskPacksLhs) locals.push(`float left[${blockTiles * tileRows * blockInner + lanes}] __attribute__((aligned(64)));`)
  if (packsRhs) locals.push(`float right[${width * blockInner + lanes}] __attribute__((aligned(64)));`)
  if (!direct && !splits) locals.push(`float result[${blockTiles * tileRows * blockPanels * width}] __attribute__((aligned(64)));`)
  const perTask = plan.blocksPerTask
  const run = [
    'void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {',
    '  (void)dim;',
    ...locals.map((l) => `  ${l}`),
    `  for (int64_t block = task * ${perTask}; block < KERNEL_MIN((task + 1) * ${perTask}, ${cText(sizes.blocks)}); block++) {`,
    ...block.map((l) => `    ${l}`),
    '  }',
    '}',
  ]
  phases.push({ symbol: 'KERNEL_run', tasks: ceilDivide(sizes.blocks, perTask) })
  if (splits) {
    const last = sumPhase({
      pointer: partials,
      parts: plan.innerParts,
      batch: product.batch,
      m,
      n,
      rowFloats: partialColumns,
      partFloats: partialFloats,
    })
    run.push(last.text)
    phases.push(last.phase)
  }

  const packed = plan.lhs !== 'direct'
  const tile = (name: string, rows: number) =>
    tileText(name, {
      rows,
      vectors: tileVectors,
      lanes,
      lhsRowStride: packed ? 1 : cValue(lhs.rowStride, []),
      lhsInnerStride: packed ? rows : cValue(lhs.columnStride, []),
    })
  if (packers.has('along')) parts.push(transposeText(lanes))
  for (const [contiguous, name] of packers) parts.push(packText(name, dtype, contiguous, lanes))
  parts.push(`typedef ${isFloat32 ? 'float' : 'uint16_t'} KERNEL_stored;`, helpers, tile('KERNEL_tile', tileRows))
  if (narrowTiles) parts.push(tile('KERNEL_narrow', tileRows - 1))
  parts.push(product.operandFunctions, (direct ? product.direct?.function : undefined) ?? product.finishFunction, ...pack, ...run)
  return {
    source: `${parts.join('\n')}\n`,
    phases,
    scratchBytes: multiply(add(add(lhsShared, rhsShared), splits ? multiply(multiply(partialFloats, plan.innerParts), product.batch) : 0), 4),
  }
}

/** Floats of all inner blocks of a shared operand. */
function sharedFloats(panels: CInt, width: number, k: CInt, blockInner: number, lanes: number): CInt {
  return roundUp(multiply(add(multiply(panels, width * blockInner + lanes), lanes), ceilDivide(k, blockInner)), 16)
}
