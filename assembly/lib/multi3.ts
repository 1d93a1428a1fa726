// What clang calls for arithmetic that the machine does not have: compiler-rt's functions, under their names.

/** linux/libgcc.h. *`product` = the 128-bit product of two 128-bit numbers, each given as its low and high half. clang
 *  makes such calls of checked 64-bit multiplications. Context: any. */
export function __multi3(product: usize, a: u64, a_high: u64, b: u64, b_high: u64): void {
  const low = (a & 0xffffffff) * (b & 0xffffffff);
  const cross = (a >> 32) * (b & 0xffffffff) + (low >> 32);
  const other = (a & 0xffffffff) * (b >> 32) + (cross & 0xffffffff);
  store<u64>(product, (other << 32) | (low & 0xffffffff));
  store<u64>(product, (a >> 32) * (b >> 32) + (cross >> 32) + (other >> 32) + a * b_high + a_high * b, 8);
}
