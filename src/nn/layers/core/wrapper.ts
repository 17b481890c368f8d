// A layer around another one.

import type { Tensor, Tree } from '../../../core/index.ts'
import { shown } from '../../options/option-checks.ts'
import { ConfigError } from '../../../core/index.ts'
import { type AnyLayer, Layer, type LayerConfig, type LayerOptions } from '../../layer/layer.ts'

/** Options of a {@link Wrapper}. */
export interface WrapperOptions extends LayerOptions {
  /** The layer inside. */
  readonly layer: AnyLayer
}

/** The base of layers that change what one layer inside them does; its parameters are called `layer/…`. Subclasses give `call`. */
export abstract class Wrapper<In extends Tree = Tensor, Out extends Tree = Tensor, Options extends object = object> extends Layer<In, Out, Options> {
  readonly layer: AnyLayer

  constructor(options: WrapperOptions, className?: string, own?: readonly string[]) {
    super(options, className, own && ['layer', ...own])
    if (!(options.layer instanceof Layer)) {
      throw new ConfigError(`${this.name}: expected layer to be a layer, got ${shown(options.layer)}. Make one: layers.dense({ units: 10 }).`)
    }
    this.layer = options.layer
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), layer: { className: this.layer.className, config: this.layer.getConfig() } }
  }
}
