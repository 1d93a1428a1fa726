// %ph: bytes; %pM: MAC addresses; %pI4, %pI6, %pIS: IP addresses and socket addresses.

import {
  AF_INET,
  AF_INET6,
  IPV6_FLOWINFO_MASK,
  offsetof_sockaddr_in6_sin6_addr,
  offsetof_sockaddr_in_sin_addr,
  sockaddr_in,
  sockaddr_in6,
} from "../../abi";
import { isalpha } from "../ctype";
import { hex_byte, number, number_as } from "./number";
import { finish, Out, put, SMALL, ZEROPAD } from "./out";
import { bad_pointer, error_string } from "./string";

/** %ph[CDN]: as many bytes as the field width says, at most 64, with a separator. */
export function hex_string(o: Out, ptr: usize, kind: u32): void {
  if (o.width == 0 || bad_pointer(o, ptr)) return;
  const count: u32 = o.width > 0 ? min(o.width, 64) : 1;
  const separator: u32 = kind == 0x43 ? 0x3a : kind == 0x44 ? 0x2d : kind == 0x4e ? 0 : 0x20;
  for (let i: u32 = 0; i < count; i++) {
    if (i && separator) put(o, separator);
    hex_byte(o, load<u8>(ptr + i));
  }
}

/** %pM, %pMF, %pMR, %pm, %pmR */
export function mac_address(o: Out, ptr: usize, fmt: usize): void {
  if (bad_pointer(o, ptr)) return;
  const begin = o.pos;
  const kind: u32 = load<u8>(fmt, 1);
  const separated = load<u8>(fmt) == 0x4d;
  for (let i: u32 = 0; i < 6; i++) {
    if (i && separated) put(o, kind == 0x46 ? 0x2d : 0x3a);
    hex_byte(o, load<u8>(ptr + (kind == 0x52 ? 5 - i : i)));
  }
  finish(o, begin);
}

/** An IPv4 address; `order` h or l says that its bytes are reversed, `padded` asks for three digits each. */
function put_ip4(o: Out, ptr: usize, order: u32, padded: bool): void {
  const reversed = order == 0x68 || order == 0x6c;
  for (let i: u32 = 0; i < 4; i++) {
    if (i) put(o, 0x2e);
    const byte: u32 = load<u8>(ptr + (reversed ? 3 - i : i));
    number_as(o, byte, 10, ZEROPAD, padded ? 3 : 0, -1);
  }
}

/** An IPv6 address in full: groups of four digits. */
function put_ip6(o: Out, ptr: usize, colons: bool): void {
  for (let i: u32 = 0; i < 16; i++) {
    if (colons && i && !(i & 1)) put(o, 0x3a);
    hex_byte(o, load<u8>(ptr + i));
  }
}

@inline
function group(ptr: usize, i: u32): u32 {
  return bswap<u16>(load<u16>(ptr + (i << 1)));
}

/** Whether the last four bytes are an IPv4 address: ::ffff:a.b.c.d, or an ISATAP interface identifier. */
function has_ip4(ptr: usize): bool {
  const mapped = load<u64>(ptr) == 0 && load<u32>(ptr, 8) == 0xffff0000;
  return mapped || (load<u32>(ptr, 8) | 0x02) == 0xfe5e0002;
}

/** RFC 5952: no leading zeros, the longest run of zero groups becomes "::". */
function put_ip6_compressed(o: Out, ptr: usize): void {
  const ip4 = has_ip4(ptr);
  const groups: u32 = ip4 ? 6 : 8;
  let run_at: u32 = 8;
  let run: u32 = 1; // a single zero group stays
  for (let i: u32 = 0; i < groups; i++) {
    let length: u32 = 0;
    while (i + length < groups && group(ptr, i + length) == 0) length++;
    if (length > run) {
      run = length;
      run_at = i;
    }
  }
  let colon = false;
  for (let i: u32 = 0; i < groups; i++) {
    if (i == run_at) {
      if (colon || i == 0) put(o, 0x3a);
      put(o, 0x3a);
      colon = false;
      i += run - 1;
      continue;
    }
    if (colon) put(o, 0x3a);
    number_as(o, group(ptr, i), 16, SMALL, 0, -1);
    colon = true;
  }
  if (!ip4) return;
  if (colon) put(o, 0x3a);
  put_ip4(o, ptr + 12, 0, false);
}

function put_ip6_as(o: Out, ptr: usize, colons: bool, compressed: bool): void {
  if (colons && compressed) put_ip6_compressed(o, ptr);
  else put_ip6(o, ptr, colons);
}

/** Whether `letter` is among the letters behind %pIS. */
function has_letter(fmt: usize, letter: u32): bool {
  for (let c: u32 = load<u8>(fmt); isalpha(c); c = load<u8>(++fmt)) if (c == letter) return true;
  return false;
}

function put_sockaddr_in(o: Out, ptr: usize, fmt: usize, padded: bool): void {
  const letters = fmt + 2;
  const reversed = has_letter(letters, 0x68) || has_letter(letters, 0x6c);
  const begin = o.pos;
  put_ip4(o, ptr + offsetof_sockaddr_in_sin_addr, reversed ? 0x6c : 0, padded);
  if (has_letter(letters, 0x70)) put_port(o, changetype<sockaddr_in>(ptr).sin_port);
  finish(o, begin);
}

function put_port(o: Out, port: u32): void {
  put(o, 0x3a);
  number(o, bswap<u16>(<u16>port));
}

function put_sockaddr_in6(o: Out, ptr: usize, fmt: usize, colons: bool): void {
  const letters = fmt + 2;
  const sa = changetype<sockaddr_in6>(ptr);
  const port = has_letter(letters, 0x70);
  const flow = has_letter(letters, 0x66);
  const scope = has_letter(letters, 0x73);
  const begin = o.pos;
  if (port || flow || scope) put(o, 0x5b);
  put_ip6_as(o, ptr + offsetof_sockaddr_in6_sin6_addr, colons, has_letter(letters, 0x63));
  if (port || flow || scope) put(o, 0x5d);
  if (port) put_port(o, sa.sin6_port);
  if (flow) {
    put(o, 0x2f);
    number(o, bswap<u32>(sa.sin6_flowinfo & IPV6_FLOWINFO_MASK));
  }
  if (scope) {
    put(o, 0x25);
    number(o, sa.sin6_scope_id);
  }
  finish(o, begin);
}

/** %pI4[hnbl], %pi4, %pI6[c], %pi6, %pIS[pfsc], %piS */
export function ip_address(o: Out, ptr: usize, fmt: usize): void {
  if (bad_pointer(o, ptr)) return;
  const capital = load<u8>(fmt) == 0x49;
  const kind: u32 = load<u8>(fmt, 1);
  const begin = o.pos;
  if (kind == 0x36) {
    put_ip6_as(o, ptr, capital, load<u8>(fmt, 2) == 0x63);
    finish(o, begin);
  } else if (kind == 0x34) {
    put_ip4(o, ptr, load<u8>(fmt, 2), !capital);
    finish(o, begin);
  } else if (kind == 0x53) {
    const family: u32 = load<u16>(ptr);
    if (family == AF_INET) put_sockaddr_in(o, ptr, fmt, !capital);
    else if (family == AF_INET6) put_sockaddr_in6(o, ptr, fmt, capital);
    else error_string(o, cstr("(einval)"));
  } else {
    error_string(o, capital ? cstr("(%pI?)") : cstr("(%pi?)"));
  }
}
