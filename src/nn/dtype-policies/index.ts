// Dtype policies, under Keras's names: by name, by class and config, and by path.

import { ConfigError } from '../../core/index.ts'
import { DTypePolicy, dtypePolicy } from './dtype-policy.ts'
import { DTypePolicyMap } from './dtype-policy-map.ts'
import { camelCase, lookUp } from '../options/identifiers.ts'
import { isSerialized, type SerializedInput, type SerializedObject } from '../saving/serialized.ts'

export { DTypePolicy } from './dtype-policy.ts'
export { DTypePolicyMap, type DTypePolicyMapOptions } from './dtype-policy-map.ts'

const optionOf = (options: object, name: string): unknown => Object.getOwnPropertyDescriptor(options, name)?.value

function namedPolicy(options: object): DTypePolicy {
  const name = optionOf(options, 'name')
  return typeof name === 'string' ? new DTypePolicy(name) : dtypePolicy()
}

/** A policy of a map's config: its name, or class and config. */
function policyIn(value: unknown): DTypePolicy {
  const policy =
    typeof value === 'string' ? new DTypePolicy(value) : typeof value === 'object' && isSerialized(value) ? deserialize(value) : undefined
  if (policy instanceof DTypePolicy) return policy
  throw new ConfigError(`DTypePolicyMap: expected a policy's name, got ${JSON.stringify(value)}. Use 'float32' or another one.`)
}

function policyMap(options: object): DTypePolicyMap {
  const [given, policies] = [optionOf(options, 'defaultPolicy'), optionOf(options, 'policyMap')]
  const entries: readonly (readonly [string, unknown])[] = typeof policies === 'object' && policies !== null ? Object.entries(policies) : []
  return new DTypePolicyMap({
    defaultPolicy: given === null || given === undefined ? null : policyIn(given),
    policyMap: Object.fromEntries(entries.map(([key, value]) => [key, policyIn(value)])),
  })
}

const classes: Readonly<Record<string, (options: object) => DTypePolicy | DTypePolicyMap>> = { DTypePolicy: namedPolicy, DTypePolicyMap: policyMap }

/** A policy as `{ className, config }`. */
export function serialize(policy: DTypePolicy | DTypePolicyMap): SerializedObject {
  return { className: policy instanceof DTypePolicyMap ? policy.className : 'DTypePolicy', config: policy.getConfig() }
}

/** The policy of what {@link serialize} gave. */
export function deserialize(serialized: SerializedInput): DTypePolicy | DTypePolicyMap {
  const className = serialized.className ?? serialized.class_name ?? ''
  const { config } = serialized
  const options = Object.entries(config ?? {}).map(([name, value]) => [camelCase(name), value] as const)
  return lookUp('dtypePolicy', className, classes)(Object.fromEntries(options))
}

/** A policy by name or config, or itself; the present one for null. */
export function get(identifier: string | SerializedInput | DTypePolicy | DTypePolicyMap | null | undefined): DTypePolicy | DTypePolicyMap {
  if (identifier === null || identifier === undefined) return dtypePolicy()
  if (typeof identifier === 'string') return new DTypePolicy(identifier)
  if (identifier instanceof DTypePolicy || identifier instanceof DTypePolicyMap) return identifier
  return deserialize(identifier)
}
