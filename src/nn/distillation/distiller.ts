// A small model that learns from a large one.

import { add, ConfigError, multiply, type Tensor, type Tree } from '../../core/index.ts'
import { type CallContext, currentContext } from '../layer/call-context.ts'
import { LayerGraph } from '../functional/layer-graph.ts'
import { Mean } from '../metrics/index.ts'
import { type AnyModel, Model } from '../model/model.ts'
import { numberWithin } from '../options/option-checks.ts'
import { Sequential } from '../model/sequential.ts'
import type { StepLogs } from '../training/step-logs.ts'
import type { DistillationLoss } from './losses.ts'

/** Options of {@link Distiller}. */
export interface DistillerOptions {
  /** A built model, which is frozen. */
  readonly teacher: AnyModel
  /** The model that is trained. */
  readonly student: AnyModel
  /** How the two are compared. */
  readonly distillationLosses: DistillationLoss | readonly DistillationLoss[]
  /** A factor for each comparison. Default: 1 each. */
  readonly distillationLossWeights?: readonly number[] | undefined
  /** What the loss of the targets counts for, from 0 to 1; the comparisons count for the rest. Default 0.5. */
  readonly studentLossWeight?: number
  /** Default 'distiller'. */
  readonly name?: string
  /** Of dropout and shuffling. Default 0. */
  readonly seed?: number
}

/**
 * Trains a student on targets and on what its teacher makes of the same samples: w · loss + (1 - w) · Σ wᵢ · comparisonᵢ, reported with its parts
 * `studentLoss` and `distillationLoss`. Results are the student's.
 *
 * ```ts
 * const distiller = new distillation.Distiller({ teacher, student, distillationLosses: new distillation.LogitsDistillation({ temperature: 3 }) })
 * distiller.compile({ optimizer: 'adam', loss: new losses.SparseCategoricalCrossentropy({ fromLogits: true }) })
 * await distiller.fit(x, y, { epochs: 5 })
 * await student.save('student.keras')
 * ```
 */
export class Distiller extends Model<Tree, Tree> {
  readonly teacher: AnyModel
  readonly student: AnyModel
  readonly distillationLosses: readonly DistillationLoss[]
  readonly distillationLossWeights: readonly number[]
  readonly studentLossWeight: number
  readonly studentLossTracker = new Mean({ name: 'studentLoss' })
  readonly distillationLossTracker = new Mean({ name: 'distillationLoss' })

  constructor(options: DistillerOptions) {
    const { teacher, student, distillationLosses, distillationLossWeights, studentLossWeight = 0.5, name = 'distiller', seed = 0 } = options
    super({ name, seed }, 'Distiller')
    if (!teacher.built) {
      throw new ConfigError(`${name}: expected a teacher with parameters, '${teacher.name}' is not built. Train it, or load its weights.`)
    }
    this.teacher = teacher
    this.student = student
    this.distillationLosses = isList(distillationLosses) ? distillationLosses : [distillationLosses]
    this.distillationLossWeights = distillationLossWeights ?? this.distillationLosses.map(() => 1)
    if (this.distillationLossWeights.length !== this.distillationLosses.length) {
      throw new ConfigError(
        `${name}: expected a weight for each of ${this.distillationLosses.length} distillationLosses, got ${this.distillationLossWeights.length}. Pass as many.`,
      )
    }
    this.studentLossWeight = numberWithin(name, 'studentLossWeight', studentLossWeight, { min: 0, max: 1 })
    for (const { teacherLayerName, studentLayerName } of this.distillationLosses) {
      if (teacherLayerName !== undefined) teacher.getLayer(teacherLayerName)
      if (studentLayerName !== undefined) student.getLayer(studentLayerName)
    }
    teacher.trainable = false
  }

  override call(inputs: Tree, context: CallContext): Tree {
    const student: Applied = this.student
    return student.apply(inputs, context)
  }

  override computeLoss(x: Tree, y: Tree | undefined, prediction: Tree, sampleWeight?: Tree): Tensor {
    const weight = this.studentLossWeight
    const own = weight > 0 ? super.computeLoss(x, y, prediction, sampleWeight) : undefined
    if (own !== undefined) this.studentLossTracker.updateState(own)
    if (weight === 1 && own !== undefined) return own
    const compared = this.comparison(x, prediction)
    this.distillationLossTracker.updateState(compared)
    return own === undefined ? compared : add(multiply(own, weight), multiply(compared, 1 - weight))
  }

  override computeMetrics(x: Tree, y: Tree | undefined, prediction: Tree, sampleWeight?: Tree): StepLogs {
    return {
      ...super.computeMetrics(x, y, prediction, sampleWeight),
      studentLoss: this.studentLossTracker.result(),
      distillationLoss: this.distillationLossTracker.result(),
    }
  }

  private comparison(x: Tree, prediction: Tree): Tensor {
    const context = { ...currentContext(), training: false }
    const teacher: Applied = this.teacher
    let result: Tree | undefined
    const values = this.distillationLosses.map((loss, i) => {
      const { teacherLayerName, studentLayerName } = loss
      if (teacherLayerName === undefined) result ??= teacher.apply(x, context)
      const wanted = teacherLayerName === undefined ? (result ?? []) : featureOf(this.teacher, teacherLayerName, x, context)
      const own = studentLayerName === undefined ? prediction : featureOf(this.student, studentLayerName, x, currentContext())
      return multiply(loss.computeLoss(wanted, own), this.distillationLossWeights[i] ?? 1)
    })
    return values.reduce((total, value): Tensor => add(total, value))
  }
}

/** A layer of any inputs. */
interface Applied {
  apply(inputs: Tree, context: CallContext): Tree
}

const isList = (losses: DistillationLoss | readonly DistillationLoss[]): losses is readonly DistillationLoss[] => Array.isArray(losses)

/** What a layer within a model gives for the model's inputs. */
function featureOf(model: AnyModel, name: string, x: Tree, context: CallContext): Tree {
  const layer = model.getLayer(name)
  const { graph } = model
  const call = graph?.calls.find((made) => made.layer === layer)
  if (graph !== undefined && call !== undefined) return new LayerGraph(model.name, graph.inputs, call.outputs).run(model.name, x, context)
  if (model instanceof Sequential) {
    const before: readonly Applied[] = model.layers.slice(0, model.layers.indexOf(layer) + 1)
    return before.reduce((value, next) => next.apply(value, context), x)
  }
  throw new ConfigError(
    `${model.name}: expected a functional model or a Sequential to look into, got ${model.className}. Compare its results instead.`,
  )
}
