import { opCases } from './golden-case.ts'
import content from './ops-elementwise.json' with { type: 'json' }

opCases(content)
