// Plain code as one compiled step, for loops of one's own: whatever parameters, optimizers and metrics it reads and writes are found when it is traced.

import { random, tensor, type Tree } from '../../core/index.ts'
import { currentContext, inContext } from '../layer/call-context.ts'
import { CellProgram } from './cell-program.ts'
import { keySequence } from '../layer/keys.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { numberWithin } from '../options/option-checks.ts'
import { Parameter } from '../layer/parameter.ts'

/** Options of {@link compileStep}. */
export interface CompileStepOptions {
  /** Shown by `tenon explain` and in errors. Default: the function's name, else `step`. */
  readonly name?: string
  /** Of the random draws in it (dropout), which differ from step to step. Default 0. */
  readonly seed?: number
}

/** A compiled step. */
export interface CompiledStep<A extends readonly Tree[], R extends Tree> {
  (...args: A): R
  /** The same off the event loop. */
  async(...args: A): Promise<R>
}

/**
 * Compiles a step of a loop of one's own: forward, backward and update become one program, in which the cells that it writes keep their buffers.
 *
 * ```ts
 * const optimizer = new Adam()
 * const step = compileStep((x: Tensor, y: Tensor) => {
 *   const parameters = model.trainableParameters
 *   const [loss, gradients] = valueAndGradients(() => losses.meanSquaredError(y, model(x, { training: true })).mean(), parameters)
 *   optimizer.apply(gradients, parameters)
 *   return loss
 * })
 * for (const [x, y] of batches) step(x, y)
 * ```
 *
 * Arguments are trees of tensors. Layers, metrics and optimizers must be the same ones in every step.
 */
export function compileStep<A extends readonly Tree[], R extends Tree>(
  formula: (...args: A) => R,
  options: CompileStepOptions = {},
): CompiledStep<A, R> {
  checkOptionNames('compileStep', options, ['name', 'seed'])
  const { name = formula.name || 'step', seed = 0 } = options
  numberWithin('compileStep', 'seed', seed, { whole: true })
  const steps = new Parameter('steps', tensor(new Int32Array([0]), []), { trainable: false })
  const step = (...args: A): R => {
    const nextKey = keySequence(random.foldIn(random.key(seed), steps.value))
    const context = { training: false, nextKey, initialKey: currentContext().initialKey }
    const result = inContext(context, () => formula(...args))
    steps.value = steps.value.add(1)
    return result
  }
  const program = new CellProgram(step, { name, written: [steps] })
  return Object.assign((...args: A): R => program.run(undefined, ...args), {
    async: (...args: A): Promise<R> => program.runAsync(undefined, ...args),
  })
}
