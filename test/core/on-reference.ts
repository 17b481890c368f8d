// Installs the reference device as what computes, for tests of mathematics in double precision.

import { createReferenceDevice } from '../../src/backends/reference/device.ts'
import { deviceEvaluator, registerDevice, setDefaultDevice } from '../../src/compiler/index.ts'
import { setEvaluator } from '../../src/core/evaluator.ts'

registerDevice({ name: 'reference', priority: 0, available: () => undefined, create: createReferenceDevice })
setDefaultDevice('reference')
setEvaluator(deviceEvaluator)
