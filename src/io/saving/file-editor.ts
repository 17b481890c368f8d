// A file of weights to look into and to change: for weights of a model whose layers have changed since.

import { ConfigError, showDims, type Tensor } from '../../core/index.ts'
import type { AnyModel } from '../../nn/index.ts'
import type { Hdf5Group } from '../hdf5/group.ts'

/** What {@link KerasFileEditor.compare} has found. */
export interface Comparison {
  readonly status: 'success' | 'error'
  readonly errorCount: number
  readonly matchCount: number
}

/** Weights by their names in an object: `{ 0: kernel, 1: bias }`. */
export type NamedWeights = Readonly<Record<string, Tensor>>

type Weights = Map<string, Tensor>

/**
 * The weights of a `.weights.h5` or `.keras` file by the paths of what they belong to (`layers/dense_1`), as Keras's KerasFileEditor.
 *
 * ```ts
 * const editor = await KerasFileEditor.open('old.weights.h5')
 * editor.summary()
 * editor.renameObject('layers/dense_1', 'dense_2')
 * await editor.save('new.weights.h5')
 * ```
 */
export class KerasFileEditor {
  readonly path: string
  /** The model's description, where the file is a `.keras` archive. */
  readonly config: Readonly<Record<string, unknown>> | undefined
  /** Which Keras wrote the file, and when, where it is a `.keras` archive. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  private readonly objects: Map<string, Weights>

  private constructor(path: string, objects: Map<string, Weights>, archive?: Pick<KerasFileEditor, 'config' | 'metadata'>) {
    this.path = path
    this.objects = objects
    this.config = archive?.config
    this.metadata = archive?.metadata
  }

  /** Reads a file. A FormatError where it is cut off or damaged. */
  static async open(path: string): Promise<KerasFileEditor> {
    if (!path.endsWith('.keras') && !path.endsWith('.weights.h5')) {
      throw new ConfigError(`kerasFileEditor: expected a file that ends in .keras or .weights.h5, got '${path}'. Rename it, or save it as one.`)
    }
    const { readWhole } = await import('../files.ts')
    const bytes = await readWhole(path)
    if (path.endsWith('.keras')) {
      const { decodeArchive } = await import('../keras/archive.ts')
      const { config, metadata, weights } = await decodeArchive(bytes, `kerasFileEditor '${path}'`)
      return new KerasFileEditor(path, objectsOf(weights), { config, metadata })
    }
    const { readHdf5 } = await import('../hdf5/read.ts')
    return new KerasFileEditor(path, objectsOf(await readHdf5(bytes, path)))
  }

  /** The paths of everything that has weights, in order. */
  get paths(): string[] {
    return [...this.objects.keys()].sort()
  }

  /** The weights of an object, by path or, where it is the only one of that name, by name. */
  weights(object: string): ReadonlyMap<string, Tensor> {
    return this.at(object).weights
  }

  /** Prints the objects with their weights' shapes; `print` takes the text instead of the console. */
  summary(print: (text: string) => void = console.log): void {
    const lines = this.paths.flatMap((path) => [
      path,
      ...[...(this.objects.get(path) ?? [])].map(([name, { dtype, dims }]) => `  ${name}: ${dtype} ${showDims(dims)}`),
    ])
    print([`'${this.path}'`, ...lines].join('\n'))
  }

  /** What a model's weights and the file's do not have in common, printed; and how many do. */
  async compare(model: AnyModel, print: (text: string) => void = console.log): Promise<Comparison> {
    const { variablesOf } = await import('../keras/weight-paths.ts')
    const wanted = new Map(variablesOf(model).map(({ path, parameters }) => [path, parameters]))
    const problems: string[] = []
    let matchCount = 0
    for (const [path, parameters] of wanted) {
      if (parameters.length === 0) continue
      const found = this.objects.get(path)
      if (found === undefined) problems.push(`'${path}': ${parameters.length} weights in the model, none in the file`)
      for (const [index, parameter] of (found === undefined ? [] : parameters).entries()) {
        const own = showDims(parameter.value.dims)
        const stored = found?.get(String(index))
        const shape = stored === undefined ? 'none' : showDims(stored.dims)
        if (shape === own) matchCount++
        else problems.push(`'${path}/${index}': ${own} in the model, ${shape} in the file`)
      }
    }
    for (const path of this.paths) {
      if ((wanted.get(path) ?? []).length === 0 && !path.startsWith('optimizer')) problems.push(`'${path}': weights in the file, none in the model`)
    }
    for (const problem of problems) print(problem)
    print(problems.length === 0 ? `all ${matchCount} weights match` : `${problems.length} mismatches, ${matchCount} matches`)
    return { status: problems.length === 0 ? 'success' : 'error', errorCount: problems.length, matchCount }
  }

