// The elementary functions of the C prelude. In single precision they are branch-free (selects, polynomials, exponent arithmetic on the bits), so
// that compilers vectorise them inside loops without a vector math library; in double precision they are the C library's.
// The polynomials are those of `elementary-polynomials.ts`.

import {
  cosTail,
  erfLarge,
  erfSmall,
  exp2Fraction,
  expm1Tail,
  expTail,
  log2Ratio,
  logTail,
  sinTail,
  tanhTail,
} from '../../compiler/elementary-polynomials.ts'

/** A C prototype's start: inlined always, because a call would stop the vectoriser. */
const inline = 'static inline __attribute__((always_inline))'

/** Horner's rule; `coefficients` from the constant up. */
function horner(x: string, coefficients: readonly number[], suffix: string): string {
  const literals = coefficients.map((c) => {
    const text = suffix === 'f' ? String(Math.fround(c)) : String(c)
    return `${/[.e]/.test(text) ? text : `${text}.0`}${suffix}`
  })
  return literals.reduceRight((sum, c) => (sum === '' ? c : `(${sum} * ${x} + ${c})`), '')
}

/* 12582912 = 1.5 · 2²³: adding it leaves the nearest integer in the low bits. */
const single = `
${inline} uint32_t tn_bits(float x) { union { float f; uint32_t u; } c = { x }; return c.u; }
${inline} float tn_from_bits(uint32_t u) { union { uint32_t u; float f; } c = { u }; return c.f; }
${inline} uint64_t tnd_bits(double x) { union { double f; uint64_t u; } c = { x }; return c.u; }
${inline} double tnd_from_bits(uint64_t u) { union { uint64_t u; double f; } c = { u }; return c.f; }
${inline} float tn_copysign(float x, float sign) { return tn_from_bits((tn_bits(x) & 0x7fffffffu) | (tn_bits(sign) & 0x80000000u)); }

/* e^x = 2^n e^r; 2^n in two factors, so that it reaches the subnormals and infinity. */
${inline} float tn_exp(float x) {
  float y = x < -104.0f ? -104.0f : x;
  y = y > 89.0f ? 89.0f : y;
  const float t = y * 1.44269504f + 12582912.0f;
  const int32_t n = (int32_t)(tn_bits(t) - 0x4b400000u);
  const float k = t - 12582912.0f;
  const float r = (y - k * 0.693145752f) - k * 1.42860682e-6f;
  const float p = (${horner('r', expTail, 'f')} * (r * r) + r) + 1.0f;
  const int32_t half = n >> 1;
  return p * tn_from_bits((uint32_t)(half + 127) << 23) * tn_from_bits((uint32_t)(n - half + 127) << 23);
}

/* 2^n e^r - 1 = 2 (2^(n-1) (e^r - 1) + (2^(n-1) - 1/2)). */
${inline} float tn_expm1(float x) {
  float y = x < -20.0f ? -20.0f : x;
  y = y > 89.0f ? 89.0f : y;
  const float t = y * 1.44269504f + 12582912.0f;
  const uint32_t n = tn_bits(t) - 0x4b400000u;
  const float k = t - 12582912.0f;
  const float r = (y - k * 0.693145752f) - k * 1.42860682e-6f;
  const float m = ${horner('r', expm1Tail, 'f')} * (r * r) + r;
  const float s = tn_from_bits((n + 126u) << 23);
  const float e = (s * m + (s - 0.5f)) * 2.0f;
  return x == 0 ? x : e;
}

/* log(1 + f) + e ln 2 for 1 + f = the significand in [1/sqrt 2, sqrt 2). */
${inline} float tn_log_sum(float f, float e) {
  const float z = f * f;
  const float tail = f * z * ${horner('f', logTail, 'f')} + e * 1.42860682e-6f;
  return (f + (tail - 0.5f * z)) + e * 0.693145752f;
}

${inline} float tn_log(float x) {
  const float y = x < 1.17549435e-38f ? x * 8388608.0f : x;
  const uint32_t b = tn_bits(y);
  const int32_t n = (int32_t)(b - 0x3f3504f3u) >> 23;
  const float f = tn_from_bits(b - ((uint32_t)n << 23)) - 1.0f;
  const float e = (float)n - (x < 1.17549435e-38f ? 23.0f : 0.0f);
  const float r = tn_log_sum(f, e);
  const float finite = x == __builtin_inff() ? x : r;
  const float edge = x == 0 ? -__builtin_inff() : __builtin_nanf("");
  return x > 0 ? finite : edge;
}

/* The rounding error of 1 + x, scaled like the significand, is added to f. */
${inline} float tn_log1p(float x) {
  const float u = 1.0f + x;
  const float lost = x > 1.0f ? 1.0f - (u - x) : x - (u - 1.0f);
  const uint32_t b = tn_bits(u);
  const int32_t n = (int32_t)(b - 0x3f3504f3u) >> 23;
  const float scale = n > 60 ? 0.0f : tn_from_bits((uint32_t)(127 - n) << 23);
  const float f = (tn_from_bits(b - ((uint32_t)n << 23)) - 1.0f) + lost * scale;
  const float r = tn_log_sum(f, (float)n);
  float finite = x == __builtin_inff() ? x : r;
  finite = x == 0 ? x : finite;
  const float edge = x == -1.0f ? -__builtin_inff() : __builtin_nanf("");
  return x > -1.0f ? finite : edge;
}

/* 1 - 2 / (exp(2 |x|) + 1), with exp as above but for the care that arguments beyond 0 to 20 need; 1 from 10 on. */
${inline} float tn_tanh(float x) {
  const float a = __builtin_fabsf(x);
  const float y = (a > 10.0f ? 10.0f : a) * 2.0f;
  const float t = y * 1.44269504f + 12582912.0f;
  const uint32_t n = tn_bits(t) - 0x4b400000u;
  const float k = t - 12582912.0f;
  const float r = (y - k * 0.693145752f) - k * 1.42860682e-6f;
  const float p = ${horner('r', expTail, 'f')} * (r * r) + r + 1.0f;
  const float far = 1.0f - 2.0f / (p * tn_from_bits((n + 127u) << 23) + 1.0f);
  const float z = x * x;
  const float near = x * z * ${horner('z', tanhTail, 'f')} + x;
  return a < 0.6f ? near : tn_copysign(far, x);
}

${inline} float tn_erf(float x) {
  const float a = __builtin_fabsf(x);
  const float z = x * x;
  const float small = x * ${horner('z', erfSmall, 'f')} + x;
  const float t = a > 4.0f ? 4.0f : a;
  const float large = tn_copysign(1.0f - tn_exp(-${horner('t', erfLarge, 'f')}), x);
  return a < 0.9f ? small : large;
}

/* Reduced by multiples of pi/2 in double; exact for |x| < 6e6, and to 1e-7 of a turn or better below 1e9. */
${inline} float tn_sine(float x, uint64_t quarter) {
  const double y = x;
  const double t = y * 0.63661977236758138 + 6755399441055744.0;
  const double k = t - 6755399441055744.0;
  double w = (y - k * 1.5707963267341256) - k * 6.0771005065061922e-11;
  w = w > 0.79 ? 0.79 : w;
  w = w < -0.79 ? -0.79 : w;
  const uint32_t n = (uint32_t)(tnd_bits(t) + quarter);
  const float r = (float)w;
  const float z = r * r;
  const float s = r * z * ${horner('z', sinTail, 'f')} + r;
  const float c = z * z * ${horner('z', cosTail, 'f')} + (1.0f - 0.5f * z);
  const float v = (n & 1u) ? c : s;
  const float result = tn_from_bits(tn_bits(v) ^ ((n & 2u) << 30));
  return __builtin_fabsf(x) < __builtin_inff() ? result : __builtin_nanf("");
}
${inline} float tn_sin(float x) { const float s = tn_sine(x, 0); return x == 0 ? x : s; }
${inline} float tn_cos(float x) { return tn_sine(x, 1); }

/* 2^(y log2 |x|) in double, and C's special values. */
${inline} float tn_pow(float x, float y) {
  const float a = __builtin_fabsf(x);
  const uint64_t b = tnd_bits((double)a);
  const int64_t n = (int64_t)(b - 0x3fe6a09e667f3bcdu) >> 52;
  const double m = tnd_from_bits(b - ((uint64_t)n << 52));
  const double s = (m - 1.0) / (m + 1.0);
  const double z = s * s;
  const double logarithm = s * ${horner('z', log2Ratio, '')} + (double)(int32_t)n;
  double v = (double)y * logarithm;
  v = v < -200.0 ? -200.0 : v;
  v = v > 200.0 ? 200.0 : v;
  const double t = v + 6755399441055744.0;
  const double f = v - (t - 6755399441055744.0);
  const double p = ${horner('f', exp2Fraction, '')};
  const float power = (float)(p * tnd_from_bits((tnd_bits(t) + 1023u) << 52));
  const float inf = __builtin_inff();
  const float size = __builtin_fabsf(y);
  const float floor = __builtin_floorf(size);
  const int32_t whole = floor == size;
  const int32_t odd = whole & (size < 16777216.0f) & (floor - 2.0f * __builtin_floorf(floor * 0.5f) == 1.0f);
  const float falling = y < 0 ? inf : 0.0f;
  const float rising = y < 0 ? 0.0f : inf;
  float r = power;
  r = a == 0 ? falling : r;
  r = a == inf ? rising : r;
  const float steep = (a > 1.0f) == (y > 0) ? inf : 0.0f;
  r = size == inf ? steep : r;
  r = a == 1.0f ? 1.0f : r;
  r = (x < 0) & (a < inf) & (size < inf) & !whole ? __builtin_nanf("") : r;
  r = ((tn_bits(x) >> 31) & (uint32_t)odd) ? -r : r;
  r = (x != x) | (y != y) ? __builtin_nanf("") : r;
  return (y == 0) | (x == 1.0f) ? 1.0f : r;
}

/* NumPy's remainder: the sign of b, exact. */
${inline} float tn_remainder(float a, float b) {
  const float r = __builtin_fmodf(a, b);
  if (r == 0) return tn_copysign(0.0f, b);
  return (r < 0) != (b < 0) ? r + b : r;
}
/* NaN where either is NaN. */
${inline} float tn_max(float a, float b) { return (a > b) | (a != a) ? a : b; }
${inline} float tn_min(float a, float b) { return (a < b) | (a != a) ? a : b; }
`

const double = `
${['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'erf'].map((fn) => `${inline} double tnd_${fn}(double x) { return __builtin_${fn}(x); }`).join('\n')}
${inline} double tnd_pow(double x, double y) { return __builtin_pow(x, y); }
${inline} double tnd_remainder(double a, double b) {
  const double r = __builtin_fmod(a, b);
  if (r == 0) return __builtin_copysign(0.0, b);
  return (r < 0) != (b < 0) ? r + b : r;
}
${inline} double tnd_max(double a, double b) { return (a > b) | (a != a) ? a : b; }
${inline} double tnd_min(double a, double b) { return (a < b) | (a != a) ? a : b; }
`

/** C text of the elementary functions: `tn_exp(float)` and `tnd_exp(double)`, likewise the others. */
export const elementaryFunctions: string = single + double
