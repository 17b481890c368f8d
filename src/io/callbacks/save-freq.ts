// How often callbacks save.

import { optionChecks } from '../../nn/index.ts'

/** 'epoch', or a positive whole number of batches; a ConfigError for all else. */
export function saveFreqOf(where: string, saveFreq: 'epoch' | number): 'epoch' | number {
  if (saveFreq === 'epoch' || (Number.isInteger(saveFreq) && saveFreq > 0)) return saveFreq
  throw optionChecks.wrongOption(where, 'saveFreq', "'epoch' or a positive whole number of batches", saveFreq)
}
