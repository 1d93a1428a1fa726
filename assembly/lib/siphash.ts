// linux/siphash.h, lib/siphash.c: SipHash-2-4 and HalfSipHash-1-3 (Aumasson and Bernstein). Keys are pairs of words at
// an address. The state is four words in the C stack frame that `begin` takes, so that each round is written once.

import { stack_alloc, stack_free } from "../arch/wasm/stack";

@unmanaged
class Sip {
  v0: u64;
  v1: u64;
  v2: u64;
  v3: u64;
}

function sip_begin(key: usize): Sip {
  const s = changetype<Sip>(stack_alloc(offsetof<Sip>()));
  const k0 = load<u64>(key);
  const k1 = load<u64>(key, 8);
  s.v0 = 0x736f6d6570736575 ^ k0; // "somepseudorandomlygeneratedbytes"
  s.v1 = 0x646f72616e646f6d ^ k1;
  s.v2 = 0x6c7967656e657261 ^ k0;
  s.v3 = 0x7465646279746573 ^ k1;
  return s;
}

function sip_rounds(s: Sip, count: i32): void {
  let v0 = s.v0;
  let v1 = s.v1;
  let v2 = s.v2;
  let v3 = s.v3;
  for (; count; count--) {
    v0 += v1;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v0 = rotl<u64>(v0, 32);
    v2 += v3;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 += v3;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v2 += v1;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v2 = rotl<u64>(v2, 32);
  }
  s.v0 = v0;
  s.v1 = v1;
  s.v2 = v2;
  s.v3 = v3;
}

function sip_word(s: Sip, word: u64): void {
  s.v3 ^= word;
  sip_rounds(s, 2);
  s.v0 ^= word;
}

/** Absorbs the last 0 to 7 bytes, already in `last`, with the length in the highest byte. */
function sip_end(s: Sip, length: u64, last: u64): u64 {
  sip_word(s, last | (length << 56));
  s.v2 ^= 0xff;
  sip_rounds(s, 4);
  const hash = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  stack_free(offsetof<Sip>());
  return hash;
}

/** The last `count` (0 to 7) bytes at `p`, little-endian. */
function tail(p: usize, count: usize): u64 {
  let value: u64 = 0;
  while (count) value = (value << 8) | load<u8>(p + --count);
  return value;
}

/** linux/siphash.h (siphash). SipHash-2-4 of `len` bytes under the key u64[2] at `key`. Context: any. */
export function __siphash_unaligned(data: usize, len: usize, key: usize): u64 {
  const s = sip_begin(key);
  const end = data + (len & ~7);
  for (; data != end; data += 8) sip_word(s, load<u64>(data));
  return sip_end(s, len, tail(end, len & 7));
}

/** linux/siphash.h (siphash). The same for data aligned to 8 bytes. Context: any. */
export function __siphash_aligned(data: usize, len: usize, key: usize): u64 {
  return __siphash_unaligned(data, len, key);
}

/** linux/siphash.h. siphash() of one u64. Context: any. */
export function siphash_1u64(first: u64, key: usize): u64 {
  const s = sip_begin(key);
  sip_word(s, first);
  return sip_end(s, 8, 0);
}

/** linux/siphash.h. siphash() of two u64. Context: any. */
export function siphash_2u64(first: u64, second: u64, key: usize): u64 {
  const s = sip_begin(key);
  sip_word(s, first);
  sip_word(s, second);
  return sip_end(s, 16, 0);
}

/** linux/siphash.h. siphash() of three u64. Context: any. */
export function siphash_3u64(first: u64, second: u64, third: u64, key: usize): u64 {
  const s = sip_begin(key);
  sip_word(s, first);
  sip_word(s, second);
  sip_word(s, third);
  return sip_end(s, 24, 0);
}

/** linux/siphash.h. siphash() of four u64. Context: any. */
export function siphash_4u64(first: u64, second: u64, third: u64, fourth: u64, key: usize): u64 {
  const s = sip_begin(key);
  sip_word(s, first);
  sip_word(s, second);
  sip_word(s, third);
  sip_word(s, fourth);
  return sip_end(s, 32, 0);
}

