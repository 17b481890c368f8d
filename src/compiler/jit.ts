// jit: a function of tensors as one compiled program. The function is traced once per combination of structures, dtypes and shapes; later
// calls only bind buffers and run.

import { type Dim, type Dims, evaluateDim, type SymbolicDim, sameDim, showDims, variablesOf } from '../core/dimension.ts'
import type { DType } from '../core/dtype.ts'
import { ConfigError, DeviceError, ShapeError } from '../core/errors.ts'
import { dataNode, liveStorage, type Node, parameterNode, type Storage, topologicalOrder } from '../core/graph.ts'
import { evaluate, evaluateAsync, Tensor } from '../core/tensor.ts'
import { flattenTree, type Tree, type TreeStructure, unflattenTree } from '../core/tree.ts'
import type { Device, Executable, GraphFunction } from './device.ts'
import { currentDevice } from './devices.ts'

/** Arguments of a jitted function: trees of tensors. */
export type Arguments = readonly Tree[]

export interface JitOptions {
  /** Positions of arguments whose buffers the results may take; those tensors must not be used afterwards. */
  readonly donate?: readonly number[]
  /** Sizes bound at each call: position of the argument → axis → size, for every tensor of that argument. */
  readonly dynamic?: Readonly<Record<number, Readonly<Record<number, Dim>>>>
  /** Shown by `tenon explain` and in errors. Default: the function's name. */
  readonly name?: string
}

/** A compiled function; called as the original. */
export interface Jitted<A extends Arguments, R extends Tree> {
  (...args: A): R
  /** The same, compiled and run off the event loop where that takes long. */
  async(...args: A): Promise<R>
  /** Compiles the program for these arguments without running it, so that the first call does not wait. */
  compile(...args: A): void
  /** The graph of the program for these arguments, without compiling it. */
  trace(...args: A): GraphFunction
  /** Programs compiled so far. */
  readonly programs: number
  readonly functionName: string
}

interface LeafType {
  readonly dtype: DType
  readonly dims: Dims
}

interface Traced {
  readonly device: Device
  readonly structures: readonly TreeStructure[]
  readonly leafTypes: readonly LeafType[]
  readonly graph: GraphFunction
  /** Storages of what the function read from outside, after the leaves. */
  readonly captured: readonly Storage[]
  readonly result: TreeStructure
  readonly variables: readonly { readonly name: string; readonly max: number; readonly leaf: number; readonly axis: number }[]
  readonly donatedLeaves: readonly number[]
  executable: Executable | undefined
}

/**
 * Compiles `fn`. It is run once on symbols for each combination of structures, dtypes and shapes of its arguments, so it must be pure: what it
 * reads from outside is fixed then, and side effects happen only then.
 *
 * @example
 * const step = jit((w: Tensor, x: Tensor) => w.subtract(grad(loss)(w, x).multiply(0.1)), { donate: [0] })
 * w = step(w, x)
 */
export function jit<A extends Arguments, R extends Tree>(fn: (...args: A) => R, options?: JitOptions): Jitted<A, R>
export function jit(fn: (...args: never[]) => Tree, options: JitOptions = {}): Jitted<Arguments, Tree> {
  const name = options.name ?? (fn.name || 'jit')
  const known: Traced[] = []
  let last: Traced | undefined

  const find = (args: Arguments, leaves: Tensor[]): Traced => {
    const device = currentDevice()
    if (last !== undefined && last.device === device && matches(last, args, leaves)) return last
    for (const traced of known) {
      leaves.length = 0
      if (traced.device === device && matches(traced, args, leaves)) {
        last = traced
        return traced
      }
    }
    leaves.length = 0
    last = trace(name, fn, args, options, device, leaves)
    known.push(last)
    return last
  }

  const finish = (traced: Traced, leaves: readonly Tensor[], storages: readonly Storage[]): Tree => {
    for (const i of traced.donatedLeaves) {
      const storage = leaves[i]?.node.storage
      if (storage !== undefined) storage.donated = true
    }
    return unflattenTree(
      traced.result,
      storages.map((storage, i) => new Tensor(dataNode(storage, resultDims(traced, i, leaves)))),
    )
  }

  const call = (...args: Arguments): Tree => {
    const leaves: Tensor[] = []
    const traced = find(args, leaves)
    evaluate(leaves)
    traced.executable ??= traced.device.compile(traced.graph)
    return finish(traced, leaves, traced.executable.run(bind(traced, leaves), bindDims(traced, leaves, name)))
  }
  const runAsync = async (...args: Arguments): Promise<Tree> => {
    const leaves: Tensor[] = []
    const traced = find(args, leaves)
    await evaluateAsync(leaves)
    traced.executable ??= await (traced.device.compileAsync?.(traced.graph) ?? traced.device.compile(traced.graph))
    await Promise.all(twiceDonated(traced, leaves).map((i) => leaves[i]?.storage()))
    const inputs = bind(traced, leaves)
    return finish(traced, leaves, await traced.executable.runAsync(inputs, bindDims(traced, leaves, name)))
  }
  return Object.defineProperties(
    Object.assign(call, {
      async: runAsync,
      compile: (...args: Arguments): void => {
        const traced = find(args, [])
        traced.executable ??= traced.device.compile(traced.graph)
      },
      trace: (...args: Arguments) => find(args, []).graph,
      programs: 0,
      functionName: name,
    }),
    { programs: { get: () => known.length } },
  )
}

