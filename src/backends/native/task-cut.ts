// How work is cut into tasks: sizes that may be symbolic, divided into fixed grains. Nothing here depends on the number of threads.

import { type CInt, cText, cValue } from './rendered-kernel.ts'

/** Elements of simple work that are worth a task of their own: some 20 µs from memory. */
export const taskElements = 65536

/** ⌈size / by⌉. */
export function dividedUp(size: CInt, by: number): CInt {
  if (typeof size === 'number') return Math.ceil(size / by)
  return { c: `((${size.c} + ${by - 1}) / ${by})`, evaluate: (dims) => Math.ceil(size.evaluate(dims) / by) }
}

/** The product of sizes. */
export function timesSize(...sizes: readonly CInt[]): CInt {
  if (sizes.every((size) => typeof size === 'number')) return sizes.reduce<number>((product, size) => product * cValue(size, []), 1)
  return {
    c: `((int64_t)${sizes.map((size) => cText(size)).join(' * ')})`,
    evaluate: (dims) => sizes.reduce<number>((product, size) => product * cValue(size, dims), 1),
  }
}

/** The sum of sizes. */
export function plusSize(...sizes: readonly CInt[]): CInt {
  if (sizes.every((size) => typeof size === 'number')) return sizes.reduce<number>((sum, size) => sum + cValue(size, []), 0)
  return {
    c: `(${sizes.map((size) => cText(size)).join(' + ')})`,
    evaluate: (dims) => sizes.reduce<number>((sum, size) => sum + cValue(size, dims), 0),
  }
}

/** No tasks at all where there are no points: then there may be no memory to look at either. */
export function unlessEmpty(points: CInt, tasks: CInt): CInt {
  if (typeof points === 'number') return points === 0 ? 0 : tasks
  return { c: `(${cText(points)} == 0 ? 0 : ${cText(tasks)})`, evaluate: (dims) => (cValue(points, dims) === 0 ? 0 : cValue(tasks, dims)) }
}

/** C that declares `begin` and `end`: the items of this task when `count` are dealt out `grain` at a time; and how many tasks that makes. */
export function taskRange(count: CInt, grain: number): { readonly lines: readonly string[]; readonly tasks: CInt } {
  const tasks = dividedUp(count, grain)
  if (tasks === 0 || tasks === 1) return { lines: [`const int64_t begin = 0, end = ${cText(count)};`], tasks }
  const lines = [
    `const int64_t begin = task * ${grain};`,
    `const int64_t end = begin + ${grain} < ${cText(count)} ? begin + ${grain} : ${cText(count)};`,
  ]
  return { lines, tasks }
}
