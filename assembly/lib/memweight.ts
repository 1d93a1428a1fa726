// lib/memweight.c: how many bits are set in memory.

/** linux/string.h. The number of bits that are set in the `bytes` bytes at `start`. Context: any. */
export function memweight(start: usize, bytes: usize): usize {
  const end = start + bytes;
  let set: usize = 0;
  for (; start + 8 <= end; start += 8) set += <usize>popcnt(load<u64>(start));
  for (; start < end; start++) set += <usize>popcnt(<u32>load<u8>(start));
  return set;
}
