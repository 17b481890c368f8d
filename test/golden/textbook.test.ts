import { layers, losses, Sequential, type Tensor } from '../../src/index.ts'
import { modelLoss } from './sequential-loss.ts'
import content from './textbook.json' with { type: 'json' }
import { GoldenFile } from './golden-file.ts'
import { testAgainstGolden } from './training.ts'

const model = new Sequential([layers.dense({ units: 64, activation: 'relu', inputDim: 100 }), layers.dense({ units: 10, activation: 'softmax' })])

testAgainstGolden(new GoldenFile('textbook', content), (weights, x: Tensor, y: Tensor) =>
  modelLoss(model, new losses.SparseCategoricalCrossentropy(), weights, x, y),
)
