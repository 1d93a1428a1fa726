// %*pE: bytes with C escapes; the letters behind it choose which (see string_escape_mem).

import {
  ESCAPE_ANY,
  ESCAPE_ANY_NP,
  ESCAPE_HEX,
  ESCAPE_NP,
  ESCAPE_NULL,
  ESCAPE_OCTAL,
  ESCAPE_SPACE,
  ESCAPE_SPECIAL,
} from "../../abi";
import { string_escape_mem } from "../string_escape";
import { Out } from "./out";
import { bad_pointer } from "./string";

function flag_of(letter: u32): u32 {
  switch (letter) {
    case 0x61:
      return ESCAPE_ANY; // a
    case 0x63:
      return ESCAPE_SPECIAL; // c
    case 0x68:
      return ESCAPE_HEX; // h
    case 0x6e:
      return ESCAPE_NULL; // n
    case 0x6f:
      return ESCAPE_OCTAL; // o
    case 0x70:
      return ESCAPE_NP; // p
    case 0x73:
      return ESCAPE_SPACE; // s
    default:
      return 0;
  }
}

export function escaped_string(o: Out, ptr: usize, fmt: usize): void {
  if (o.width == 0 || bad_pointer(o, ptr)) return;
  let flags: u32 = 0;
  for (let flag = flag_of(load<u8>(++fmt)); flag; flag = flag_of(load<u8>(++fmt))) flags |= flag;
  const room = o.pos < o.end ? o.end - o.pos : 0;
  o.pos += string_escape_mem(ptr, o.width < 0 ? 1 : o.width, o.pos, room, flags ? flags : ESCAPE_ANY_NP, 0);
}
