// GPT-2 (Radford et al. 2019): a stack of pre-norm transformer blocks with learned positions. The formulas are functions of a tree of
// parameters, for jit and for reading; the layer GPT keeps such a tree, for Sequential and fit.

import { add, attention, ConfigError, contract, gather, iota, random, reshape, ShapeError, type Tensor } from '../../core/index.ts'
import {
  type CallContext,
  checkedRate,
  dropElements,
  geluApproximate,
  type Initializer,
  initializers,
  Layer,
  type LayerOptions,
  type LogitsHook,
  type Parameter,
  positive,
} from '../../nn/index.ts'
import { layerNormalization } from '../../ops/index.ts'

/** The sizes of a model. */
export interface GPTConfiguration {
  /** Tokens are 0 to vocabularySize − 1. */
  readonly vocabularySize: number
  /** The longest input. */
  readonly contextLength: number
  /** Number of blocks. */
  readonly layers: number
  readonly heads: number
  /** Size of the vectors between blocks; a multiple of `heads`. */
  readonly width: number
  /** Share of elements dropped while training. Default 0. */
  readonly dropout?: number
  /** The output head is the transposed token table. Default true. */
  readonly tieEmbeddings?: boolean
}

/** Published sizes. */
export const presets = {
  /** 124 million parameters. */
  gpt2: { vocabularySize: 50257, contextLength: 1024, layers: 12, heads: 12, width: 768 },
} as const satisfies Readonly<Record<string, GPTConfiguration>>

type Linear<T> = { readonly kernel: T; readonly bias: T }
type Norm<T> = { readonly scale: T; readonly shift: T }
type Block<T> = {
  readonly attention: { readonly norm: Norm<T>; readonly queryKeyValue: Linear<T>; readonly output: Linear<T> }
  readonly feedForward: { readonly norm: Norm<T>; readonly expand: Linear<T>; readonly contract: Linear<T> }
}
/** The parameters of a model, or something for each of them. `head` has one entry where embeddings are not tied. */
export type GPTTree<T> = {
  readonly tokens: T
  readonly positions: T
  readonly blocks: readonly Block<T>[]
  readonly norm: Norm<T>
  readonly head: readonly T[]
}
export type GPTParameters = GPTTree<Tensor>

const epsilon = 1e-5

/** Logits of the next token at every position: tokens i32 `[batch, time]` to `[batch, time, vocabularySize]`. */
export function gpt(parameters: GPTParameters, tokens: Tensor, configuration: GPTConfiguration, context?: CallContext): Tensor {
  return gptHead(parameters, gptHidden(parameters, tokens, configuration, context))
}

/** What the last block says, normalised: `[batch, time, width]`. */
export function gptHidden(parameters: GPTParameters, tokens: Tensor, configuration: GPTConfiguration, context?: CallContext): Tensor {
  const [, time = 0] = tokens.dims
  if (tokens.rank !== 2 || (typeof time === 'number' && time > configuration.contextLength)) {
    throw new ShapeError(
      `gpt: expected tokens [batch, time] of at most ${configuration.contextLength} positions, got [${tokens.dims.join(', ')}]. Cut them, or raise contextLength.`,
    )
  }
  const drop = (x: Tensor): Tensor => (context === undefined ? x : dropElements(x, configuration.dropout ?? 0, context))
  let x = drop(add(gather(parameters.tokens, tokens.cast('i32'), 0), gather(parameters.positions, iota([time]), 0)))
  for (const block of parameters.blocks) {
    x = x.add(drop(selfAttention(block.attention, x, configuration.heads)))
    x = x.add(drop(feedForward(block.feedForward, x)))
  }
  return normalize(x, parameters.norm)
}

/** Logits of hidden states, `[…, width]` to `[…, vocabularySize]`. */
export function gptHead({ tokens, head }: GPTParameters, hidden: Tensor): Tensor {
  const [own] = head
  return own === undefined ? contract(hidden, tokens, { contract: [[-1, 1]] }) : hidden.matmul(own)
}

/** Causal attention of a normalised x, all three projections in one product. */
function selfAttention({ norm, queryKeyValue, output }: Block<Tensor>['attention'], x: Tensor, heads: number): Tensor {
  const [batch = 1, time = 1, width = 1] = x.dims
  const size = Number(width) / heads
  const [query, key, value] = linear(normalize(x, norm), queryKeyValue)
    .split(3, -1)
    .map((part): Tensor => reshape(part, [batch, time, heads, size]))
  if (query === undefined || key === undefined || value === undefined) throw new ShapeError('gpt: expected three projections.')
  return linear(reshape(attention(query, key, value, { causal: true }), [batch, time, width]), output)
}

/** gelu(norm(x) · expand) · contract. */
function feedForward({ norm, expand, contract }: Block<Tensor>['feedForward'], x: Tensor): Tensor {
  return linear(geluApproximate(linear(normalize(x, norm), expand)), contract)
}

const normalize = (x: Tensor, { scale, shift }: Norm<Tensor>): Tensor => layerNormalization(x, { gamma: scale, beta: shift, epsilon })

function linear(x: Tensor, { kernel, bias }: Linear<Tensor>): Tensor {
  const product: Tensor = x.matmul(kernel)
  return product.add(bias)
}

