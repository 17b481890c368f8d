// Renders fused scaled dot-product attention (the forward sweep) for the native backend: an online softmax over blocks of keys
// (Milakov and Gimelshein 2018; Dao et al. 2022), so that time × keyTime scores are never stored.
import { cText, type RenderedKernel, type Target } from '../rendered-kernel.ts'
import { attentionBlocks, biasText, causalMaskText, combineSizes, floatLiteral, operandPointer, tilesText } from './attention-tiles.ts'
import type { AttentionInput, AttentionSpec } from './attention-tiles.ts'

export type { AttentionBias, AttentionInput, AttentionSpec } from './attention-tiles.ts'

/** An attention with its operands; `out` and `logSumExp` are buffer indices. */
export interface AttentionForward extends AttentionSpec {
  readonly q: AttentionInput
  readonly k: AttentionInput
  readonly v: AttentionInput
  /** Contiguous `[batch, time, heads, headDim]`. */
  readonly out: number
  /** Contiguous `[batch, heads, time]`; −∞ for a query that sees no key. */
  readonly logSumExp: number
}

/**
 * Renders `out = softmax(scale · q kᵀ + bias) v` and the logarithm of each row's sum of exponentials.
 * A task is one block of queries of one head. Queries that see no key give 0.
 */
export function renderAttention(spec: AttentionForward, target: Target): RenderedKernel {
  const { lanes, queries, keys } = attentionBlocks('renderAttention', spec, target)
  const { heads, kvHeads, headDim } = spec
  const tasks = combineSizes(
    [spec.batch, spec.time],
    ([batch, time]) => `((${batch}) * ${heads} * (((${time}) + ${queries - 1}) / ${queries}))`,
    ([batch = 0, time = 0]) => batch * heads * Math.ceil(time / queries),
  )
  const source = `${tilesText(target)}

void KERNEL_attention(void *const *buf, const int64_t *dim, int64_t task) {
  (void)dim;
  const int64_t time = ${cText(spec.time)}, keyTime = ${cText(spec.keyTime)}, shift = keyTime - time;
  (void)shift;
  const int64_t blocks = (time + ${queries - 1}) / ${queries};
  /* Long causal rows first: the last tasks to be handed out are then the short ones. */
  const int64_t i0 = (blocks - 1 - task % blocks) * ${queries}, h = task / blocks % ${heads}, b = task / blocks / ${heads};
  const int64_t ni = time - i0 < ${queries} ? time - i0 : ${queries};
  const int64_t nv = (ni + ${lanes - 1}) / ${lanes};
  const int64_t qStride = ${cText(spec.q.timeStride)}, kStride = ${cText(spec.k.timeStride)}, vStride = ${cText(spec.v.timeStride)};
  const float *q = ${operandPointer(spec.q, 'h')} + i0 * qStride;
  const float *k = ${operandPointer(spec.k, `h / ${heads / kvHeads}`)};
  const float *v = ${operandPointer(spec.v, `h / ${heads / kvHeads}`)};
  float qt[${headDim * queries}] __attribute__((aligned(64)));
  float ot[${headDim * queries}] __attribute__((aligned(64)));
  float s[${keys * queries}] __attribute__((aligned(64)));
  float top[${queries}] __attribute__((aligned(64))), sum[${queries}] __attribute__((aligned(64)));
  for (int64_t i = 0; i < ni; i++)
    for (int64_t d = 0; d < ${headDim}; d++) qt[d * ${queries} + i] = q[i * qStride + d] * ${floatLiteral(spec.scale)};
  for (int64_t d = 0; d < ${headDim}; d++)
    for (int64_t i = ni; i < nv * ${lanes}; i++) qt[d * ${queries} + i] = 0;
  for (int64_t i = 0; i < ${queries}; i++) top[i] = -__builtin_inff(), sum[i] = 0;
  int64_t end = keyTime;
${spec.causal ? '  if (end > i0 + ni + shift) end = i0 + ni + shift;\n' : ''}  for (int64_t j0 = 0; j0 < end; j0 += ${keys}) {
    const int64_t nj = end - j0 < ${keys} ? end - j0 : ${keys};
    KERNEL_rows(nj, nv, ${headDim}, k + j0 * kStride, kStride, qt, ${queries}, s, ${queries}, 0);
${biasText(spec, queries)}
${causalMaskText(spec, queries)}
    for (int64_t c = 0; c < nv * ${lanes}; c += ${lanes}) {
      const KERNEL_vec before = *(KERNEL_vec *)(top + c);
      KERNEL_vec most = before;
      for (int64_t j = 0; j < nj; j++) {
        const KERNEL_vec x = *(KERNEL_vec *)(s + j * ${queries} + c);
        most = KERNEL_select(x > most, x, most);
      }
      *(KERNEL_vec *)(top + c) = most;
      /* Where all scores so far are -inf, subtracting 0 keeps exp(-inf) = 0. */
      const KERNEL_vec base = KERNEL_select(most == -__builtin_inff(), (KERNEL_vec){0}, most);
      const KERNEL_vec shrink = KERNEL_exp(before - base);
      KERNEL_vec total = *(KERNEL_vec *)(sum + c) * shrink;
      for (int64_t j = 0; j < nj; j++) {
        const KERNEL_vec p = KERNEL_exp(*(KERNEL_vec *)(s + j * ${queries} + c) - base);
        total += p;
        *(KERNEL_vec *)(s + j * ${queries} + c) = p;
      }
      *(KERNEL_vec *)(sum + c) = total;
      if (j0 > 0)
        for (int64_t d = 0; d < ${headDim}; d++) *(KERNEL_vec *)(ot + d * ${queries} + c) *= shrink;
    }
    KERNEL_columns(${headDim}, nv, nj, v + j0 * vStride, vStride, s, ${queries}, ot, ${queries}, j0 > 0);
  }
  float *out = (float *)buf[${spec.out}] + ((b * time + i0) * ${heads} + h) * ${headDim};
  float *lse = (float *)buf[${spec.logSumExp}] + (b * ${heads} + h) * time + i0;
  for (int64_t i = 0; i < ni; i++) {
    const int seen = end > 0 && sum[i] != 0;
    const float inverse = 1.0f / sum[i];
    lse[i] = seen ? top[i] + __builtin_logf(sum[i]) : -__builtin_inff();
    for (int64_t d = 0; d < ${headDim}; d++) out[i * ${heads * headDim} + d] = seen ? ot[d * ${queries} + i] * inverse : 0.0f;
  }
}
`
  return { source, phases: [{ symbol: 'KERNEL_attention', tasks }], scratchBytes: 0 }
}
