// The public face of the native backend.

export { createNativeDevice, type NativeDevice, type NativeExecutable, nativeUnavailable } from './device.ts'
