// The tiled matrix product: blocks of the result are summed by a register tile over packed panels, then finished by the epilogue
// while they lie in the cache (Goto & van de Geijn 2008, with the result's block kept by the task until it is complete).

import { cText, cValue, type KernelPhase, type RenderedKernel, type Target } from '../rendered-kernel.ts'
import { dividedUp, plusSize, timesSize } from '../task-cut.ts'
import { type FloatType, packPanelsText, packText, transposeText, vectorText } from './matmul-operand.ts'
import { sumPhase } from './matmul-partial.ts'
import type { ProductText } from './matmul-product.ts'
import { tileText } from './matmul-tile.ts'
import { type Tiling, tilingOf } from './matmul-tiling.ts'

/** Floats that a task of the packing phase should write. */
const packTaskFloats = 32768

/** A function of the kernel that is a phase. */
interface PhaseText {
  readonly text: string
  readonly phase: KernelPhase
}

/** Renders a product of float matrices, panel by panel. */
export function renderTiled(product: ProductText, dtype: FloatType, target: Target): RenderedKernel {
  const tiling = tilingOf(product, dtype, target)
  const { plan, sums, partial } = tiling
  const phases: PhaseText[] = []
  if (plan.lhs === 'shared' || plan.rhs === 'shared') phases.push(packPhase(tiling))
  phases.push(blockPhase(tiling))
  if (sums === 'partial') {
    const { batch, m, n } = product
    phases.push(sumPhase({ ...partial, parts: plan.innerParts, batch, m, n }))
  }
  const finish = sums === 'direct' ? (product.direct?.function ?? '') : product.finishFunction
  const parts = [vectorText(target, dtype), ...packers(tiling), ...tiles(tiling), product.operandFunctions, finish, ...phases.map((p) => p.text)]
  return { source: `${parts.join('\n')}\n`, phases: phases.map((p) => p.phase), scratchBytes: tiling.scratchBytes }
}

/** The packing routines in use. */
function packers({ plan, width, lhs, rhs, dtype, raggedColumns }: Tiling): string[] {
  const packsRhs = plan.panelGroup === 1 && (plan.rhs !== 'direct' || raggedColumns)
  const orders = new Set([...(plan.lhs === 'direct' ? [] : [lhs.order]), ...(packsRhs ? [rhs.order] : [])])
  const transposes = orders.has('along') ? [transposeText(plan.lanes)] : []
  const grouped = plan.panelGroup > 1 ? [packPanelsText(dtype, width, plan.lanes)] : []
  return [...transposes, ...grouped, ...[...orders].map((order) => packText(`KERNEL_pack_${order}`, dtype, order, plan.lanes))]
}

/** The register tiles, and where the rows of tile number `tile` begin. */
function tiles({ product, plan, dtype, narrowTiles, fullTiles }: Tiling): string[] {
  const packed = plan.lhs !== 'direct'
  const tile = (name: string, rows: number) =>
    tileText(name, {
      rows,
      vectors: plan.tileVectors,
      lanes: plan.lanes,
      lhsRowStride: packed ? 1 : cValue(product.lhs.rowStride, []),
      lhsInnerStride: packed ? rows : cValue(product.lhs.columnStride, []),
    })
  const full = cText(fullTiles)
  return [
    `typedef ${dtype === 'f32' ? 'float' : 'uint16_t'} KERNEL_stored;
#define KERNEL_MIN(x, y) ((x) < (y) ? (x) : (y))
static inline int64_t KERNEL_row(int64_t tile) { return tile * ${plan.tileRows}${narrowTiles ? ` - (tile > ${full} ? tile - ${full} : 0)` : ''}; }`,
    tile('KERNEL_tile', plan.tileRows),
    ...(narrowTiles ? [tile('KERNEL_narrow', plan.tileRows - 1)] : []),
  ]
}

