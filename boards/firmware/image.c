// What an image has besides the code of core and drivers. The tables that it uses are in the file that the build makes of
// the linked wasm (tools/image/aot.ts).

#include "wasm.h"

void *memmove(void *to, const void *from, __SIZE_TYPE__ bytes);
void *memset(void *to, int value, __SIZE_TYPE__ bytes);

static void check(u32 address, u32 bytes) {
  if (bytes > MEMORY_BYTES || address > MEMORY_BYTES - bytes) __builtin_trap();
}

void memory_fill(u32 to, u32 value, u32 bytes) {
  check(to, bytes);
  memset(memory + to, (int)value, bytes);
}

void memory_copy(u32 to, u32 from, u32 bytes) {
  check(to, bytes);
  check(from, bytes);
  memmove(memory + to, memory + from, bytes);
}

#define SHARED_TABLE __attribute__((visibility("hidden")))

// The function table: the core's slots, a gap, the modules' slots. A slot is an offset from the start of the image.
extern const SHARED_TABLE u32 image_start[];
extern const SHARED_TABLE u32 table_offsets[];
extern const SHARED_TABLE u8 table_types[];

void *table_target(u32 slot, u32 type) {
  if (slot >= FIRST_MODULE_SLOT) slot -= FIRST_MODULE_SLOT - CORE_SLOTS;
  else if (slot >= CORE_SLOTS) slot = ALL_SLOTS;
  if (slot >= ALL_SLOTS || table_types[slot] != type) arch_trap(TRAP_CALL_INDIRECT);
  return (u8 *)image_start + table_offsets[slot];
}
