// Attention and dense layers by Einstein's summation, against Keras.

import content from './layers-attention.json' with { type: 'json' }
import { layerCases } from './layer-cases.ts'

layerCases(content)
