// Recurrent layers, cells and what wraps them, against Keras.

import content from './layers-recurrent.json' with { type: 'json' }
import { layerCases } from './layer-cases.ts'

layerCases(content, 1e-4)
