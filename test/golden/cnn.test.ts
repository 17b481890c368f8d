import { layers, losses, Sequential } from '../../src/index.ts'
import { modelLoss } from './sequential-loss.ts'
import content from './cnn.json' with { type: 'json' }
import { GoldenFile } from './golden-file.ts'
import { testAgainstGolden } from './training.ts'

const model = new Sequential([
  layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1] }),
  layers.maxPooling2d(),
  layers.flatten(),
  layers.dense({ units: 5, activation: 'softmax' }),
])

testAgainstGolden(new GoldenFile('cnn', content), (weights, x, y) => modelLoss(model, new losses.SparseCategoricalCrossentropy(), weights, x, y))
