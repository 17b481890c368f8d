// The functional face of tensors, by kind.

export * from './contractions.ts'
export * from './control.ts'
export * from './creation.ts'
export * from './elementwise.ts'
export * from './indexing.ts'
export * from './movement.ts'
export * from './quantization.ts'
export * from './reductions.ts'
export * from './windows.ts'
