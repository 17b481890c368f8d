// One training step written out: loss, gradients and update as a single compiled program. See what becomes of it:
//   npx tenon explain examples/training-step.ts
import { grad, jit, losses, mean, random, type Tensor, zeros } from 'tenon'

type Weights = { readonly kernel1: Tensor; readonly bias1: Tensor; readonly kernel2: Tensor; readonly bias2: Tensor }

const loss = ({ kernel1, bias1, kernel2, bias2 }: Weights, x: Tensor, labels: Tensor): Tensor => {
  const hidden: Tensor = x.matmul(kernel1).add(bias1).relu()
  const logits: Tensor = hidden.matmul(kernel2).add(bias2)
  return mean(losses.sparseCategoricalCrossentropy(labels, logits, { fromLogits: true }))
}

/** Weights after a step of gradient descent; the old weights' memory is donated to the new ones. */
export const program = jit(
  (weights: Weights, x: Tensor, labels: Tensor): Weights => {
    const slope = grad((w: Weights) => loss(w, x, labels))(weights)
    const moved = (value: Tensor, gradient: Tensor): Tensor => value.subtract(gradient.multiply(0.01))
    return {
      kernel1: moved(weights.kernel1, slope.kernel1),
      bias1: moved(weights.bias1, slope.bias1),
      kernel2: moved(weights.kernel2, slope.kernel2),
      bias2: moved(weights.bias2, slope.bias2),
    }
  },
  { donate: [0], name: 'training step' },
)

const [key1, key2, key3] = random.split(random.key(1), 3)
if (key1 === undefined || key2 === undefined || key3 === undefined) throw new Error('expected three keys')

/** Weights of a 100-64-10 network and a batch of 32. */
export const inputs = [
  {
    kernel1: random.normal(key1, [100, 64], { stddev: 0.1 }),
    bias1: zeros([64]),
    kernel2: random.normal(key2, [64, 10], { stddev: 0.1 }),
    bias2: zeros([10]),
  },
  random.normal(key3, [32, 100]),
  zeros([32], { dtype: 'i32' }),
]
