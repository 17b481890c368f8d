// Gradients by parameters: of plain code that reads them.

import { type Tensor, valueAndGrad } from '../../core/index.ts'
import type { Parameter } from '../layer/parameter.ts'

/**
 * A scalar and its gradients by parameters, in their order. What the formula writes into other cells stays.
 *
 * ```ts
 * const [loss, gradients] = valueAndGradients(() => losses.meanSquaredError(y, model(x)).mean(), model.trainableParameters)
 * optimizer.apply(gradients, model.trainableParameters)
 * ```
 */
export function valueAndGradients(formula: () => Tensor, parameters: readonly Parameter[]): [value: Tensor, gradients: readonly Tensor[]] {
  const own = parameters.map(({ value }) => value)
  if (own.length === 0) return [formula(), []]
  const put = (values: readonly Tensor[]): void =>
    parameters.forEach((parameter, i) => {
      parameter.value = values[i] ?? parameter.value
    })
  const scalar = (values: readonly Tensor[]): Tensor => {
    put(values)
    try {
      return formula()
    } finally {
      put(own)
    }
  }
  const [value, gradients] = valueAndGrad(scalar)(own)
  return [value, gradients]
}
