// Renders stable sorting and top-k for the native backend. Elements become unsigned keys whose order is the wanted one (NaN above everything,
// −0 equal to 0); short lines are sorted by insertion, long ones by radix, byte by byte from the lowest.
import { type Dim, elementCount, maxDim } from '../../../core/dimension.ts'
import { byteSize, type DType, isFloat } from '../../../core/dtype.ts'
import type { Node } from '../../../core/graph.ts'
import { KernelNames, storedType } from '../render-expression.ts'
import type { BoundKernel } from '../render-loops.ts'
import { cText } from '../rendered-kernel.ts'
import { dividedUp, taskElements, timesSize } from '../task-cut.ts'

/** An ordering along an axis: the first `kept` of each line, with their positions in it (i32). */
export interface Ordering {
  readonly input: Node
  readonly values: Node
  readonly indices: Node
  readonly axis: number
  readonly descending: boolean
  readonly kept: Dim
}

const itemBytes = 16
/** Lines up to this long are sorted on the stack: two rows of items, 512 KiB. */
const stackItems = 16384
/** Longer lines share a fixed number of places in the scratch. */
const places = 8
/** Up to this many are kept by insertion while the line is read once. */
const insertionKept = 128

/** C that makes the ascending key of `v`, and how many bytes it has. */
function keyText(dtype: DType): { readonly text: string; readonly bytes: number } {
  if (dtype === 'f64') {
    return {
      bytes: 8,
      text: `uint64_t k = tnd_bits(v == 0 ? 0.0 : v);
  k ^= (k >> 63) ? ~(uint64_t)0 : (uint64_t)1 << 63;
  return v != v ? ~(uint64_t)0 : k;`,
    }
  }
  if (isFloat(dtype)) {
    return {
      bytes: 4,
      text: `const float f = ${dtype === 'f32' ? 'v' : `tn_${dtype}_to_f32(v)`};
  uint32_t k = tn_bits(f == 0 ? 0.0f : f);
  k ^= (k >> 31) ? 0xffffffffu : 0x80000000u;
  return f != f ? 0xffffffffu : k;`,
    }
  }
  if (dtype === 'i64') return { bytes: 8, text: 'return (uint64_t)v ^ (uint64_t)1 << 63;' }
  const signed = dtype === 'i32' || dtype === 'i8'
  const bytes = byteSize(dtype)
  return { bytes, text: signed ? `return (uint64_t)((int64_t)v + ${2 ** (8 * bytes - 1)});` : 'return (uint64_t)v;' }
}

function sortText(bytes: number): string {
  return `static void KERNEL_sort(KERNEL_item *a, KERNEL_item *b, int64_t n) {
  if (n <= 48) {
    for (int64_t i = 1; i < n; i++) {
      const KERNEL_item item = a[i];
      int64_t j = i;
      for (; j > 0 && a[j - 1].key > item.key; j--) a[j] = a[j - 1];
      a[j] = item;
    }
    return;
  }
  uint32_t counts[${bytes}][256];
  __builtin_memset(counts, 0, sizeof counts);
  for (int64_t i = 0; i < n; i++)
    for (int byte = 0; byte < ${bytes}; byte++) counts[byte][a[i].key >> (8 * byte) & 255]++;
  KERNEL_item *from = a, *to = b;
  for (int byte = 0; byte < ${bytes}; byte++) {
    if (counts[byte][from[0].key >> (8 * byte) & 255] == n) continue;
    uint32_t start = 0;
    for (int digit = 0; digit < 256; digit++) {
      const uint32_t count = counts[byte][digit];
      counts[byte][digit] = start;
      start += count;
    }
    for (int64_t i = 0; i < n; i++) to[counts[byte][from[i].key >> (8 * byte) & 255]++] = from[i];
    KERNEL_item *other = from;
    from = to;
    to = other;
  }
  if (from != a) __builtin_memcpy(a, from, (size_t)n * sizeof(KERNEL_item));
}
`
}

/** Renders `sort` (everything kept) and `topK`; equal elements keep their order in both directions. */
export function renderOrdering({ input, values, indices, axis, descending, kept }: Ordering): BoundKernel {
  const names = new KernelNames()
  const [from, to, at] = [input, values, indices].map((node) => names.buffer(node))
  const { dtype } = input
  const type = storedType[dtype]
  const length: Dim = input.shape[axis] ?? 1
  const longest = maxDim(length)
  const after = names.size(elementCount(input.shape.slice(axis + 1)))
  const lines = timesSize(names.size(elementCount(input.shape.slice(0, axis))), after)
  const key = keyText(dtype)
  const mask = key.bytes === 8 ? '~(uint64_t)0' : `(uint64_t)${2 ** (8 * key.bytes) - 1}`
  const keyOf = descending ? `${mask} - KERNEL_key(x[i * after])` : 'KERNEL_key(x[i * after])'
  const most = maxDim(kept)
  const inserting = most <= insertionKept && most * 4 < longest
  const onStack = inserting || longest <= stackItems
  const grain = Math.max(1, Math.floor(taskElements / 8 / Math.max(1, longest)))
  const tasks = onStack ? dividedUp(lines, grain) : places
  const items = inserting ? Math.max(1, most) : Math.max(1, longest)
  const sorted = inserting
    ? `int64_t held = 0;
    if (kept > 0)
      for (int64_t i = 0; i < length; i++) {
        const uint64_t key = ${keyOf};
        if (held == kept && key >= a[held - 1].key) continue;
        int64_t j = held < kept ? held++ : held - 1;
        for (; j > 0 && a[j - 1].key > key; j--) a[j] = a[j - 1];
        a[j] = (KERNEL_item){key, (uint32_t)i};
      }`
    : `for (int64_t i = 0; i < length; i++) a[i] = (KERNEL_item){${keyOf}, (uint32_t)i};
    KERNEL_sort(a, b, length);`
  const storage = onStack
    ? `KERNEL_item a[${items}]${inserting ? '' : `, b[${items}]`};`
    : `KERNEL_item *a = (KERNEL_item *)buf[${names.buffers.length}] + task * ${2 * items}, *b = a + ${items};`
  const source = `typedef struct { uint64_t key; uint32_t at; } KERNEL_item;
static inline uint64_t KERNEL_key(${type} v) {
  ${key.text}
}
${inserting ? '' : sortText(key.bytes)}
void KERNEL_order(void *const *buf, const int64_t *dim, int64_t task) {
  (void)dim;
  const int64_t length = ${cText(names.size(length))}, kept = ${cText(names.size(kept))}, after = ${cText(after)}, lines = ${cText(lines)};
  ${storage}
  const int64_t first = ${onStack ? `task * ${grain}` : 'task'}, step = ${onStack ? '1' : String(places)};
  const int64_t end = ${onStack ? `first + ${grain} < lines ? first + ${grain} : lines` : 'lines'};
  for (int64_t line = first; line < end; line += step) {
    const int64_t outer = line / after, inner = line % after;
    const ${type} *x = (const ${type} *)buf[${from}] + outer * length * after + inner;
    ${type} *values = (${type} *)buf[${to}] + outer * kept * after + inner;
    int32_t *indices = (int32_t *)buf[${at}] + outer * kept * after + inner;
    ${sorted}
    for (int64_t r = 0; r < kept; r++) {
      values[r * after] = x[(int64_t)a[r].at * after];
      indices[r * after] = (int32_t)a[r].at;
    }
  }
}
`
  const scratchBytes = onStack ? 0 : places * 2 * items * itemBytes
  return { rendered: { source, phases: [{ symbol: 'KERNEL_order', tasks }], scratchBytes }, names }
}
