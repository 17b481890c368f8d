import type { Row } from '../figures.ts'
import type { SuiteContext } from '../suite.ts'
export async function* compileSuite(_: SuiteContext): AsyncIterable<Row> {}
