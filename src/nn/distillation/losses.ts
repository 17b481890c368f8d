// What a student is compared with its teacher by: their last results, softened, or what layers within them give.

import { add, ConfigError, divide, flattenTree, mean, multiply, type Tensor, type Tree } from '../../core/index.ts'
import { softmax } from '../../ops/index.ts'
import { resolveLoss } from '../losses/all.ts'
import { KLDivergence } from '../losses/divergences.ts'
import type { Loss } from '../losses/loss.ts'
import type { LossIdentifier } from '../losses/resolve.ts'
import { numberWithin } from '../options/option-checks.ts'

/** One loss, or one for each output in order; null for an output that is left out. */
export type OutputLosses = LossIdentifier | readonly (LossIdentifier | null)[]

/** A comparison of a student with its teacher; derive from it for one of one's own. */
export abstract class DistillationLoss {
  /** The layer of the teacher whose result is compared; undefined for the model's result. */
  readonly teacherLayerName: string | undefined
  /** The layer of the student whose result is compared; undefined for the model's result. */
  readonly studentLayerName: string | undefined

  constructor({
    teacherLayerName,
    studentLayerName,
  }: { readonly teacherLayerName?: string | undefined; readonly studentLayerName?: string | undefined } = {}) {
    this.teacherLayerName = teacherLayerName
    this.studentLayerName = studentLayerName
  }

  /** The loss, a scalar, of results of one structure. */
  abstract computeLoss(teacherOutputs: Tree, studentOutputs: Tree): Tensor
}

/** Options of {@link LogitsDistillation}. */
export interface LogitsDistillationOptions {
  /** What logits are divided by. Default 3. */
  readonly temperature?: number
  /** Default 'klDivergence'. */
  readonly loss?: OutputLosses
}

/**
 * Logits compared at a temperature T: of the Kullback-Leibler divergence T² KL(softmax(teacher / T), softmax(student / T)), of any other loss that of
 * the divided logits (Hinton et al. 2015).
 */
export class LogitsDistillation extends DistillationLoss {
  readonly temperature: number
  private readonly losses: readonly (Loss | undefined)[]

  constructor({ temperature = 3, loss = 'klDivergence' }: LogitsDistillationOptions = {}) {
    super()
    this.temperature = numberWithin('LogitsDistillation', 'temperature', temperature, { above: 0 })
    this.losses = lossesOf('LogitsDistillation', loss)
  }

  override computeLoss(teacherOutputs: Tree, studentOutputs: Tree): Tensor {
    const { temperature } = this
    return sumOf('LogitsDistillation', this.losses, teacherOutputs, studentOutputs, (loss, teacher, student) => {
      const [a, b]: readonly [Tensor, Tensor] = [divide(teacher, temperature), divide(student, temperature)]
      if (!(loss instanceof KLDivergence)) return mean(loss.compute(a, b))
      return multiply(mean(loss.compute(softmax(a), softmax(b))), temperature ** 2)
    })
  }
}

/** Options of {@link FeatureDistillation}. */
export interface FeatureDistillationOptions {
  /** Default 'mse'. */
  readonly loss?: OutputLosses
  /** A layer of the teacher, a functional model or a Sequential. Default: its result. */
  readonly teacherLayerName?: string | undefined
  /** A layer of the student, a functional model or a Sequential. Default: its result. */
  readonly studentLayerName?: string | undefined
}

/** What a layer of the student gives compared with what one of the teacher gives (Romero et al. 2015); both of one shape. */
export class FeatureDistillation extends DistillationLoss {
  private readonly losses: readonly (Loss | undefined)[]

  constructor({ loss = 'mse', ...names }: FeatureDistillationOptions = {}) {
    super(names)
    this.losses = lossesOf('FeatureDistillation', loss)
  }

  override computeLoss(teacherOutputs: Tree, studentOutputs: Tree): Tensor {
    return sumOf('FeatureDistillation', this.losses, teacherOutputs, studentOutputs, (loss, teacher, student) => mean(loss.compute(teacher, student)))
  }
}

function lossesOf(where: string, loss: OutputLosses): (Loss | undefined)[] {
  const losses = isList(loss) ? loss.map((part) => (part === null ? undefined : resolveLoss(part))) : [resolveLoss(loss)]
  if (losses.some((part) => part !== undefined)) return losses
  throw new ConfigError(`${where}: expected a loss that is not null, got none. Pass 'mse' or another one.`)
}

const isList = (loss: OutputLosses): loss is readonly (LossIdentifier | null)[] => Array.isArray(loss)

function sumOf(
  where: string,
  losses: readonly (Loss | undefined)[],
  teacherOutputs: Tree,
  studentOutputs: Tree,
  compare: (loss: Loss, teacher: Tensor, student: Tensor) => Tensor,
): Tensor {
  const [teacher, student] = [flattenTree(teacherOutputs).leaves, flattenTree(studentOutputs).leaves]
  if (teacher.length !== losses.length || student.length !== losses.length) {
    throw new ConfigError(
      `${where}: expected as many results as losses, ${losses.length}, got ${teacher.length} of the teacher and ${student.length} of the student. Change loss.`,
    )
  }
  const values = losses.flatMap((loss, i) => {
    const [a, b] = [teacher[i], student[i]]
    return loss === undefined || a === undefined || b === undefined ? [] : [compare(loss, a, b)]
  })
  return values.reduce((total, value): Tensor => add(total, value))
}
