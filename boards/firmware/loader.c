// Takes an image over the serial line and writes it into the slot that is not booted. The header is written last, so a
// board that loses power at any moment boots what it booted before.
//
//   frame    0x7e, then escaped (0x7d, byte ^ 0x20): number, type, data, CRC-32 of all of these; then 0x7e
//   host     one frame at a time; sent again until the board has answered its number
//   board    the same number, type 'A' (done) or 'E' (refused, with a text); 'N' for a frame that arrived damaged
//
//   'H'  hello: answers ABI version, target slot, its sequence number, most bytes of a write, which board it is, and the
//        length of the body that has been begun and may go on (a line that was lost is back); 0: none, as after a reset
//   'B'  begin: length of the body; the slot is erased
//   'W'  write: offset in the body, bytes
//   'D'  describe: offset in the header, bytes
//   'C'  commit: the header is written
//   'R'  restart

#include "firmware.h"
#include "slot.h"

#define FLAG 0x7e
#define ESCAPE 0x7d
#define CHUNK 1024
#define FRAME_BYTES (CHUNK + 64)
/** How long a reset waits for somebody who wants to write. */
#define LISTEN_NS 50000000u
/** How long it may be silent then: many times what it waits for an answer. */
#define SILENCE_NS 120000000000ull

static u8 frame[FRAME_BYTES];
static u32 length;
static u32 escaped;
static u32 target;
static u32 next_sequence;
/** Length of the body that has been begun. */
static u32 body_limit;

static u32 get32(const u8 *at) {
  return at[0] | (u32)at[1] << 8 | (u32)at[2] << 16 | (u32)at[3] << 24;
}

static void put_escaped(u8 byte) {
  if (byte == FLAG || byte == ESCAPE) {
    uart_put(ESCAPE);
    byte ^= 0x20;
  }
  uart_put(byte);
}

static void reply(u8 number, u8 type, const void *data, u32 bytes) {
  static u8 out[128];
  out[0] = number;
  out[1] = type;
  if (bytes > sizeof(out) - 6) bytes = sizeof(out) - 6;
  for (u32 i = 0; i < bytes; i++) out[2 + i] = ((const u8 *)data)[i];
  u32 crc = crc32(out, bytes + 2);
  for (u32 i = 0; i < 4; i++) out[2 + bytes + i] = (u8)(crc >> 8 * i);
  uart_put(FLAG);
  for (u32 i = 0; i < bytes + 6; i++) put_escaped(out[i]);
  uart_put(FLAG);
}

static void refuse(u8 number, const char *why) {
  u32 bytes = 0;
  while (why[bytes]) bytes++;
  reply(number, 'E', why, bytes);
}

static const char *begin(const u8 *data, u32 bytes) {
  if (bytes != 4) return "a frame of another protocol";
  body_limit = 0;
  u32 length = get32(data);
  if (length > SLOT_BYTES - SLOT_HEADER_BYTES) return "the image is larger than a slot";
  if (flash_erase(target * SLOT_BYTES, SLOT_HEADER_BYTES + length)) return "the flash cannot be erased";
  body_limit = length;
  return 0;
}

static const char *write(const u8 *data, u32 bytes) {
  if (bytes < 4) return "a frame of another protocol";
  u32 offset = get32(data);
  u32 count = bytes - 4;
  if (offset % 4 || offset > body_limit || count > body_limit - offset) return "a write outside the image";
  return flash_write(target * SLOT_BYTES + SLOT_HEADER_BYTES + offset, data + 4, count) ? "the flash cannot be written" : 0;
}

static struct slot header;

static const char *describe(const u8 *data, u32 bytes) {
  if (bytes < 4) return "a frame of another protocol";
  u32 offset = get32(data);
  u32 count = bytes - 4;
  if (offset > sizeof(header) || count > sizeof(header) - offset) return "a header of another size";
  for (u32 i = 0; i < count; i++) ((u8 *)&header)[offset + i] = data[4 + i];
  return 0;
}

/** Sent twice, since its answer was lost, it finds the header there already, and writes the same again. */
static const char *commit(void) {
  const char *why = slot_refusal(&header, (const u8 *)(SLOTS_BASE + target * SLOT_BYTES + SLOT_HEADER_BYTES));
  if (why) return why;
  return flash_write(target * SLOT_BYTES, (const u8 *)&header, sizeof(header)) ? "the flash cannot be written" : 0;
}

static void hello(u8 number) {
  target = slot_spare(&next_sequence);
  u32 facts[] = {KPI_ABI_VERSION, target, next_sequence, CHUNK, BOARD_ID, body_limit};
  reply(number, 'A', facts, sizeof(facts));
}

static void handle(void) {
  if (length < 6) return;
  u32 bytes = length - 6;
  u8 number = frame[0];
  if (crc32(frame, bytes + 2) != get32(frame + bytes + 2)) {
    reply(number, 'N', 0, 0);
    return;
  }
  const char *why = 0;
  switch (frame[1]) {
    case 'H': hello(number); return;
    case 'B': why = begin(frame + 2, bytes); break;
    case 'W': why = write(frame + 2, bytes); break;
    case 'D': why = describe(frame + 2, bytes); break;
    case 'C': why = commit(); break;
    case 'R': reply(number, 'A', 0, 0); board_restart();
    default: why = "a frame of another protocol";
  }
  if (why) refuse(number, why);
  else reply(number, 'A', 0, 0);
}

/** A byte of the line; whether it ended a frame. */
static int receive(u8 byte) {
  if (byte == FLAG) {
    int whole = length >= 6;
    if (whole) handle();
    length = 0;
    escaped = 0;
    return whole;
  }
  if (byte == ESCAPE) {
    escaped = 0x20;
    return 0;
  }
  if (length < FRAME_BYTES) frame[length++] = byte ^ (u8)escaped;
  escaped = 0;
  return 0;
}

/** The next byte, or -1; within a frame the next one is near, and to sleep for it takes longer. */
static int next_byte(void) {
  int byte = uart_get();
  for (u32 turns = length ? 1000 : 0; byte < 0 && turns > 0; turns--) byte = uart_get();
  return byte;
}

/** Serves whoever writes, until it asks for a restart or is silent for `ns`. */
static void serve(u64 ns) {
  u64 until = now_ns() + ns;
  while (now_ns() < until) {
    int byte = next_byte();
    if (byte < 0) {
      sleep_until(until);
      continue;
    }
    if (receive((u8)byte)) until = now_ns() + SILENCE_NS;
  }
}

/** After a reset: if somebody wants to write, lets it. */
void loader_listen(void) {
  if (flash_init()) serve(LISTEN_NS);
}

/** There is nothing to boot: waits until somebody writes something. */
void loader_wait(void) {
  for (;;) serve(1ull << 62);
}

/** While the core runs: a frame's first byte on the line ends that. Devices stop first, for they write into memory. */
void loader_poll(void) {
  int byte = uart_get();
  if (byte != FLAG) return;
  interrupts_off();
  devices_stop();
  serve(SILENCE_NS);
  board_restart();
}
