// Models that know every loss, metric, optimizer, schedule, initializer, regularizer and constraint by name: those of the front doors. What a page is built from by
// itself can take `model.ts` and `sequential.ts` instead, which know the everyday names, and leaves the rest out.

import type { Tensor, Tree } from '../../core/index.ts'
import { withAllConstraints } from '../constraints/all.ts'
import { withAllInitializers } from '../initializers/all.ts'
import { withAllLosses } from '../losses/all.ts'
import { withAllMetrics } from '../metrics/all.ts'
import { withAllOptimizers } from '../optimizers/all.ts'
import { withAllRegularizers } from '../regularizers/all.ts'
import { Model as PlainModel } from './model.ts'
import { Sequential as PlainSequential } from './sequential.ts'

const withAllNames = <T>(model: T): T =>
  withAllConstraints(withAllInitializers(withAllLosses(withAllMetrics(withAllOptimizers(withAllRegularizers(model))))))

// Constants that bundlers may leave out: the names come along with the models, and with nothing else.

/**
 * A layer made of layers that can be compiled, trained, asked, shown, saved and loaded: functional, `new Model({ inputs, outputs })`, or a subclass
 * with a `call` of its own.
 */
export const Model: typeof PlainModel = /* @__PURE__ */ withAllNames(PlainModel)
export type Model<In extends Tree = Tensor, Out extends Tree = Tensor> = PlainModel<In, Out>

/** A model that is a list of layers, each of which takes the result of the one before: `new Sequential([...])`. */
export const Sequential: typeof PlainSequential = /* @__PURE__ */ withAllNames(PlainSequential)
export type Sequential = PlainSequential
