// Stands for src/index.ts in a page: the front door of pages with WebGPU at hand, and the reference that tests compare with.

import { createReferenceDevice } from '../../src/backends/reference/index.ts'
import { loadWebgpu, registerDevice, tensor } from '../../src/browser/index.ts'

registerDevice({ name: 'reference', priority: 0, available: () => undefined, create: createReferenceDevice })
await loadWebgpu()
// The thread that owns the GPU starts while the event loop turns; after that, tests may wait for it.
if (process.env.TENON_DEVICE === 'webgpu') await tensor([1]).add(1).data()

export * from '../../src/browser/index.ts'
