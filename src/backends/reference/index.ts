// The public face of the reference backend.

export { createReferenceDevice } from './device.ts'
