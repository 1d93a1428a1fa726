// Names of an image's functions: behind its code lie {offset, offset of the name}, sorted, and the names.
//
//   u32 count │ count × { u32 offset, u32 name } │ texts

#include "firmware.h"
#include "interpreter.h"

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

/** The address of the function in a slot of the image's table, or 0. */
u32 table_function(u32 slot) {
  if (slot >= FIRST_MODULE_SLOT) slot -= FIRST_MODULE_SLOT - image->core_slots;
  else if (slot >= image->core_slots) return 0;
  if (slot >= image->all_slots) return 0;
  const u8 *table = (const u8 *)image + image->table;
  u32 offset;
  if (image->functions) {
    u32 index = ((const u16 *)table)[slot];
    offset = index == 0xffff ? 0 : ((const struct function *)((const u8 *)image + image->functions))[index].code;
  } else {
    offset = ((const u32 *)table)[slot] & ~CODE_BIT;
  }
  return offset ? (u32)image + offset : 0;
}
