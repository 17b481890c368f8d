// The first program of every introduction: a dense layer of 64, a softmax of 10.
import { layers, oneHot, random, Sequential } from 'tenon'

const xTrain = random.normal(random.key(1), [10_000, 100])
const yTrain = oneHot(xTrain.slice([0, 0], [10_000, 10]).argmax(-1), 10)

const model = new Sequential()
model.add(layers.dense({ units: 64, activation: 'relu', inputDim: 100 }))
model.add(layers.dense({ units: 10, activation: 'softmax' }))
model.compile({ loss: 'categorical_crossentropy', optimizer: 'sgd', metrics: ['accuracy'] })
await model.fit(xTrain, yTrain, { epochs: 5, batchSize: 32 })
