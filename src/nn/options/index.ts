// Checks of options when they are given, for callbacks of io and for layers of one's own: errors name the object, the option, the value, what is allowed.

export * from './option-checks.ts'
export { checkOptionNames } from './option-names.ts'
