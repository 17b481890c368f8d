// How Keras writes the options whose names are not simply in snake_case.

/** Keras's names of options, by Tenon's; all others are Tenon's in snake_case. */
export const kerasOptionNames: Readonly<Record<string, string>> = {
  beta1: 'beta_1',
  beta2: 'beta_2',
  adamBeta1: 'adam_beta_1',
  adamBeta2: 'adam_beta_2',
  beta2Decay: 'beta_2_decay',
  epsilon1: 'epsilon_1',
  epsilon2: 'epsilon_2',
  clipNorm: 'clipnorm',
  clipValue: 'clipvalue',
  globalClipNorm: 'global_clipnorm',
}

/** Tenon's names of the options that Keras's own in camelCase are not. */
export const fromKerasNames: Readonly<Record<string, string>> = { clipnorm: 'clipNorm', clipvalue: 'clipValue', globalClipnorm: 'globalClipNorm' }
