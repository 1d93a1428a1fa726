// %*pb and %*pbl: a bitmap as hex words or as a list; the field width is its size in bits.

import { _find_next_bit, _find_next_zero_bit } from "../find_bit";
import { decimal, number_as } from "./number";
import { Out, put, SMALL, ZEROPAD } from "./out";
import { bad_pointer } from "./string";

export function bitmap_string(o: Out, map: usize): void {
  if (bad_pointer(o, map)) return;
  const bits = max(o.width, 0);
  let chunk = bits & 31; // of the highest word
  if (!chunk) chunk = 32;
  for (let at = ((bits + 31) & ~31) - 32; at >= 0; at -= 32) {
    const word = load<u32>(map + (at >> 3)) & (<u32>-1 >> (32 - chunk));
    number_as(o, word, 16, SMALL | ZEROPAD, (chunk + 3) >> 2, 0);
    if (at) put(o, 0x2c);
    chunk = 32;
  }
}

export function bitmap_list_string(o: Out, map: usize): void {
  if (bad_pointer(o, map)) return;
  const bits: u32 = max(o.width, 0);
  let first = true;
  for (let from = <u32>_find_next_bit(map, bits, 0); from < bits;) {
    const to = <u32>_find_next_zero_bit(map, bits, from + 1);
    if (!first) put(o, 0x2c);
    first = false;
    decimal(o, from);
    if (to != from + 1) {
      put(o, 0x2d);
      decimal(o, to - 1);
    }
    from = <u32>_find_next_bit(map, bits, to);
  }
}
