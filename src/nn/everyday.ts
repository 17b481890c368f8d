// The face of nn for pages that count bytes: models that know the everyday losses, metrics and optimizers by name, and the usual layers. Whatever
// index.ts offers goes with them, as an object instead of a name.

export { Input, type InputOptions } from './functional/input.ts'
export * as layers from './layers/everyday.ts'
export { type AnyModel, Model, type ModelOptions } from './model/model.ts'
export { Sequential, type SequentialOptions } from './model/sequential.ts'
export { EarlyStopping } from './callbacks/index.ts'
