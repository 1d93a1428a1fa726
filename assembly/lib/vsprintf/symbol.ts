// %pS, %ps, %pB: the function that an address names. Function pointers are table slots, whose names the host knows; a
// slot has no inside, so there is never an offset to print, except that Linux's %pS says +0x0.

import { host_symbol } from "../../arch/wasm/host";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { SMALL, SPECIAL, ZEROPAD, Out } from "./out";
import { number_as } from "./number";
import { string_nocheck } from "./string";

const NAME_BYTES: u32 = 128;

/** Writes "cp_interrupt+0x0 [8139cp]", without `offset` "cp_interrupt [8139cp]"; the number if it names nothing. */
export function symbol_string(o: Out, slot: usize, offset: bool): void {
  const name = stack_alloc(NAME_BYTES + 16);
  const length = host_symbol(<u32>slot, name, NAME_BYTES);
  if (!length) {
    stack_free(NAME_BYTES + 16);
    number_as(o, slot, 16, o.flags | SPECIAL | SMALL, o.width, o.precision);
    return;
  }
  store<u8>(name + length, 0);
  if (offset) insert_offset(name, length);
  string_nocheck(o, name);
  stack_free(NAME_BYTES + 16);
}

const OFFSET = cstr("+0x0");

/** Puts the offset behind the function's name, before the module's, unless the place of a call has one. */
function insert_offset(name: usize, length: usize): void {
  let at = name;
  while (load<u8>(at) && load<u8>(at) != 0x20) {
    if (load<u8>(at++) == 0x2b) return;
  }
  memory.copy(at + 4, at, name + length + 1 - at);
  memory.copy(at, OFFSET, 4);
}
