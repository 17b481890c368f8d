// Layers one after the other.

import { ConfigError, type Tensor } from '../core/index.ts'
import type { CallContext, Layer, LogitsHook } from './layer.ts'
import { Model, type ModelOptions } from './model.ts'

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
 */
export class Sequential extends Model {
  constructor(layers: readonly Layer[] = [], options: ModelOptions = {}) {
    super('sequential', options)
    for (const layer of layers) this.add(layer)
  }

  /** Adds a layer at the end. Where the input shape is known, its parameters are made. */
  add(layer: Layer): void {
    if (this.children.includes(layer)) {
      throw new ConfigError(`${this.name}.add: expected a layer that is not in the model, got '${layer.name}' again. Make another one.`)
    }
    const names = new Set(this.children.map((child) => child.name))
    if (layer.named && names.has(layer.name)) {
      throw new ConfigError(`${this.name}.add: expected a name that no other layer has, got '${layer.name}'. Rename one of them.`)
    }
    const kind = layer.name
    for (let number = 1; names.has(layer.name); number++) layer.name = `${kind}_${number}`
    this.children.push(layer)
    this.changed()
    try {
      this.checkInput(layer)
      const shape = this.sampleShape
      if (shape !== undefined) this.prepare(this.name, shape)
    } catch (error) {
      this.children.pop()
      throw error
    }
  }

  /** A layer in the middle that names another input shape than it gets. */
  private checkInput(layer: Layer): void {
    const before = this.children.at(-2)?.outputDims?.slice(1)
    if (layer.inputShape === undefined || before === undefined) return
    if (before.length === layer.inputShape.length && before.every((d, i) => d === layer.inputShape?.[i])) return
    throw new ConfigError(
      `${layer.name}: expected inputs of [${layer.inputShape.join(', ')}] as its inputShape says, got [${before.join(', ')}] from '${this.children.at(-2)?.name ?? ''}'. ` +
        'Leave inputShape out after the first layer.',
    )
  }

  call(x: Tensor, context: CallContext): Tensor {
    return this.children.reduce((value, layer) => layer.apply(value, context), x)
  }

  override logits(): LogitsHook | undefined {
    const last = this.children.at(-1)
    const hook = last?.logits()
    if (last === undefined || hook === undefined) return undefined
    const before = this.children.slice(0, -1)
    return {
      activation: hook.activation,
      call: (x, context) =>
        last.applyLogits(
          hook,
          before.reduce((value, layer) => layer.apply(value, context), x),
          context,
        ),
    }
  }
}
