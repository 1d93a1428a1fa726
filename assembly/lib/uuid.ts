// linux/uuid.h, lib/uuid.c. A GUID keeps its first three fields little-endian, a UUID keeps all in order of its text.

import { EINVAL } from "../abi";
import { isxdigit } from "./ctype";
import { hex2bin } from "./hexdump";
import { get_random_bytes } from "./random";

/** linux/uuid.h. `const guid_t guid_null`: all zero. */
export const guid_null: usize = memory.data<u32>([0, 0, 0, 0]);

/** linux/uuid.h. `const uuid_t uuid_null`: all zero. */
export const uuid_null: usize = memory.data<u32>([0, 0, 0, 0]);

/** Where in the bytes each pair of digits of the text lies. */
export const guid_index = memory.data<u8>([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]);
export const uuid_index = memory.data<u8>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

const UUID_STRING_LEN: u32 = 36;

/** Whether a '-' belongs at position `i` of the text. */
@inline
function is_dash(i: u32): bool {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

/** Random bytes marked as version 4, whose number is in byte `version`. */
function generate(u: usize, version: usize): void {
  get_random_bytes(u, 16);
  store<u8>(u + version, (load<u8>(u + version) & 0x0f) | 0x40);
  store<u8>(u, (load<u8>(u, 8) & 0x3f) | 0x80, 8);
}

/** linux/uuid.h. Makes a random UUID, version 4. Context: any. */
export function uuid_gen(u: usize): void {
  generate(u, 6);
}

/** linux/uuid.h. Makes a random GUID, version 4. Context: any. */
export function guid_gen(u: usize): void {
  generate(u, 7);
}

/** linux/uuid.h. Makes a random UUID in 16 bytes. Context: any. */
export function generate_random_uuid(u: usize): void {
  generate(u, 6);
}

/** linux/uuid.h. Makes a random GUID in 16 bytes. Context: any. */
export function generate_random_guid(u: usize): void {
  generate(u, 7);
}

/** linux/uuid.h. Whether the first 36 characters are "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx". Context: any. */
export function uuid_is_valid(text: usize): bool {
  for (let i: u32 = 0; i < UUID_STRING_LEN; i++) {
    const c: u32 = load<u8>(text + i);
    if (is_dash(i) ? c != 0x2d : !isxdigit(c)) return false;
  }
  return true;
}

function parse(text: usize, u: usize, index: usize): i32 {
  if (!uuid_is_valid(text)) return -EINVAL;
  for (let i: u32 = 0, at: u32 = 0; i < 16; i++, at += 2) {
    if (is_dash(at)) at++;
    hex2bin(u + load<u8>(index + i), text + at, 1);
  }
  return 0;
}

/** linux/uuid.h. Parses a GUID's text; -EINVAL if it is not valid. Context: any. */
export function guid_parse(text: usize, u: usize): i32 {
  return parse(text, u, guid_index);
}

/** linux/uuid.h. Parses a UUID's text; -EINVAL if it is not valid. Context: any. */
export function uuid_parse(text: usize, u: usize): i32 {
  return parse(text, u, uuid_index);
}
