// %p4cc: a V4L2 or DRM pixel format, "NV12 little-endian (0x3231564e)". Bit 31 says that it is big-endian.

import { isascii, isprint } from "../ctype";
import { special_hex_number } from "./number";
import { finish, Out, put, puts } from "./out";
import { bad_pointer, error_string } from "./string";

export function fourcc_string(o: Out, ptr: usize, fmt: usize): void {
  if (load<u8>(fmt, 1) != 0x63 || load<u8>(fmt, 2) != 0x63) {
    error_string(o, cstr("(%p4?)"));
    return;
  }
  if (bad_pointer(o, ptr)) return;
  const begin = o.pos;
  const code = load<u32>(ptr);
  const big = code >> 31;
  for (let rest = code & 0x7fffffff, i = 0; i < 4; i++, rest >>= 8) {
    const c = rest & 0xff;
    put(o, isascii(c) && isprint(c) ? c : 0x2e);
  }
  puts(o, big ? cstr(" big-endian (") : cstr(" little-endian ("));
  special_hex_number(o, code, 4);
  put(o, 0x29);
  finish(o, begin);
}
