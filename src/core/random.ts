// Random numbers from explicit keys: the same key gives the same numbers, whatever the device's threads. Draw from each key once, and make
// further keys with `split` or `foldIn`, or with a `SeedGenerator`.

export { binomial } from './random/binomial.ts'
export { categorical, dropout, type DropoutOptions, permutation, shuffle } from './random/choices.ts'
export { beta, gamma } from './random/gamma.ts'
export { foldIn, key, type KeySource, SeedGenerator, type SeedGeneratorOptions, split } from './random/keys.ts'
export { normal, type NormalOptions, truncatedNormal, type TruncatedNormalOptions } from './random/normal.ts'
export { bernoulli, randint, uniform, type UniformOptions } from './random/uniform.ts'
