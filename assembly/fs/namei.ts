// fs/namei.c, linux/stringhash.h: hashes of names, as the directory cache and others who want short hashes use them.

import { GOLDEN_RATIO_32 } from "../abi";

@inline
function partial_name_hash(c: u32, hash: u32): u32 {
  return (hash + (c << 4) + (c >> 4)) * 11;
}

/** hash_long() of 32 bits. */
@inline
function end_name_hash(hash: u32): u32 {
  return hash * GOLDEN_RATIO_32;
}

/** linux/stringhash.h. The hash of `len` bytes; `salt` makes equal names of different parents differ. Context: any. */
export function full_name_hash(salt: usize, name: usize, len: u32): u32 {
  let hash = <u32>salt;
  for (const end = name + len; name < end; name++) hash = partial_name_hash(load<u8>(name), hash);
  return end_name_hash(hash);
}

/** linux/stringhash.h. The hash of a C string in the low half, its length in the high half. Context: any. */
export function hashlen_string(salt: usize, name: usize): u64 {
  let hash = <u32>salt;
  let len: u64 = 0;
  for (; load<u8>(name); name++, len++) hash = partial_name_hash(load<u8>(name), hash);
  return (len << 32) | end_name_hash(hash);
}
