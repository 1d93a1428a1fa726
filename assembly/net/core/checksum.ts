// net/checksum.h, lib/checksum.c: the Internet checksum (RFC 1071). A __wsum is a 32-bit partial sum in ones'
// complement; any value with the same fold is as good.

@inline
export function csum_add(csum: u32, addend: u32): u32 {
  const sum = csum + addend;
  return sum + <u32>(sum < addend);
}

@inline
export function csum_sub(csum: u32, addend: u32): u32 {
  return csum_add(csum, ~addend);
}

/** Folds a partial sum to 16 bits and complements it. */
@inline
export function csum_fold(csum: u32): u16 {
  const sum = csum + rotr<u32>(csum, 16);
  return <u16>(~sum >> 16);
}

@inline
export function csum_shift(sum: u32, offset: i32): u32 {
  return offset & 1 ? rotr<u32>(sum, 8) : sum;
}

/** Adds the sum of a block that begins `offset` bytes into the whole. */
@inline
export function csum_block_add(csum: u32, csum2: u32, offset: i32): u32 {
  return csum_add(csum, csum_shift(csum2, offset));
}

@inline
export function csum_block_sub(csum: u32, csum2: u32, offset: i32): u32 {
  return csum_sub(csum, csum_shift(csum2, offset));
}

/** Ends around carries until 32 bits hold the sum. */
@inline
function fold64(sum: u64): u32 {
  sum = (sum & 0xffffffff) + (sum >> 32);
  return <u32>(sum + (sum >> 32));
}

/** net/checksum.h. Adds the checksum of `len` bytes at `buff`, any alignment, to `wsum`. Context: any. */
export function csum_partial(buff: usize, len: i32, wsum: u32): u32 {
  let sum: u64 = wsum;
  while (len >= 16) {
    sum += <u64>load<u32>(buff) + load<u32>(buff, 4);
    sum += <u64>load<u32>(buff, 8) + load<u32>(buff, 12);
    buff += 16;
    len -= 16;
  }
  while (len >= 4) {
    sum += load<u32>(buff);
    buff += 4;
    len -= 4;
  }
  if (len & 2) {
    sum += load<u16>(buff);
    buff += 2;
  }
  if (len & 1) sum += load<u8>(buff);
  return fold64(sum);
}

/** net/checksum.h. Copies `len` bytes and returns their checksum. Context: any. */
export function csum_partial_copy_nocheck(src: usize, dst: usize, len: i32): u32 {
  memory.copy(dst, src, len);
  return csum_partial(dst, len, 0);
}

/** asm-generic/checksum.h. Adds an IPv4 pseudo header to `sum`: addresses in network order, length and protocol in host
 *  order. Context: any. */
export function csum_tcpudp_nofold(saddr: u32, daddr: u32, len: u32, proto: u32, sum: u32): u32 {
  return fold64(<u64>saddr + daddr + sum + ((len + (proto & 0xff)) << 8));
}

/** net/ip6_checksum.h. Folded checksum over an IPv6 pseudo header and `csum`; saddr and daddr point to 16 bytes.
 *  Context: any. */
export function csum_ipv6_magic(saddr: usize, daddr: usize, len: u32, proto: u32, csum: u32): u32 {
  let sum: u64 = csum;
  for (let i: usize = 0; i < 16; i += 4) sum += <u64>load<u32>(saddr + i) + load<u32>(daddr + i);
  sum += <u64>bswap<u32>(len) + bswap<u32>(proto & 0xff);
  return csum_fold(fold64(sum));
}

/** net/ip.h. Folded checksum of an IPv4 header of `ihl` 32-bit words. Context: any. */
export function ip_fast_csum(iph: usize, ihl: u32): u32 {
  return csum_fold(csum_partial(iph, ihl * 4, 0));
}

/** net/checksum.h. Folded checksum of `len` bytes at `buff`. Context: any. */
export function ip_compute_csum(buff: usize, len: i32): u32 {
  return csum_fold(csum_partial(buff, len, 0));
}
