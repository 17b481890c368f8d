// Einstein's summation convention: any contraction of any number of tensors, from the letters of their axes.

import {
  ConfigError,
  contract,
  type Dim,
  equal,
  iota,
  permute,
  reshape,
  sameDim,
  ShapeError,
  showDims,
  sum,
  type Tensor,
  where,
} from '../../core/index.ts'

/** A tensor with a label for each axis, all different. */
interface Labelled {
  readonly value: Tensor
  readonly labels: readonly string[]
}

/**
 * The contraction that `subscripts` name, as NumPy's einsum: a letter for each axis, operands separated by commas, `...` for axes that broadcast,
 * a letter twice in one operand for its diagonal. What stands behind `->` is the result's axes, all others are summed over; without `->` the
 * result has the axes of `...` and then those letters that occur once, in the order of the alphabet. Axes of size 1 broadcast. Several operands are
 * contracted in pairs, each time the pair whose result is smallest against what it replaces; pairs that sum become one `dot`.
 *
 * @example
 * const scores = einsum('bqhd,bkhd->bhqk', query, key)
 * @throws ConfigError where the subscripts do not parse or fit; ShapeError where one letter has two sizes
 */
export function einsum(subscripts: string, ...operands: readonly Tensor[]): Tensor {
  const { inputs, output } = parse(subscripts, operands)
  const sizes = sizesOf(subscripts, operands, inputs)
  let terms = operands.map((value, i) => distinct({ value, labels: inputs[i] ?? [] }, sizes))
  while (terms.length > 1) {
    const [first, second] = cheapestPair(terms, output, sizes)
    const [a, b] = [terms[first], terms[second]]
    if (a === undefined || b === undefined) break
    const rest = terms.filter((_, i) => i !== first && i !== second)
    const wanted = new Set([...output, ...rest.flatMap((term) => term.labels)])
    terms = [...rest, pairProduct(summedTo(a, new Set([...wanted, ...b.labels])), summedTo(b, new Set([...wanted, ...a.labels])), wanted)]
  }
  const [last] = terms
  if (last === undefined) throw new ConfigError(`einsum: expected at least one operand for '${subscripts}', got none. Pass the tensors.`)
  const { value, labels } = summedTo(last, new Set(output))
  return permute(
    value,
    output.map((label) => labels.indexOf(label)),
  )
}

interface Subscripts {
  readonly inputs: readonly (readonly string[])[]
  readonly output: readonly string[]
}

function parse(subscripts: string, operands: readonly Tensor[]): Subscripts {
  const text = subscripts.replaceAll(' ', '')
  if (!/^(?:[A-Za-z]|\.{3}|,)*(?:->(?:[A-Za-z]|\.{3})*)?$/.test(text)) {
    throw new ConfigError(`einsum: expected letters, '...', commas and '->', got '${subscripts}'. Write it as 'ij,jk->ik'.`)
  }
  const [left = '', right] = text.split('->')
  const terms = left.split(',')
  if (terms.length !== operands.length) {
    throw new ConfigError(`einsum: expected ${terms.length} operands for '${subscripts}', got ${operands.length}. Name the axes of each.`)
  }
  const inputs = terms.map((term, i) => labelsOf(subscripts, term, operands[i]?.dims ?? []))
  const used = new Set(inputs.flat())
  // The axes of '...' are counted from the right.
  const shared = [...used].filter((label) => label.startsWith('.')).sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)))
  const output =
    right === undefined
      ? [...shared, ...onceIn(inputs)]
      : right
          .replace('...', ',')
          .split('')
          .flatMap((c) => (c === ',' ? shared : [c]))
  if (new Set(output).size !== output.length || output.some((label) => !used.has(label))) {
    throw new ConfigError(`einsum: expected each axis of the result once, out of the operands' axes, got '${subscripts}'. Change what follows '->'.`)
  }
  return { inputs, output }
}

const onceIn = (inputs: readonly (readonly string[])[]): string[] => {
  const all = inputs.flat().filter((label) => !label.startsWith('.'))
  return all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort((a, b) => (a < b ? -1 : 1))
}

/** The labels of an operand's axes: its letters, and `.0`, `.1`, … from the right for the axes of `...`. */
function labelsOf(subscripts: string, term: string, dims: readonly Dim[]): string[] {
  const [before = '', after, ...more] = term.split('...')
  const letters = before.length + (after?.length ?? 0)
  const open = dims.length - letters
  if (more.length > 0 || open < 0 || (after === undefined && open > 0)) {
    throw new ConfigError(
      `einsum: expected '${term}' of '${subscripts}' to name the ${dims.length} axes of ${showDims(dims)}. Write one letter for each.`,
    )
  }
  const between = after === undefined ? [] : Array.from({ length: open }, (_, i) => `.${open - 1 - i}`)
  return [...before, ...between, ...(after ?? '')]
}

