// Layers that others are made of, against Keras.

import content from './layers-core.json' with { type: 'json' }
import { layerCases } from './layer-cases.ts'

layerCases(content)
