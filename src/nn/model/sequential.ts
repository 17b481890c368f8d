// Layers one after the other.

import { ConfigError, dimension, type Dims, type DType, ShapeError, showDims, Tensor, type Tree } from '../../core/index.ts'
import { invoke } from '../layer/callable.ts'
import { type CallContext, type CallOptions, currentContext } from '../layer/call-context.ts'
import { type AnyLayer, Layer, type LogitsHook } from '../layer/layer.ts'
import { listOf, wrongOption } from '../options/option-checks.ts'
import { anyBatch, drawChain, drawnBy, originOf, symbolicInput } from '../functional/layer-calls.ts'
import { freeName } from '../layer/layer-names.ts'
import type { NestedStrings } from '../layers/preprocessing/text/nested-strings.ts'
import { isTextLayer, maxLength } from '../layers/preprocessing/text/text-layer.ts'
import { isDims, Model, type ModelOptions } from './model.ts'

/** Options of {@link Sequential}. */
export type SequentialOptions = Omit<ModelOptions, 'inputs' | 'outputs'>

/** The call of a {@link Sequential}. */
export interface Sequential {
  /** Of a model whose first layer takes strings. */
  (texts: NestedStrings, options?: CallOptions): Tensor
}

/**
 * A model that is a list of layers: each takes the result of the one before.
 *
 * ```ts
 * const model = new Sequential()
 * model.add(layers.dense({ units: 64, activation: 'relu', inputDim: 100 }))
 * model.add(layers.dense({ units: 10, activation: 'softmax' }))
 * model.compile({ loss: 'categoricalCrossentropy', optimizer: 'sgd', metrics: ['accuracy'] })
 * await model.fit(xTrain, yTrain, { epochs: 5, batchSize: 32 })
 * ```
 *
 * The first layer may be one of strings (`TextVectorization`, `StringLookup`): the model can then be called on strings, `model(['a text'])`; `fit`,
 * `evaluate` and `predict` take what that layer gives, `model.getLayer(0)(texts)`, as there are no tensors of strings.
 */
export class Sequential extends Model {
  private readonly stack: AnyLayer[] = []
  private start: Tensor | undefined
  private beginning: Tensor | undefined

  constructor(layers: readonly (AnyLayer | Tensor)[] = [], options: SequentialOptions = {}) {
    super(options, 'Sequential')
    listOf(this.name, 'layers', layers, (layer) => this.add(layer))
  }

  override get children(): readonly AnyLayer[] {
    return this.stack
  }

  /** Adds a layer at the end (or, first, what `Input` has made). Where the input shape is known, its parameters are made. */
  add(layer: AnyLayer | Tensor): void {
    if (layer instanceof Tensor) {
      if (originOf(layer) !== 'input' || this.stack.length > 0 || this.start !== undefined) {
        throw new ConfigError(`${this.name}.add: expected a layer, or as the first of all Input(…), got ${layer.toString()}. Call add with a layer.`)
      }
      this.start = layer
      return
    }
    if (!(layer instanceof Layer)) throw wrongOption(this.name, 'every layer', 'a layer', layer)
    if (this.children.includes(layer)) {
      throw new ConfigError(`${this.name}.add: expected a layer that is not in the model, got '${layer.name}' again. Make another one.`)
    }
    const names = new Set(this.children.map((child) => child.name))
    if (layer.named && names.has(layer.name)) {
      throw new ConfigError(`${this.name}.add: expected a name that no other layer has, got '${layer.name}'. Rename one of them.`)
    }
    layer.name = freeName(layer.name, names)
    if (!this.trainable) layer.trainable = false
    this.stack.push(layer)
    drawnBy(layer, () => this.drawn())
    this.changed()
    try {
      this.checkInput(layer)
      const shape = this.sampleShape
      if (shape !== undefined) this.prepare(this.name, shape)
      else if (this.start !== undefined) this.build(this.start.dims)
    } catch (error) {
      this.stack.pop()
      throw error
    }
  }

  /** A layer in the middle that names another input shape than it gets. */
  private checkInput(layer: AnyLayer): void {
    const before = this.children.at(-2)?.outputDims?.slice(1)
    if (layer.inputShape === undefined || before === undefined) return
    if (before.length === layer.inputShape.length && before.every((d, i) => d === layer.inputShape?.[i])) return
    throw new ConfigError(
      `${layer.name}: expected inputs of ${showDims(layer.inputShape)} as its inputShape says, got ${showDims(before)} from '${this.children.at(-2)?.name ?? ''}'. ` +
        'Leave inputShape out after the first layer.',
    )
  }

