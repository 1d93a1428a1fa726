// linux/string_helpers.h, lib/string_helpers.c: arrays of allocated names.

import { kcalloc } from "../mm/kmalloc";
import { kfree } from "../mm/slub";
import { kasprintf } from "./kasprintf";
import { va_block, va_free } from "./vsprintf";

/** linux/string_helpers.h. Frees the `n` strings of `array` and the array; NULL is allowed. Context: any. */
export function kfree_strarray(array: usize, n: usize): void {
  if (!array) return;
  for (let i: usize = 0; i < n; i++) kfree(load<usize>(array + i * sizeof<usize>()));
  kfree(array);
}

/** linux/string_helpers.h. An allocated array of `n` allocated strings "prefix-0", "prefix-1", …, and a NULL; NULL
 *  without memory. Context: as `gfp` says. */
export function kasprintf_strarray(gfp: u32, prefix: usize, n: usize): usize {
  const names = kcalloc(n + 1, sizeof<usize>(), gfp);
  if (!names) return 0;
  for (let i: usize = 0; i < n; i++) {
    const name = kasprintf(gfp, cstr("%s-%zu"), va_block(<u32>prefix, <u32>i));
    va_free();
    if (!name) {
      kfree_strarray(names, i);
      return 0;
    }
    store<usize>(names + i * sizeof<usize>(), name);
  }
  return names;
}
