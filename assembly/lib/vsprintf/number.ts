// Integers for vsnprintf(): sign, prefix, zero and space padding as Linux orders them.

import { LEFT, Out, PLUS, put, put_n, SIGN, SMALL, SPACE, SPECIAL, ZEROPAD } from "./out";

const UPPER = memory.data<u8>([
  0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46,
]);

/** Writes the digits of `value` in reverse at `at`; returns their number, at least 1. */
function reverse_digits(at: usize, value: u64, base: u32, lower: u32): i32 {
  const begin = at;
  if (base == 10) {
    while (value >> 32) {
      store<u8>(at++, <u8>(value % 10) + 0x30);
      value /= 10;
    }
    let low = <u32>value;
    do {
      store<u8>(at++, <u8>(low % 10) + 0x30);
      low /= 10;
    } while (low);
  } else {
    const shift: u64 = base == 16 ? 4 : 3;
    do {
      store<u8>(at++, load<u8>(UPPER + (<usize>value & (base - 1))) | <u8>lower);
      value >>= shift;
    } while (value);
  }
  return <i32>(at - begin);
}

/** Writes `value` with an explicit spec. */
export function number_as(o: Out, value: u64, base: u32, flags: u32, width: i32, precision: i32): void {
  const lower = flags & SMALL;
  const prefix = (flags & SPECIAL) != 0 && base != 10;
  const zero = value == 0;
  let sign: u32 = 0;
  if (flags & LEFT) flags &= ~ZEROPAD;
  if (flags & SIGN) {
    if (<i64>value < 0) {
      sign = 0x2d; // -
      value = 0 - value;
    } else if (flags & PLUS) {
      sign = 0x2b; // +
    } else if (flags & SPACE) {
      sign = 0x20;
    }
    if (sign) width--;
  }
  if (prefix) {
    if (base == 16) width -= 2;
    else if (!zero) width--;
  }

  const tmp = changetype<usize>(o) + offsetof<Out>("digits_");
  let digits = reverse_digits(tmp, value, base, lower);
  if (precision < digits) precision = digits;
  width -= precision;
  if (!(flags & (ZEROPAD | LEFT))) {
    put_n(o, 0x20, width);
    width = 0;
  }
  if (sign) put(o, sign);
  if (prefix) {
    if (base == 16 || !zero) put(o, 0x30);
    if (base == 16) put(o, 0x58 | lower); // X
  }
  if (flags & ZEROPAD) {
    put_n(o, 0x30, width);
    width = 0;
  }
  put_n(o, 0x30, precision - digits);
  while (digits) put(o, load<u8>(tmp + --digits));
  put_n(o, 0x20, width);
}

/** Writes `value` as the current conversion asks. */
@inline
export function number(o: Out, value: u64): void {
  number_as(o, value, o.base, o.flags, o.width, o.precision);
}

/** A plain decimal. */
export function decimal(o: Out, value: u64): void {
  number_as(o, value, 10, 0, 0, -1);
}

/** "0x" and two digits for each of `size` bytes. */
export function special_hex_number(o: Out, value: u64, size: i32): void {
  number_as(o, value, 16, SPECIAL | SMALL | ZEROPAD, 2 + 2 * size, -1);
}

/** Flag words: "0x" and the digits that it takes. */
export function hex_flags(o: Out, value: u64): void {
  number_as(o, value, 16, SPECIAL | SMALL, 0, -1);
}

/** Two lower-case hex digits. */
export function hex_byte(o: Out, byte: u32): void {
  put(o, load<u8>(UPPER + ((byte >> 4) & 15)) | SMALL);
  put(o, load<u8>(UPPER + (byte & 15)) | SMALL);
}

/** Two upper-case hex digits. */
export function hex_byte_upper(o: Out, byte: u32): void {
  put(o, load<u8>(UPPER + ((byte >> 4) & 15)));
  put(o, load<u8>(UPPER + (byte & 15)));
}
