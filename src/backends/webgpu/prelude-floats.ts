// Floats of the WGSL prelude: tests on bits, functions that must be exact, half precisions. A WGSL implementation may assume that there are no
// NaN and no infinities, and may flush subnormals, so whatever decides on them looks at the bits.

/** Declarations on single floats, each on its own. */
export const floatFunctions: readonly string[] = [
  // Not constants: WGSL refuses an infinity or a NaN that it can see.
  'var<private> tn_infinity_bits: u32 = 0x7f800000u;',
  'fn tn_infinity() -> f32 { return bitcast<f32>(tn_infinity_bits); }',
  'fn tn_nan() -> f32 { return bitcast<f32>(tn_infinity_bits | 0x400000u); }',
  'fn tn_magnitude(x: f32) -> u32 { return bitcast<u32>(x) & 0x7fffffffu; }',
  'fn tn_is_nan(x: f32) -> bool { return tn_magnitude(x) > 0x7f800000u; }',
  'fn tn_is_finite(x: f32) -> bool { return tn_magnitude(x) < 0x7f800000u; }',
  'fn tn_is_zero(x: f32) -> bool { return tn_magnitude(x) == 0u; }',
  'fn tn_copysign(x: f32, sign: f32) -> f32 { return bitcast<f32>(tn_magnitude(x) | (bitcast<u32>(sign) & 0x80000000u)); }',
  'fn tn_negate(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u); }',
  'fn tn_abs(x: f32) -> f32 { return bitcast<f32>(tn_magnitude(x)); }',
  `fn tn_sign(x: f32) -> f32 {
  if (tn_is_nan(x) || tn_is_zero(x)) { return x; }
  return tn_copysign(1f, x);
}`,
  // From 2²³ on, and for NaN, there is nothing to round; below, the sign of a zero is that of x.
  ...['floor', 'ceil', 'round'].map(
    (fn) => `fn tn_${fn}(x: f32) -> f32 {
  if (tn_magnitude(x) >= 0x4b000000u) { return x; }
  return tn_copysign(${fn}(x), x);
}`,
  ),
  'fn tn_unordered(a: f32, b: f32) -> bool { return tn_is_nan(a) || tn_is_nan(b); }',
  'fn tn_equal(a: f32, b: f32) -> bool { return a == b && !tn_unordered(a, b); }',
  'fn tn_notEqual(a: f32, b: f32) -> bool { return !tn_equal(a, b); }',
  'fn tn_less(a: f32, b: f32) -> bool { return a < b && !tn_unordered(a, b); }',
  'fn tn_lessEqual(a: f32, b: f32) -> bool { return a <= b && !tn_unordered(a, b); }',
  'fn tn_greater(a: f32, b: f32) -> bool { return tn_less(b, a); }',
  'fn tn_greaterEqual(a: f32, b: f32) -> bool { return tn_lessEqual(b, a); }',
  'fn tn_max(a: f32, b: f32) -> f32 { return select(select(select(b, a, a > b), b, tn_is_nan(b)), a, tn_is_nan(a)); }',
  'fn tn_min(a: f32, b: f32) -> f32 { return select(select(select(b, a, a < b), b, tn_is_nan(b)), a, tn_is_nan(a)); }',
  // The bits of a positive number as if it were normal: subnormals are shifted up, the exponent may be negative.
  `fn tn_normal_bits(b: u32) -> i32 {
  if (b >= 0x800000u) { return bitcast<i32>(b); }
  let shift = countLeadingZeros(b) - 8u;
  return bitcast<i32>(b << shift) - i32(shift << 23u);
}`,
  'fn tn_power_of_two(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }',
  // x 2^n for x in [½, 2): in two factors, so that it reaches infinity, and in integers where the result is subnormal and would be flushed.
  `fn tn_scaled(x: f32, n: i32) -> f32 {
  if (n > -120) {
    let half = n >> 1u;
    return x * tn_power_of_two(half) * tn_power_of_two(n - half);
  }
  let b = bitcast<u32>(x);
  let e = i32(b >> 23u) + n;
  if (e > 0) { return bitcast<f32>((b & 0x7fffffu) | (u32(e) << 23u)); }
  if (e < -24) { return 0f; }
  let significand = (b & 0x7fffffu) | 0x800000u;
  let shift = u32(1 - e);
  return bitcast<f32>((significand + (1u << (shift - 1u)) - 1u + ((significand >> shift) & 1u)) >> shift);
}`,
  // WGSL's quotient may be off by 2.5 units; what is left over, divided again, makes it right to one, fused or not.
  'fn tn_quotient(a: f32, b: f32) -> f32 { let q = a / b; return q + (a - q * b) / b; }',
  `fn tn_divide(a: f32, b: f32) -> f32 {
  let x = tn_magnitude(a);
  let y = tn_magnitude(b);
  if (min(x, y) > 0x21000000u && max(x, y) < 0x5e000000u) { return tn_quotient(a, b); }
  return bitcast<f32>(bitcast<u32>(tn_quotient_apart(x, y)) | ((bitcast<u32>(a) ^ bitcast<u32>(b)) & 0x80000000u));
}`,
  // Of magnitudes that are special, or so large or small that a step may leave the normal numbers: significands and exponents apart.
  `fn tn_quotient_apart(x: u32, y: u32) -> f32 {
  if (x > 0x7f800000u || y > 0x7f800000u || (x == y && (x == 0u || x == 0x7f800000u))) { return tn_nan(); }
  if (x == 0u || y == 0x7f800000u) { return 0f; }
  if (y == 0u || x == 0x7f800000u) { return tn_infinity(); }
  let m = tn_normal_bits(x);
  let n = tn_normal_bits(y);
  let quotient = tn_quotient(bitcast<f32>((m & 0x7fffff) | 0x3f800000), bitcast<f32>((n & 0x7fffff) | 0x3f800000));
  return tn_scaled(quotient, clamp((m >> 23u) - (n >> 23u), -200, 200));
}`,
  `fn tn_sqrt(x: f32) -> f32 {
  let b = bitcast<u32>(x);
  if (tn_is_zero(x) || b == 0x7f800000u) { return x; }
  if (b > 0x7f800000u) { return tn_nan(); }
  // A subnormal number is its bits · 2^−149.
  if (b < 0x800000u) { return sqrt(f32(b << 1u)) * 2.6469779601696886e-23f; }
  let s = sqrt(x);
  return select(s + (x - s * s) / (s + s), s, b < 0x0d000000u);
}`,
  // Exact: the significand of a is reduced modulo that of b, eight bits of the exponents' difference at a time.
  `fn tn_fmod_bits(x: u32, y: u32) -> u32 {
  if (x < y) { return x; }
  var ex = i32(max(x >> 23u, 1u));
  let ey = i32(max(y >> 23u, 1u));
  var m = (x & 0x7fffffu) | select(0u, 0x800000u, x >= 0x800000u);
  let n = (y & 0x7fffffu) | select(0u, 0x800000u, y >= 0x800000u);
  m = m % n;
  while (ex > ey && m != 0u) {
    let shift = min(ex - ey, 8);
    m = (m << u32(shift)) % n;
    ex -= shift;
  }
  if (m == 0u) { return 0u; }
  let up = min(i32(countLeadingZeros(m)) - 8, ey - 1);
  m = m << u32(up);
  return select((m & 0x7fffffu) | (u32(ey - up) << 23u), m, m < 0x800000u);
}`,
  `fn tn_remainder(a: f32, b: f32) -> f32 {
  if (!tn_is_finite(a) || tn_is_nan(b) || tn_is_zero(b)) { return tn_nan(); }
  var r = tn_magnitude(a);
  if (tn_is_finite(b)) { r = tn_fmod_bits(r, tn_magnitude(b)); }
  if (r == 0u) { return tn_copysign(0f, b); }
  let rest = tn_copysign(bitcast<f32>(r), a);
  if (((bitcast<u32>(a) ^ bitcast<u32>(b)) >> 31u) == 0u) { return rest; }
  if (!tn_is_finite(b)) { return b; }
  return rest + b;
}`,
  `fn tn_bf16_to_f32(bits: u32) -> f32 { return bitcast<f32>(bits << 16u); }`,
  `fn tn_f32_to_bf16(x: f32) -> u32 {
  let b = bitcast<u32>(x);
  return select((b + 0x7fffu + ((b >> 16u) & 1u)) >> 16u, 0x7fc0u, tn_is_nan(x));
}`,
  'fn tn_round_bf16(x: f32) -> f32 { return tn_bf16_to_f32(tn_f32_to_bf16(x)); }',
  `fn tn_f16_to_f32(bits: u32) -> f32 {
  let magnitude = bits & 0x7fffu;
  let sign = (bits & 0x8000u) << 16u;
  if (magnitude < 0x400u) { return bitcast<f32>(bitcast<u32>(f32(magnitude) * 5.9604644775390625e-8f) | sign); }
  return bitcast<f32>(((magnitude << 13u) + select(0x38000000u, 0x70000000u, magnitude >= 0x7c00u)) | sign);
}`,
  `fn tn_f32_to_f16(x: f32) -> u32 {
  let m = tn_magnitude(x);
  let sign = (bitcast<u32>(x) >> 16u) & 0x8000u;
  if (m > 0x7f800000u) { return 0x7e00u; }
  if (m >= 0x477ff000u) { return sign | 0x7c00u; }
  if (m >= 0x38800000u) { return ((m + 0xfffu + ((m >> 13u) & 1u) - 0x38000000u) >> 13u) | sign; }
  if (m < 0x33000000u) { return sign; }
  let shift = 126u - (m >> 23u);
  let significand = (m & 0x7fffffu) | 0x800000u;
  return ((significand + (1u << (shift - 1u)) - 1u + ((significand >> shift) & 1u)) >> shift) | sign;
}`,
  'fn tn_round_f16(x: f32) -> f32 { return tn_f16_to_f32(tn_f32_to_f16(x)); }',
  // Keys that compare as the numbers do: NaN above everything, −0 and 0 equal.
  `fn tn_key_f32(x: f32) -> u32 {
  let b = select(bitcast<u32>(x), 0u, tn_is_zero(x));
  return select(select(b | 0x80000000u, ~b, b >= 0x80000000u), 0xffffffffu, tn_is_nan(x));
}`,
  `fn tn_f32_to_i32(x: f32) -> i32 {
  if (tn_magnitude(x) < 0x4f000000u) { return i32(x); }
  return select(select(2147483647, i32(-2147483648), bitcast<u32>(x) >= 0x80000000u), 0, tn_is_nan(x));
}`,
  `fn tn_f32_to_u32(x: f32) -> u32 {
  let b = bitcast<u32>(x);
  if (b < 0x4f800000u) { return u32(x); }
  return select(0u, 0xffffffffu, b <= 0x7f800000u);
}`,
]
