// A slot: where an image lies, and what it says of itself. `kpi image` writes the same (tools/image/slot.ts).
#ifndef KPI_SLOT_H
#define KPI_SLOT_H

#include "abi.h"

#define SLOT_MAGIC 0x544f4c53u /* "SLOT" */
#define SLOT_HEADER_BYTES 1024
#define SLOT_SOURCES 12

struct slot_source {
  char name[32];
  u8 sha256[32];
  /** What is the image's because of it: in flash, and in linear memory. */
  u32 flash_bytes;
  u32 ram_bytes;
};

struct slot {
  u32 magic;
  u32 board;
  u32 kind;
  u32 abi;
  /** Which of two good slots is newer. */
  u32 sequence;
  /** Bytes behind the header, and their CRC-32. */
  u32 body_bytes;
  u32 body_crc;
  /** Bytes of linear memory that it needs. */
  u32 memory_bytes;
  /** Of the body: where its code ends and the names of its functions begin; 0: it has none. */
  u32 symbols;
  u32 source_count;
  u8 body_sha256[32];
  struct slot_source sources[SLOT_SOURCES];
  /** Of everything above. */
  u32 header_crc;
  u8 unused[SLOT_HEADER_BYTES - 940];
};

_Static_assert(sizeof(struct slot) == SLOT_HEADER_BYTES, "the header of a slot");

const char *header_refusal(const struct slot *slot);
const char *slot_refusal(const struct slot *slot, const u8 *body);
u32 slot_spare(u32 *sequence);

#endif
