import * as boundingBoxes from '../../../src/ops/image/bounding-boxes/index.ts'
import { smartResize } from '../../../src/ops/image/smart-resize.ts'
import content from './bounding-boxes.json' with { type: 'json' }
import { opCases } from './golden-case.ts'

opCases(content, { ...boundingBoxes, smartResize })
