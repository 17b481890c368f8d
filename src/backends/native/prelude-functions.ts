// The elementary functions of the C prelude. In single precision they are branch-free (selects, polynomials, exponent arithmetic on the bits), so
// that compilers vectorise them inside loops without a vector math library; in double precision they are the C library's.
// Polynomials are minimax fits over the reduced ranges.

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

/** (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2, relative error 2⁻²⁸ of e^r. */
const expTail = [0.5000000096892494, 0.16666517186265994, 0.041666200387481575, 0.0083690879154849473, 0.0013950849196787004]
/** The same with one more term: expm1 has no leading 1 to hide an error in. */
const expm1Tail = [
  0.50000000792072019, 0.1666666686426431, 0.041666265514883581, 0.0083332635150138931, 0.0013946392101489278, 0.00019918851541916789,
]
/** (log(1 + f) − f + f² / 2) / f³ for √½ ≤ 1 + f ≤ √2, relative error 2⁻³⁰. */
const logTail = [
  0.33333310166723079, -0.24999985838100816, 0.20002247803787618, -0.16669308726118895, 0.14218224940943089, -0.1238301758187185, 0.11875144576516918,
  -0.1179906980616745, 0.069215146507399641,
]
/** (tanh(x) − x) / x³ in x² for |x| ≤ 0.6, relative error 2⁻²⁸ of tanh. */
const tanhTail = [-0.33333298003462108, 0.13331924157375993, -0.053783832292418142, 0.020795976941090515, -0.0058951629275173344]
/** erf(x) / x − 1 in x² for |x| ≤ 0.9, relative error 2⁻³¹. */
const erfSmall = [
  0.1283791667644023, -0.37612634980031961, 0.11283715034159511, -0.026860508509027065, 0.0052038592535531576, -0.00081756403120076778,
  8.5131084664900493e-5,
]
/** −log(1 − erf(x)) for 0.9 ≤ x ≤ 4, error 2⁻³⁴ of erf. */
const erfLarge = [
  -0.00016920792415635002, 1.1294884203736273, 0.63340082179869073, 0.10822041686290874, -0.025080638191012979, 0.0041562633204883653,
  -0.00043139533338306681, 2.0828774250122102e-5,
]
/** (sin r − r) / r³ and (cos r − 1 + r² / 2) / r⁴ in r² for |r| ≤ π / 4. */
const sinTail = [-0.16666666641370781, 0.0083333293557012814, -0.00019839324994446901, 2.7182166712390048e-6]
const cosTail = [0.041666646715579556, -0.0013887359800616751, 2.4437533706914936e-5]
/** log₂((1 + s) / (1 − s)) / s in s² for √½ ≤ (1 + s) / (1 − s) ≤ √2, error 2⁻⁴³. */
const log2Ratio = [2.8853900817778468, 0.96179669411959867, 0.57707794041811211, 0.41220946083263815, 0.31989670554282673, 0.28303447282557348]
/** 2^t for |t| ≤ ½, relative error 2⁻³⁴. */
const exp2Fraction = [
  0.99999999996138478, 0.69314718072977732, 0.24022651201163445, 0.055504103503975159, 0.0096180268452044342, 0.0013333923992885316,
  0.000154694231887703, 1.5201828221459245e-5,
]

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

${inline} float tn_tanh(float x) {
  const float a = __builtin_fabsf(x);
  const float z = x * x;
  const float near = x * z * ${horner('z', tanhTail, 'f')} + x;
  const float far = 1.0f - 2.0f / (tn_exp((a > 10.0f ? 10.0f : a) * 2.0f) + 1.0f);
  return tn_copysign(a < 0.6f ? near : far, x);
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