/** The phase that packs what all blocks share: a task packs some panels of one side for one inner block. */
function packPhase({ product, plan, width, tiles, panels, lhs, rhs }: Tiling): PhaseText {
  const { m, n, k } = product
  const { blockInner } = plan
  const perTask = (lines: number) => Math.max(1, Math.round(packTaskFloats / (lines * blockInner)))
  const [leftTiles, rightPanels] = [perTask(plan.tileRows), perTask(width)]
  const left = plan.lhs === 'shared' ? dividedUp(tiles, leftTiles) : 0
  const right = plan.rhs === 'shared' ? dividedUp(panels, rightPanels) : 0
  const packLeft = `
  if (group < ${cText(left)}) {
    const KERNEL_stored *lhs = KERNEL_lhs(buf, dim, 0);
    for (int64_t tile = group * ${leftTiles}; tile < KERNEL_MIN((group + 1) * ${leftTiles}, ${cText(tiles)}); tile++) {
      const int64_t row = KERNEL_row(tile), lines = KERNEL_row(tile + 1) - row;
      ${lhs.pack(lhs.sharedPanel('tile'), `KERNEL_MIN(lines, ${cText(m)} - row)`, 'lines')}
    }
    return;
  }`
  const packRight = `
  const KERNEL_stored *rhs = KERNEL_rhs(buf, dim, 0);
  const int64_t first = (group - ${cText(left)}) * ${rightPanels};
  for (int64_t panel = first; panel < KERNEL_MIN(first + ${rightPanels}, ${cText(panels)}); panel++) {
    const int64_t column = panel * ${width};
    ${rhs.pack(rhs.sharedPanel('panel'), `KERNEL_MIN(${width}, ${cText(n)} - column)`, String(width))}
  }`
  const groups = plusSize(left, right)
  const text = `void KERNEL_pack(void *const *buf, const int64_t *dim, int64_t task) {
  (void)dim;
  const int64_t inner = task / ${cText(groups)} * ${blockInner}, group = task % ${cText(groups)};
  const int64_t steps = KERNEL_MIN(${blockInner}, ${cText(k)} - inner);${plan.lhs === 'shared' ? packLeft : ''}${plan.rhs === 'shared' ? packRight : ''}
}`
  return { text, phase: { symbol: 'KERNEL_pack', tasks: timesSize(groups, dividedUp(k, blockInner)) } }
}

/** The phase that multiplies: a task does `blocksPerTask` blocks of the result. */
function blockPhase(tiling: Tiling): PhaseText {
  const { product, plan, width, tiles, panels, rowBlocks, columnBlocks, blocks, sums, partial, raggedColumns } = tiling
  const { k } = product
  const { blockTiles, blockPanels, panelGroup, blockInner, tileRows, lanes, innerParts, blocksPerTask } = plan
  const aligned = '__attribute__((aligned(64)))'
  const locals: string[] = []
  if (plan.lhs === 'task') locals.push(`float left[${blockTiles * tileRows * blockInner + lanes}] ${aligned};`)
  if (plan.rhs === 'task' || (plan.rhs === 'direct' && raggedColumns))
    locals.push(`float right[${panelGroup * width * blockInner + lanes}] ${aligned};`)
  if (sums === 'stack') locals.push(`float result[${blockTiles * tileRows * blockPanels * width}] ${aligned};`)

  const destination = {
    direct: `const int64_t ldc = ${cText(product.direct?.rowStride ?? 0)};
    float *result = KERNEL_result(buf, dim, batch, row0, column0);`,
    partial: `const int64_t ldc = ${cText(partial.rowFloats)};
    float *result = ${partial.pointer} + outer * ${cText(partial.partFloats)} + row0 * ldc + column0;`,
    stack: `const int64_t ldc = ${blockPanels * width};`,
  }
  const pointers = [
    ...(plan.lhs === 'shared' ? [] : ['const KERNEL_stored *lhs = KERNEL_lhs(buf, dim, batch);']),
    ...(plan.rhs === 'shared' ? [] : ['const KERNEL_stored *rhs = KERNEL_rhs(buf, dim, batch);']),
  ]
  const range =
    sums === 'partial'
      ? `const int64_t inner0 = outer % ${innerParts} * ${partial.inner}, inner1 = KERNEL_MIN(inner0 + ${partial.inner}, ${cText(k)});`
      : `const int64_t inner0 = 0, inner1 = ${cText(k)};`
  const text = `void KERNEL_run(void *const *buf, const int64_t *dim, int64_t task) {
  (void)dim;
  ${locals.join('\n  ')}
  for (int64_t block = task * ${blocksPerTask}; block < KERNEL_MIN((task + 1) * ${blocksPerTask}, ${cText(blocks)}); block++) {
    const int64_t columnBlock = block % ${cText(columnBlocks)}, rest = block / ${cText(columnBlocks)};
    const int64_t rowBlock = rest % ${cText(rowBlocks)}, outer = rest / ${cText(rowBlocks)}, batch = outer / ${innerParts};
    const int64_t tile0 = rowBlock * ${blockTiles}, tile1 = KERNEL_MIN(tile0 + ${blockTiles}, ${cText(tiles)});
    const int64_t panel0 = columnBlock * ${blockPanels}, panel1 = KERNEL_MIN(panel0 + ${blockPanels}, ${cText(panels)});
    const int64_t row0 = KERNEL_row(tile0), column0 = panel0 * ${width};
    ${range}
    ${pointers.join('\n    ')}
    ${destination[sums]}
    (void)batch;
    int64_t inner = inner0;
    do {
      const int64_t steps = KERNEL_MIN(${blockInner}, inner1 - inner);${packsLeft(tiling)}
      ${panelLoop(tiling)}
      inner += ${blockInner};
    } while (inner < inner1);${finishes(tiling)}
  }
}`
  return { text, phase: { symbol: 'KERNEL_run', tasks: dividedUp(blocks, blocksPerTask) } }
}

