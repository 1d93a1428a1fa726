// linux/kernel.h, lib/kasprintf.c: formatting into memory of the right size.

import { __kmalloc } from "../mm/kmalloc";
import { kstrdup, kstrdup_const } from "../mm/util";
import { strchr, strcmp } from "./string";
import { vsnprintf } from "./vsprintf";

/** linux/kernel.h. Formats into a new kmalloc()ed string; NULL without memory. Context: as `gfp` says. */
export function kvasprintf(gfp: u32, fmt: usize, args: usize): usize {
  const length = vsnprintf(0, 0, fmt, args);
  const text = __kmalloc(length + 1, gfp);
  if (text) vsnprintf(text, length + 1, fmt, args);
  return text;
}

/** linux/kernel.h. kvasprintf() that returns constant text itself where it can; free it with kfree_const(). Context: as
 *  `gfp` says. */
export function kvasprintf_const(gfp: u32, fmt: usize, args: usize): usize {
  if (!strchr(fmt, 0x25)) return kstrdup_const(fmt, gfp);
  if (!strcmp(fmt, cstr("%s"))) return kstrdup_const(load<usize>(args), gfp);
  return kvasprintf(gfp, fmt, args);
}

/** linux/kernel.h. kvasprintf() over variadic arguments. Context: as `gfp` says. */
export function kasprintf(gfp: u32, fmt: usize, va: usize): usize {
  return kvasprintf(gfp, fmt, va);
}
