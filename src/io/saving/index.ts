// Saving, under Keras's names: `saving.loadModel('m.keras')`. What reads and writes files is loaded when it is needed.

import { saving } from '../../nn/index.ts'

export { type Comparison, KerasFileEditor, type NamedWeights } from './file-editor.ts'
export const { loadModel, loadWeights, saveModel, saveWeights } = saving
