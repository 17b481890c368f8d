// Axes by name: reshape, transpose and reshape in one line (the notation of einops, Rogozhnikov 2022).

import { ConfigError, divideDims, type Dim, elementCount, permute, reshape, ShapeError, showDims, type Tensor } from '../../core/index.ts'

/** The groups of names of one side: `b (h w) c` is [[b], [h, w], [c]]. */
function groupsOf(side: string, pattern: string): string[][] {
  const groups = side.match(/\([^()]*\)|\w+/g) ?? []
  if (side.replaceAll(/\([^()]*\)|\w+/g, '').trim() !== '' || !groups.flat().every((group) => /^\w+$|^\([\w\s]*\)$/.test(group))) {
    throw new ConfigError(`rearrange: expected names and groups of names in parentheses, got '${side}' in '${pattern}'. Write it as 'b (h w) c'.`)
  }
  return groups.map((group) => group.match(/\w+/g) ?? [])
}

/**
 * The same elements with axes named on the left of `->` arranged as on the right; a group in parentheses is one axis made of several, whose
 * lengths (all but one) are given.
 *
 * @example
 * rearrange(images, 'b (h p) (w q) c -> b (h w) (p q c)', { p: 16, q: 16 }) // patches
 */
export function rearrange(x: Tensor, pattern: string, axesLengths: Readonly<Record<string, number>> = {}): Tensor {
  const [left, right, ...more] = pattern.split('->')
  if (left === undefined || right === undefined || more.length > 0) {
    throw new ConfigError(`rearrange: expected one '->' in the pattern, got '${pattern}'. Write it as 'b h w c -> b c h w'.`)
  }
  const [from, to] = [groupsOf(left, pattern), groupsOf(right, pattern)]
  const [names, wanted] = [from.flat(), to.flat()]
  if (from.length !== x.rank) {
    throw new ShapeError(
      `rearrange: expected a pattern of ${x.rank} axes for ${showDims(x.dims)}, got ${from.length} in '${left.trim()}'. Name each axis.`,
    )
  }
  const repeated = names.find((name, i) => names.indexOf(name) !== i) ?? wanted.find((name, i) => wanted.indexOf(name) !== i)
  const alone = [...names.filter((name) => !wanted.includes(name)), ...wanted.filter((name) => !names.includes(name))]
  if (repeated !== undefined || alone.length > 0) {
    throw new ConfigError(
      `rearrange: expected every name once on each side of '${pattern}', got '${repeated ?? alone.join(', ')}' ${repeated === undefined ? 'on one side only' : 'twice'}. Correct the pattern.`,
    )
  }
  const stray = Object.keys(axesLengths).find((name) => !names.includes(name))
  if (stray !== undefined) throw new ConfigError(`rearrange: expected lengths of axes in '${pattern}', got one of '${stray}'. Leave it out.`)
  const lengths = new Map<string, Dim>(from.flatMap((group, i) => lengthsOf(group, x.dims[i] ?? 1, axesLengths, pattern)))
  const lengthOf = (name: string): Dim => lengths.get(name) ?? 1
  const parts = reshape(x, names.map(lengthOf))
  const ordered = permute(
    parts,
    wanted.map((name) => names.indexOf(name)),
  )
  return reshape(
    ordered,
    to.map((group) => elementCount(group.map(lengthOf))),
  )
}

/** The lengths of the axes that make up one: those given, and the one that is left. */
function lengthsOf(group: readonly string[], size: Dim, given: Readonly<Record<string, number>>, pattern: string): [string, Dim][] {
  const open = group.filter((name) => given[name] === undefined)
  const known = group.reduce((product, name) => product * (given[name] ?? 1), 1)
  const rest = divideDims(size, known)
  if (open.length > 1 || rest === undefined || (open.length === 0 && rest !== 1)) {
    throw new ShapeError(
      `rearrange: expected lengths of all but one axis of (${group.join(' ')}) that make up ${String(size)}, got ${JSON.stringify(given)} for '${pattern}'. Give the others.`,
    )
  }
  return group.map((name): [string, Dim] => [name, given[name] ?? rest])
}
