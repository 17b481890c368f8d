import assert from 'node:assert/strict'
import test from 'node:test'
import { callbacks, constraints, initializers, layers, losses, metrics, optimizers, quantizers, regularizers } from '../../../src/index.ts'
import { complaints, type Row } from './check-options.ts'
import { dataTable, lookupTable } from './data-table.ts'
import { imageTable } from './image-table.ts'
import { layerTable } from './layer-table.ts'
import { callbackTable, constraintTable, initializerTable, inputTable, quantizerTable, regularizerTable } from './object-table.ts'
import { optimizerTable, scheduleTable } from './optimizer-table.ts'
import { recurrentTable } from './recurrent-table.ts'
import { lossTable, metricTable } from './score-table.ts'

interface Kind {
  readonly kind: string
  readonly exported: object
  readonly rows: readonly Row[]
  /** Bases of others, classes without options, and classes whose options other tests try. */
  readonly without: readonly string[]
}

const kinds: readonly Kind[] = [
  {
    kind: 'layer',
    exported: layers,
    rows: [...layerTable, ...inputTable, ...recurrentTable, ...imageTable, ...dataTable, ...lookupTable],
    without: ['Wrapper', 'InputLayer'],
  },
  { kind: 'loss', exported: losses, rows: lossTable, without: ['Loss'] },
  { kind: 'metric', exported: metrics, rows: metricTable, without: ['Accumulator', 'Metric'] },
  { kind: 'optimizer', exported: optimizers, rows: optimizerTable, without: ['LearningRateSchedule', 'Optimizer'] },
  { kind: 'schedule', exported: optimizers.schedules, rows: scheduleTable, without: ['LearningRateSchedule'] },
  { kind: 'initializer', exported: initializers, rows: initializerTable, without: ['Initializer', 'RandomInitializer', 'Ones', 'Zeros'] },
  { kind: 'regularizer', exported: regularizers, rows: regularizerTable, without: ['Regularizer'] },
  { kind: 'constraint', exported: constraints, rows: constraintTable, without: ['Constraint', 'NonNeg'] },
  { kind: 'quantizer', exported: quantizers, rows: quantizerTable, without: [] },
  {
    kind: 'callback',
    exported: callbacks,
    rows: callbackTable,
    without: ['Callback', 'CallbackList', 'History', 'LearningRateScheduler', 'ProgbarLogger'],
  },
]

for (const { kind, exported, rows, without } of kinds) {
  test(`bad input: every exported ${kind} has its options tried`, () => {
    const classes = Object.entries(exported).filter(([name, value]) => /^[A-Z]/.test(name) && typeof value === 'function' && !without.includes(name))
    const tried = new Set(rows.map(({ made }) => made))
    assert.deepEqual(
      classes.filter(([, made]) => !tried.has(made)).map(([name]) => name),
      [],
    )
  })

  for (const row of rows) {
    test(`bad input: the ${kind} ${row.className} says what is wrong with each of its options`, () => {
      assert.deepEqual(complaints(row).found, [])
    })
  }
}
