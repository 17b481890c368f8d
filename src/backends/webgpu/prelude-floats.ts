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
  // WGSL's quotient may be off by 2.5 units; what is left over, divided again, makes it right to one, fused or not.
  `fn tn_divide(a: f32, b: f32) -> f32 {
  let sign = (bitcast<u32>(a) ^ bitcast<u32>(b)) & 0x80000000u;
  let x = tn_magnitude(a);
  let y = tn_magnitude(b);
  if (x >= 0x7f800000u || y >= 0x7f800000u || y == 0u) {
    if (x > 0x7f800000u || y > 0x7f800000u || (x == 0u && y == 0u) || (x == 0x7f800000u && y == 0x7f800000u)) { return tn_nan(); }
    return bitcast<f32>(select(tn_infinity_bits, 0u, y == 0x7f800000u) | sign);
  }
  let q = a / b;
  let size = tn_magnitude(q);
  if (x < 0x0d000000u || size < 0x01000000u || size >= 0x7f000000u) { return q; }
  return q + (a - q * b) / b;
}`,
  `fn tn_sqrt(x: f32) -> f32 {
  if (tn_is_zero(x) || bitcast<u32>(x) == 0x7f800000u) { return x; }
  if (bitcast<u32>(x) > 0x7f800000u) { return tn_nan(); }
  let s = sqrt(x);
  return select(s + (x - s * s) / (s + s), s, tn_magnitude(x) < 0x0d000000u);
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