function packsLeft({ product, plan, lhs }: Tiling): string {
  if (plan.lhs !== 'task') return ''
  return `
      for (int64_t tile = tile0; tile < tile1; tile++) {
        const int64_t row = KERNEL_row(tile), lines = KERNEL_row(tile + 1) - row;
        ${lhs.pack('left + (row - row0) * steps', `KERNEL_MIN(lines, ${cText(product.m)} - row)`, 'lines')}
      }`
}

function leftPanel({ plan, lhs }: Tiling): string {
  if (plan.lhs === 'shared') return lhs.sharedPanel('tile')
  return plan.lhs === 'direct' ? lhs.source : 'left + (row - row0) * steps'
}

/** The loop over the panels of a block, or over groups of panels that are packed together. */
function panelLoop(tiling: Tiling): string {
  const { product, plan, width, rhs } = tiling
  const body = `const int64_t column = panel * ${width}, count = KERNEL_MIN(${width}, ${cText(product.n)} - column);
        (void)count;
        ${rightPanel(tiling)}
        for (int64_t tile = tile0; tile < tile1; tile++) {
          const int64_t row = KERNEL_row(tile);
          float *c = result + (row - row0) * ldc + column - column0;
          const float *a = ${leftPanel(tiling)};
${tileCalls(tiling)}
        }`
  if (plan.panelGroup === 1) {
    return `for (int64_t panel = panel0; panel < panel1; panel++) {
        ${body}
      }`
  }
  return `for (int64_t group = panel0; group < panel1; group += ${plan.panelGroup}) {
        const int64_t column = group * ${width}, groupEnd = KERNEL_MIN(group + ${plan.panelGroup}, panel1);
        const int64_t columns = KERNEL_MIN(groupEnd * ${width}, ${cText(product.n)}) - column;
        KERNEL_pack_panels(${rhs.source}, right, steps, columns, ${cText(product.rhs.rowStride)});${fetchesAhead(tiling)}
        for (int64_t panel = group; panel < groupEnd; panel++) {
        ${body}
        }
      }`
}

/** Declares `b` and `ldb`: the panel of the right operand. */
function rightPanel(tiling: Tiling): string {
  const { product, plan, width, rhs, raggedColumns } = tiling
  const pack = rhs.pack('right', 'count', String(width))
  const packed = (pointer: string) => `const float *b = ${pointer};
        const int64_t ldb = ${width};`
  if (plan.rhs === 'shared') return packed(rhs.sharedPanel('panel'))
  if (plan.panelGroup > 1) return packed(`right + (panel - group) * ${width} * steps`)
  if (plan.rhs === 'task') {
    return `${pack}
        ${packed('right')}${fetchesAhead(tiling)}`
  }
  const inPlace = `const float *b = ${rhs.source};
        int64_t ldb = ${cText(product.rhs.rowStride)};`
  if (!raggedColumns) return inPlace
  // Whole vectors must not reach beyond the operand: the last panel is packed.
  return `${inPlace}
        if (count < ${width}) {
          ${pack}
          b = right;
          ldb = ${width};
        }`
}

