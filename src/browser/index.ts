// The front door of Tenon in a page, or in a worker of one: what index.ts offers without Node, data and language models, and the files that
// the browser keeps. Everything comes from one module, so that a page needs one file.

import { deviceEvaluator } from '../compiler/index.ts'
import { setEvaluator } from '../core/index.ts'
import * as modelFiles from '../io/browser/index.ts'
import { setModelFiles } from '../nn/index.ts'
import { registerDevices } from './devices.ts'

registerDevices()
setEvaluator(deviceEvaluator)
setModelFiles(() => Promise.resolve(modelFiles))

export * from '../compiler/index.ts'
export * from '../core/index.ts'
export * from '../data/index.ts'
export { decodeSafetensors, encodeSafetensors, openPageFiles, type PageFiles, type PageFilesOptions, type Safetensors } from '../io/browser/index.ts'
export * from '../llm/index.ts'
export * from '../nn/index.ts'
export * as ops from '../ops/index.ts'
export * as callbacks from './callbacks.ts'
export { loadWebgpu } from './devices.ts'
