import { opCases } from './golden-case.ts'
import content from './ops-reductions.json' with { type: 'json' }

opCases(content)
