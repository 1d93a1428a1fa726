// %p and its extensions: the letters behind it choose how the pointer, or what it points to, is written.

import { Out, SMALL, ZEROPAD } from "./out";
import { number_as } from "./number";

/** The address itself (%px). */
export function pointer_string(o: Out, ptr: usize): void {
  let flags = o.flags | SMALL;
  let width = o.width;
  if (width == -1) {
    width = 2 * sizeof<usize>();
    flags |= ZEROPAD;
  }
  number_as(o, ptr, 16, flags, width, o.precision);
}

export function pointer(o: Out, ptr: usize, fmt: usize): void {
  pointer_string(o, ptr);
}
