// Preprocessing steps one after another, as one layer.

import { ConfigError, type Tree } from '../../../core/index.ts'
import { shown } from '../../options/option-checks.ts'
import { type CallContext, type CallOptions, isInsideCall } from '../../layer/call-context.ts'
import { invoke } from '../../layer/callable.ts'
import { hasSymbolic } from '../../functional/layer-calls.ts'
import { type AnyLayer, Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'

/** Options of {@link Pipeline}. */
export interface PipelineOptions extends LayerOptions {
  /** The steps, in order: each takes what the one before gives. */
  readonly layers: readonly AnyLayer[]
}

/**
 * Applies layers one after another: for data sets, `data.map(pipeline)`. Called by itself it trains (images are varied) unless it is told
 * `{ training: false }`; in a model it trains when the model does.
 *
 * ```ts
 * const prepare = layers.pipeline({ layers: [layers.rescaling({ scale: 1 / 255 }), layers.randomFlip()] })
 * const varied = prepare(images)
 * ```
 */
export class Pipeline extends Layer<Tree, Tree> {
  readonly layers: readonly AnyLayer[]

  constructor(options: PipelineOptions) {
    super(options, 'Pipeline', ['layers'])
    this.layers = options.layers
    if (!Array.isArray(this.layers) || !this.layers.every((layer) => layer instanceof Layer)) {
      throw new ConfigError(`${this.name}: expected layers to be a list of layers, got ${shown(options.layers)}. Make them with layers.….`)
    }
  }

  override [invoke](inputs: Tree, options: CallOptions = {}): Tree {
    const alone = !isInsideCall() && !hasSymbolic(inputs)
    return super[invoke](inputs, alone ? { training: true, ...options } : options)
  }

  call(inputs: Tree, context: CallContext): Tree {
    return this.layers.reduce<Tree>((x, layer) => layer.run(x, context), inputs)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), layers: this.layers.map((layer) => ({ className: layer.className, config: layer.getConfig() })) }
  }
}
