// Mixed precision: in which dtype a layer computes, and in which it keeps its parameters (Micikevicius et al. 2018).

import { ConfigError, type DType, isFloat } from '../../core/index.ts'
import { shown } from '../options/option-checks.ts'
import { nearestName, plainName } from '../options/identifiers.ts'

const dtypes: Readonly<Record<string, DType>> = {
  float16: 'f16',
  bfloat16: 'bf16',
  float32: 'f32',
  float64: 'f64',
  f16: 'f16',
  bf16: 'bf16',
  f32: 'f32',
  f64: 'f64',
}

const mixed: Readonly<Record<string, DType>> = { mixedfloat16: 'f16', mixedbfloat16: 'bf16' }

/**
 * A pair of dtypes: layers cast their inputs and parameters to `computeDtype`; parameters live (and are updated) in `variableDtype`.
 *
 * ```ts
 * setDtypePolicy('mixed_bfloat16')
 * ```
 */
export class DTypePolicy {
  /** As Keras names it: `float32`, `mixed_bfloat16`. */
  readonly name: string
  readonly computeDtype: DType
  readonly variableDtype: DType

  constructor(name: string) {
    const plain = plainName(name)
    const compute = mixed[plain] ?? dtypes[plain]
    if (compute === undefined) {
      const names = [...Object.keys(dtypes), 'mixed_float16', 'mixed_bfloat16']
      throw new ConfigError(`dtypePolicy: expected one of ${names.join(', ')}, got '${name}'. Did you mean '${nearestName(name, names)}'?`)
    }
    this.computeDtype = compute
    this.variableDtype = plain in mixed ? 'f32' : compute
    this.name = plain in mixed ? `mixed_${compute === 'f16' ? 'float16' : 'bfloat16'}` : kerasName(compute)
  }

  /** Whether tensors of a dtype must be cast before a formula uses them. */
  casts(dtype: DType): boolean {
    return dtype !== this.computeDtype && isFloat(dtype)
  }

  getConfig(): { readonly name: string } {
    return { name: this.name }
  }
}

/** `float32` for f32. */
export function kerasName(dtype: DType): string {
  return dtype === 'bf16'
    ? 'bfloat16'
    : dtype
        .replace(/^f(\d+)$/, 'float$1')
        .replace(/^i(\d+)$/, 'int$1')
        .replace(/^u(\d+)$/, 'uint$1')
}

const full = new DTypePolicy('float32')
let current = full

/** The policy of layers that are not told one. Default `float32`. */
export function dtypePolicy(): DTypePolicy {
  return current
}

/** Sets the policy of layers that are made from now on. */
export function setDtypePolicy(policy: string | DTypePolicy): void {
  current = policyOf(policy)
}

/** A policy by name, or itself; the present one where none is given. */
export function policyOf(policy: string | DTypePolicy | undefined): DTypePolicy {
  if (policy === undefined) return current
  if (policy instanceof DTypePolicy) return policy
  if (typeof policy === 'string') return new DTypePolicy(policy)
  throw new ConfigError(`dtypePolicy: expected a name or a policy, got ${shown(policy)}. Pass float32, mixed_bfloat16, ….`)
}