/** Whether the source of the next panel is fetched while this one is in use. */
function isFetchedAhead({ plan, rhs }: Tiling): boolean {
  return plan.rhs === 'task' && plan.blockTiles >= 4 && rhs.order !== 'any'
}

/**
 * Declares the cache lines that the next group of panels will be packed from, and how many are fetched with each tile of this one:
 * waiting for them while packing would cost a tenth of the time of a product with 256 rows.
 */
function fetchesAhead(tiling: Tiling): string {
  if (!isFetchedAhead(tiling)) return ''
  const { product, plan, width, rhs } = tiling
  const [group, groupEnd] = plan.panelGroup > 1 ? ['group', 'groupEnd'] : ['panel', 'panel + 1']
  const perStep = linesPerStep(tiling)
  const pieces = rhs.order === 'across' ? `${perStep} * steps` : `${width} * ((steps + ${elementsPerLine(tiling) - 1}) / ${elementsPerLine(tiling)})`
  const { rowStride, columnStride } = product.rhs
  return `
        const int64_t last = ${groupEnd} == panel1;
        const int64_t nextInner = last ? (inner + ${plan.blockInner} < inner1 ? inner + ${plan.blockInner} : inner0) : inner;
        const int64_t nextColumn = (last && nextInner > inner0 ? panel0 : ${groupEnd}) * ${width};
        const int64_t pieces = nextColumn < ${cText(product.n)} ? ${pieces} : 0;
        const int64_t share = pieces / ((tile1 - tile0) * (${groupEnd} - ${group})) + 1;
        const KERNEL_stored *next = rhs + nextColumn * (int64_t)${cText(columnStride)} + nextInner * (int64_t)${cText(rowStride)};
        int64_t piece = 0;`
}

const elementsPerLine = ({ dtype }: Tiling): number => (dtype === 'f32' ? 16 : 32)

/** Cache lines of one step of the inner size in a group of panels. */
function linesPerStep(tiling: Tiling): number {
  return Math.ceil((tiling.width * tiling.plan.panelGroup) / elementsPerLine(tiling))
}

function fetchText(tiling: Tiling): string {
  const { product, width, rhs } = tiling
  const perStep = linesPerStep(tiling)
  const line = elementsPerLine(tiling)
  const address =
    rhs.order === 'across'
      ? `next + piece / ${perStep} * (int64_t)${cText(product.rhs.rowStride)} + piece % ${perStep} * ${line}`
      : `next + piece % ${width} * (int64_t)${cText(product.rhs.columnStride)} + piece / ${width} * ${line}`
  return `          for (const int64_t end = KERNEL_MIN(piece + share, pieces); piece < end; piece++) __builtin_prefetch(${address}, 0, 2);`
}

function tileCalls(tiling: Tiling): string {
  const { plan, width, narrowTiles, fullTiles, sums, raggedColumns } = tiling
  const call = (to: string, stride: string, first: string): string => {
    const args = `(a, b, ldb, ${to}, ${stride}, steps, ${first});`
    return narrowTiles ? `if (tile < ${cText(fullTiles)}) KERNEL_tile${args} else KERNEL_narrow${args}` : `KERNEL_tile${args}`
  }
  const lines = isFetchedAhead(tiling) ? [fetchText(tiling)] : []
  if (sums === 'direct' && raggedColumns) {
    lines.push(`          if (count < ${width}) {
            float edge[${plan.tileRows * width}] __attribute__((aligned(64)));
            ${call('edge', String(width), '1')}
            const int64_t lines = KERNEL_row(tile + 1) - row;
            for (int64_t i = 0; i < lines; i++)
              for (int64_t j = 0; j < count; j++) c[i * ldc + j] = (inner == inner0 ? 0.0f : c[i * ldc + j]) + edge[i * ${width} + j];
            continue;
          }`)
  }
  lines.push(`          ${call('c', 'ldc', 'inner == inner0')}`)
  return lines.join('\n')
}

function finishes({ product, width, sums }: Tiling): string {
  if (sums !== 'stack') return ''
  const [row1, column1] = [`KERNEL_MIN(KERNEL_row(tile1), ${cText(product.m)})`, `KERNEL_MIN(panel1 * ${width}, ${cText(product.n)})`]
  return `
    KERNEL_finish(buf, dim, batch, result, ldc, row0, ${row1}, column0, ${column1});`
}
