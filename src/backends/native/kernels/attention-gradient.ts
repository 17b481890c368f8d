// Renders the gradient of fused attention for the native backend: probabilities are recomputed per block from logSumExp (Dao et al. 2022,
// algorithm 4). One task per batch and key head does the five products at once; where those are too few for the threads, one phase
// makes dq by blocks of queries and another dk and dv by blocks of keys, at the price of two products computed twice.
import { cText, type CInt, type RenderedKernel, type Target } from '../rendered-kernel.ts'
import { attentionBlocks, biasText, causalMaskText, combineSizes, floatLiteral, operandPointer, tilesText } from './attention-tiles.ts'
import type { AttentionInput, AttentionSpec } from './attention-tiles.ts'

/** An attention with what its gradient reads and writes; numbers are buffer indices of contiguous arrays in the logical layout. */
export interface AttentionGradient extends AttentionSpec {
  readonly q: AttentionInput
  readonly k: AttentionInput
  readonly v: AttentionInput
  readonly out: number
  readonly logSumExp: number
  readonly outGradient: number
  /** A buffer index, or strides: dq, dk and dv may be slices of one `[batch, time, 3, heads, headDim]`. */
  readonly dq: number | AttentionInput
  readonly dk: number | AttentionInput
  readonly dv: number | AttentionInput
}

/** Tasks that the one-phase form must have to be chosen: one for each of eight threads. */
const enoughTasks = 8

/**
 * A logSumExp this far from 0 (scores near −1e9 of a query whose keys all are masked) has rounded the logarithm of its sum away: the weights of its
 * query are normalised anew. Nearer ones are exact to 4e-6.
 */
const isFar = (logSumExp: string): string => `(__builtin_fabsf(${logSumExp}) >= 64)`

