// Initial values of parameters: see the folder of this name.

export * from './initializers/index.ts'
