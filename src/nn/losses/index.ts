// Losses, under Keras's names: functions that give a value for each sample, and classes that reduce them to one number.

export * from './binary-crossentropy.ts'
export * from './categorical-crossentropy.ts'
export * from './circle.ts'
export * from './cosine-similarity.ts'
export * from './divergences.ts'
export * from './hinge.ts'
export { type LabelKind, type LogitsOption, Loss, type LossFunction, type LossOptions } from './loss.ts'
export * from './overlap.ts'
export * from './regression.ts'
export { type CustomLosses, deserialize, get, type LossIdentifier, serialize } from './resolve.ts'
export * from './sparse-crossentropy.ts'
export type { Reduction, WeightOptions } from './weighting.ts'
