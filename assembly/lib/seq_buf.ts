// Text that is added to a buffer piece by piece, as /proc files are made (after lib/seq_buf.c). What does not fit is
// counted and left out; the text is NUL-terminated at all times.
//
//   s          s + 8
//   ┌─────┬────┬───────────────────────┬───┐
//   │size │len │ text                  │NUL│
//   └─────┴────┴───────────────────────┴───┘

import { va_block, va_free, vsnprintf } from "./vsprintf";

@unmanaged
class Seq {
  /** Bytes for the text, its NUL included. */
  size: u32;
  /** Length of all that was added, also of what did not fit. */
  len: u32;
}

/** Makes [buf, buf + size) an empty seq_buf; returns it, that is `buf`. */
export function seq_init(buf: usize, size: u32): usize {
  const seq = changetype<Seq>(buf);
  seq.size = size - <u32>offsetof<Seq>();
  seq.len = 0;
  store<u8>(seq_text(buf), 0);
  return buf;
}

/** Where the text is. */
@inline
export function seq_text(s: usize): usize {
  return s + offsetof<Seq>();
}

/** The text's length, without what did not fit. */
export function seq_used(s: usize): u32 {
  const seq = changetype<Seq>(s);
  return min(seq.len, seq.size - 1);
}

/** Whether text was left out. */
export function seq_overflowed(s: usize): bool {
  const seq = changetype<Seq>(s);
  return seq.len >= seq.size;
}

/** Formats with a va_list. */
export function seq_vprintf(s: usize, fmt: usize, args: usize): void {
  const seq = changetype<Seq>(s);
  const used = seq_used(s);
  seq.len += vsnprintf(seq_text(s) + used, seq.size - used, fmt, args);
}

/** Formats up to eight 32-bit values. */
export function seq_printf(
  s: usize,
  fmt: usize,
  a: usize = 0,
  b: usize = 0,
  c: usize = 0,
  d: usize = 0,
  e: usize = 0,
  f: usize = 0,
  g: usize = 0,
  h: usize = 0,
): void {
  seq_vprintf(s, fmt, va_block(a, b, c, d, e, f, g, h));
  va_free();
}

export function seq_putc(s: usize, c: u32): void {
  const seq = changetype<Seq>(s);
  const len = seq.len;
  if (len + 1 < seq.size) store<u16>(seq_text(s) + len, <u16>(c & 0xff));
  seq.len = len + 1;
}

export function seq_puts(s: usize, text: usize): void {
  for (let c: u32 = load<u8>(text); c; c = load<u8>(++text)) seq_putc(s, c);
}
