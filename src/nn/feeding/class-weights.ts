// Class weights: what samples of a class count for, as weights of samples.

import { byteSize, ConfigError, fromStorage, type Tensor } from '../../core/index.ts'
import type { Rows, RowTree } from './training-data.ts'

/** What samples of a class count for, by the class's number; 1 for classes that are not named. */
export type ClassWeight = Readonly<Record<number, number>>

/** Class weights that are numbers, or a ConfigError. */
export function checkClassWeight(where: string, weights: ClassWeight): ClassWeight {
  for (const [label, weight] of Object.entries(weights)) {
    if (!Number.isInteger(Number(label)) || !(weight >= 0 && Number.isFinite(weight))) {
      throw new ConfigError(`${where}: expected classWeight as { class: weight of at least 0 }, got ${label}: ${weight}. Number the classes from 0.`)
    }
  }
  return weights
}

/** Weights of samples (times those that they have already) from labels: numbers `[samples]`, `[samples, 1]`, or rows of probabilities. */
export function withClassWeights(where: string, y: RowTree | undefined, sampleWeight: RowTree | undefined, weights: ClassWeight): RowTree {
  const [labels, ...others] = y?.leaves ?? []
  if (labels === undefined || others.length > 0) {
    throw new ConfigError(`${where}: expected one output for classWeight, got ${y?.leaves.length ?? 0} arrays of targets. Pass sampleWeight instead.`)
  }
  if (labels.sampleShape.length > 1) {
    throw new ConfigError(
      `${where}: expected targets [samples] or [samples, classes] for classWeight, got [samples, ${labels.sampleShape.join(', ')}]. Pass sampleWeight instead.`,
    )
  }
  const own = classWeightsOf(labels, weights)
  const [given, ...more] = sampleWeight?.leaves ?? []
  if (more.length > 0)
    throw new ConfigError(`${where}: expected sampleWeight of one output with classWeight, got ${more.length + 1} arrays. Pass one.`)
  const rows = given === undefined ? rowsOfWeights(own, []) : rowsOfWeights(multiplied(given, own), given.sampleShape)
  return { structure: { kind: 'leaf' }, leaves: [rows] }
}

function classWeightsOf({ values, first, count, rowSize }: Rows, weights: ClassWeight): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, row) => {
    const start = (first + row) * rowSize
    let label = Math.round(Number(values[start]))
    if (rowSize > 1) {
      label = 0
      for (let k = 1; k < rowSize; k++) if (Number(values[start + k]) > Number(values[start + label])) label = k
    }
    return weights[label] ?? 1
  })
}

function multiplied({ values, first, count, rowSize }: Rows, own: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count * rowSize }, (_, i) => Number(values[first * rowSize + i]) * (own[Math.floor(i / rowSize)] ?? 1))
}

function rowsOfWeights(values: Float32Array<ArrayBuffer>, sampleShape: readonly number[]): Rows {
  const rowSize = sampleShape.reduce((a, b) => a * b, 1)
  return { what: 'sampleWeight', dtype: 'f32', sampleShape, rowSize, values, first: 0, count: values.length / rowSize }
}

/** All rows as a tensor of their own. */
export function tensorOfRows({ dtype, values, first, count, rowSize, sampleShape }: Rows): Tensor {
  const size = byteSize(dtype) * rowSize
  const start = values.byteOffset + first * size
  return fromStorage({ dtype, bytes: values.buffer.slice(start, start + count * size), length: count * rowSize }, [count, ...sampleShape])
}
