// The public face of the compiler: jit, the choice of devices, and what a backend implements.

export type { Device, Executable, GraphFunction } from './device.ts'
export { currentDevice, type DeviceEntry, type DeviceStatus, device, listDevices, registerDevice, setDefaultDevice } from './devices.ts'
export { eventLoopTurn } from './event-loop.ts'
export { deviceEvaluator } from './evaluate.ts'
export { type Explanation, graphLines, type KernelExplanation, type MemoryExplanation } from './explain.ts'
export { type Arguments, type Jitted, type JitOptions, jit } from './jit.ts'