/** Whether arguments have the structure and types of a program; collects their tensors on the way. */
function matches(traced: Traced, args: Arguments, leaves: Tensor[]): boolean {
  if (args.length !== traced.structures.length) return false
  leaves.length = 0
  for (let i = 0; i < args.length; i++) {
    const [structure, argument] = [traced.structures[i], args[i]]
    if (structure === undefined || argument === undefined || !collect(structure, argument, leaves)) return false
  }
  for (let i = 0; i < leaves.length; i++) {
    const [leaf, type] = [leaves[i], traced.leafTypes[i]]
    if (leaf === undefined || type === undefined || leaf.dtype !== type.dtype) return false
    const { dims } = leaf
    if (dims.length !== type.dims.length) return false
    for (let axis = 0; axis < dims.length; axis++) {
      const wanted = type.dims[axis]
      if (wanted !== dims[axis] && (wanted === undefined || (typeof wanted === 'number' && !sameDim(wanted, dims[axis] ?? -1)))) return false
    }
  }
  return true
}

const isArray = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree)

function collect(structure: TreeStructure, tree: Tree, leaves: Tensor[]): boolean {
  switch (structure.kind) {
    case 'leaf':
      if (!(tree instanceof Tensor)) return false
      leaves.push(tree)
      return true
    case 'array': {
      if (!isArray(tree) || tree.length !== structure.items.length) return false
      for (let i = 0; i < tree.length; i++) {
        const [item, part] = [structure.items[i], tree[i]]
        if (item === undefined || part === undefined || !collect(item, part, leaves)) return false
      }
      return true
    }
    case 'object': {
      if (isArray(tree) || tree instanceof Tensor || Object.keys(tree).length !== structure.entries.length) return false
      for (const [key, part] of structure.entries) {
        const value = tree[key]
        if (value === undefined || !collect(part, value, leaves)) return false
      }
      return true
    }
  }
}

function trace(name: string, fn: (...args: never[]) => Tree, args: Arguments, options: JitOptions, device: Device, leaves: Tensor[]): Traced {
  const parameters: Node[] = []
  const leafTypes: LeafType[] = []
  const structures: TreeStructure[] = []
  const donatedLeaves: number[] = []
  const variables = new Map<string, Traced['variables'][number]>()
  const symbols = args.map((argument, position) => {
    const flat = flattenTree(argument)
    structures.push(flat.structure)
    const dynamic = options.dynamic?.[position] ?? {}
    const own = flat.leaves.map((leaf) => {
      const dims = leaf.dims.map((d, axis) => dynamic[axis] ?? d)
      const at = leaves.push(leaf) - 1
      dims.forEach((d, axis) => {
        if (typeof d !== 'number') noteVariable(name, variables, d, at, axis)
      })
      const node = parameterNode(`argument ${position}`, { dtype: leaf.dtype, shape: dims })
      parameters.push(node)
      leafTypes.push({ dtype: leaf.dtype, dims })
      if (options.donate?.includes(position) === true) donatedLeaves.push(at)
      return new Tensor(node)
    })
    return unflattenTree(flat.structure, own)
  })
  const output = flattenTree(Reflect.apply(fn, undefined, symbols))
  const results = output.leaves.map((t) => t.node)
  const outside = topologicalOrder(results).filter((n) => n.storage !== undefined || (n.op.name === 'parameter' && !parameters.includes(n)))
  const captured = outside.map((n) => {
    if (n.storage !== undefined) return liveStorage(n.storage)
    throw new ConfigError(
      `${name}: expected to read only its arguments and tensors that exist, got a value of another function that is being traced. Pass it as an argument.`,
    )
  })
  const donated = pairDonations(donatedLeaves, parameters, results)
  return {
    device,
    structures,
    leafTypes,
    graph: { inputs: [...parameters, ...outside], results, donated },
    captured,
    result: output.structure,
    variables: [...variables.values()],
    donatedLeaves,
    executable: undefined,
  }
}

