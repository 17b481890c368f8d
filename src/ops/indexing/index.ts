// Order, reading and writing by index, segments, and results whose size depends on the data.

export * from './gathering.ts'
export { scatter, type ScatterReduction, scatterUpdate } from './scattering.ts'
export { segmentMax, segmentMin, type SegmentOptions, segmentProd, segmentSum } from './segments.ts'
export * from './sorting.ts'
export * from './unique.ts'
