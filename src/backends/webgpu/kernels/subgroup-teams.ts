// Teams of invocations that hand values to each other by the functions of subgroups, where the adapter has them.

import type { GpuTarget } from '../gpu-kernel.ts'

/** Invocations that surely lie in one subgroup; the first one's lane is a multiple of how many they are. */
export interface Team {
  /** Whether they are always as many as were asked for. */
  readonly isWhole: boolean
  /** Declares `team`, how many they are: a power of two, and uniform. */
  readonly text: string
}

/** The teams of workgroups of `threads`: of `most` invocations, a power of two, or a whole subgroup where those are smaller; or none. */
export function teamOf({ features, subgroupSizes }: GpuTarget, threads: number, most: number): Team | undefined {
  // Where the largest size does not divide the workgroup, a subgroup may be incomplete.
  if (!features.has('subgroups') || subgroupSizes === undefined || threads % subgroupSizes.most !== 0) return undefined
  const isWhole = subgroupSizes.least >= most
  return { isWhole, text: `  let team = ${isWhole ? most : `min(lanes, ${most})`};` }
}
