// Convolutions, pooling and normalisation, against Keras.

import content from './layers-windows.json' with { type: 'json' }
import { layerCases } from './layer-cases.ts'

layerCases(content)
