// kernel/sysctl.c: what reads and writes the numbers behind a struct ctl_table, as the lines of a file below /proc/sys.

import { ctl_table, EINVAL, INT_MAX, PAGE_SIZE } from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { isspace } from "../lib/ctype";
import { _parse_integer } from "../lib/kstrtox";
import { snprintf_ } from "../lib/vsprintf";

/** linux/sysctl.h. `const int sysctl_vals[]`: the limits that SYSCTL_ZERO, SYSCTL_ONE … of an extra1 or extra2 point to. */
export const sysctl_vals: usize = memory.data<i32>([0, 1, 2, 3, 4, 100, 200, 1000, 3000, 0x7fffffff, 65535, -1]);

/** More characters than a number has. */
const NUMBER_BYTES: usize = 22;

/** Parses the number at `text`, of `left` bytes, into *`value`; how many bytes it has, or -EINVAL. */
function parse(text: usize, left: usize, value: usize): i32 {
  const copy = stack_alloc(32);
  const length = min(left, NUMBER_BYTES - 1);
  memory.copy(copy, text, length);
  store<u8>(copy + length, 0);
  const negative = load<u8>(copy) == 0x2d && left > 1;
  let at = copy + <usize>negative;
  const zero = load<u8>(at) == 0x30;
  const hex = zero && (load<u8>(at, 1) | 0x20) == 0x78;
  if (hex) at += 2;
  const number = stack_alloc(8);
  const digits = _parse_integer(at, hex ? 16 : zero ? 8 : 10, number);
  const found = load<u64>(number);
  stack_free(8);
  at += digits & 0x7fffffff;
  const end = load<u8>(at);
  const used = at - copy;
  stack_free(32);
  const limit = <u64>INT_MAX + <u64>negative;
  // A digit that the copy cut off, or a letter, belongs to no number.
  if (!digits || digits >> 31 || found > limit || used == NUMBER_BYTES - 1 || (end && !isspace(end))) return -EINVAL;
  store<i32>(value, negative ? -(<i32>found) : <i32>found);
  return <i32>used;
}

/** How many of `left` bytes at `text` are white space. */
function spaces(text: usize, left: usize): usize {
  let count: usize = 0;
  while (count < left && isspace(load<u8>(text + count))) count++;
  return count;
}

/** Reads numbers from `buffer` into the vector; how many bytes it used, or an error. */
function write_vector(vector: usize, numbers: u32, buffer: usize, length: usize): i32 {
  let left = min(length, <usize>PAGE_SIZE - 1);
  let text = buffer;
  for (let i: u32 = 0; i < numbers; i++) {
    const blank = spaces(text, left);
    text += blank;
    left -= blank;
    if (!left && i) break;
    const used = left ? parse(text, left, vector + (i << 2)) : -EINVAL;
    if (used < 0) return used;
    text += used;
    left -= used;
  }
  return <i32>(length - (left - spaces(text, left)));
}

/** Prints the vector into `buffer`; how many bytes it took. */
function read_vector(vector: usize, numbers: u32, buffer: usize, length: usize): i32 {
  const text = stack_alloc(16);
  let used: usize = 0;
  for (let i: u32 = 0; i < numbers && used < length; i++) {
    const format = i ? cstr("\t%d") : cstr("%d");
    const wanted = <usize>snprintf_(text, 16, format, load<u32>(vector + (i << 2)));
    const size = min(wanted, length - used);
    memory.copy(buffer + used, text, size);
    used += size;
  }
  stack_free(16);
  if (used < length) store<u8>(buffer + used++, 0x0a);
  return <i32>used;
}

/** linux/sysctl.h. Reads or writes the integers of `table` (data, maxlen bytes) as decimal text in `buffer`, of *`lenp`
 *  bytes at *`ppos`; then *`lenp` is what was used. Numbers are only written at position 0. -EINVAL: no number, or one
 *  that no int holds. Context: process. */
export function proc_dointvec(table: usize, write: i32, buffer: usize, lenp: usize, ppos: usize): i32 {
  const own = changetype<ctl_table>(table);
  const position = load<u64>(ppos);
  const numbers = <u32>own.maxlen >> 2;
  let used = <i32>load<usize>(lenp);
  if (!own.data || !own.maxlen || !used || (position && !write)) {
    store<usize>(lenp, 0);
    return 0;
  }
  // A later write of the same file has nothing to say, and is taken for said.
  if (!write) used = read_vector(own.data, numbers, buffer, used);
  else if (!position) used = write_vector(own.data, numbers, buffer, used);
  if (used < 0) return used;
  store<usize>(lenp, used);
  store<u64>(ppos, position + used);
  return 0;
}