/** Renders the gradients of `renderAttention` with respect to q, k and v. */
export function renderAttentionGradient(spec: AttentionGradient, target: Target): RenderedKernel {
  const { lanes, queries, keys, paddedDim } = attentionBlocks('renderAttentionGradient', spec, target)
  const { heads, kvHeads, headDim } = spec
  const group = heads / kvHeads
  const place = (output: number | AttentionInput, time: CInt, count: number): AttentionInput =>
    typeof output !== 'number'
      ? output
      : {
          buffer: output,
          offset: 0,
          batchStride: combineSizes(
            [time],
            ([text]) => `((int64_t)(${text}) * ${count * headDim})`,
            ([value = 0]) => value * count * headDim,
          ),
          timeStride: count * headDim,
          headStride: headDim,
        }
  const dq = place(spec.dq, spec.time, heads)
  const dk = place(spec.dk, spec.keyTime, kvHeads)
  const dv = place(spec.dv, spec.keyTime, kvHeads)
  const whole = headDim === paddedDim
  const scale = floatLiteral(spec.scale)

  const renormalized = `  if (far) {
    float top[${queries}] __attribute__((aligned(64))), sum[${queries}] __attribute__((aligned(64)));
    for (int64_t i = 0; i < nv * ${lanes}; i++) top[i] = -__FLT_MAX__, sum[i] = 0;
    const int64_t all = ${spec.causal ? 'i0 + ni + shift < keyTime ? i0 + ni + shift : keyTime' : 'keyTime'};
    for (int64_t j0 = 0; j0 < all; j0 += ${keys}) {
      const int64_t nj = all - j0 < ${keys} ? all - j0 : ${keys};
      KERNEL_rows(nj, nv, ${headDim}, k + j0 * kStride, kStride, qt, ${queries}, s, ${queries}, 0);
${biasText(spec, queries)}
${causalMaskText(spec, queries)}
      for (int64_t j = 0; j < nj; j++)
        for (int64_t c = 0; c < nv * ${lanes}; c += ${lanes}) {
          KERNEL_vec *topAt = (KERNEL_vec *)(top + c), *sumAt = (KERNEL_vec *)(sum + c);
          const KERNEL_vec x = *(KERNEL_vec *)(s + j * ${queries} + c), most = KERNEL_select(x > *topAt, x, *topAt);
          *sumAt = *sumAt * KERNEL_exp(*topAt - most) + KERNEL_exp(x - most);
          *topAt = most;
        }
    }
    for (int64_t i = 0; i < ni; i++)
      if (lse[i] != -__builtin_inff() && ${isFar('lse[i]')}) base[i] = top[i], share[i] = 1 / sum[i];
  }`

  const sweep = (name: string, queriesWanted: boolean, keysWanted: boolean): string => {
    const product = (probabilities: string, rows: string, output: string, stride: string): string =>
      whole
        ? `KERNEL_rows(nj, ${paddedDim / lanes}, ni, ${probabilities}, ${queries}, ${rows}, ${paddedDim}, ${output} + j0 * ${stride}, ${stride}, 1);`
        : `KERNEL_rows(nj, ${paddedDim / lanes}, ni, ${probabilities}, ${queries}, ${rows}, ${paddedDim}, sumBlock, ${paddedDim}, 0);
      for (int64_t j = 0; j < nj; j++)
        for (int64_t d = 0; d < ${headDim}; d++) ${output}[(j0 + j) * ${stride} + d] += sumBlock[j * ${paddedDim} + d];`
    return `
/* Adds what queries [i0, i0 + ni) of head h and keys [from, to) give each other. */
static __attribute__((noinline)) void ${name}(void *const *buf, const int64_t *dim, int64_t b, int64_t h, int64_t i0,
  int64_t from, int64_t to) {
  (void)dim;
  const int64_t time = ${cText(spec.time)}, keyTime = ${cText(spec.keyTime)}, shift = keyTime - time;
  const int64_t ni = time - i0 < ${queries} ? time - i0 : ${queries};
  const int64_t nv = (ni + ${lanes - 1}) / ${lanes};
  int64_t end = to;
${spec.causal ? '  if (end > i0 + ni + shift) end = i0 + ni + shift;\n' : '  (void)shift;\n'}${queriesWanted ? '' : '  if (end <= from) return;\n'}\
  const int64_t qStride = ${cText(spec.q.timeStride)}, kStride = ${cText(spec.k.timeStride)}, vStride = ${cText(spec.v.timeStride)};
  const float *q = ${operandPointer(spec.q, 'h')} + i0 * qStride;
  const float *k = ${operandPointer(spec.k, `h / ${group}`)};
  const float *v = ${operandPointer(spec.v, `h / ${group}`)};
  const float *out = (const float *)buf[${spec.out}] + ((b * time + i0) * ${heads} + h) * ${headDim};
  const float *dout = (const float *)buf[${spec.outGradient}] + ((b * time + i0) * ${heads} + h) * ${headDim};
  const float *lse = (const float *)buf[${spec.logSumExp}] + (b * ${heads} + h) * time + i0;
  float qt[${headDim * queries}] __attribute__((aligned(64))), dot[${headDim * queries}] __attribute__((aligned(64)));
  float s[${keys * queries}] __attribute__((aligned(64))), ds[${keys * queries}] __attribute__((aligned(64)));
  float base[${queries}] __attribute__((aligned(64))), delta[${queries}] __attribute__((aligned(64)));
  float share[${queries}] __attribute__((aligned(64)));
${
  queriesWanted
    ? `  float dqt[${headDim * queries}] __attribute__((aligned(64)));
  float *dq = ${operandPointer(dq, 'h')} + i0 * (int64_t)(${cText(dq.timeStride)});
`
    : ''
}${
  keysWanted
    ? `  float qn[${paddedDim * queries}] __attribute__((aligned(64))), don[${paddedDim * queries}] __attribute__((aligned(64)));
${whole ? '' : `  float sumBlock[${paddedDim * keys}] __attribute__((aligned(64)));\n`}\
  const int64_t dkStride = ${cText(dk.timeStride)}, dvStride = ${cText(dv.timeStride)};
  float *dk = ${operandPointer(dk, `h / ${group}`)};
  float *dv = ${operandPointer(dv, `h / ${group}`)};
  for (int64_t i = 0; i < ni; i++) {
    for (int64_t d = 0; d < ${headDim}; d++) {
      qn[i * ${paddedDim} + d] = q[i * qStride + d] * ${scale};
      don[i * ${paddedDim} + d] = dout[i * ${heads * headDim} + d];
    }
    for (int64_t d = ${headDim}; d < ${paddedDim}; d++) qn[i * ${paddedDim} + d] = don[i * ${paddedDim} + d] = 0;
  }
`
    : ''
}\
  for (int64_t i = 0; i < nv * ${lanes}; i++) base[i] = __builtin_inff(), delta[i] = 0, share[i] = 1;
  int far = 0;
  for (int64_t i = 0; i < ni; i++) {
    /* exp(s - inf) = 0 for a query that sees no key. */
    if (lse[i] != -__builtin_inff()) base[i] = lse[i], far |= ${isFar('lse[i]')};
    float total = 0;
    for (int64_t d = 0; d < ${headDim}; d++) total += out[i * ${heads * headDim} + d] * dout[i * ${heads * headDim} + d];
    delta[i] = total;
  }
  for (int64_t i = 0; i < ni; i++)
    for (int64_t d = 0; d < ${headDim}; d++) {
      qt[d * ${queries} + i] = q[i * qStride + d] * ${scale};
      dot[d * ${queries} + i] = dout[i * ${heads * headDim} + d];
    }
  for (int64_t d = 0; d < ${headDim}; d++)
    for (int64_t i = ni; i < nv * ${lanes}; i++) qt[d * ${queries} + i] = dot[d * ${queries} + i] = 0;
${renormalized}
  for (int64_t j0 = from; j0 < end; j0 += ${keys}) {
    const int64_t nj = end - j0 < ${keys} ? end - j0 : ${keys};
    KERNEL_rows(nj, nv, ${headDim}, k + j0 * kStride, kStride, qt, ${queries}, s, ${queries}, 0);
    KERNEL_rows(nj, nv, ${headDim}, v + j0 * vStride, vStride, dot, ${queries}, ds, ${queries}, 0);
${biasText(spec, queries)}
${causalMaskText(spec, queries)}
    for (int64_t j = 0; j < nj; j++)
      for (int64_t c = 0; c < nv * ${lanes}; c += ${lanes}) {
        KERNEL_vec *sp = (KERNEL_vec *)(s + j * ${queries} + c), *dsp = (KERNEL_vec *)(ds + j * ${queries} + c);
        const KERNEL_vec p = KERNEL_exp(*sp - *(KERNEL_vec *)(base + c)) * *(KERNEL_vec *)(share + c);
        *sp = p;
        *dsp = p * (*dsp - *(KERNEL_vec *)(delta + c));
      }
${queriesWanted ? `    KERNEL_columns(${headDim}, nv, nj, k + j0 * kStride, kStride, ds, ${queries}, dqt, ${queries}, j0 > from);\n` : ''}\
${keysWanted ? `    ${product('s', 'don', 'dv', 'dvStride')}\n    ${product('ds', 'qn', 'dk', 'dkStride')}\n` : ''}\
  }
${
  queriesWanted
    ? `  for (int64_t i = 0; i < ni; i++)
    for (int64_t d = 0; d < ${headDim}; d++)
      dq[i * (int64_t)(${cText(dq.timeStride)}) + d] = end > from ? dqt[d * ${queries} + i] * ${scale} : 0.0f;
`
    : ''
}}`
  }

  const clear = (from: string, to: string): string => `
  {
    float *dk = ${operandPointer(dk, 'g')}, *dv = ${operandPointer(dv, 'g')};
    for (int64_t j = ${from}; j < ${to}; j++)
      for (int64_t d = 0; d < ${headDim}; d++) dk[j * (int64_t)(${cText(dk.timeStride)}) + d] = dv[j * (int64_t)(${cText(dv.timeStride)}) + d] = 0;
  }`
  const known = typeof spec.batch === 'number' ? spec.batch * kvHeads : kvHeads
  if (known >= enoughTasks) {
    const source = `${tilesText(target)}
${sweep('KERNEL_sweep', true, true)}

void KERNEL_gradient(void *const *buf, const int64_t *dim, int64_t task) {
  const int64_t b = task / ${kvHeads}, g = task % ${kvHeads}, time = ${cText(spec.time)}, keyTime = ${cText(spec.keyTime)};
${clear('0', 'keyTime')}
  for (int64_t h = g * ${group}; h < (g + 1) * ${group}; h++)
    for (int64_t i0 = 0; i0 < time; i0 += ${queries}) KERNEL_sweep(buf, dim, b, h, i0, 0, keyTime);
}
`
    const tasks = combineSizes(
      [spec.batch],
      ([batch]) => `((${batch}) * ${kvHeads})`,
      ([batch = 0]) => batch * kvHeads,
    )
    return { source, phases: [{ symbol: 'KERNEL_gradient', tasks }], scratchBytes: 0 }
  }
  const source = `${tilesText(target)}
${sweep('KERNEL_sweep_queries', true, false)}
${sweep('KERNEL_sweep_keys', false, true)}

void KERNEL_gradient_queries(void *const *buf, const int64_t *dim, int64_t task) {
  const int64_t blocks = ((${cText(spec.time)}) + ${queries - 1}) / ${queries}, keyTime = ${cText(spec.keyTime)};
  KERNEL_sweep_queries(buf, dim, task / blocks / ${heads}, task / blocks % ${heads},
    (blocks - 1 - task % blocks) * ${queries}, 0, keyTime);
}

void KERNEL_gradient_keys(void *const *buf, const int64_t *dim, int64_t task) {
  const int64_t time = ${cText(spec.time)}, keyTime = ${cText(spec.keyTime)}, blocks = (keyTime + ${keys - 1}) / ${keys};
  const int64_t b = task / blocks / ${kvHeads}, g = task / blocks % ${kvHeads}, from = task % blocks * ${keys};
  const int64_t to = from + ${keys} < keyTime ? from + ${keys} : keyTime;
${clear('from', 'to')}
  for (int64_t h = g * ${group}; h < (g + 1) * ${group}; h++)
    for (int64_t i0 = 0; i0 < time; i0 += ${queries}) KERNEL_sweep_keys(buf, dim, b, h, i0, from, to);
}
`
  const tasks = (time: CInt, count: number, block: number): CInt =>
    combineSizes(
      [spec.batch, time],
      ([batch, text]) => `((${batch}) * ${count} * (((${text}) + ${block - 1}) / ${block}))`,
      ([batch = 0, value = 0]) => batch * count * Math.ceil(value / block),
    )
  return {
    source,
    phases: [
      { symbol: 'KERNEL_gradient_queries', tasks: tasks(spec.time, heads, queries) },
      { symbol: 'KERNEL_gradient_keys', tasks: tasks(spec.keyTime, kvHeads, keys) },
    ],
    scratchBytes: 0,
  }
}
