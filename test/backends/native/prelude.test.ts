// The prelude's functions against double precision: errors in units in the last place over a sweep of all floats, special values, conversions.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import koffi from 'koffi'
import { numberToBfloat16, numberToHalf, bfloat16ToNumber, halfToNumber } from '../../../src/core/half.ts'
import { preludeText } from '../../../src/backends/native/prelude.ts'

const functions = ['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'erf'] as const
const integers = ['i8', 'u8', 'i32', 'u32', 'i64'] as const
const integerTypes = { i8: 'int8_t', u8: 'uint8_t', i32: 'int32_t', u32: 'uint32_t', i64: 'int64_t' } as const

/** Loops as kernels have them, and the worst error of each function over every `step`-th bit pattern. */
const source = `
#include <math.h>
${preludeText()}
static double ulps(float got, double want) {
  if (want != want) return got != got ? 0 : 1e9;
  if (got == (float)want) return want != 0 || signbit(got) == signbit((float)want) || fabs(want) < 1e-45 ? fabs(got - want) == 0 ? 0 : 0.5 : 1e9;
  if (isinf(got) || isinf((float)want) || got != got) return fabs(want) > 3.4e38 && fabsf(got) > 3.4e38f ? 1 : 1e9;
  int e;
  frexp(want, &e);
  const double unit = ldexp(1, e - 24 < -149 ? -149 : e - 24);
  return fabs(got - want) / unit;
}
${functions
  .map(
    (fn) => `
double worst_${fn}(uint64_t step, float limit, double *at) {
  float in[1024], out[1024];
  double worst = 0;
  int n = 0;
  for (uint64_t i = 0; i < 4294967296u; i += step) {
    const float x = tn_from_bits((uint32_t)i);
    if (fabsf(x) <= limit || x != x) in[n++] = x;
    if (n < 1024 && i + step < 4294967296u) continue;
    #pragma omp simd
    for (int k = 0; k < n; k++) out[k] = tn_${fn}(in[k]);
    for (int k = 0; k < n; k++) {
      const double u = ulps(out[k], ${fn}((double)in[k]));
      if (u > worst) worst = u, *at = in[k];
    }
    n = 0;
  }
  return worst;
}
double one_${fn}(double x) { return tn_${fn}((float)x); }`,
  )
  .join('\n')}
double worst_pow(int64_t count, double *at) {
  double worst = 0;
  uint32_t s = 1;
  for (int64_t i = 0; i < count; i++) {
    s = s * 1664525u + 1013904223u;
    const float x = tn_from_bits(s);
    s = s * 1664525u + 1013904223u;
    const float spread = ldexpf((float)((int32_t)(s >> 8) - 8388608), -23) * 150 / log2f(fabsf(x));
    const float y = i % 3 == 0 ? tn_from_bits(s) : i % 3 == 1 ? spread : rintf(spread);
    const double u = ulps(tn_pow(x, y), pow(x, y));
    if (u > worst) worst = u, at[0] = x, at[1] = y;
  }
  return worst;
}
double one_pow(double x, double y) { return tn_pow((float)x, (float)y); }
double pow_of(double x, double y) { return pow((float)x, (float)y); }
int32_t f32_to_f16(double x) { return tn_f32_to_f16((float)x); }
int32_t f32_to_bf16(double x) { return tn_f32_to_bf16((float)x); }
double f16_to_f32(int32_t h) { return tn_f16_to_f32((uint16_t)h); }
double bf16_to_f32(int32_t h) { return tn_bf16_to_f32((uint16_t)h); }
${integers.map((i) => `double f32_to_${i}(double x) { return (double)tn_f32_to_${i}((float)x); }\ndouble f64_to_${i}(double x) { return (double)tn_f64_to_${i}(x); }`).join('\n')}
uint32_t random_bits(uint32_t k0, uint32_t k1, uint32_t low, uint32_t high) { return tn_random_bits(k0, k1, (uint64_t)high << 32 | low); }
`

const folder = mkdtempSync(join(tmpdir(), 'tenon-prelude-'))
writeFileSync(join(folder, 'p.c'), source)
const flags = '-O3 -march=native -std=gnu11 -ffp-contract=fast -fno-math-errno -fno-trapping-math -fopenmp-simd -fPIC -shared'.split(' ')
execFileSync('cc', [...flags, '-w', '-o', 'p.so', 'p.c', '-lm'], { cwd: folder, stdio: 'inherit' })
const library = koffi.load(join(folder, 'p.so'))
rmSync(folder, { recursive: true, force: true })

const call1 = (name: string): ((x: number) => number) => {
  const fn = library.func(`double ${name}(double x)`)
  return (x) => Number(fn(x))
}
const toHalf = (name: string): ((x: number) => number) => {
  const fn = library.func(`int32_t ${name}(double x)`)
  return (x) => Number(fn(x))
}
const fromHalf = (name: string): ((h: number) => number) => {
  const fn = library.func(`double ${name}(int32_t h)`)
  return (h) => Number(fn(h))
}

test('elementary functions are within two units in the last place over all floats, special values exact', () => {
  for (const fn of functions) {
    const limit = fn === 'sin' || fn === 'cos' ? 1e5 : Infinity
    const at = new Float64Array(1)
    const worst = Number(library.func(`double worst_${fn}(uint64_t step, float limit, double *at)`)(2003, limit, at))
    assert.ok(worst <= 2, `${fn}: ${worst} units in the last place at ${at[0]}`)
  }
})

test('sin and cos stay between −1 and 1 and near the truth for large arguments', () => {
  for (const fn of ['sin', 'cos'] as const) {
    const f = call1(`one_${fn}`)
    for (const x of [1e6, 5e7, -9e8].map(Math.fround)) assert.ok(Math.abs(f(x) - Math[fn](x)) < 1e-6, `${fn}(${x}) = ${f(x)}`)
    for (const x of [1e12, 3e20, -1e30, 3e38]) assert.ok(Math.abs(f(x)) <= 1.001, `${fn}(${x}) = ${f(x)}`)
    assert.ok(Number.isNaN(f(Infinity)) && Number.isNaN(f(Number.NaN)))
  }
})

test('pow is within two units in the last place and has C’s special values', () => {
  const at = new Float64Array(2)
  const worst = Number(library.func('double worst_pow(int64_t count, double *at)')(300_000, at))
  assert.ok(worst <= 2, `pow: ${worst} units in the last place at ${at[0]}, ${at[1]}`)
  const [ours, theirs] = ['one_pow', 'pow_of'].map((name) => library.func(`double ${name}(double x, double y)`))
  const special = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 2.5, -2.5, Infinity, -Infinity, Number.NaN, 1e38, -1e38, 1e-40, 16777215, -16777217]
  for (const x of special) {
    for (const y of special) {
      const [a, b] = [Number(ours?.(x, y)), Math.fround(Number(theirs?.(x, y)))]
      const close = Object.is(a, b) || (a !== 0 && Math.abs(a - b) <= 2e-7 * Math.abs(b)) || (Math.abs(a - b) < 3e-45 && a !== 0)
      assert.ok(close, `pow(${x}, ${y}) = ${a}, expected ${b}`)
    }
  }
})

