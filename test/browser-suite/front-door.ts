// Stands for src/index.ts in a page: the front door of pages, and the reference that tests compare with.

import { createReferenceDevice } from '../../src/backends/reference/index.ts'
import { registerDevice } from '../../src/browser/index.ts'

registerDevice({ name: 'reference', priority: 0, available: () => undefined, create: createReferenceDevice })

export * from '../../src/browser/index.ts'