/** The size of every label; 1 gives way to others. */
function sizesOf(subscripts: string, operands: readonly Tensor[], inputs: readonly (readonly string[])[]): Map<string, Dim> {
  const sizes = new Map<string, Dim>()
  inputs.forEach((labels, operand) => {
    labels.forEach((label, axis) => {
      const size = operands[operand]?.dims[axis] ?? 1
      const known = sizes.get(label) ?? 1
      if (known !== 1 && size !== 1 && !sameDim(known, size)) {
        throw new ShapeError(
          `einsum: expected one size for '${label.startsWith('.') ? '...' : label}' of '${subscripts}', got ${String(known)} and ${String(size)}. ` +
            'Transpose an operand, or use another letter.',
        )
      }
      if (known === 1) sizes.set(label, size)
    })
  })
  return sizes
}

/** An operand without its repeated axes (their diagonal is taken) and without axes of size 1 that others have longer. */
function distinct({ value, labels }: Labelled, sizes: ReadonlyMap<string, Dim>): Labelled {
  const kept = labels.flatMap((label, axis) => (value.dims[axis] === 1 && sizes.get(label) !== 1 ? [] : [axis]))
  const full = reshape(
    value,
    kept.map((axis) => value.dims[axis] ?? 1),
  )
  return diagonal({ value: full, labels: kept.map((axis) => labels[axis] ?? '') })
}

function diagonal({ value, labels }: Labelled): Labelled {
  const again = labels.findIndex((label, axis) => labels.indexOf(label) < axis)
  if (again < 0) return { value, labels }
  const first = labels.indexOf(labels[again] ?? '')
  const onDiagonal = equal<Tensor, Tensor>(iota(value.dims, first), iota(value.dims, again))
  return diagonal({ value: sum(where(onDiagonal, value, 0), [again]), labels: labels.filter((_, axis) => axis !== again) })
}

/** An operand summed over the axes that are not wanted. */
function summedTo({ value, labels }: Labelled, wanted: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((label, axis) => (wanted.has(label) ? [] : [axis]))
  return { value: axes.length === 0 ? value : sum(value, axes), labels: labels.filter((label) => wanted.has(label)) }
}

/** The places of the two operands whose contraction adds the least to what is stored, and of those with the least work. */
function cheapestPair(terms: readonly Labelled[], output: readonly string[], sizes: ReadonlyMap<string, Dim>): readonly [number, number] {
  // What is bound at run time counts as a middling batch.
  const elements = (labels: Iterable<string>): number =>
    [...labels].reduce((product, label) => {
      const size = sizes.get(label) ?? 1
      return product * (typeof size === 'number' ? size : 32)
    }, 1)
  let best: readonly [number, number] = [0, 1]
  let least = { added: Infinity, work: Infinity }
  terms.forEach((a, i) => {
    terms.slice(i + 1).forEach((b, offset) => {
      const j = i + 1 + offset
      const wanted = new Set([...output, ...terms.flatMap((term, k) => (k === i || k === j ? [] : term.labels))])
      const result = new Set([...a.labels, ...b.labels].filter((label) => wanted.has(label)))
      const added = elements(result) - elements(a.labels) - elements(b.labels)
      const work = elements(new Set([...a.labels, ...b.labels]))
      if (added < least.added || (added === least.added && work < least.work)) [best, least] = [[i, j], { added, work }]
    })
  })
  return best
}

/** The product of two operands, summed over shared axes that are not wanted any more. */
function pairProduct(a: Labelled, b: Labelled, wanted: ReadonlySet<string>): Labelled {
  const shared = a.labels.filter((label) => b.labels.includes(label))
  const place = (label: string) => [a.labels.indexOf(label), b.labels.indexOf(label)] as const
  const batch = shared.filter((label) => wanted.has(label))
  const contracted = shared.filter((label) => !wanted.has(label))
  const [freeA, freeB] = [a.labels, b.labels].map((labels) => labels.filter((label) => !shared.includes(label)))
  const labels = [...batch, ...(freeA ?? []), ...(freeB ?? [])]
  if (contracted.length > 0) {
    return { value: contract(a.value, b.value, { contract: contracted.map(place), batch: batch.map(place) }), labels }
  }
  return { value: aligned(a, labels).multiply(aligned(b, labels)), labels }
}

/** An operand with an axis for each label, of size 1 where it has none. */
function aligned({ value, labels: own }: Labelled, labels: readonly string[]): Tensor {
  const present = labels.filter((label) => own.includes(label))
  const ordered: Tensor = permute(
    value,
    present.map((label) => own.indexOf(label)),
  )
  return reshape(
    ordered,
    labels.map((label): Dim => (own.includes(label) ? (value.dims[own.indexOf(label)] ?? 1) : 1)),
  )
}
