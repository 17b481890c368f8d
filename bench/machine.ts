// What this machine can do at most: multiply-adds in registers, and matrix products by Tenon's own kernel. Each is measured once per run,
// when it is first asked for.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Field } from './contest.ts'
import { MissingContestant } from './contestant.ts'

/** Sizes of the product whose rate is the machine's peak. */
export const peakSize = 1152

export class Machine {
  private readonly field: Field
  private readonly products = new Map<number, Promise<number | undefined>>()
  private readonly multiplyAdds = new Map<number, number | undefined>()

  constructor(field: Field) {
    this.field = field
  }

  /** GFLOP/s of multiply-adds that never leave the registers; undefined where there is no C compiler. */
  multiplyAddPeak(threads: number): number | undefined {
    if (!this.multiplyAdds.has(threads)) this.multiplyAdds.set(threads, measureMultiplyAdds(threads))
    return this.multiplyAdds.get(threads)
  }

  /** GFLOP/s of the best product of two 1152×1152 matrices out of many, by Tenon. */
  productPeak(threads: number): Promise<number | undefined> {
    const known = this.products.get(threads)
    if (known !== undefined) return known
    const measured = this.measureProduct(threads)
    this.products.set(threads, measured)
    return measured
  }

  /** A rate as a share of {@link productPeak}. */
  async ofPeak(gigaflops: number, threads: number): Promise<number | undefined> {
    const peak = await this.productPeak(threads)
    return peak === undefined ? undefined : gigaflops / peak
  }

  private async measureProduct(threads: number): Promise<number | undefined> {
    const size = peakSize
    try {
      const tenon = await this.field.contestant({ label: 'peak', program: { name: 'Tenon', script: 'contestants/tenon.ts', threads }, work: {} })
      await tenon.prepare({ kind: 'gemm', m: size, n: size, k: size, transposeA: false, transposeB: false })
      let best = Number.POSITIVE_INFINITY
      for (let round = 0; round < 20; round++) best = Math.min(best, await tenon.time(0.03))
      return (2 * size ** 3) / best / 1e9
    } catch (error) {
      if (error instanceof MissingContestant) return undefined
      throw error
    }
  }
}

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
