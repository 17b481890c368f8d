import { concat, losses, mean } from '../../src/index.ts'
import { gpt, type GPTParameters } from '../../src/llm/index.ts'
import content from './gpt-block.json' with { type: 'json' }
import { GoldenFile } from './golden-file.ts'
import { testAgainstGolden, type Weights, weight } from './training.ts'

const configuration = { vocabularySize: 11, contextLength: 8, layers: 1, heads: 2, width: 16 }

/** The golden file keeps query, key and value apart; the model has them in one product. */
function parametersOf(weights: Weights): GPTParameters {
  const together = (part: string) =>
    concat(
      ['query', 'key', 'value'].map((name) => weight(weights, `${name}/${part}`)),
      -1,
    )
  const linear = (name: string) => ({ kernel: weight(weights, `${name}/kernel`), bias: weight(weights, `${name}/bias`) })
  const norm = (name: string) => ({ scale: weight(weights, `${name}/gamma`), shift: weight(weights, `${name}/beta`) })
  return {
    tokens: weight(weights, 'tokens'),
    positions: weight(weights, 'positions'),
    blocks: [
      {
        attention: {
          norm: norm('norm1'),
          queryKeyValue: { kernel: together('kernel'), bias: together('bias') },
          output: linear('output'),
        },
        feedForward: { norm: norm('norm2'), expand: linear('up'), contract: linear('down') },
      },
    ],
    norm: norm('norm3'),
    head: [],
  }
}

testAgainstGolden(new GoldenFile('gpt-block', content), (weights, x, y) =>
  mean(losses.sparseCategoricalCrossentropy(y, gpt(parametersOf(weights), x, configuration), { fromLogits: true })),
)