/** linux/siphash.h. siphash() of one u32. Context: any. */
export function siphash_1u32(first: u32, key: usize): u64 {
  return sip_end(sip_begin(key), 4, first);
}

/** linux/siphash.h. siphash() of three u32. Context: any. */
export function siphash_3u32(first: u32, second: u32, third: u32, key: usize): u64 {
  const s = sip_begin(key);
  sip_word(s, ((<u64>second) << 32) | first);
  return sip_end(s, 12, third);
}

@unmanaged
class HalfSip {
  v0: u32;
  v1: u32;
  v2: u32;
  v3: u32;
}

function half_begin(key: usize): HalfSip {
  const s = changetype<HalfSip>(stack_alloc(offsetof<HalfSip>()));
  const k0 = load<u32>(key);
  const k1 = load<u32>(key, 4);
  s.v0 = k0;
  s.v1 = k1;
  s.v2 = 0x6c796765 ^ k0; // "lygetedb"
  s.v3 = 0x74656462 ^ k1;
  return s;
}

function half_rounds(s: HalfSip, count: i32): void {
  let v0 = s.v0;
  let v1 = s.v1;
  let v2 = s.v2;
  let v3 = s.v3;
  for (; count; count--) {
    v0 += v1;
    v1 = rotl<u32>(v1, 5) ^ v0;
    v0 = rotl<u32>(v0, 16);
    v2 += v3;
    v3 = rotl<u32>(v3, 8) ^ v2;
    v0 += v3;
    v3 = rotl<u32>(v3, 7) ^ v0;
    v2 += v1;
    v1 = rotl<u32>(v1, 13) ^ v2;
    v2 = rotl<u32>(v2, 16);
  }
  s.v0 = v0;
  s.v1 = v1;
  s.v2 = v2;
  s.v3 = v3;
}

function half_word(s: HalfSip, word: u32): void {
  s.v3 ^= word;
  half_rounds(s, 1);
  s.v0 ^= word;
}

function half_end(s: HalfSip, length: u32, last: u32): u32 {
  half_word(s, last | (length << 24));
  s.v2 ^= 0xff;
  half_rounds(s, 3);
  const hash = s.v1 ^ s.v3;
  stack_free(offsetof<HalfSip>());
  return hash;
}

/** linux/siphash.h (hsiphash). HalfSipHash-1-3 of `len` bytes under the key u32[2] at `key`. Context: any. */
export function __hsiphash_unaligned(data: usize, len: usize, key: usize): u32 {
  const s = half_begin(key);
  const end = data + (len & ~3);
  for (; data != end; data += 4) half_word(s, load<u32>(data));
  return half_end(s, <u32>len, <u32>tail(end, len & 3));
}

/** linux/siphash.h (hsiphash). The same for data aligned to 4 bytes. Context: any. */
export function __hsiphash_aligned(data: usize, len: usize, key: usize): u32 {
  return __hsiphash_unaligned(data, len, key);
}

/** linux/siphash.h. hsiphash() of one u32. Context: any. */
export function hsiphash_1u32(first: u32, key: usize): u32 {
  const s = half_begin(key);
  half_word(s, first);
  return half_end(s, 4, 0);
}

/** linux/siphash.h. hsiphash() of two u32. Context: any. */
export function hsiphash_2u32(first: u32, second: u32, key: usize): u32 {
  const s = half_begin(key);
  half_word(s, first);
  half_word(s, second);
  return half_end(s, 8, 0);
}

/** linux/siphash.h. hsiphash() of three u32. Context: any. */
export function hsiphash_3u32(first: u32, second: u32, third: u32, key: usize): u32 {
  const s = half_begin(key);
  half_word(s, first);
  half_word(s, second);
  half_word(s, third);
  return half_end(s, 12, 0);
}

/** linux/siphash.h. hsiphash() of four u32. Context: any. */
export function hsiphash_4u32(first: u32, second: u32, third: u32, fourth: u32, key: usize): u32 {
  const s = half_begin(key);
  half_word(s, first);
  half_word(s, second);
  half_word(s, third);
  half_word(s, fourth);
  return half_end(s, 16, 0);
}
