// Integers of the WGSL prelude: division that floors and gives 0 for a zero divisor, shifts by any amount, powers, and 64-bit integers, which
// WGSL lacks, as pairs of words with the low one first.

/** The loop of a wrapping power: `square` is multiplied in for every set bit of the exponent. */
const powerLoop = (rest: string, isOdd: string, multiply: (a: string, b: string) => string, halve: string) => `while (${rest}) {
    if (${isOdd}) { power = ${multiply('power', 'square')}; }
    square = ${multiply('square', 'square')};
    ${halve}
  }`

const product = (a: string, b: string) => `${a} * ${b}`
const longProduct = (a: string, b: string) => `tn_multiply_i64(${a}, ${b})`

/** Declarations on integers of 32 bits, each on its own. */
export const integerFunctions: readonly string[] = [
  `fn tn_divide_i32(a: i32, b: i32) -> i32 {
  if (b == 0) { return 0; }
  if (b == -1) { return 0 - a; }
  return a / b - select(0, 1, a % b != 0 && (a < 0) != (b < 0));
}`,
  `fn tn_remainder_i32(a: i32, b: i32) -> i32 {
  if (b == 0 || b == -1) { return 0; }
  let r = a % b;
  return select(r, r + b, r != 0 && (r < 0) != (b < 0));
}`,
  `fn tn_power_i32(a: i32, b: i32) -> i32 {
  if (b < 0) { return select(select(0, select(1, -1, (b & 1) == 1), a == -1), 1, a == 1); }
  var power = 1;
  var square = a;
  var rest = b;
  ${powerLoop('rest > 0', '(rest & 1) == 1', product, 'rest = rest >> 1u;')}
  return power;
}`,
  'fn tn_divide_u32(a: u32, b: u32) -> u32 { if (b == 0u) { return 0u; } return a / b; }',
  'fn tn_remainder_u32(a: u32, b: u32) -> u32 { if (b == 0u) { return 0u; } return a % b; }',
  `fn tn_power_u32(a: u32, b: u32) -> u32 {
  var power = 1u;
  var square = a;
  var rest = b;
  ${powerLoop('rest > 0u', '(rest & 1u) == 1u', product, 'rest = rest >> 1u;')}
  return power;
}`,
  // `bits` is the width of the type; amounts are compared unsigned, so that a negative one is too large.
  ...(['i32', 'u32'] as const).flatMap((type) => [
    `fn tn_shiftLeft_${type}(a: ${type}, b: u32, bits: u32) -> ${type} { return select(${type}(0), a << (b & 31u), b < bits); }`,
    `fn tn_shiftRight_${type}(a: ${type}, b: u32, bits: u32) -> ${type} { return select(${type}(0), a >> (b & 31u), b < bits); }`,
  ]),
  // All 64 bits of a product, low word first.
  `fn tn_wide_product(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return vec2u((other << 16u) | (low & 0xffffu), (a >> 16u) * (b >> 16u) + (cross >> 16u) + (other >> 16u));
}`,
  // Word 0 of Threefry-2x32-20 (Salmon et al. 2011).
  `fn tn_random_bits(k0: u32, k1: u32, counter: u32) -> u32 {
  let k2 = 0x1bd11bdau ^ k0 ^ k1;
  var x0 = counter + k0;
  var x1 = k1;
${threefryRounds().join('\n')}
  return x0;
}`,
]

function threefryRounds(): string[] {
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24]
  return Array.from({ length: 20 }, (_, round) => {
    const r = rotations[round % 8] ?? 0
    const turn = (round + 1) / 4
    const injected = Number.isInteger(turn) ? ` x0 += k${turn % 3}; x1 += k${(turn + 1) % 3} + ${turn}u;` : ''
    return `  x0 += x1; x1 = ((x1 << ${r}u) | (x1 >> ${32 - r}u)) ^ x0;${injected}`
  })
}

