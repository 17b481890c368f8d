// The public face of the native backend.

export { type CCompiler, findCompiler } from './c-compiler.ts'
export { createNativeDevice, type NativeDevice, nativeUnavailable } from './device.ts'
export { cacheFolder } from './library-cache.ts'
export { type Machine, thisMachine } from './target.ts'
export type { Program } from './program.ts'
