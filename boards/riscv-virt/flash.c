// Flash chips of the Intel command set, as their CFI tables describe them (JEDEC JESD68, AP-646). Two chips of 16 bits
// lie side by side, so every command and every answer is there twice.

#include "firmware.h"

#define BOTH(value) ((value) * 0x00010001u)
#define READ_ARRAY BOTH(0xff)
#define QUERY BOTH(0x98)
#define CLEAR_STATUS BOTH(0x50)
#define ERASE BOTH(0x20)
#define WRITE_BUFFER BOTH(0xe8)
#define CONFIRM BOTH(0xd0)
#define READY BOTH(0x80)
/** Erase, program, voltage, lock. */
#define FAILED BOTH(0x3a)

/** No block takes longer to erase (CFI tables of such chips: at most 4 s). */
#define READY_NS 10000000000ull

#define CHIPS 2
#define WORD_AT(offset) REG32(SLOTS_BASE + (offset))
#define CFI(index) (WORD_AT(4 * (index)) & 0xff)
#define CFI_BUFFER 0x2a
#define CFI_BLOCK_LOW 0x2f
#define CFI_BLOCK_HIGH 0x30

static u32 block_bytes;
static u32 buffer_bytes;

u32 flash_init(void) {
  WORD_AT(4 * 0x55) = QUERY;
  if (CFI(0x10) == 'Q' && CFI(0x11) == 'R' && CFI(0x12) == 'Y') {
    block_bytes = (CFI(CFI_BLOCK_LOW) | CFI(CFI_BLOCK_HIGH) << 8) * 256 * CHIPS;
    buffer_bytes = (1u << CFI(CFI_BUFFER)) * CHIPS;
  }
  WORD_AT(0) = READ_ARRAY;
  return block_bytes;
}

/** Whether both chips have done what they were told, as soon as they have. */
static int ready(u32 offset, u32 *status) {
  for (u64 end = now_ns() + READY_NS; now_ns() < end;) {
    if (((*status = WORD_AT(offset)) & READY) == READY) return 1;
  }
  return 0;
}

static int finish(u32 offset) {
  u32 status;
  int done = ready(offset, &status);
  WORD_AT(offset) = CLEAR_STATUS;
  WORD_AT(offset) = READ_ARRAY;
  return done && !(status & FAILED) ? 0 : -1;
}

int flash_erase(u32 offset, u32 bytes) {
  for (u32 at = offset - offset % block_bytes; at < offset + bytes; at += block_bytes) {
    WORD_AT(at) = ERASE;
    WORD_AT(at) = CONFIRM;
    if (finish(at)) return -1;
  }
  return 0;
}

static u32 word_of(const u8 *bytes, u32 count) {
  u32 word = ~0u;
  for (u32 i = 0; i < 4 && i < count; i++) word = (word & ~(0xffu << 8 * i)) | (u32)bytes[i] << 8 * i;
  return word;
}

int flash_write(u32 offset, const u8 *bytes, u32 count) {
  while (count) {
    u32 part = buffer_bytes - offset % buffer_bytes;
    if (part > count) part = count;
    u32 words = (part + 3) / 4;
    WORD_AT(offset) = WRITE_BUFFER;
    u32 status;
    if (!ready(offset, &status)) return finish(offset);
    WORD_AT(offset) = BOTH(words - 1);
    for (u32 i = 0; i < words; i++) WORD_AT(offset + 4 * i) = word_of(bytes + 4 * i, part - 4 * i);
    WORD_AT(offset) = CONFIRM;
    if (finish(offset)) return -1;
    for (u32 i = 0; i < words; i++) {
      if (WORD_AT(offset + 4 * i) != word_of(bytes + 4 * i, part - 4 * i)) return -1;
    }
    offset += part;
    bytes += part;
    count -= part;
  }
  return 0;
}