/** Declarations on 64-bit integers in two words, each on its own. */
export const longFunctions: readonly string[] = [
  'fn tn_add_i64(a: vec2u, b: vec2u) -> vec2u { let low = a.x + b.x; return vec2u(low, a.y + b.y + select(0u, 1u, low < a.x)); }',
  'fn tn_subtract_i64(a: vec2u, b: vec2u) -> vec2u { return vec2u(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x)); }',
  'fn tn_negate_i64(a: vec2u) -> vec2u { return tn_subtract_i64(vec2u(0u, 0u), a); }',
  'fn tn_is_negative_i64(a: vec2u) -> bool { return a.y >= 0x80000000u; }',
  'fn tn_is_zero_i64(a: vec2u) -> bool { return (a.x | a.y) == 0u; }',
  'fn tn_abs_i64(a: vec2u) -> vec2u { return select(a, tn_negate_i64(a), tn_is_negative_i64(a)); }',
  `fn tn_sign_i64(a: vec2u) -> vec2u {
  return select(select(vec2u(1u, 0u), vec2u(0u, 0u), tn_is_zero_i64(a)), vec2u(0xffffffffu, 0xffffffffu), tn_is_negative_i64(a));
}`,
  `fn tn_multiply_i64(a: vec2u, b: vec2u) -> vec2u {
  let low = tn_wide_product(a.x, b.x);
  return vec2u(low.x, low.y + a.x * b.y + a.y * b.x);
}`,
  'fn tn_below_u64(a: vec2u, b: vec2u) -> bool { return a.y < b.y || (a.y == b.y && a.x < b.x); }',
  'fn tn_equal_i64(a: vec2u, b: vec2u) -> bool { return a.x == b.x && a.y == b.y; }',
  'fn tn_notEqual_i64(a: vec2u, b: vec2u) -> bool { return a.x != b.x || a.y != b.y; }',
  'fn tn_less_i64(a: vec2u, b: vec2u) -> bool { return tn_below_u64(tn_key_i64(a), tn_key_i64(b)); }',
  'fn tn_lessEqual_i64(a: vec2u, b: vec2u) -> bool { return !tn_less_i64(b, a); }',
  'fn tn_greater_i64(a: vec2u, b: vec2u) -> bool { return tn_less_i64(b, a); }',
  'fn tn_greaterEqual_i64(a: vec2u, b: vec2u) -> bool { return !tn_less_i64(a, b); }',
  'fn tn_max_i64(a: vec2u, b: vec2u) -> vec2u { return select(a, b, tn_less_i64(a, b)); }',
  'fn tn_min_i64(a: vec2u, b: vec2u) -> vec2u { return select(a, b, tn_less_i64(b, a)); }',
  'fn tn_key_i64(a: vec2u) -> vec2u { return vec2u(a.x, a.y ^ 0x80000000u); }',
  `fn tn_shift_up_u64(a: vec2u, by: u32) -> vec2u {
  if (by == 0u) { return a; }
  if (by >= 32u) { return vec2u(0u, a.x << (by - 32u)); }
  return vec2u(a.x << by, (a.y << by) | (a.x >> (32u - by)));
}`,
  `fn tn_shiftLeft_i64(a: vec2u, b: vec2u) -> vec2u {
  if (b.y != 0u || b.x >= 64u) { return vec2u(0u, 0u); }
  return tn_shift_up_u64(a, b.x);
}`,
  `fn tn_shiftRight_i64(a: vec2u, b: vec2u) -> vec2u {
  if (b.y != 0u || b.x >= 64u) { return vec2u(0u, 0u); }
  if (b.x == 0u) { return a; }
  let high = bitcast<i32>(a.y);
  if (b.x >= 32u) { return vec2u(bitcast<u32>(high >> (b.x - 32u)), bitcast<u32>(high >> 31u)); }
  return vec2u((a.x >> b.x) | (a.y << (32u - b.x)), bitcast<u32>(high >> b.x));
}`,
  // Quotient and remainder without signs, bit by bit where one word does not do.
  `fn tn_divide_u64(a: vec2u, b: vec2u) -> vec4u {
  if (a.y == 0u && b.y == 0u) { return vec4u(a.x / b.x, 0u, a.x % b.x, 0u); }
  var quotient = vec2u(0u, 0u);
  var rest = vec2u(0u, 0u);
  for (var i = 0; i < 64; i++) {
    let bit = select((a.x << u32(i & 31)) >> 31u, (a.y << u32(i & 31)) >> 31u, i < 32);
    let carry = rest.y >> 31u;
    rest = vec2u((rest.x << 1u) | bit, (rest.y << 1u) | (rest.x >> 31u));
    quotient = vec2u(quotient.x << 1u, (quotient.y << 1u) | (quotient.x >> 31u));
    if (carry == 1u || !tn_below_u64(rest, b)) {
      rest = tn_subtract_i64(rest, b);
      quotient.x |= 1u;
    }
  }
  return vec4u(quotient, rest);
}`,
  `fn tn_divide_i64(a: vec2u, b: vec2u) -> vec2u {
  if (tn_is_zero_i64(b)) { return b; }
  let parts = tn_divide_u64(tn_abs_i64(a), tn_abs_i64(b));
  if (tn_is_negative_i64(a) == tn_is_negative_i64(b)) { return parts.xy; }
  return tn_negate_i64(tn_add_i64(parts.xy, vec2u(select(1u, 0u, tn_is_zero_i64(parts.zw)), 0u)));
}`,
  `fn tn_remainder_i64(a: vec2u, b: vec2u) -> vec2u {
  if (tn_is_zero_i64(b)) { return b; }
  let rest = tn_divide_u64(tn_abs_i64(a), tn_abs_i64(b)).zw;
  let signed = select(rest, tn_negate_i64(rest), tn_is_negative_i64(a));
  if (tn_is_zero_i64(rest) || tn_is_negative_i64(a) == tn_is_negative_i64(b)) { return signed; }
  return tn_add_i64(signed, b);
}`,
  `fn tn_power_i64(a: vec2u, b: vec2u) -> vec2u {
  let one = vec2u(1u, 0u);
  if (tn_is_negative_i64(b)) {
    if (tn_equal_i64(a, one)) { return one; }
    if ((a.x & a.y) == 0xffffffffu) { return select(one, a, (b.x & 1u) == 1u); }
    return vec2u(0u, 0u);
  }
  var power = one;
  var square = a;
  var rest = b;
  ${powerLoop('!tn_is_zero_i64(rest)', '(rest.x & 1u) == 1u', longProduct, 'rest = vec2u((rest.x >> 1u) | (rest.y << 31u), rest.y >> 1u);')}
  return power;
}`,
  'fn tn_i32_to_i64(x: i32) -> vec2u { return vec2u(bitcast<u32>(x), bitcast<u32>(x >> 31u)); }',
  `fn tn_f32_to_i64(x: f32) -> vec2u {
  let m = tn_magnitude(x);
  if (m < 0x4f000000u) { return tn_i32_to_i64(i32(x)); }
  if (m > 0x7f800000u) { return vec2u(0u, 0u); }
  let negative = bitcast<u32>(x) >= 0x80000000u;
  if (m >= 0x5f000000u) { return select(vec2u(0xffffffffu, 0x7fffffffu), vec2u(0u, 0x80000000u), negative); }
  let whole = tn_shift_up_u64(vec2u((m & 0x7fffffu) | 0x800000u, 0u), (m >> 23u) - 150u);
  return select(whole, tn_negate_i64(whole), negative);
}`,
  // Rounded to nearest even: 24 bits from the leading one down, what is below in one sticky bit.
  `fn tn_i64_to_f32(x: vec2u) -> f32 {
  let a = tn_abs_i64(x);
  let zeros = select(countLeadingZeros(a.y), 32u + countLeadingZeros(a.x), a.y == 0u);
  if (zeros == 64u) { return 0f; }
  let up = tn_shift_up_u64(a, zeros);
  let rest = (up.y & 0xffu) | select(0u, 1u, up.x != 0u);
  let significand = up.y >> 8u;
  let rounded = significand + select(0u, 1u, rest > 0x80u || (rest == 0x80u && (significand & 1u) == 1u));
  let bits = ((189u - zeros) << 23u) + rounded;
  return bitcast<f32>(bits | (x.y & 0x80000000u));
}`,
  // Kept within ±2³⁰, which lies outside every axis.
  `fn tn_index_i64(x: vec2u) -> i32 {
  if (x.y == bitcast<u32>(bitcast<i32>(x.x) >> 31u)) { return clamp(bitcast<i32>(x.x), -1073741824, 1073741824); }
  return select(1073741824, -1073741824, tn_is_negative_i64(x));
}`,
]
