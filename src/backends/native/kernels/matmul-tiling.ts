// A tiled matrix product before it becomes text: how many tiles, panels and blocks there are, where packed panels and partial sums
// lie in the scratch, and the C text of addresses into them.

import { type CInt, cText, cValue, type Target } from '../rendered-kernel.ts'
import { dividedUp, plusSize, timesSize } from '../task-cut.ts'
import type { FloatType, PanelOrder } from './matmul-operand.ts'
import { planTiles, type TilePlan } from './matmul-plan.ts'
import type { ProductText } from './matmul-product.ts'

/** Everything that the text of a tiled product depends on. */
export interface Tiling {
  readonly product: ProductText
  readonly dtype: FloatType
  readonly target: Target
  readonly plan: TilePlan
  /** Columns of a panel. */
  readonly width: number
  /** Row tiles, and how many of them have `tileRows` rows; the others have one fewer. */
  readonly tiles: CInt
  readonly fullTiles: CInt
  readonly narrowTiles: boolean
  readonly panels: CInt
  readonly rowBlocks: CInt
  readonly columnBlocks: CInt
  readonly blocks: CInt
  /** Where sums go: to the result itself, to partial sums in the scratch, or to the task's stack until the epilogue. */
  readonly sums: 'direct' | 'partial' | 'stack'
  /** Whether the last panel may have fewer columns than the others. */
  readonly raggedColumns: boolean
  readonly lhs: PackedSide
  readonly rhs: PackedSide
  readonly partial: {
    readonly pointer: string
    /** Steps of the inner size in a part. */
    readonly inner: number
    readonly rowFloats: CInt
    readonly partFloats: CInt
  }
  readonly scratchBytes: CInt
}

/** How one operand reaches the register tile. */
export interface PackedSide {
  /** C text of the source of a panel that begins at `row` (`column`) and `inner`. */
  readonly source: string
  /** C text of the call that packs `steps` steps of a panel of `lines` lines, `count` of them in use, to the address `to`. */
  readonly pack: (to: string, count: string, lines: string) => string
  readonly order: PanelOrder
  /** C text of a panel's address among the shared ones. */
  readonly sharedPanel: (panel: string) => string
}

/** Plans a product of `dtype` matrices and lays out its scratch. */
export function tilingOf(product: ProductText, dtype: FloatType, target: Target): Tiling {
  const { m, n, k, lhs, rhs } = product
  const isFloat32 = dtype === 'f32'
  const mayBeDirect = product.direct !== undefined && typeof m === 'number'
  const plan = planTiles({ batch: product.batch, m, n, k, lhs: { ...lhs, isFloat32 }, rhs: { ...rhs, isFloat32 }, direct: mayBeDirect }, target)
  const { lanes, tileRows, blockInner, innerParts } = plan
  const width = plan.tileVectors * lanes
  const tiles = dividedUp(m, tileRows)
  const fullTiles = typeof m === 'number' && typeof tiles === 'number' ? m - tiles * (tileRows - 1) : tiles
  const narrowTiles = typeof tiles === 'number' && typeof fullTiles === 'number' && fullTiles < tiles
  const panels = dividedUp(n, width)
  const [rowBlocks, columnBlocks] = [dividedUp(tiles, plan.blockTiles), dividedUp(panels, plan.blockPanels)]

  // Shared panels lie inner block by inner block. Packing may write a vector beyond a panel: each is followed by that much room.
  const innerBlocks = dividedUp(k, blockInner)
  const [lhsBlock, rhsBlock] = [sharedBlock(tiles, tileRows, plan), sharedBlock(panels, width, plan)]
  const lhsFloats = plan.lhs === 'shared' ? timesSize(lhsBlock, innerBlocks) : 0
  const rhsFloats = plan.rhs === 'shared' ? timesSize(rhsBlock, innerBlocks) : 0
  const scratch = `(float *)buf[${product.names.buffers.length}]`
  const rowFloats = timesSize(panels, width)
  const partFloats = timesSize(narrowTiles ? m : timesSize(tiles, tileRows), rowFloats)
  const partialFloats = innerParts > 1 ? timesSize(partFloats, innerParts, product.batch) : 0

  return {
    product,
    dtype,
    target,
    plan,
    width,
    tiles,
    fullTiles,
    narrowTiles,
    panels,
    rowBlocks,
    columnBlocks,
    blocks: timesSize(product.batch, innerParts, rowBlocks, columnBlocks),
    sums: innerParts > 1 ? 'partial' : mayBeDirect ? 'direct' : 'stack',
    raggedColumns: typeof n !== 'number' || n % width !== 0,
    lhs: packedSide('lhs', 'row', lhs.rowStride, lhs.columnStride, (tile) => {
      return `${scratch} + inner / ${blockInner} * ${cText(lhsBlock)} + KERNEL_row(${tile}) * steps + ${tile} * ${lanes}`
    }),
    rhs: packedSide('rhs', 'column', rhs.columnStride, rhs.rowStride, (panel) => {
      return `${scratch} + ${cText(lhsFloats)} + inner / ${blockInner} * ${cText(rhsBlock)} + ${panel} * (${width} * steps + ${lanes})`
    }),
    partial: {
      pointer: `${scratch} + ${cText(plusSize(lhsFloats, rhsFloats))}`,
      inner: innerParts > 1 ? Math.ceil(Math.ceil(cValue(k, []) / blockInner) / innerParts) * blockInner : 0,
      rowFloats,
      partFloats,
    },
    scratchBytes: timesSize(4, plusSize(lhsFloats, rhsFloats, partialFloats)),
  }
}

/** Floats of one inner block of a shared operand, rounded up to whole vectors. */
function sharedBlock(panels: CInt, lines: number, plan: TilePlan): CInt {
  const perPanel = Math.ceil((lines * plan.blockInner) / 16) * 16 + plan.lanes
  return timesSize(16, dividedUp(timesSize(panels, perPanel), 16))
}

function packedSide(name: string, at: string, across: CInt, along: CInt, sharedPanel: (panel: string) => string): PackedSide {
  const order: PanelOrder = across === 1 ? 'across' : along === 1 ? 'along' : 'any'
  const source = `${name} + ${at} * (int64_t)${cText(across)} + inner * (int64_t)${cText(along)}`
  return {
    source,
    order,
    sharedPanel,
    pack: (to, count, lines) => `KERNEL_pack_${order}(${source}, ${to}, steps, ${count}, ${lines}, ${cText(across)}, ${cText(along)});`,
  }
}