  /** The last layer is removed. */
  pop(): void {
    if (this.stack.pop() === undefined)
      throw new ConfigError(`${this.name}.pop: expected a layer to remove, got a model without layers. Add one first.`)
    this.changed()
  }

  /** What the model takes, batch included, where it is known. */
  get inputType(): { readonly dims: Dims; readonly dtype: DType } | undefined {
    if (this.start !== undefined) return { dims: this.start.dims, dtype: this.start.dtype }
    const shape = this.sampleShape
    return shape && { dims: [anyBatch, ...shape], dtype: 'f32' }
  }

  /** Undefined, too, where `Input` has left a size open. */
  protected override get sampleShape(): readonly number[] | undefined {
    const sizes = this.start?.dims.slice(1)
    if (sizes === undefined) return super.sampleShape
    const known = sizes.filter((size) => typeof size === 'number')
    return known.length === sizes.length ? known : undefined
  }

  override get inputs(): readonly Tensor[] {
    return [this.drawn().input]
  }

  override get outputs(): readonly Tensor[] {
    return [this.drawn().output]
  }

  /** The layers as calls on a symbolic tensor, for whoever asks for what is between them. */
  private drawn(): { readonly input: Tensor; readonly output: Tensor } {
    const dims = this.inputType?.dims ?? this.numeric[0]?.inputDims
    this.beginning ??= this.start ?? (isDims(dims) ? symbolicInput([anyBatch, ...dims.slice(1)], 'f32', 'input') : undefined)
    const { beginning } = this
    if (beginning === undefined) {
      throw new ConfigError(
        `${this.name}: expected a model whose input shape is known, it is not. Give its first layer an inputShape, or call build.`,
      )
    }
    const context = { ...currentContext(), shapesOnly: true }
    return { input: beginning, output: this.single(drawChain(this.numeric, beginning, (layer, x) => layer.run(x, context))) }
  }

  override call(x: Tensor, context: CallContext): Tensor {
    return this.single(this.chain(this.numeric, x, context))
  }

  override [invoke](inputs: Tensor | NestedStrings, options: CallOptions = {}): Tree {
    if (inputs instanceof Tensor) return super[invoke](inputs, options)
    const [first] = this.stack
    if (isTextLayer(first)) return super[invoke](first.vectorized(inputs), options)
    throw new ConfigError(
      `${this.name}: expected a tensor, as the first layer is ${first?.className ?? 'missing'}, got ${JSON.stringify(inputs)}. Begin with TextVectorization or StringLookup for strings.`,
    )
  }

  /** Shape of the strings that the first layer takes, batch included, null for sizes that are open; undefined where it takes numbers. */
  get textShape(): readonly (number | null)[] | undefined {
    const [first] = this.stack
    if (!isTextLayer(first)) return undefined
    const sizes: readonly unknown[] = Array.isArray(first.inputDims) ? first.inputDims : [undefined, 1]
    return sizes.map((size) => (typeof size === 'number' ? size : null))
  }

  /** Makes the parameters of a model whose first layer takes strings, for strings of a shape, batch included. */
  buildForTexts([, ...sizes]: readonly (number | null)[]): void {
    const [first] = this.stack
    if (!isTextLayer(first))
      throw new ConfigError(`${this.name}: expected a first layer that takes strings, got ${first?.className ?? 'none'}. Add it.`)
    this.build(first.resultFor([anyBatch, ...sizes.map((size) => size ?? dimension('length', { max: maxLength }))]).dims)
  }

  /** The layers without a first one of strings: the formula begins with the numbers that it gives. */
  private get numeric(): readonly AnyLayer[] {
    return isTextLayer(this.stack[0]) ? this.stack.slice(1) : this.stack
  }

  private chain(layers: readonly AnyLayer[], x: Tensor, context: CallContext): Tree {
    return layers.reduce<Tree>((value, layer) => layer.run(value, context), x)
  }

  private single(value: Tree): Tensor {
    if (value instanceof Tensor) return value
    throw new ShapeError(`${this.name}: expected one tensor from layer '${this.stack.at(-1)?.name ?? ''}', got several. Use a functional Model.`)
  }

  override logits(): LogitsHook | undefined {
    const last = this.children.at(-1)
    const hook = last?.logits()
    if (last === undefined || hook === undefined) return undefined
    const before = this.numeric.slice(0, -1)
    return {
      activation: hook.activation,
      call: (x, context) => last.applyLogits(hook, this.single(this.chain(before, x, context)), context),
    }
  }
}
