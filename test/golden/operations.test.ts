import test from 'node:test'
import { attention, currentDevice, gelu, geluApproximate, jit, losses, mean, ops, softmax, type Tensor, vjp } from '../../src/index.ts'
import { assertClose, GoldenFile } from './golden-file.ts'
import content from './operations.json' with { type: 'json' }

const golden = new GoldenFile('operations', content)

const need = (inputs: readonly Tensor[], index: number): Tensor => {
  const input = inputs[index]
  if (input === undefined) throw new Error(`expected an input ${index}, found ${inputs.length}`)
  return input
}

/** Each operation on all its inputs; those that are i32 have no gradient. */
const operations: Readonly<Record<string, (inputs: readonly Tensor[]) => Tensor>> = {
  gelu: (inputs) => gelu(need(inputs, 0)),
  geluApproximate: (inputs) => geluApproximate(need(inputs, 0)),
  layerNorm: (inputs) => ops.layerNormalization(need(inputs, 0), { gamma: need(inputs, 1), beta: need(inputs, 2), epsilon: 1e-3 }),
  softmax: (inputs) => softmax(need(inputs, 0), -1),
  sparseCategoricalCrossentropy: (inputs) => mean(losses.sparseCategoricalCrossentropy(need(inputs, 1), need(inputs, 0), { fromLogits: true })),
  causalAttention: (inputs) => attention(need(inputs, 0), need(inputs, 1), need(inputs, 2), { causal: true }),
}

const device = currentDevice().name

for (const [name, operation] of Object.entries(operations)) {
  test(`${name} on ${device}: result and gradients are PyTorch's`, () => {
    const inputs = golden.keys(name, 'inputs').map((i) => golden.tensor(name, 'inputs', i))
    const floats = inputs.filter((input) => input.dtype === 'f32')
    const rest = inputs.slice(floats.length)
    const both = jit((own: readonly Tensor[], cotangent: Tensor): readonly [Tensor, readonly Tensor[]] => {
      const [output, pull] = vjp((parts: readonly Tensor[]) => operation([...parts, ...rest]), own)
      const [gradients] = pull(cotangent)
      return [output, gradients]
    })
    const [output, gradients] = both(floats, golden.tensor(name, 'cotangent'))
    assertClose(output, golden.array(name, 'output'), 'result')
    gradients.forEach((gradient, i) => {
      assertClose(gradient, golden.array(name, 'gradients', String(i)), `gradient ${i}`)
    })
  })
}
