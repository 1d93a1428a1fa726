// Finds the image to boot: of the slots that are whole and meant for this board, the newer one.

#include "firmware.h"
#include "interpreter.h"
#include "slot.h"

const struct image *image;
const u8 *symbol_table;
u32 image_bytes;
struct kernel kernel;

/** CRC-32 as Ethernet has it, four bits at a time. */
u32 crc32(const u8 *bytes, u32 count) {
  static const u32 table[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
  };
  u32 crc = ~0u;
  while (count--) {
    crc ^= *bytes++;
    crc = table[crc & 15] ^ crc >> 4;
    crc = table[crc & 15] ^ crc >> 4;
  }
  return ~crc;
}

/** What an interpreted image needs behind linear memory: values for each native stack, and for the report of a fault. */
static u32 values_bytes(const struct slot *slot) {
  return slot->kind == KIND_WASM ? (CONTEXTS + 2) * VALUES_BYTES : 0;
}

/** What is wrong with the header of a slot, or null. */
const char *header_refusal(const struct slot *slot) {
  if (slot->magic == ~0u || slot->magic == 0) return "empty";
  if (slot->magic != SLOT_MAGIC) return "no image";
  if (crc32((const u8 *)slot, __builtin_offsetof(struct slot, header_crc)) != slot->header_crc) {
    return "its header is damaged";
  }
  if (slot->board != BOARD_ID) return "an image for another board";
  if (slot->abi != KPI_ABI_VERSION) return "an image of another ABI version; make it anew with: kpi image";
  if (slot->kind != KIND_NATIVE && slot->kind != KIND_WASM) return "an image of a kind that this firmware does not run";
  if (slot->body_bytes > SLOT_BYTES - SLOT_HEADER_BYTES) return "its length is wrong";
  u32 room = RAM_BASE + RAM_BYTES - (u32)linear_memory;
  u32 values = values_bytes(slot);
  if (values > room || slot->memory_bytes > room - values) return "it needs more memory than the board has";
  return 0;
}

/** What is wrong with a slot whose body lies at `body`, or null. */
const char *slot_refusal(const struct slot *slot, const u8 *body) {
  const char *why = header_refusal(slot);
  if (why) return why;
  if (crc32(body, slot->body_bytes) != slot->body_crc) return "its body is damaged";
  const struct image *found = (const struct image *)body;
  int sound = slot->body_bytes >= sizeof(*found) && slot->symbols <= slot->body_bytes && found->magic == IMAGE_MAGIC;
  return sound && found->memory_bytes == slot->memory_bytes ? 0 : "its body is no image";
}

static const struct slot *slot_at(u32 index) {
  return (const struct slot *)(SLOTS_BASE + index * SLOT_BYTES);
}

/** The slot to boot, or -1. */
static int newest(int tell) {
  int best = -1;
  for (u32 i = 0; i < SLOT_COUNT; i++) {
    const struct slot *slot = slot_at(i);
    const char *why = slot_refusal(slot, (const u8 *)slot + SLOT_HEADER_BYTES);
    if (why && tell) print("kpi: slot %u: %s\n", i, why);
    if (!why && (best < 0 || (s32)(slot->sequence - slot_at((u32)best)->sequence) > 0)) best = (int)i;
  }
  return best;
}

/** The slot that a new image goes to, and the number that makes it the newer one. */
u32 slot_spare(u32 *sequence) {
  int booted = newest(0);
  *sequence = booted < 0 ? 1 : slot_at((u32)booted)->sequence + 1;
  return booted == 0 ? 1 : 0;
}

int slot_find(void) {
  int index = newest(1);
  if (index < 0) return 0;
  const struct slot *best = slot_at((u32)index);
  const u8 *body = (const u8 *)best + SLOT_HEADER_BYTES;
  image = (const struct image *)body;
  image_bytes = best->symbols ? best->symbols : best->body_bytes;
  symbol_table = best->symbols ? body + best->symbols : 0;
  if (image->functions) interpreter_init();
  else for (u32 i = 0; i < KERNEL_ENTRIES; i++) ((u32 *)&kernel)[i] = (u32)body + image->entries[i];
  print("kpi: slot %u, sequence %u, %u bytes\n", (u32)index, best->sequence, best->body_bytes);
  return 1;
}
