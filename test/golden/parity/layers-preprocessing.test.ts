// Layers of tables and sound, against Keras.

import { layerCases } from './layer-cases.ts'
import content from './layers-preprocessing.json' with { type: 'json' }

layerCases(content)
