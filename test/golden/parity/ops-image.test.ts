import { opCases } from './golden-case.ts'
import content from './ops-image.json' with { type: 'json' }

opCases(content)
