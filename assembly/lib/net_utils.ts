// linux/kernel.h, lib/net_utils.c.

import { ETH_ALEN } from "../abi";
import { isxdigit } from "./ctype";
import { hex2bin } from "./hexdump";
import { strlen } from "./string";

/** linux/kernel.h. Parses "xx:xx:xx:xx:xx:xx" into the six bytes at `mac`; false, and nothing written, if it is not
 *  one.
 *  What follows is not looked at. Context: any. */
export function mac_pton(s: usize, mac: usize): bool {
  if (strlen(s) < 3 * ETH_ALEN - 1) return false;
  for (let i: u32 = 0; i < 3 * ETH_ALEN - 1; i++) {
    const c: u32 = load<u8>(s + i);
    if (i % 3 == 2 ? c != 0x3a : !isxdigit(c)) return false;
  }
  for (let i: u32 = 0; i < ETH_ALEN; i++) hex2bin(mac + i, s + 3 * i, 1);
  return true;
}