/**
 * A tree made by `make` for each parameter. Weights are normal with deviation 0.02, those that write into the residual stream divided by
 * √(2 · layers); biases and shifts zeros, scales ones (GPT-2, §2.3).
 */
export function gptTree<T>(
  configuration: GPTConfiguration,
  make: (name: string, shape: readonly number[], initializer: Initializer) => T,
): GPTTree<T> {
  const { vocabularySize, contextLength, layers, width, tieEmbeddings = true } = checked(configuration)
  const weights = initializers.randomNormal({ stddev: 0.02 })
  const residual = initializers.randomNormal({ stddev: 0.02 / Math.sqrt(2 * layers) })
  const [zeros, ones] = [initializers.zeros(), initializers.ones()]
  const linearOf = (name: string, from: number, to: number, initializer: Initializer): Linear<T> => ({
    kernel: make(`${name}/kernel`, [from, to], initializer),
    bias: make(`${name}/bias`, [to], zeros),
  })
  const normOf = (name: string): Norm<T> => ({
    scale: make(`${name}/scale`, [width], ones),
    shift: make(`${name}/shift`, [width], zeros),
  })
  return {
    tokens: make('tokens', [vocabularySize, width], weights),
    positions: make('positions', [contextLength, width], weights),
    blocks: Array.from({ length: layers }, (_, i) => ({
      attention: {
        norm: normOf(`block_${i}/attention/norm`),
        queryKeyValue: linearOf(`block_${i}/attention/query_key_value`, width, 3 * width, weights),
        output: linearOf(`block_${i}/attention/output`, width, width, residual),
      },
      feedForward: {
        norm: normOf(`block_${i}/feed_forward/norm`),
        expand: linearOf(`block_${i}/feed_forward/expand`, width, 4 * width, weights),
        contract: linearOf(`block_${i}/feed_forward/contract`, 4 * width, width, residual),
      },
    })),
    norm: normOf('norm'),
    head: tieEmbeddings ? [] : [make('head', [width, vocabularySize], weights)],
  }
}

/** Initial parameters of a model; the same key gives the same ones. */
export function gptParameters(configuration: GPTConfiguration, key: Tensor): GPTParameters {
  let count = 0
  return gptTree(configuration, (_name, shape, initializer) => initializer(shape, random.foldIn(key, count++)))
}

function checked(configuration: GPTConfiguration): GPTConfiguration {
  const { vocabularySize, contextLength, layers, heads, width, dropout = 0 } = configuration
  for (const [what, value] of Object.entries({ vocabularySize, contextLength, layers, heads, width })) positive('gpt', what, value)
  if (width % heads !== 0)
    throw new ConfigError(`gpt: expected a width that ${heads} heads divide, got ${width}. Use ${heads * Math.ceil(width / heads)}.`)
  checkedRate('gpt', 'dropout', dropout)
  return configuration
}

/**
 * The model as a layer: tokens `[batch, time]` to logits `[batch, time, vocabularySize]`. Cross-entropies take its result as logits.
 *
 * ```ts
 * const gpt = new GPT({ vocabularySize: 65, contextLength: 64, layers: 4, heads: 4, width: 128 })
 * const model = new Sequential([gpt])
 * model.compile({ loss: 'sparseCategoricalCrossentropy', optimizer: new AdamW({ decayMatricesOnly: true }) })
 * ```
 */
export class GPT extends Layer {
  readonly configuration: GPTConfiguration
  private tree: GPTTree<Parameter> | undefined

  constructor(configuration: GPTConfiguration, options: LayerOptions = {}) {
    super(options, 'GPT')
    this.configuration = checked(configuration)
  }

  override build(): void {
    this.tree = gptTree(this.configuration, (name, shape, initializer) => this.parameter(name, shape, initializer))
  }

  /** The present parameters; the model must be built. */
  get values(): GPTParameters {
    if (this.tree === undefined) throw new ConfigError(`${this.name}: expected to be built, it is not. Add it to a model that knows its input shape.`)
    return valuesOf(this.tree)
  }

  call(tokens: Tensor, context: CallContext): Tensor {
    return gpt(this.values, tokens, this.configuration, context)
  }

  override logits(): LogitsHook {
    return { activation: 'none', call: (tokens, context) => this.call(tokens, context) }
  }
}

/** The values of a tree of parameters. */
function valuesOf({ tokens, positions, blocks, norm, head }: GPTTree<Parameter>): GPTParameters {
  const linearOf = ({ kernel, bias }: Linear<Parameter>): Linear<Tensor> => ({ kernel: kernel.value, bias: bias.value })
  const normOf = ({ scale, shift }: Norm<Parameter>): Norm<Tensor> => ({ scale: scale.value, shift: shift.value })
  return {
    tokens: tokens.value,
    positions: positions.value,
    blocks: blocks.map(({ attention, feedForward }) => ({
      attention: { norm: normOf(attention.norm), queryKeyValue: linearOf(attention.queryKeyValue), output: linearOf(attention.output) },
      feedForward: { norm: normOf(feedForward.norm), expand: linearOf(feedForward.expand), contract: linearOf(feedForward.contract) },
    })),
    norm: normOf(norm),
    head: head.map(({ value }) => value),
  }
}
