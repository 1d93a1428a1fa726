// linux/math.h, linux/math64.h, lib/math/: integer functions. wasm has 64-bit division, so the *64 helpers that 32-bit
// kernels call are one instruction each.

/** linux/math.h. The square root of `x`, rounded down. Context: any. */
export function int_sqrt(x: u32): u32 {
  return int_sqrt64(x);
}

/** linux/math.h. The square root of `x`, rounded down. Context: any. */
export function int_sqrt64(x: u64): u32 {
  let root: u64 = 0;
  for (let bit: u64 = 1 << 62; bit; bit >>= 2) {
    const trial = root + bit;
    root >>= 1;
    if (x >= trial) {
      x -= trial;
      root += bit;
    }
  }
  return <u32>root;
}

/** linux/math.h. `base` to the power `exp`, modulo 2^64. Context: any. */
export function int_pow(base: u64, exp: u32): u64 {
  let result: u64 = 1;
  for (; exp; exp >>= 1) {
    if (exp & 1) result *= base;
    base *= base;
  }
  return result;
}

/** linux/gcd.h. The greatest common divisor; of 0 and n it is n. Context: any. */
export function gcd(a: u32, b: u32): u32 {
  while (b) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/** linux/lcm.h. The least common multiple, 0 if either is 0. Context: any. */
export function lcm(a: u32, b: u32): u32 {
  return a && b ? (a / gcd(a, b)) * b : 0;
}

/** linux/lcm.h. lcm(), or the other number if one is 0. Context: any. */
export function lcm_not_zero(a: u32, b: u32): u32 {
  return lcm(a, b) || b || a;
}

/** asm-generic/div64.h. Divides `*n` in place by `base`, which is not 0; returns the remainder. Context: any. */
export function __div64_32(n: usize, base: u32): u32 {
  const value = load<u64>(n);
  store<u64>(n, value / base);
  return <u32>(value % base);
}

/** linux/math64.h. dividend / divisor, remainder in `*remainder`. Context: any. */
export function div_s64_rem(dividend: i64, divisor: i32, remainder: usize): i64 {
  store<i32>(remainder, <i32>(dividend % divisor));
  return dividend / divisor;
}

/** linux/math64.h. dividend / divisor, remainder in the u64 `*remainder`. Context: any. */
export function div64_u64_rem(dividend: u64, divisor: u64, remainder: usize): u64 {
  store<u64>(remainder, dividend % divisor);
  return dividend / divisor;
}

/** linux/math64.h. dividend / divisor. Context: any. */
export function div64_u64(dividend: u64, divisor: u64): u64 {
  return dividend / divisor;
}

/** linux/math64.h. dividend / divisor, rounded towards 0. Context: any. */
export function div64_s64(dividend: i64, divisor: i64): i64 {
  return dividend / divisor;
}

/** linux/math64.h. dividend / divisor as u32, remainder in the u64 `*remainder`. Context: any. */
export function iter_div_u64_rem(dividend: u64, divisor: u32, remainder: usize): u32 {
  store<u64>(remainder, dividend % divisor);
  return <u32>(dividend / divisor);
}

/** linux/math64.h. a * b / c through a product of 128 bits; what exceeds 64 bits is cut. Context: any.
 *  (Differs: exact, where Linux loses precision for products above 64 bits.) */
export function mul_u64_u64_div_u64(a: u64, b: u64, c: u64): u64 {
  const low = (a & 0xffffffff) * (b & 0xffffffff);
  const mid1 = (a >> 32) * (b & 0xffffffff);
  const mid2 = (a & 0xffffffff) * (b >> 32);
  const carry = (low >> 32) + (mid1 & 0xffffffff) + (mid2 & 0xffffffff);
  let high = (a >> 32) * (b >> 32) + (mid1 >> 32) + (mid2 >> 32) + (carry >> 32);
  let rest = (low & 0xffffffff) | (carry << 32);
  if (!high) return rest / c;
  high %= c;
  let quotient: u64 = 0;
  for (let bit = 0; bit < 64; bit++) {
    const overflow = high >> 63;
    high = (high << 1) | (rest >> 63);
    rest <<= 1;
    quotient <<= 1;
    if (overflow || high >= c) {
      high -= c;
      quotient |= 1;
    }
  }
  return quotient;
}

/** linux/reciprocal_div.h. Writes struct reciprocal_value { u32 m; u8 sh1, sh2; } for dividing by `d`. Context: any. */
export function reciprocal_value(result: usize, d: u32): void {
  const log: u32 = 32 - clz<u32>(d - 1);
  const m = ((((<u64>1) << log) - d) << 32) / d + 1;
  store<u32>(result, <u32>m);
  store<u8>(result, <u8>min<u32>(log, 1), 4);
  store<u8>(result, <u8>(log ? log - 1 : 0), 5);
}

/** linux/rational.h. The fraction nearest to numerator / denominator whose parts do not exceed the two maxima.
 *  Context: any. */
export function rational_best_approximation(
  numerator: u32,
  denominator: u32,
  max_numerator: u32,
  max_denominator: u32,
  best_numerator: usize,
  best_denominator: usize,
): void {
  let n = numerator;
  let d = denominator;
  let n0: u32 = 0; // the convergent before the last, n0 / d0, and the last, n1 / d1
  let d0: u32 = 1;
  let n1: u32 = 1;
  let d1: u32 = 0;
  while (d) {
    const previous = d;
    const term = n / d;
    d = n % d;
    n = previous;
    const n2 = n0 + term * n1;
    const d2 = d0 + term * d1;
    if (n2 > max_numerator || d2 > max_denominator) {
      let part: u32 = u32.MAX_VALUE; // of `term`: the largest semi-convergent in bounds
      if (d1) part = (max_denominator - d0) / d1;
      if (n1) part = min(part, (max_numerator - n0) / n1);
      if (!d1 || part * 2 > term || (part * 2 == term && d0 * previous > d1 * d)) {
        n1 = n0 + part * n1;
        d1 = d0 + part * d1;
      }
      break;
    }
    n0 = n1;
    n1 = n2;
    d0 = d1;
    d1 = d2;
  }
  store<u32>(best_numerator, n1);
  store<u32>(best_denominator, d1);
}
