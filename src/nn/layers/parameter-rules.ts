// How one of a layer's parameters begins, is penalised and is kept within bounds, from the options that layers share.

import { type ConstraintIdentifier, get as constraintOf } from '../constraints/registry.ts'
import type { Initializer } from '../initializers/initializer.ts'
import { get as initializerOf, type InitializerIdentifier } from '../initializers/registry.ts'
import { lookedUp } from '../options/option-checks.ts'
import type { Penalty, Projection } from '../layer/parameter.ts'
import { get as regularizerOf, type RegularizerIdentifier } from '../regularizers/registry.ts'
import { type ConfigValue, serializedFunction } from '../saving/serialized.ts'

/** What a layer was told of one parameter: names, `{ className, config }` or functions; null and undefined for none. */
export interface RuleOptions {
  readonly initializer: InitializerIdentifier
  readonly regularizer?: RegularizerIdentifier | null | undefined
  readonly constraint?: ConstraintIdentifier | null | undefined
}

/** What a layer's `addWeight` can be told. */
export interface WeightSettings extends Partial<RuleOptions> {
  /** Within the layer. Default `variable`. */
  readonly name?: string
  /** Default: one number. */
  readonly shape?: readonly number[]
  /** Whether training changes it by its gradient. Default true. */
  readonly trainable?: boolean
}

/** What options resolve to; also the options of the parameter that is made by them. */
export interface ParameterRules {
  readonly initializer: Initializer
  readonly regularizer: Penalty | undefined
  readonly constraint: Projection | undefined
}

/** The rules of one parameter, from a layer's options `${name}Initializer`, …; a ConfigError names the layer, the option and what is not known. */
export function rulesOf(where: string, name: string, { initializer, regularizer, constraint }: RuleOptions): ParameterRules {
  return {
    initializer: lookedUp(where, `${name}Initializer`, () => initializerOf(initializer)),
    regularizer: lookedUp(where, `${name}Regularizer`, () => regularizerOf(regularizer)),
    constraint: lookedUp(where, `${name}Constraint`, () => constraintOf(constraint)),
  }
}

/** The names of the options of one parameter. */
export const ruleOptions = (name: string): string[] => ['Initializer', 'Regularizer', 'Constraint'].map((rule) => name + rule)

/** Rules as options of a layer: `kernelInitializer`, `kernelRegularizer`, `kernelConstraint`. */
export function rulesConfig(name: string, { initializer, regularizer, constraint }: ParameterRules): Record<string, ConfigValue> {
  return {
    [`${name}Initializer`]: serializedFunction(initializer),
    ...(regularizer !== undefined && { [`${name}Regularizer`]: serializedFunction(regularizer) }),
    ...(constraint !== undefined && { [`${name}Constraint`]: serializedFunction(constraint) }),
  }
}
