// Labels are looked at once when training starts: a class that does not exist would otherwise train silently towards nothing.

import { type Dims, ShapeError, TrainingError } from '../../core/index.ts'
import type { Loss } from '../losses/loss.ts'
import type { Rows } from './training-data.ts'

/** What labels are checked against. */
export interface LabelExpectation {
  /** Who asks: `fit`. */
  readonly where: string
  readonly loss: Loss
  /** Shape of the model's result, batch included. */
  readonly output: Dims
  /** Name of the last layer. */
  readonly layer: string
}

/** Shapes and values of labels, or an error that names the row, the value and what is allowed. */
export function checkLabels(expectation: LabelExpectation, labels: Rows): void {
  const { labels: kind } = expectation.loss.forShapes([labels.count, ...labels.sampleShape], expectation.output)
  if (kind === 'classes') checkClasses(expectation, labels)
  if (kind === 'probabilities' || kind === 'values') checkOutputShape(expectation, labels)
  if (kind === 'probabilities') checkProbabilities(expectation, labels)
}

const show = (shape: Dims): string => `[${['samples', ...shape].join(', ')}]`
const equalShapes = (a: Dims, b: Dims): boolean => a.length === b.length && a.every((d, i) => String(d) === String(b[i]))

function checkClasses({ where, loss, output, layer }: LabelExpectation, labels: Rows): void {
  const steps = output.slice(1, -1)
  const classes = output.at(-1)
  if (!equalShapes(labels.sampleShape, steps) && !equalShapes(labels.sampleShape, [...steps, 1])) {
    throw new ShapeError(
      `${where}: expected one label per prediction, ${show(steps)}, for ${loss.name} after layer '${layer}' of ${show(output.slice(1))}, got ${labels.what} of ` +
        `${show(labels.sampleShape)}. Rows of probabilities belong to categoricalCrossentropy.`,
    )
  }
  if (typeof classes !== 'number') return
  checkValues(
    labels,
    (value) => (Number.isInteger(value) && value >= 0 && value < classes) || value === loss.ignoredLabel,
    (value, row) =>
      new TrainingError(
        `${where}: expected labels from 0 to ${classes - 1} (layer '${layer}' has ${classes} outputs), got ${value} in row ${row} of ${labels.what}. ` +
          'Number the classes from 0, or give the last layer more units.',
      ),
  )
}

function checkOutputShape({ where, loss, output, layer }: LabelExpectation, labels: Rows): void {
  const wanted = output.slice(1)
  const withoutLast = wanted.at(-1) === 1 && equalShapes(labels.sampleShape, wanted.slice(0, -1))
  if (!equalShapes(labels.sampleShape, wanted) && !withoutLast) {
    const hint =
      labels.sampleShape.length < wanted.length
        ? 'Labels as numbers belong to sparseCategoricalCrossentropy, or use oneHot.'
        : 'Give one target for every output.'
    throw new ShapeError(
      `${where}: expected targets of ${show(wanted)}, the shape of layer '${layer}', for ${loss.name}, got ${labels.what} of ${show(labels.sampleShape)}. ${hint}`,
    )
  }
}

function checkProbabilities({ where, loss }: LabelExpectation, labels: Rows): void {
  checkValues(
    labels,
    (value) => value >= 0 && value <= 1,
    (value, row) =>
      new TrainingError(
        `${where}: expected targets between 0 and 1 for ${loss.name}, got ${value} in row ${row} of ${labels.what}. Make them probabilities, or use another loss.`,
      ),
  )
}

function checkValues(
  { values, dtype, first, count, rowSize }: Rows,
  allowed: (value: number) => boolean,
  error: (value: number, row: number) => Error,
): void {
  if (dtype === 'f16' || dtype === 'bf16') return
  for (let i = first * rowSize; i < (first + count) * rowSize; i++) {
    const value = Number(values[i])
    if (!allowed(value)) throw error(value, Math.floor(i / rowSize) - first)
  }
}
