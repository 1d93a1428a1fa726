// %pU: a UUID or, little-endian, a GUID: %pUb, %pUB, %pUl, %pUL; capitals in capitals.

import { guid_index, uuid_index } from "../uuid";
import { hex_byte, hex_byte_upper } from "./number";
import { finish, Out, put } from "./out";
import { bad_pointer } from "./string";

export function uuid_string(o: Out, ptr: usize, kind: u32): void {
  if (bad_pointer(o, ptr)) return;
  const begin = o.pos;
  const index = (kind | 0x20) == 0x6c ? guid_index : uuid_index;
  const upper = kind == 0x42 || kind == 0x4c;
  for (let i: u32 = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) put(o, 0x2d);
    const byte: u32 = load<u8>(ptr + load<u8>(index + i));
    if (upper) hex_byte_upper(o, byte);
    else hex_byte(o, byte);
  }
  finish(o, begin);
}
