// Saving, under Keras's names: `saving.loadModel('m.keras')`.

export { loadModel, loadWeights, saveModel, saveWeights } from './model-files.ts'
