// A training step of GPT-2's architecture in TensorFlow.js, by variables and `optimizer.minimize`; it has no such model of its own. The
// optimizer is its Adam: it has no decoupled weight decay, so its step is the cheaper one.

import type { Tensor, TensorFlow, Variable } from '../peers/tensorflow.ts'
import type { Prepared } from '../repeat.ts'
import { numberIn, type Work } from './serve.ts'

interface Dense {
  readonly weight: Variable
  readonly bias: Variable
}

interface Block {
  readonly norm1: Dense
  readonly qkv: Dense
  readonly project: Dense
  readonly norm2: Dense
  readonly up: Dense
  readonly down: Dense
}

/** The step for the sizes of a case. */
export function gptStep(tf: TensorFlow, work: Work): Prepared {
  const [layers, heads, width] = [numberIn(work, 'layers'), numberIn(work, 'heads'), numberIn(work, 'width')]
  const [batch, context, vocabulary] = [numberIn(work, 'batch'), numberIn(work, 'context'), numberIn(work, 'vocabulary')]
  const depth = width / heads

  const weight = (...shape: readonly number[]): Variable => tf.variable(tf.randomNormal(shape, 0, 0.02))
  const dense = (inputs: number, outputs: number): Dense => ({ weight: weight(inputs, outputs), bias: tf.variable(tf.zeros([outputs])) })
  const norm = (): Dense => ({ weight: tf.variable(tf.ones([width])), bias: tf.variable(tf.zeros([width])) })
  const [tokens, positions, last] = [weight(vocabulary, width), weight(context, width), norm()]
  const blocks = Array.from(
    { length: layers },
    (): Block => ({
      ...{ norm1: norm(), qkv: dense(width, 3 * width), project: dense(width, width) },
      ...{ norm2: norm(), up: dense(width, 4 * width), down: dense(4 * width, width) },
    }),
  )
  const mask = tf.mul(tf.sub(tf.linalg.bandPart(tf.ones([context, context]), -1, 0), 1), 1e9)

  const apply = (x: Tensor, { weight: w, bias }: Dense): Tensor => tf.add(tf.matMul(x, w), bias)
  const normalize = (x: Tensor, { weight: w, bias }: Dense): Tensor => {
    const { mean, variance } = tf.moments(x, -1, true)
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), w), bias)
  }
  const gelu = (x: Tensor): Tensor => {
    const cubic = tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(cubic), 1))
  }
  const attend = (x: Tensor, { qkv, project }: Block): Tensor => {
    const split = tf.transpose(tf.reshape(apply(x, qkv), [batch, context, 3, heads, depth]), [2, 0, 3, 1, 4])
    const [query, key, value] = tf.unstack(split)
    if (query === undefined || key === undefined || value === undefined) throw new RangeError('expected query, key and value')
    const scores = tf.add(tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(depth)), mask)
    const mixed = tf.transpose(tf.matMul(tf.softmax(scores), value), [0, 2, 1, 3])
    return apply(tf.reshape(mixed, [batch * context, width]), project)
  }

  const draw = (): Tensor => tf.randomUniform([batch * context], 0, vocabulary, 'int32')
  const [inputs, targets] = [draw(), tf.oneHot(draw(), vocabulary)]
  const loss = (): Tensor => {
    const embedded = tf.add(tf.reshape(tf.gather(tokens, inputs), [batch, context, width]), positions)
    let x = tf.reshape(embedded, [batch * context, width])
    for (const block of blocks) {
      x = tf.add(x, attend(normalize(x, block.norm1), block))
      x = tf.add(x, apply(gelu(apply(normalize(x, block.norm2), block.up)), block.down))
    }
    return tf.losses.softmaxCrossEntropy(targets, tf.matMul(normalize(x, last), tokens, false, true))
  }

  const optimizer = tf.train.adam(1e-4)
  return {
    run: () => optimizer.minimize(loss, false),
    settle: () => last.bias.data(),
  }
}
