// What a layer expects of an input's shape and dtype, said in one place.

import { ConfigError, type DType, DTypeError, ShapeError, showDims, type Tensor } from '../../../core/index.ts'
import { flag, listOf, numberWithin, oneOf, optionalNumber, positive, textOf, wrongOption } from '../../options/option-checks.ts'
import { checkOptionNames } from '../../options/option-names.ts'

const dtypes: readonly DType[] = ['f32', 'f16', 'bf16', 'f64', 'i32', 'i64', 'u32', 'i8', 'u8', 'bool']

/** Options of {@link InputSpec}; what is left out may be anything. */
export interface InputSpecOptions {
  readonly dtype?: DType | null
  /** Sizes, the batch included; null for any. */
  readonly shape?: readonly (number | null)[] | null
  /** Number of axes; with `shape` it is that of `shape`. */
  readonly ndim?: number | null
  readonly maxNdim?: number | null
  readonly minNdim?: number | null
  /** Sizes of single axes, by number: `{ '-1': 3 }`. */
  readonly axes?: Readonly<Record<string, number | null>> | null
  /** Whether a last axis of size 1 may be there or not. Default false. */
  readonly allowLastAxisSqueeze?: boolean
  /** The input's name where inputs are a record. */
  readonly name?: string | null
  /** Whether the input may be missing. Default false. */
  readonly optional?: boolean
}

const known: readonly (keyof InputSpecOptions)[] = [
  'dtype',
  'shape',
  'ndim',
  'maxNdim',
  'minNdim',
  'axes',
  'allowLastAxisSqueeze',
  'name',
  'optional',
]

/**
 * A description of an input, which a layer of one's own checks in `build` or `call`.
 *
 * ```ts
 * const spec = new InputSpec({ shape: [null, 28, 28, 1], allowLastAxisSqueeze: true })
 * spec.check('images', zeros([32, 28, 28]))
 * ```
 */
export class InputSpec {
  readonly dtype: DType | undefined
  readonly shape: readonly (number | null)[] | undefined
  readonly ndim: number | undefined
  readonly maxNdim: number | undefined
  readonly minNdim: number | undefined
  readonly axes: ReadonlyMap<number, number>
  readonly allowLastAxisSqueeze: boolean
  readonly name: string | undefined
  readonly optional: boolean

  constructor(options: InputSpecOptions = {}) {
    checkOptionNames('InputSpec', options, known)
    const where = options.name === undefined || options.name === null ? 'InputSpec' : textOf('InputSpec', 'name', options.name)
    const count = (what: string, value: number | null | undefined) => optionalNumber(where, what, value, { min: 0, whole: true })
    this.dtype = options.dtype === undefined || options.dtype === null ? undefined : oneOf(where, 'dtype', options.dtype, dtypes)
    this.shape = options.shape ?? undefined
    listOf(where, 'shape', this.shape ?? [], (size) => {
      if (size !== null) positive(where, 'every size of shape', size)
    })
    if (options.axes !== undefined && options.axes !== null && (typeof options.axes !== 'object' || Array.isArray(options.axes))) {
      throw wrongOption(where, 'axes', 'sizes by the number of the axis', options.axes)
    }
    this.ndim = this.shape === undefined ? count('ndim', options.ndim) : this.shape.length
    this.maxNdim = count('maxNdim', options.maxNdim)
    this.minNdim = count('minNdim', options.minNdim)
    this.allowLastAxisSqueeze = flag(where, 'allowLastAxisSqueeze', options.allowLastAxisSqueeze ?? false)
    this.name = options.name ?? undefined
    this.optional = flag(where, 'optional', options.optional ?? false)
    const most = this.ndim ?? this.maxNdim
    const axes = new Map<number, number>()
    for (const [key, size] of Object.entries(options.axes ?? {})) {
      const axis = Number(key)
      if (!Number.isInteger(axis) || (most !== undefined && axis >= most)) {
        throw new ConfigError(`${where}: expected axes by whole numbers${most === undefined ? '' : ` below ${most}`}, got '${key}'. Change it.`)
      }
      if (size !== null) axes.set(axis, numberWithin(where, `axes, axis ${key},`, size, { min: 1, whole: true }))
    }
    this.axes = axes
  }

  /**
   * Nothing where an input is as described.
   *
   * @throws ShapeError or DTypeError that begins with `where`, a layer's name. Symbolic sizes fit all.
   */
  check(where: string, x: Tensor | undefined): void {
    const { ndim, maxNdim, minNdim, dtype, optional, allowLastAxisSqueeze } = this
    if (x === undefined) {
      if (optional) return
      throw new ShapeError(`${where}: expected an input${this.name === undefined ? '' : ` '${this.name}'`}, got none. Give it.`)
    }
    const wrong = (expected: string): ShapeError =>
      new ShapeError(`${where}: expected an input with ${expected}, got ${showDims(x.dims)}. Reshape it.`)
    if (ndim !== undefined && !allowLastAxisSqueeze && x.rank !== ndim) throw wrong(`${ndim} axes`)
    if (maxNdim !== undefined && x.rank > maxNdim) throw wrong(`at most ${maxNdim} axes`)
    if (minNdim !== undefined && x.rank < minNdim) throw wrong(`at least ${minNdim} axes`)
    if (dtype !== undefined && x.dtype !== dtype) throw new DTypeError(`${where}: expected an input of ${dtype}, got ${x.dtype}. Cast it.`)
    for (const [axis, size] of this.axes) {
      const own = x.dims.at(axis)
      if (typeof own === 'number' && own !== size) throw wrong(`size ${size} along axis ${axis}`)
    }
    if (this.shape === undefined) return
    const squeezed = <D>(dims: readonly D[]): readonly D[] => (allowLastAxisSqueeze && dims.at(-1) === 1 ? dims.slice(0, -1) : dims)
    const [wanted, own] = [squeezed(this.shape), squeezed(x.dims)]
    const fits = wanted.length === own.length && wanted.every((size, i) => size === null || typeof own[i] !== 'number' || own[i] === size)
    if (!fits) throw wrong(`shape [${this.shape.map((size) => size ?? 'any').join(', ')}]`)
  }

  /** The options that make an equal one. */
  getConfig(): InputSpecOptions {
    const { dtype, shape, ndim, maxNdim, minNdim, axes, allowLastAxisSqueeze, name, optional } = this
    return {
      ...(dtype !== undefined && { dtype }),
      ...(shape === undefined ? ndim !== undefined && { ndim } : { shape: [...shape] }),
      ...(maxNdim !== undefined && { maxNdim }),
      ...(minNdim !== undefined && { minNdim }),
      axes: Object.fromEntries(axes),
      allowLastAxisSqueeze,
      ...(name !== undefined && { name }),
      optional,
    }
  }
}
