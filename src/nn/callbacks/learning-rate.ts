// The learning rate that callbacks read.

import type { AnyModel } from '../model/model.ts'

/** The learning rate of a model's last update; of the next where it was set since. */
export async function rateOf(where: string, model: AnyModel): Promise<number> {
  const training = model.training(where)
  // What was set and not yet taken is a number on this side.
  return training.optimizer.hasNewRate ? training.learningRate : await training.fetchLearningRate()
}
