// Names of an image's functions: behind its code lie {offset, offset of the name}, sorted, and the names.
//
//   u32 count │ count × { u32 offset, u32 name } │ texts

#include "board.h"

/** The function that `pc` lies in, and how far; null if it is not the image's. */
const char *symbol_of(u32 pc, u32 *offset) {
  u32 start = (u32)image;
  if (!symbol_table || pc < start || pc >= start + image_bytes) return 0;
  const u32 *table = (const u32 *)symbol_table;
  u32 low = 0;
  u32 high = table[0];
  while (low < high) {
    u32 middle = (low + high) / 2;
    if (table[1 + 2 * middle] <= pc - start) low = middle + 1;
    else high = middle;
  }
  if (low == 0) return 0;
  *offset = pc - start - table[2 * low - 1];
  return (const char *)symbol_table + table[2 * low];
}
