// A callback from functions.

import { ConfigError } from '../../core/index.ts'
import { shown } from '../options/option-checks.ts'
import { checkOptionNames } from '../options/option-names.ts'
import { Callback } from './callback.ts'
import { type HookName, hookNames } from './hook-names.ts'

/**
 * A callback made of functions, as Keras's LambdaCallback; an object with the same functions does as well.
 *
 * ```ts
 * await model.fit(x, y, { callbacks: [new LambdaCallback({ onEpochEnd: (epoch, logs) => console.log(epoch, logs['loss']) })] })
 * ```
 */
export class LambdaCallback extends Callback {
  constructor(hooks: Pick<Callback, HookName>) {
    super()
    checkOptionNames('lambdaCallback', hooks, hookNames)
    for (const [name, hook] of Object.entries(hooks)) {
      if (hook !== undefined && typeof hook !== 'function') {
        throw new ConfigError(`lambdaCallback: expected ${name} to be a function, got ${shown(hook)}. Pass a function.`)
      }
    }
    Object.assign(this, hooks)
  }
}
