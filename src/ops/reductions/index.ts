// Reductions along axes, order statistics and statistics of data.

export * from './nan-reductions.ts'
export * from './quantiles.ts'
export {
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  type ArgReduction,
  average,
  type AverageOptions,
  countNonzero,
  cumprod,
  cumsum,
  type InitialOption,
  logsumexp,
  max,
  mean,
  min,
  moments,
  prod,
  ptp,
  std,
  sum,
  trace,
  type TraceOptions,
  var,
} from './reductions.ts'
export * from './statistics.ts'
