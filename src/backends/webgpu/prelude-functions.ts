// The elementary functions of the WGSL prelude, in single precision throughout. WGSL's own are too loose and may differ from one adapter to
// the next; these are the reductions and polynomials that the other backends use, and where those compute in double, pairs of floats or
// integers stand in.

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

/** Horner's rule; `coefficients` from the constant up. */
function horner(x: string, coefficients: readonly number[]): string {
  return coefficients.map((c) => `${Math.fround(c)}f`).reduceRight((sum, c) => (sum === '' ? c : `(${sum} * ${x} + ${c})`), '')
}

/** 2 / ln 2 to eleven bits, and the rest. */
const ratioHigh = 2.884765625
const [ratio = 0, ...ratioTail] = log2Ratio

/** The bits of 2/π after the point, 32 to a word. */
const twoOverPi = [0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab]

/** Declarations of elementary functions, each on its own. */
export const elementaryFunctions: readonly string[] = [
  // e^x = 2^n e^r.
  `fn tn_exp(x: f32) -> f32 {
  if (tn_is_nan(x)) { return x; }
  if (x > 89f) { return tn_infinity(); }
  let y = max(x, -104f);
  let k = round(y * 1.44269504f);
  let r = (y - k * 0.693145752f) - k * 1.42860682e-6f;
  return tn_scaled((${horner('r', expTail)} * (r * r) + r) + 1f, i32(k));
}`,
  // 2^n e^r − 1 = 2 (2^(n−1) (e^r − 1) + (2^(n−1) − ½)); near 0 it is x.
  `fn tn_expm1(x: f32) -> f32 {
  if (tn_is_nan(x) || tn_magnitude(x) < 0x33000000u) { return x; }
  if (x > 89f) { return tn_infinity(); }
  let y = max(x, -20f);
  let k = round(y * 1.44269504f);
  let r = (y - k * 0.693145752f) - k * 1.42860682e-6f;
  let m = ${horner('r', expm1Tail)} * (r * r) + r;
  let s = tn_power_of_two(i32(k) - 1);
  return (s * m + (s - 0.5f)) * 2f;
}`,
  // log(1 + f) + e ln 2 for 1 + f = the significand in [1/√2, √2).
  `fn tn_log_sum(f: f32, e: f32) -> f32 {
  let z = f * f;
  let tail = f * z * ${horner('f', logTail)} + e * 1.42860682e-6f;
  return (f + (tail - 0.5f * z)) + e * 0.693145752f;
}`,
  `fn tn_log(x: f32) -> f32 {
  if (tn_is_zero(x)) { return tn_negate(tn_infinity()); }
  if (bitcast<u32>(x) >= 0x7f800000u) { return select(tn_nan(), x, bitcast<u32>(x) == 0x7f800000u); }
  let b = tn_normal_bits(bitcast<u32>(x));
  let n = (b - 0x3f3504f3) >> 23u;
  return tn_log_sum(bitcast<f32>(b - (n << 23u)) - 1f, f32(n));
}`,
  // Near 1 the logarithm's sum takes x itself; further off the rounding of 1 + x no longer matters.
  `fn tn_log1p(x: f32) -> f32 {
  if (tn_magnitude(x) < 0x33000000u || bitcast<u32>(x) == 0x7f800000u) { return x; }
  if (bitcast<u32>(x) == 0xbf800000u) { return tn_negate(tn_infinity()); }
  if (tn_is_nan(x) || bitcast<u32>(x) > 0xbf800000u) { return tn_nan(); }
  if (x > -0.29f && x < 0.41f) { return tn_log_sum(x, 0f); }
  return tn_log(1f + x);
}`,
  `fn tn_tanh(x: f32) -> f32 {
  if (tn_is_nan(x) || tn_magnitude(x) < 0x39000000u) { return x; }
  let a = tn_abs(x);
  if (a < 0.6f) {
    let z = x * x;
    return tn_copysign(x * z * ${horner('z', tanhTail)} + x, x);
  }
  return tn_copysign(1f - tn_divide(2f, tn_exp(min(a, 10f) * 2f) + 1f), x);
}`,
  `fn tn_erf(x: f32) -> f32 {
  if (tn_is_nan(x)) { return x; }
  let a = tn_abs(x);
  if (a < 1e-4f) { return x * ${Math.fround(2 / Math.sqrt(Math.PI))}f; }
  if (a < 0.9f) {
    let z = x * x;
    return x * ${horner('z', erfSmall)} + x;
  }
  let t = min(a, 4f);
  return tn_copysign(1f - tn_exp(-${horner('t', erfLarge)}), x);
}`,
  `const tn_two_over_pi = array<u32, 8>(0u, ${twoOverPi.map((word) => `0x${word.toString(16)}u`).join(', ')});`,
  // x = k π/2 + r with |r| ≤ π/4, k modulo 4 (Payne and Hanek 1983): the significand times those 96 bits of 2/π that matter, in integers.
  `fn tn_quarter_turns(x: f32, k: ptr<function, u32>) -> f32 {
  let magnitude = tn_magnitude(x);
  let e = i32(magnitude >> 23u) - 150;
  let m = (magnitude & 0x7fffffu) | 0x800000u;
  let first = u32(e + 30);
  let bit = first & 31u;
  var words = array<u32, 4>();
  for (var i = 0u; i < 4u; i++) {
    let at = (first >> 5u) + i;
    words[i] = select(0u, tn_two_over_pi[min(at, 7u)], at < 8u);
  }
  var window = array<u32, 3>();
  for (var i = 0u; i < 3u; i++) { window[i] = select((words[i] << bit) | (words[i + 1u] >> ((32u - bit) & 31u)), words[i], bit == 0u); }
  let low = tn_wide_product(m, window[2]).y;
  let middle = tn_wide_product(m, window[1]);
  let p1 = middle.x + low;
  let p2 = m * window[0] + middle.y + select(0u, 1u, p1 < low);
  let turns = (p2 >> 30u) + ((p2 >> 29u) & 1u);
  var high = (p2 << 2u) | (p1 >> 30u);
  var rest = p1 << 2u;
  let negative = high >= 0x80000000u;
  if (negative) {
    high = ~high;
    rest = ~rest;
  }
  if (high == 0u) {
    high = rest;
    rest = 0u;
    *k = 32u;
  } else {
    *k = 0u;
  }
  let shift = select(countLeadingZeros(high), 0u, high == 0u);
  if (shift > 0u) { high = (high << shift) | (rest >> (32u - shift)); }
  let fraction = f32(high) * tn_power_of_two(-32 - i32(*k + shift));
  let r = fraction * 1.57079625f + fraction * 7.5497899e-8f;
  let sign = (bitcast<u32>(x) >> 31u) == 1u;
  *k = select(turns, 4u - turns, sign) & 3u;
  return select(r, -r, negative != sign);
}`,
  `fn tn_sine(x: f32, quarter: u32) -> f32 {
  if (!tn_is_finite(x)) { return tn_nan(); }
  var k = 0u;
  var r = x;
  if (tn_magnitude(x) > 0x3f490fdbu) { r = tn_quarter_turns(x, &k); }
  k += quarter;
  let z = r * r;
  let s = r * z * ${horner('z', sinTail)} + r;
  let c = z * z * ${horner('z', cosTail)} + (1f - 0.5f * z);
  return bitcast<f32>(bitcast<u32>(select(s, c, (k & 1u) == 1u)) ^ ((k & 2u) << 30u));
}`,
  'fn tn_sin(x: f32) -> f32 { if (tn_magnitude(x) < 0x39000000u) { return x; } return tn_sine(x, 0u); }',
  'fn tn_cos(x: f32) -> f32 { return tn_sine(x, 1u); }',
  // The eleven leading bits of the significand: products of two such numbers are exact.
  'fn tn_leading(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xffffe000u); }',
  // 2^(y log₂ x) of x > 0, both finite. log₂ x = n + p + q with p = 2/ln 2 · the leading bits of s = (m − 1) / (m + 1) and q what follows, the
  // rest of s and the series s³/3 + … included. Products with few bits are exact, and whole parts are taken off each of them, so that what is
  // left is exact in whatever order a compiler adds.
  `fn tn_pow_positive(x: f32, y: f32) -> f32 {
  let b = tn_normal_bits(bitcast<u32>(x));
  let n = (b - 0x3f3504f3) >> 23u;
  let m = bitcast<f32>(b - (n << 23u));
  let s = (m - 1f) / (m + 1f);
  let high = tn_leading(s);
  let mh = tn_leading(m);
  let low = (((m - 1f) - high * (mh + 1f)) - high * (m - mh)) / (m + 1f);
  let z = s * s;
  let p = high * ${ratioHigh}f;
  let q = low * ${ratioHigh}f + s * (${Math.fround(ratio - ratioHigh)}f + z * ${horner('z', ratioTail)});
  let logarithm = f32(n) + (p + q);
  if (tn_magnitude(logarithm) == 0u) { return 1f; }
  if (tn_abs(y) > 200f / tn_abs(logarithm)) { return select(0f, tn_infinity(), (y > 0f) == (logarithm > 0f)); }
  let yh = tn_leading(y);
  let ph = tn_leading(p);
  let first = yh * f32(n);
  let second = yh * ph;
  let rest = (first - round(first)) + (second - round(second)) + (yh * ((p - ph) + q) + (y - yh) * logarithm);
  let f = rest - round(rest);
  return tn_scaled(${horner('f', exp2Fraction)}, i32(round(first)) + i32(round(second)) + i32(round(rest)));
}`,
  // C's special values.
  `fn tn_pow(x: f32, y: f32) -> f32 {
  let size = tn_magnitude(y);
  let base = tn_magnitude(x);
  if (size == 0u || bitcast<u32>(x) == 0x3f800000u) { return 1f; }
  if (tn_is_nan(x) || tn_is_nan(y)) { return tn_nan(); }
  let negative = bitcast<u32>(x) >= 0x80000000u;
  let falls = bitcast<u32>(y) >= 0x80000000u;
  if (size == 0x7f800000u) {
    if (base == 0x3f800000u) { return 1f; }
    return select(0f, tn_infinity(), (base > 0x3f800000u) != falls);
  }
  let a = tn_abs(y);
  let whole = size >= 0x4b000000u || (size >= 0x3f800000u && floor(a) == a);
  let odd = whole && size < 0x4b800000u && (u32(a) & 1u) == 1u;
  var r = 0f;
  if (base == 0u || base == 0x7f800000u) { r = select(0f, tn_infinity(), (base == 0u) == falls); }
  else if (negative && !whole) { return tn_nan(); }
  else { r = tn_pow_positive(bitcast<f32>(base), y); }
  return select(r, tn_negate(r), negative && odd);
}`,
]
