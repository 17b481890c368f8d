import type { Row } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'
export async function* memorySuite(_: SuiteContext): AsyncIterable<Row> {}
