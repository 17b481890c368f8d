// What this machine can do at most: matrix products by Tenon's own kernel, and multiply-adds in registers.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Field } from './contest.ts'
import { MissingContestant } from './contestant.ts'

/** Sizes of the product whose rate is the machine's peak. */
const peakSize = 1152

/** The machine's limits, as far as they have been measured in this run. */
export class Machine {
  private readonly field: Field
  private readonly products = new Map<number, number>()

  constructor(field: Field) {
    this.field = field
  }

  /** A rate as a share of the best product of two 1152 × 1152 matrices that Tenon has reached in this run; measured anew each time. */
  async ofPeak(gigaflops: number, threads: number): Promise<number | undefined> {
    const measured = await this.measureProduct(threads)
    if (measured === undefined) return undefined
    const best = Math.max(measured, this.products.get(threads) ?? 0)
    this.products.set(threads, best)
    return gigaflops / best
  }

  /** One line for each number of threads that was asked for: the best product, and multiply-adds that never leave the registers. */
  report(): string[] {
    return [...this.products].map(([threads, product]) => {
      const registers = measureMultiplyAdds(threads)
      const limit =
        registers === undefined ? 'no C compiler to measure multiply-adds with' : `multiply-adds in registers ${registers.toFixed(0)} GFLOP/s`
      return `Peak on ${threads} thread${threads === 1 ? '' : 's'}: best product ${product.toFixed(0)} GFLOP/s, ${limit}`
    })
  }

  private async measureProduct(threads: number): Promise<number | undefined> {
    const size = peakSize
    try {
      const tenon = await this.field.contestant({ label: 'peak', program: { name: 'Tenon', script: 'contestants/tenon.ts', threads }, work: {} })
      if (!this.products.has(threads)) await tenon.prepare({ kind: 'gemm', m: size, n: size, k: size, transposeA: false, transposeB: false })
      let best = Number.POSITIVE_INFINITY
      for (let round = 0; round < 20; round++) best = Math.min(best, await tenon.time(0.02))
      return (2 * size ** 3) / best / 1e9
    } catch (error) {
      if (error instanceof MissingContestant) return undefined
      throw error
    }
  }
}

/** GFLOP/s of multiply-adds in registers; undefined where there is no C compiler. */
function measureMultiplyAdds(threads: number): number | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tenon-bench-'))
  try {
    const program = join(folder, 'fma-peak')
    const source = fileURLToPath(new URL('contestants/fma-peak.c', import.meta.url))
    execFileSync('cc', ['-O3', '-march=native', '-pthread', source, '-o', program], { stdio: 'ignore' })
    return Number(execFileSync(program, [String(threads)], { encoding: 'utf8' }))
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
