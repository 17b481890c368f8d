// Activation, merging, reshaping and dropout layers, against Keras.

import content from './layers-simple.json' with { type: 'json' }
import { layerCases } from './layer-cases.ts'

layerCases(content)