  /** Gives an object, and what is inside of it, another name; its folder stays. */
  renameObject(object: string, newName: string): void {
    if (newName === '' || newName.includes('/')) {
      throw new ConfigError(`kerasFileEditor: expected a new name without a folder, got '${newName}'. Pass the last part of the path.`)
    }
    const { path } = this.find(object)
    const renamed = [...path.split('/').slice(0, -1), newName].join('/')
    for (const own of this.within(path)) {
      const weights = this.objects.get(own)
      this.objects.delete(own)
      if (weights !== undefined) this.objects.set(renamed + own.slice(path.length), weights)
    }
  }

  /** Takes an object, and what is inside of it, out of the file. */
  deleteObject(object: string): void {
    for (const own of this.within(this.find(object).path)) this.objects.delete(own)
  }

  /** Adds an object with weights at a path. */
  addObject(path: string, weights: NamedWeights): void {
    this.objects.set(path, new Map(Object.entries(weights)))
  }

  /** Takes one weight out of an object. */
  deleteWeight(object: string, name: string): void {
    const { path, weights } = this.at(object)
    if (weights.delete(name)) return
    throw new ConfigError(
      `kerasFileEditor: expected one of the weights ${[...weights.keys()].join(', ')} of '${path}', got '${name}'. See summary().`,
    )
  }

  /** Adds weights to an object, or puts others in their place. */
  addWeights(object: string, weights: NamedWeights): void {
    const { weights: own } = this.at(object)
    for (const [name, value] of Object.entries(weights)) own.set(name, value)
  }

  /** Writes the weights as they are now to a `.weights.h5` file. */
  async save(path: string): Promise<void> {
    if (!path.endsWith('.weights.h5')) {
      throw new ConfigError(`kerasFileEditor: expected a path that ends in .weights.h5, got '${path}'. Rename it.`)
    }
    const [{ emptyGroup, makeGroup }, { writeHdf5 }, { writeWhole }] = await Promise.all([
      import('../hdf5/group.ts'),
      import('../hdf5/write.ts'),
      import('../files.ts'),
    ])
    const root = emptyGroup()
    for (const [object, weights] of this.objects) {
      const vars = makeGroup(root, `${object}/vars`)
      for (const [name, tensor] of weights) vars.members.set(name, tensor)
    }
    await writeWhole(path, await writeHdf5(root, path))
  }

  /** {@link save}, under its other name. */
  resaveWeights(path: string): Promise<void> {
    return this.save(path)
  }

  /** The paths of an object and of everything inside of it. */
  private within(path: string): string[] {
    return this.paths.filter((own) => own === path || own.startsWith(`${path}/`))
  }

  /** The path that an object's name stands for. */
  private find(object: string): { readonly path: string } {
    if (object.includes('/') || this.within(object).length > 0) {
      if (this.within(object).length > 0) return { path: object }
    } else {
      const places = new Set(this.paths.flatMap((path) => placesOf(path, object)))
      const [only, ...others] = places
      if (others.length > 0) {
        throw new ConfigError(`kerasFileEditor: expected a name that occurs once, got '${object}' at ${[...places].join(', ')}. Pass the whole path.`)
      }
      if (only !== undefined) return { path: only }
    }
    throw new ConfigError(`kerasFileEditor: expected one of the objects ${this.paths.join(', ')}, got '${object}'. See summary().`)
  }

  private at(object: string): { readonly path: string; readonly weights: Weights } {
    const { path } = this.find(object)
    const weights = this.objects.get(path)
    if (weights !== undefined) return { path, weights }
    throw new ConfigError(`kerasFileEditor: expected an object with weights of its own, got '${path}'. Pass one of ${this.within(path).join(', ')}.`)
  }
}

/** The beginnings of a path that end in a name. */
function placesOf(path: string, name: string): string[] {
  const parts = path.split('/')
  return parts.flatMap((part, i) => (part === name ? [parts.slice(0, i + 1).join('/')] : []))
}

/** Every group `…/vars` with something in it, by what it belongs to. */
function objectsOf(root: Hdf5Group): Map<string, Weights> {
  const objects = new Map<string, Weights>()
  const visit = (group: Hdf5Group, path: string): void => {
    for (const [name, member] of group.members) {
      if (!('members' in member)) continue
      const tensors = [...member.members].flatMap(([key, part]): [string, Tensor][] => ('members' in part ? [] : [[key, part]]))
      if (name === 'vars' && tensors.length > 0) objects.set(path, new Map(tensors))
      else if (name !== 'vars') visit(member, path === '' ? name : `${path}/${name}`)
    }
  }
  visit(root, '')
  return objects
}
