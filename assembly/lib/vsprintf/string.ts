// Strings for vsnprintf(), and the check that every conversion makes of a pointer before it follows it.

import { PAGE_BYTES } from "../../arch/wasm/memory";
import { Out, put, widen } from "./out";

/** A string that is known to be readable, with the conversion's precision and width. */
export function string_nocheck(o: Out, s: usize): void {
  const limit = <u32>o.precision; // -1: none
  let len: u32 = 0;
  for (; len < limit; len++) {
    const c: u32 = load<u8>(s + len);
    if (!c) break;
    put(o, c);
  }
  widen(o, <i32>len);
}

/** Writes an error text in place of the value, cut to the width of a pointer unless a precision is given. */
export function error_string(o: Out, s: usize): void {
  if (o.precision == -1) o.precision = 2 * sizeof<usize>();
  string_nocheck(o, s);
}

/** Linux refuses the null page and error pointers; everything beyond memory would trap, error pointers included. */
export function unreadable(ptr: usize): bool {
  return ptr < PAGE_BYTES || ptr >> 16 >= <usize>memory.size();
}

/** Writes "(null)" or "(efault)" and returns true if `ptr` cannot be read. */
export function bad_pointer(o: Out, ptr: usize): bool {
  if (!unreadable(ptr)) return false;
  error_string(o, ptr ? cstr("(efault)") : cstr("(null)"));
  return true;
}

/** %s */
export function string(o: Out, s: usize): void {
  if (!bad_pointer(o, s)) string_nocheck(o, s);
}
