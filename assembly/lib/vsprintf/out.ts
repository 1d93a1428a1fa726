// What one vsnprintf() call carries: where it writes, the current conversion's spec and the next argument.
// It lives on the C shadow stack. Conversions write characters through `put`, which counts what does not fit.
//
//   buf            pos              end
//    │ written ──────▶│   room left    │  pos runs past end: the length of the untruncated text

/** Flags of a conversion. */
export const SIGN: u32 = 1;
export const LEFT: u32 = 2;
export const PLUS: u32 = 4;
export const SPACE: u32 = 8;
export const ZEROPAD: u32 = 16;
/** Lower-case hex; equal to 'a' - 'A', so that it can be added to a letter. */
export const SMALL: u32 = 32;
export const SPECIAL: u32 = 64;

export const FIELD_WIDTH_MAX: i32 = (1 << 23) - 1;
export const PRECISION_MAX: i32 = (1 << 15) - 1;

@unmanaged
export class Out {
  pos: usize;
  end: usize;
  /** The next variadic argument. */
  va: usize;
  flags: u32;
  base: u32;
  /** -1: not given. */
  width: i32;
  /** -1: not given. */
  precision: i32;
  /** Digits of a number while it is converted, in reverse. */
  digits_: u64;
  digits_2: u64;
  digits_3: u64;
}

/** Bytes that an Out takes from the shadow stack (a multiple of 16). */
@inline
export function out_bytes(): usize {
  return (offsetof<Out>() + 15) & ~15;
}

@inline
export function put(o: Out, c: u32): void {
  const pos = o.pos;
  if (pos < o.end) store<u8>(pos, <u8>c);
  o.pos = pos + 1;
}

export function put_n(o: Out, c: u32, count: i32): void {
  while (count-- > 0) put(o, c);
}

/** Writes a whole C string, without width or precision. */
export function puts(o: Out, s: usize): void {
  for (let c: u32 = load<u8>(s); c; c = load<u8>(++s)) put(o, c);
}

/** The next argument of 4 bytes. */
@inline
export function arg_u32(o: Out): u32 {
  const va = o.va;
  o.va = va + 4;
  return load<u32>(va);
}

/** The next argument of 8 bytes, which the C ABI aligns to 8. */
@inline
export function arg_u64(o: Out): u64 {
  const va = (o.va + 7) & ~7;
  o.va = va + 8;
  return load<u64>(va);
}

/** Moves the text [from, from + len) right by `spaces` and fills the gap, within the buffer. */
function move_right(from: usize, end: usize, len: usize, spaces: usize): void {
  if (from >= end) return;
  const size = end - from;
  if (size <= spaces) {
    memory.fill(from, 0x20, size);
    return;
  }
  memory.copy(from + spaces, from, min(len, size - spaces));
  memory.fill(from, 0x20, spaces);
}

/** Pads the `len` characters just written to the field width. */
export function widen(o: Out, len: i32): void {
  const spaces = o.width - len;
  if (spaces <= 0) return;
  if (o.flags & LEFT) {
    put_n(o, 0x20, spaces);
    return;
  }
  move_right(o.pos - len, o.end, len, spaces);
  o.pos += spaces;
}

/** Treats what was written since `begin` as one string: cuts it to the precision, pads it to the width. */
export function finish(o: Out, begin: usize): void {
  let len = <i32>(o.pos - begin);
  if (o.precision >= 0 && len > o.precision) {
    len = o.precision;
    o.pos = begin + len;
  }
  widen(o, len);
}