test('half precisions convert exactly one way and round to nearest even the other', () => {
  const [to, from] = [toHalf('f32_to_f16'), fromHalf('f16_to_f32')]
  const [toB, fromB] = [toHalf('f32_to_bf16'), fromHalf('bf16_to_f32')]
  for (let h = 0; h < 65536; h += 7) {
    assert.ok(Object.is(from(h), halfToNumber(h)) || (h & 0x7c00) === 0x7c00, `f16 ${h}`)
    assert.ok(Object.is(fromB(h), bfloat16ToNumber(h)), `bf16 ${h}`)
    const x = halfToNumber(h)
    if (!Number.isFinite(x)) continue
    for (const y of [x, x * 1.0004, x * 0.99951171875, x + 2 ** -25]) {
      assert.equal(to(y), numberToHalf(Math.fround(y)), `f16 of ${y}`)
      assert.equal(toB(y * 1e9), numberToBfloat16(y * 1e9), `bf16 of ${y * 1e9}`)
    }
  }
  for (const x of [Number.NaN, Infinity, -Infinity, -0, 65519.9, 65520, 1e-8, 3e38]) {
    assert.equal(to(x), numberToHalf(Math.fround(x)), `f16 of ${x}`)
    assert.equal(toB(x), numberToBfloat16(x), `bf16 of ${x}`)
  }
})

test('real numbers become integers by truncation, saturation, and 0 for NaN', () => {
  const limits = { i8: [-128, 127], u8: [0, 255], i32: [-(2 ** 31), 2 ** 31 - 1], u32: [0, 2 ** 32 - 1], i64: [-(2 ** 63), 2 ** 63] } as const
  for (const dtype of integers) {
    const [low, high] = limits[dtype]
    for (const real of ['f32', 'f64'] as const) {
      const f = call1(`${real}_to_${dtype}`)
      for (const x of [
        0,
        -0.9,
        1.9,
        -1.9,
        126.7,
        127.5,
        255.5,
        256,
        2147483520,
        2147483648,
        4294967040,
        1e10,
        -1e10,
        1e30,
        -1e30,
        Infinity,
        -Infinity,
      ]) {
        const exact = real === 'f32' ? Math.fround(x) : x
        assert.equal(f(x), Math.min(high, Math.max(low, Math.trunc(exact))) + 0, `${real} ${x} to ${integerTypes[dtype]}`)
      }
      assert.equal(f(Number.NaN), 0)
    }
  }
})

test('random bits are the published Threefry-2x32-20 vectors', () => {
  const bits = library.func('uint32_t random_bits(uint32_t k0, uint32_t k1, uint32_t low, uint32_t high)')
  assert.equal(bits(0, 0, 0, 0), 0x6b200159)
  assert.equal(bits(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff), 0x1cb996fc)
  assert.equal(bits(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3), 0xc4923a9c)
})
