// Copies inside a program. They are dispatches as all else is: memory may be copied within one buffer and at any element, which the copy command
// of WebGPU does not allow, and the pass need not end.

import type { GpuPass } from './gpu-kernel.ts'

const threads = 256
/** Each invocation copies several elements where there are many, so that small copies are spread and large ones need few workgroups. */
const mostGroups = 4096

/** Copies `dim0()` elements from buffer 0 to buffer 1. `count`: at most so many. */
export function copyPass(count: number): GpuPass {
  const groups = Math.max(1, Math.min(mostGroups, Math.ceil(count / threads)))
  const body = `fn kernel(group: i32, thread: i32) {
  for (var i = group * ${threads} + thread; i < dim0(); i += ${groups * threads}) { set1(i, get0(i)); }
}`
  return { body, threads, groups }
}
