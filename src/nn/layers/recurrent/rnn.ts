// The layer that steps a cell through time, and what all recurrent layers share: the loop, masks, states that last, results.

import {
  ConfigError,
  type Dim,
  type Dims,
  flattenTree,
  mapTree,
  permute,
  type Shape,
  ShapeError,
  stopGradient,
  type Tensor,
  type Tree,
  zeros,
} from '../../../core/index.ts'
import type { CallContext, CallOptions } from '../../layer/call-context.ts'
import { commonOptions, Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'
import { firstMask, type Mask } from '../../layer/masks.ts'
import { checkOptionNames } from '../../options/option-names.ts'
import { flag } from '../../options/option-checks.ts'
import { nextMoment, Parameter } from '../../layer/parameter.ts'
import { beginCell, callCell, type Cell, checkedCell, initialStates, listed, resultDimsOf } from './cell.ts'
import type { RecurrentResult } from './result-types.ts'
import { StackedRNNCells } from './stacked-rnn-cells.ts'
import { loopOverTime } from './time-loop.ts'

/** Options of every recurrent layer. */
export interface SequenceOptions<Sequences extends boolean = boolean, State extends boolean = boolean> extends LayerOptions {
  /** Whether the result has the outputs of all steps, `[batch, time, units]`, instead of the last one's, `[batch, units]`. Default false. */
  readonly returnSequences?: Sequences
  /** Whether the result is a list with the states after the last step: `[output, …states]`. Default false. */
  readonly returnState?: State
  /** From the last step to the first; with returnSequences the result is in that order. Default false. */
  readonly goBackwards?: boolean
  /** Whether a batch begins with the states that the batch before it ended with, sample by sample; all batches have one size. Default false. */
  readonly stateful?: boolean
  /** Writes the steps one after another instead of a loop: a larger program, for short sequences. Default false. */
  readonly unroll?: boolean
  /** Whether the output of a masked step is zero, instead of the output of the step before. Default false. */
  readonly zeroOutputForMask?: boolean
}

const sequenceOptions: readonly (keyof SequenceOptions)[] = [
  'returnSequences',
  'returnState',
  'goBackwards',
  'stateful',
  'unroll',
  'zeroOutputForMask',
]

/** What a call of a recurrent layer can be told. */
export interface SequenceCall {
  /** The states to begin with, in the order of the cell's `stateSize`; one state may stand by itself. Default: zeros, or what a stateful layer remembers. */
  readonly initialState?: Tree
}

/** Options of {@link RNN}. */
export interface RNNOptions<Sequences extends boolean = boolean, State extends boolean = boolean> extends SequenceOptions<Sequences, State> {
  /** The cell, or several, one above the other. */
  readonly cell: Cell | readonly Cell[]
}

/** The call of an {@link RNN}. */
export interface RNN<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean> {
  <S extends Shape>(x: Tensor<S>, options?: CallOptions & SequenceCall): RecurrentResult<S, Units, Sequences, State>
}

/**
 * Steps a cell through time: `[batch, time, …]` to `[batch, units]`, or `[batch, time, units]` with `returnSequences`. Masked steps leave the states as
 * they are, and repeat the output of the step before.
 *
 * ```ts
 * const layer = layers.rnn({ cell: [layers.lstmCell({ units: 64 }), layers.lstmCell({ units: 32 })], returnSequences: true })
 * ```
 */
export class RNN<Units extends number = number, Sequences extends boolean = boolean, State extends boolean = boolean> extends Layer<
  Tensor,
  Tensor | readonly Tree[],
  SequenceCall
> {
  readonly cell: Cell
  readonly returnSequences: boolean
  readonly returnState: boolean
  readonly goBackwards: boolean
  readonly stateful: boolean
  readonly unroll: boolean
  /** See {@link SequenceOptions.zeroOutputForMask}; {@link Bidirectional} decides it for its layers. */
  zeroOutputForMask: boolean
  /** What a stateful layer remembers; not among the parameters, as models are saved without it. */
  private remembered: readonly Parameter[] | undefined
  /** When the states were last given up. */
  private resetAt: number | undefined

  /** What the type says of results; no values. */
  declare readonly resultType: { readonly units: Units; readonly sequences: Sequences; readonly state: State }

  constructor(options: RNNOptions<Sequences, State>, className = 'RNN') {
    super(options, className, className === 'RNN' ? ['cell', ...sequenceOptions] : undefined)
    const { cell } = options
    this.cell = isCells(cell)
      ? new StackedRNNCells({ cells: cell.map((one) => checkedCell(this.name, 'cell', one)) })
      : checkedCell(this.name, 'cell', cell)
    this.returnSequences = flag(this.name, 'returnSequences', options.returnSequences ?? false)
    this.returnState = flag(this.name, 'returnState', options.returnState ?? false)
    this.goBackwards = flag(this.name, 'goBackwards', options.goBackwards ?? false)
    this.stateful = flag(this.name, 'stateful', options.stateful ?? false)
    this.unroll = flag(this.name, 'unroll', options.unroll ?? false)
    this.zeroOutputForMask = flag(this.name, 'zeroOutputForMask', options.zeroOutputForMask ?? false)
    this.supportsMasking = true
    if (options.trainable === false) this.cell.trainable = false
  }

  /** Axes of the inputs, batch and time included; undefined where any number is right. */
  protected get inputRank(): number | undefined {
    return undefined
  }

  override build(inputShape: Dims): void {
    const rank = this.inputRank
    if (rank === undefined ? inputShape.length >= 2 : inputShape.length === rank) return
    const wanted = rank === 3 ? '[batch, time, features]' : rank === undefined ? '[batch, time, …]' : `[batch, time, …] of ${rank} axes`
    throw new ShapeError(`${this.name}: expected inputs ${wanted}, got [${inputShape.join(', ')}]. Add the missing axis with reshape.`)
  }

  call(x: Tensor, context: CallContext & SequenceCall): Tensor | readonly Tree[] {
    const step = stepDims(x.dims)
    const { states: initial, fromZeros } = this.statesFor(step, context)
    const { mask: _, ...inner } = context
    if (!this.cell.built) callCell(this.cell, zeros(step, { dtype: x.dtype }), initial, { ...inner, shapesOnly: true })
    const run = beginCell(this.cell, step, inner)
    const mask = firstMask(context.mask)
    const { output, states } = loopOverTime({
      cell: this.cell,
      run,
      projected: run.project(timeFirst(x)),
      mask: mask && timeFirst(mask.cast('bool')),
      initial,
      fromZeros,
      outputDims: resultDimsOf(this.cell, step),
      sequences: this.returnSequences,
      zeroOutputForMask: this.zeroOutputForMask,
      goBackwards: this.goBackwards,
      unroll: this.unroll,
    })
    if (context.shapesOnly !== true) this.remember(states)
    const result = this.returnSequences ? timeFirst(output) : output
    return this.returnState ? [result, ...states] : result
  }

  override computeMask(_x: Tensor, mask: Mask): Mask {
    const own = this.returnSequences ? firstMask(mask) : undefined
    return this.returnState ? [own] : own
  }

  /** Forgets what a stateful layer remembers: the next batch begins with zeros. */
  resetState(): void {
    this.resetStates()
  }

  /** {@link resetState}, as Keras called it before. */
  resetStates(): void {
    this.resetAt = nextMoment()
    for (const cell of this.remembered ?? []) cell.value = zeros(cell.value.dims, { dtype: cell.value.dtype })
  }

  /** What a stateful layer remembers, in the order of the cell's states; undefined before the first batch. */
  get states(): readonly Tensor[] | undefined {
    return this.remembered?.map(({ value }) => value)
  }

  /** The states to begin with. */
  private statesFor(step: Dims, context: CallContext & SequenceCall): { readonly states: readonly Tree[]; readonly fromZeros: boolean } {
    const { computeDtype } = this.cell.dtypePolicy
    const own = initialStates(this.cell, step, computeDtype)
    const { initialState } = context
    const remembered = this.stateful ? this.rememberedFor(own, step[0] ?? 1, context) : undefined
    if (initialState !== undefined) return { states: this.inOrder(own, flattenTree(listed(initialState)).leaves), fromZeros: false }
    if (remembered !== undefined) return { states: this.inOrder(own, remembered), fromZeros: false }
    const fromZeros = flattenTree(own).leaves.every(({ node: { op } }) => op.name === 'fill' && op.value === 0)
    return { states: own, fromZeros }
  }

  /** Tensors in the structure of the cell's states. */
  private inOrder(like: readonly Tree[], leaves: readonly Tensor[]): readonly Tree[] {
    const wanted = flattenTree(like).leaves
    if (wanted.length !== leaves.length) {
      throw new ShapeError(
        `${this.name}: expected ${wanted.length} initial states, got ${leaves.length}. Pass { initialState: [one for each state] }.`,
      )
    }
    wanted.forEach((state, i) => {
      const given = leaves[i]?.dims ?? []
      if (given.length === state.rank && state.dims.every((size, axis) => axis === 0 || size === given[axis])) return
      throw new ShapeError(`${this.name}: expected initial state ${i} of [${state.dims.join(', ')}], got [${given.join(', ')}]. Change its shape.`)
    })
    let next = 0
    return mapTree(like, (state) => leaves[next++]?.cast(state.dtype) ?? state)
  }

  /** What the last batch has left, for a batch of the same size; undefined where only shapes are asked for. */
  private rememberedFor(like: readonly Tree[], batch: Dim, { shapesOnly }: CallContext): readonly Tensor[] | undefined {
    if (shapesOnly === true) return undefined
    const { leaves } = flattenTree(like)
    const known = this.remembered?.[0]?.value.dims[0]
    if (typeof batch !== 'number' || (known !== undefined && known !== batch)) {
      throw new ConfigError(
        `${this.name}: expected batches of one size, as a stateful layer needs them, got ${String(batch)}${known === undefined ? '' : ` after ${String(known)}`}. ` +
          'Choose a batchSize that divides the number of samples, or call resetStates and make a new layer.',
      )
    }
    this.remembered ??= leaves.map((state, i) => new Parameter(`state_${i}`, state, { trainable: false, decidedAt: this.resetAt }))
    return this.remembered.map(({ value }) => value)
  }

  private remember(states: readonly Tree[]): void {
    flattenTree(states).leaves.forEach((state, i) => {
      const cell = this.remembered?.[i]
      if (cell !== undefined) cell.value = stopGradient(state)
    })
  }

  /** {@link getConfig} without the cell. */
  protected sequenceConfig(): LayerConfig {
    const { returnSequences, returnState, goBackwards, stateful, unroll, zeroOutputForMask } = this
    return { ...super.getConfig(), returnSequences, returnState, goBackwards, stateful, unroll, zeroOutputForMask }
  }

  override getConfig(): LayerConfig {
    return { ...this.sequenceConfig(), cell: { className: this.cell.className, config: this.cell.getConfig() } }
  }

  /** {@link getConfig} of a layer whose own options are its cell's. */
  protected configWithCell(): LayerConfig {
    const { name: _name, trainable: _trainable, dtype: _dtype, ...cell } = this.cell.getConfig()
    return { ...this.sequenceConfig(), ...cell }
  }
}

const isCells = (cell: Cell | readonly Cell[]): cell is readonly Cell[] => Array.isArray(cell) && cell.length > 0

const notForCells: Readonly<Record<string, undefined>> = Object.fromEntries(
  [...sequenceOptions, 'name', 'inputShape', 'inputDim', 'activityRegularizer'].map((name) => [name, undefined]),
)

/** The options of a layer that are for its cell. */
export function optionsForCell<O extends LayerOptions>(options: O): O {
  return { ...options, ...notForCells }
}

/**
 * A layer's cell, made of the layer's own options (`known`: the names of the cell's): what is wrong with them is said of the layer, which is what was
 * given them.
 */
export function cellOf<C>(options: LayerOptions, kind: string, known: readonly string[], make: () => C): C {
  checkOptionNames(options?.name ?? kind, options, [...known, ...sequenceOptions, ...commonOptions])
  try {
    return make()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(error.message.replace(/^\w+_cell(?=:)/, options.name ?? kind), { cause: error })
  }
}

/** Sizes of one step of a sequence. */
const stepDims = (dims: Dims): Dims => [dims[0] ?? 1, ...dims.slice(2)]

/** Batch and time change places. */
export const timeFirst = (x: Tensor): Tensor => permute<Shape, readonly number[]>(x, [1, 0, ...Array.from({ length: x.rank - 2 }, (_, i) => i + 2)])
