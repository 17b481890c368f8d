import type { Row } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'
export async function* startupSuite(_: SuiteContext): AsyncIterable<Row> {}
