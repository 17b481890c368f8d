// Text from a language model, one token after the other, with one compiled program for a fixed window of context.

import { jit } from '../compiler/index.ts'
import { argmax, ConfigError, dynamicSlice, less, random, reshape, type Tensor, tensor, topK, where } from '../core/index.ts'
import { positive } from '../nn/index.ts'
import type { GPTConfiguration, GPTParameters } from './models/gpt.ts'
import { gptHead, gptHidden } from './models/gpt.ts'

/** Options of {@link generate}. */
export interface GenerateOptions {
  /** Tokens to add. Default 100. */
  readonly maxNewTokens?: number
  /** Above 1 more daring, below 1 safer, 0 always the likeliest. Default 1. */
  readonly temperature?: number
  /** Only the k likeliest tokens are drawn from. Default: all. */
  readonly topK?: number
  /** The same seed gives the same text. Default 0. */
  readonly seed?: number
  /** Told each token as it is drawn. */
  readonly onToken?: (token: number) => void
}

/** What a generation needs of a model: the layer GPT has it. */
export interface TokenModel {
  readonly configuration: GPTConfiguration
  readonly values: GPTParameters
}

type NextToken = (parameters: GPTParameters, window: Tensor, position: Tensor, temperature: Tensor, key: Tensor) => Tensor

const programs = new WeakMap<GPTConfiguration, Map<string, ReturnType<typeof makeProgram>>>()

/** Draws the token after `position` of a window of tokens; what stands behind it is not seen. */
function makeProgram(configuration: GPTConfiguration, k: number | undefined, greedy: boolean) {
  const next: NextToken = (parameters, window, position, temperature, key) => {
    const hidden = gptHidden(parameters, window, configuration)
    const last = dynamicSlice(hidden, [0, position, 0], [1, 1, configuration.width])
    const logits: Tensor = reshape(gptHead(parameters, last), [configuration.vocabularySize])
    if (greedy) return argmax<readonly number[]>(logits)
    const scaled: Tensor = logits.divide(temperature)
    if (k === undefined) return random.categorical(key, scaled)
    const least = topK(scaled, k).values.slice<readonly number[], readonly [number], readonly [number]>([k - 1], [1])
    return random.categorical(key, where(less<Tensor, Tensor>(scaled, least), Number.NEGATIVE_INFINITY, scaled))
  }
  return jit(next, { name: 'generate' })
}

function programOf(configuration: GPTConfiguration, k: number | undefined, greedy: boolean) {
  const table = programs.get(configuration) ?? new Map<string, ReturnType<typeof makeProgram>>()
  programs.set(configuration, table)
  const key = greedy ? 'greedy' : `${k}`
  const known = table.get(key) ?? makeProgram(configuration, k, greedy)
  table.set(key, known)
  return known
}

/**
 * Tokens that go on from a prompt. Where prompt and new tokens are longer than the context, the oldest are forgotten.
 *
 * ```ts
 * const tokens = await generate(gpt, tokenizer.encode('ROMEO:'), { maxNewTokens: 200, temperature: 0.8, topK: 40 })
 * ```
 */
export async function generate(model: TokenModel, prompt: ArrayLike<number>, options: GenerateOptions = {}): Promise<number[]> {
  const { configuration, values } = model
  const { maxNewTokens = 100, temperature = 1, seed = 0, onToken } = options
  const { vocabularySize, contextLength } = configuration
  positive('generate', 'maxNewTokens', maxNewTokens)
  if (!(temperature >= 0)) throw new ConfigError(`generate: expected a temperature of at least 0, got ${temperature}. Use 0 for the likeliest token.`)
  if (prompt.length === 0)
    throw new ConfigError('generate: expected a prompt of at least one token, got none. Begin with a newline or a start token.')
  const k = options.topK === undefined ? undefined : Math.min(positive('generate', 'topK', options.topK), vocabularySize)
  const context = Array.from(prompt)
  const foreign = context.findIndex((token) => !Number.isInteger(token) || token < 0 || token >= vocabularySize)
  if (foreign >= 0) {
    throw new ConfigError(
      `generate: expected tokens from 0 to ${vocabularySize - 1}, got ${context[foreign]} at ${foreign}. Use the model's tokenizer.`,
    )
  }
  const program = programOf(configuration, k, temperature === 0)
  const heat = tensor(temperature, [])
  const key = random.key(seed)
  const drawn: number[] = []
  const window = new Int32Array(contextLength)
  while (drawn.length < maxNewTokens) {
    const seen = context.slice(-contextLength)
    window.fill(0)
    window.set(seen)
    const position = tensor(new Int32Array([seen.length - 1]), [])
    const token = await program.async(values, tensor(window, [1, contextLength]), position, heat, random.foldIn(key, drawn.length))
    const next = await token.item()
    context.push(next)
    drawn.push(next)
    onToken?.(next)
  }
  return drawn
}
