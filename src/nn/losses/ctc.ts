// Connectionist temporal classification: sequences of labels against longer sequences of outputs, without an alignment (Graves et al. 2006).

import { ones, type Shape, ShapeError, showDims, sum, type Tensor } from '../../core/index.ts'
import { ctcLoss } from '../../ops/index.ts'
import { Loss, type LossOptions } from './loss.ts'

/**
 * −log of the probability that the outputs spell the labels in any alignment. Targets are numbers of classes, `[batch, length]`, 0 behind their end;
 * predictions are logits `[batch, time, classes]`, class 0 being the blank.
 */
export function ctc(yTrue: Tensor, yPred: Tensor): Tensor {
  if (yTrue.rank !== 2 || yPred.rank !== 3) {
    throw new ShapeError(
      `ctc: expected targets [batch, length] and predictions [batch, time, classes], got ${showDims(yTrue.dims)} and ${showDims(yPred.dims)}. ` +
        'Check the axes.',
    )
  }
  const [batch = 1, time = 1] = yPred.dims
  const labels = yTrue.cast('i32')
  const lengths: Tensor = sum<Shape, 1>(labels.notEqual(0), 1)
  const times: Tensor = ones([batch], { dtype: 'i32' }).multiply(Number(time))
  return ctcLoss(labels, yPred, lengths, times)
}

/** {@link ctc} of a batch. */
export class CTC extends Loss {
  constructor(options: LossOptions = {}) {
    super(options, 'CTC')
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return ctc(yTrue, yPred)
  }
}
