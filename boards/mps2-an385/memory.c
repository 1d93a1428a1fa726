// What slots lie in here is memory, which keeps them until the power is off; whoever switches it on fills it again.

#include "firmware.h"

#define BLOCK_BYTES 4096u

u32 flash_init(void) {
  return BLOCK_BYTES;
}

int flash_erase(u32 offset, u32 bytes) {
  u32 *word = (u32 *)(SLOTS_BASE + offset);
  for (u32 *end = word + (bytes + 3) / 4; word < end; word++) *word = ~0u;
  return 0;
}

int flash_write(u32 offset, const u8 *bytes, u32 count) {
  u8 *to = (u8 *)(SLOTS_BASE + offset);
  for (u32 i = 0; i < count; i++) to[i] = bytes[i];
  __asm__ volatile("" : : : "memory");
  for (u32 i = 0; i < count; i++) {
    if (to[i] != bytes[i]) return -1;
  }
  return 0;
}
