// Dtype policies by the path of a layer, for models whose parts compute in different dtypes.

import { ConfigError } from '../../core/index.ts'
import { type DTypePolicy, dtypePolicy, policyOf } from './dtype-policy.ts'

/** Options of {@link DTypePolicyMap}. */
export interface DTypePolicyMapOptions {
  /** Of paths that no key stands for. Default: {@link dtypePolicy}'s, at the time it is asked for. */
  readonly defaultPolicy?: string | DTypePolicy | null | undefined
  /** Policies by path, or by regular expression of whole paths. */
  readonly policyMap?: Readonly<Record<string, string | DTypePolicy>>
}

/**
 * Policies by path: by the very path, else by the one key that, as a regular expression, matches all of it, else the default.
 *
 * ```ts
 * const policies = new dtypePolicies.DTypePolicyMap({ policyMap: { 'encoder/.*': 'mixed_bfloat16' } })
 * layers.dense({ units: 8, dtype: policies.get('encoder/dense') })
 * ```
 */
export class DTypePolicyMap implements Iterable<readonly [key: string, policy: DTypePolicy]> {
  readonly className = 'DTypePolicyMap'
  private readonly given: DTypePolicy | undefined
  private readonly policies = new Map<string, DTypePolicy>()

  constructor({ defaultPolicy, policyMap = {} }: DTypePolicyMapOptions = {}) {
    this.given = defaultPolicy === undefined || defaultPolicy === null ? undefined : policyOf(defaultPolicy)
    for (const [key, policy] of Object.entries(policyMap)) this.set(key, policy)
  }

  /** `map_float32`. */
  get name(): string {
    return `map_${this.defaultPolicy.name}`
  }

  /** Of paths that no key stands for. */
  get defaultPolicy(): DTypePolicy {
    return this.given ?? dtypePolicy()
  }

  /** Number of keys. */
  get size(): number {
    return this.policies.size
  }

  /** The policy of a path. A ConfigError where several keys match it. */
  get(path: string): DTypePolicy {
    const own = this.policies.get(path)
    if (own !== undefined) return own
    const matching = [...this.policies].filter(([key]) => new RegExp(`^(?:${key})$`).test(path))
    const [first, second] = matching
    if (second === undefined) return first?.[1] ?? this.defaultPolicy
    throw new ConfigError(`DTypePolicyMap: expected one key for '${path}', got ${matching.map(([key]) => key).join(' and ')}. Make them differ.`)
  }

  /** Gives a new key a policy. A ConfigError for a key that has one. */
  set(key: string, policy: string | DTypePolicy): void {
    if (this.policies.has(key)) {
      throw new ConfigError(`DTypePolicyMap: expected a new key, got '${key}', which has the policy ${this.get(key).name}. Delete it first.`)
    }
    try {
      new RegExp(key)
    } catch (cause) {
      throw new ConfigError(`DTypePolicyMap: expected a path or a regular expression, got '${key}'. Mend it.`, { cause })
    }
    this.policies.set(key, policyOf(policy))
  }

  /** Whether a key (not a path that it matches) has a policy. */
  has(key: string): boolean {
    return this.policies.has(key)
  }

  /** Takes a key away; whether it was there. */
  delete(key: string): boolean {
    return this.policies.delete(key)
  }

  [Symbol.iterator](): IterableIterator<[key: string, policy: DTypePolicy]> {
    return this.policies[Symbol.iterator]()
  }

  /** The options: names of policies. */
  getConfig(): { readonly defaultPolicy: string | null; readonly policyMap: Readonly<Record<string, string>> } {
    return { defaultPolicy: this.given?.name ?? null, policyMap: Object.fromEntries([...this].map(([key, { name }]) => [key, name])) }
  }
}
