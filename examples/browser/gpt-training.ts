// A character GPT in training: the step written out and compiled, and everything that a checkpoint needs to go on exactly where it was.

import {
  AdamW,
  CharacterTokenizer,
  cosineDecay,
  decodeSafetensors,
  encodeSafetensors,
  fileBytes,
  flattenTree,
  generate,
  type GPTConfiguration,
  gpt,
  gptParameters,
  jit,
  losses,
  mean,
  random,
  randomWindows,
  rebuildTree,
  type Tensor,
  valueAndGrad,
} from 'tenon'
import { type LossAt, type Sample, type SizeName, sizes } from './gpt-messages.ts'

/** Steps over which the learning rate falls; later ones keep the lowest. */
const plannedSteps = 3000
const warmupSteps = 100
/** Losses that are kept for the curve; every second one goes where there are more. */
const mostLosses = 4000

/** A model, its optimizer and how far they are. */
export class GptTraining {
  /** The training loss after each step, thinned where there are many. */
  losses: LossAt[] = []
  /** What the model wrote on the way. */
  samples: Sample[] = []
  readonly tokenizer: CharacterTokenizer
  private readonly tokens: Int32Array
  private readonly size: SizeName
  private readonly configuration: GPTConfiguration
  private readonly optimizer = new AdamW({
    learningRate: cosineDecay({ initialLearningRate: 0, warmupTarget: 3e-3, warmupSteps, decaySteps: plannedSteps - warmupSteps, alpha: 0.1 }),
    beta2: 0.99,
    weightDecay: 0.1,
    decayMatricesOnly: true,
    clipNorm: 1,
  })
  private readonly layout: ReturnType<GptTraining['initial']>
  /** Parameters and the optimizer's state, in the order of the layout. */
  private state: Tensor[]
  private readonly program: ReturnType<GptTraining['makeStep']>
  private done = 0

  /** A model that has learned nothing from a text yet. */
  constructor(text: string, size: SizeName) {
    const { layers, heads, width, contextLength } = sizes[size]
    this.size = size
    this.tokenizer = CharacterTokenizer.of(text)
    this.tokens = this.tokenizer.encode(text)
    this.configuration = { vocabularySize: this.tokenizer.vocabularySize, contextLength, layers, heads, width }
    this.layout = this.initial()
    this.state = flattenTree(this.layout).leaves
    this.program = this.makeStep()
  }

  /** Reads the text to learn from. */
  static async begin(size: SizeName): Promise<GptTraining> {
    return new GptTraining(new TextDecoder().decode(await fileBytes('datasets/tinyshakespeare/input.txt')), size)
  }

  /** Steps done. */
  get step(): number {
    return this.done
  }

  /** Number of elements in all parameters. */
  get parameterCount(): number {
    return this.layout.parameters.reduce((sum, { size }) => sum + size, 0)
  }

  /** Tokens that one step sees. */
  get tokensPerStep(): number {
    return sizes[this.size].batch * this.configuration.contextLength
  }

  private initial() {
    const parameters = flattenTree(gptParameters(this.configuration, random.key(1))).leaves
    return { parameters, optimizer: this.optimizer.initialize(parameters) }
  }

  private makeStep() {
    const tree = gptParameters(this.configuration, random.key(1))
    const { configuration, optimizer, layout } = this
    const step = (state: readonly Tensor[], inputs: Tensor, targets: Tensor): [state: Tensor[], loss: Tensor] => {
      const before = rebuildTree(layout, state)
      const lossOf = (parameters: readonly Tensor[]): Tensor =>
        mean(losses.sparseCategoricalCrossentropy(targets, gpt(rebuildTree(tree, parameters), inputs, configuration), { fromLogits: true }))
      const [loss, gradients] = valueAndGrad(lossOf)(before.parameters)
      const after = optimizer.update(gradients, before.parameters, before.optimizer)
      return [flattenTree({ parameters: after.parameters, optimizer: after.state }).leaves, loss]
    }
    return jit(step, { donate: [0], name: 'train' })
  }

  /** One step; the loss before it. Which windows of the text it sees depends on its number alone. */
  async advance(): Promise<number> {
    const { inputs, targets } = randomWindows(this.tokens, this.configuration.contextLength, sizes[this.size].batch, this.done)
    const [state, loss] = await this.program.async(this.state, inputs, targets)
    this.state = state
    this.done++
    const value = await loss.item()
    this.losses.push({ step: this.done, value })
    if (this.losses.length > mostLosses) this.losses = this.losses.filter((_, i) => i % 2 === 1)
    return value
  }

  /** Lets the model write; told each character. */
  async write(length: number, temperature: number, onCharacter: (character: string) => void): Promise<void> {
    const { configuration, tokenizer } = this
    const tree = gptParameters(configuration, random.key(1))
    const values = rebuildTree(tree, rebuildTree(this.layout, this.state).parameters)
    const onToken = (token: number): void => onCharacter(tokenizer.decode([token]))
    await generate({ configuration, values }, tokenizer.encode('\n'), { maxNewTokens: length, temperature, seed: this.done, onToken })
  }

  /** Everything that {@link restore} needs, as bytes. */
  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    for (const tensor of this.state) await tensor.storage()
    const notes = { size: this.size, step: String(this.done), losses: JSON.stringify(this.losses), samples: JSON.stringify(this.samples) }
    return encodeSafetensors(new Map(this.state.map((tensor, i) => [`state/${i}`, tensor])), notes)
  }

  /** Goes on where a checkpoint was made; false, and nothing changed, where it is one of another model. */
  restore(bytes: Uint8Array): boolean {
    const { tensors, metadata } = decodeSafetensors(bytes, 'checkpoint')
    const state = this.state.map((own, i) => {
      const saved = tensors.get(`state/${i}`)
      return saved !== undefined && saved.dtype === own.dtype && saved.shape.join() === own.shape.join() ? saved : undefined
    })
    const whole = state.filter((tensor) => tensor !== undefined)
    if (metadata.size !== this.size || whole.length !== this.state.length) return false
    this.state = whole
    this.done = Number(metadata.step)
    this.losses = JSON.parse(metadata.losses ?? '[]')
    this.samples = JSON.parse(metadata.samples ?? '[]')
    return true
  }
}
