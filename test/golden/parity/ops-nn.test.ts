import { opCases } from './golden-case.ts'
import content from './ops-nn.json' with { type: 'json' }

opCases(content)
