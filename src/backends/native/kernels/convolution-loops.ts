// Loop text shared by kernels that slide over spatial axes: taking a row-major position apart, and nests of tap loops with bounds.
import { indent } from '../render-loops.ts'
import { cText, type CInt, cValue } from '../rendered-kernel.ts'

/** `const int64_t NAME_i = …` for each size, from the row-major position `position`; what is left (the batch) is `rest`. */
export function decodeText(prefix: string, sizes: readonly number[], position: string, rest: string): string[] {
  const lines: string[] = []
  let current = position
  for (let i = sizes.length - 1; i >= 0; i--) {
    lines.push(`const int64_t ${prefix}${i} = ${current} % ${sizes[i]};`)
    const next = i === 0 ? rest : `${prefix}_above${i}`
    lines.push(`const int64_t ${next} = ${current} / ${sizes[i]};`)
    current = next
  }
  return lines
}

/** `lines` inside one loop per axis; `head(i)` is the C text of `for (…)`, `guard(i)` statements at the start of its body. */
export function nestText(depth: number, head: (i: number) => string, guard: (i: number) => readonly string[], lines: readonly string[]): string[] {
  let nest = [...lines]
  for (let i = depth - 1; i >= 0; i--) nest = [`${head(i)} {`, ...indent([...guard(i), ...nest]), '}']
  return nest
}

/** Row-major position of a point over `sizes`, outermost first. */
export function positionText(first: string, point: readonly string[], sizes: readonly number[]): string {
  return point.reduce((text, p, i) => `(${text} * ${sizes[i]} + ${p})`, first)
}

/** Deals `count` items out `grain` at a time: declarations of `begin` and `end`, and the number of tasks. */
export function taskRange(count: CInt, grain: number): { readonly lines: readonly string[]; readonly tasks: CInt } {
  const tasks: CInt =
    typeof count === 'number'
      ? Math.max(1, Math.ceil(count / grain))
      : { c: `((${count.c} + ${grain - 1}) / ${grain})`, evaluate: (dims) => Math.max(1, Math.ceil(cValue(count, dims) / grain)) }
  return {
    tasks,
    lines: [`const int64_t begin = task * ${grain};`, `const int64_t end = begin + ${grain} < ${cText(count)} ? begin + ${grain} : ${cText(count)};`],
  }
}