function noteVariable(name: string, variables: Map<string, Traced['variables'][number]>, d: SymbolicDim, leaf: number, axis: number): void {
  const [variable, ...others] = variablesOf(d)
  if (variable === undefined || others.length > 0 || d.terms.length !== 1 || d.terms[0]?.coefficient !== 1) {
    throw new ConfigError(`${name}: expected a size that is one variable on axis ${axis}, got '${d.toString()}'. Use dimension(name, { max }).`)
  }
  if (!variables.has(variable.name)) variables.set(variable.name, { ...variable, leaf, axis })
}

/** Each donated argument goes to the first result of its type that no other has taken, in order. */
function pairDonations(donated: readonly number[], parameters: readonly Node[], results: readonly Node[]): Map<number, number> {
  const pairs = new Map<number, number>()
  const taken = new Set<number>()
  for (const i of donated) {
    const parameter = parameters[i]
    if (parameter === undefined) continue
    const at = results.findIndex(
      (r, j) =>
        !taken.has(j) &&
        r.dtype === parameter.dtype &&
        r.shape.length === parameter.shape.length &&
        r.shape.every((d, axis) => sameDim(d, parameter.shape[axis] ?? -1)),
    )
    if (at < 0) continue
    taken.add(at)
    pairs.set(i, at)
  }
  return pairs
}

/** The buffers of a call. A donated buffer that is passed twice is copied, so that writing over it changes nothing else. */
function bind(traced: Traced, leaves: readonly Tensor[]): Storage[] {
  const inputs = inputsOf(traced, leaves)
  for (const i of twiceDonated(traced, leaves)) {
    const storage = inputs[i]
    if (storage !== undefined && inputs.indexOf(storage) !== inputs.lastIndexOf(storage))
      inputs[i] = { dtype: storage.dtype, length: storage.length, bytes: storage.bytes.slice(0) }
  }
  return inputs
}

function inputsOf(traced: Traced, leaves: readonly Tensor[]): Storage[] {
  const inputs = leaves.map((leaf) => leaf.storageSync())
  for (const storage of traced.captured) inputs.push(storage)
  return inputs
}

/** Donated inputs whose buffer is another input's, too. */
function twiceDonated(traced: Traced, leaves: readonly Tensor[]): number[] {
  const { donated } = traced.graph
  if (donated.size === 0) return []
  const inputs = inputsOf(traced, leaves)
  if (new Set(inputs).size === inputs.length) return []
  return [...donated.keys()].filter((i) => {
    const storage = inputs[i]
    return storage !== undefined && inputs.indexOf(storage) !== inputs.lastIndexOf(storage)
  })
}

const noDims: ReadonlyMap<string, number> = new Map()

function bindDims(traced: Traced, leaves: readonly Tensor[], name: string): ReadonlyMap<string, number> {
  if (traced.variables.length === 0) return noDims
  const dims = new Map<string, number>()
  for (const { name: variable, max, leaf, axis } of traced.variables) {
    const value = leaves[leaf]?.dims[axis]
    if (typeof value !== 'number')
      throw new DeviceError(`${name}: expected a number for size '${variable}', got ${String(value)}. Pass tensors that exist.`)
    if (value > max) throw new ShapeError(`${name}: expected size '${variable}' of at most ${max}, got ${value}. Raise its max or split the input.`)
    dims.set(variable, value)
  }
  traced.leafTypes.forEach((type, i) => {
    type.dims.forEach((d, axis) => {
      if (typeof d === 'number') return
      const received = leaves[i]?.dims[axis]
      if (received !== evaluateDim(d, dims)) {
        throw new ShapeError(
          `${name}: expected one value for size '${String(d)}', got ${evaluateDim(d, dims)} and ${showDims(leaves[i]?.dims ?? [])}. Give all inputs the same size there.`,
        )
      }
    })
  })
  return dims
}

function resultDims(traced: Traced, index: number, leaves: readonly Tensor[]): Dims {
  const shape = traced.graph.results[index]?.shape ?? []
  if (traced.variables.length === 0) return shape
  const dims = bindDims(traced, leaves, 'jit')
  return shape.map((d) => evaluateDim(d, dims))
}
