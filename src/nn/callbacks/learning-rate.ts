// The learning rates that callbacks read and set: of a model's optimizer, or of each of those that it is made of.

import type { AnyModel } from '../model/model.ts'
import type { Logs } from './callback.ts'

/** A learning rate that callbacks see. */
export interface KnownRate {
  /** Of the last update; of the next where it was set since. */
  readonly rate: number
  /** What it is called among the figures of an epoch: `learningRate`, where there are several with the optimizer's name behind, `learningRateAdam`. */
  readonly figure: string
  /** Whose it is, for messages: ` of adam`; empty where there is one only. */
  readonly of: string
}

/** The learning rates of a model's optimizers. */
export async function ratesOf(where: string, model: AnyModel): Promise<readonly KnownRate[]> {
  const training = model.training(where)
  const { optimizer } = training
  optimizer.changeState((state) => optimizer.withNewRate(state))
  const members = optimizer.currentMemberRates
  if (members.length < 2) return [{ rate: await training.fetchLearningRate(), figure: 'learningRate', of: '' }]
  const known: KnownRate[] = []
  for (const [i, { optimizer: name, rate }] of members.entries()) {
    const before = members.slice(0, i).filter((other) => other.optimizer === name).length
    const figure = `learningRate${name.slice(0, 1).toUpperCase()}${name.slice(1)}${before === 0 ? '' : before + 1}`
    known.push({ rate: await rate.item(), figure, of: ` of ${name}` })
  }
  return known
}

/** Sets the rates that {@link ratesOf} has given, in their order; undefined for those that stay. */
export function setRates(where: string, model: AnyModel, rates: readonly (number | undefined)[]): void {
  const { optimizer } = model.training(where)
  optimizer.changeState((state) => optimizer.withMemberRates(state, rates))
}

/** The rates as figures of an epoch. */
export async function rateFigures(where: string, model: AnyModel): Promise<Logs> {
  return Object.fromEntries((await ratesOf(where, model)).map(({ figure, rate }) => [figure, rate]))
}
