// Takes an image over the serial line and writes it into the slot that is not booted. The header is written last, so a
// board that loses power at any moment boots what it booted before.
//
//   frame    0x7e, then escaped (0x7d, byte ^ 0x20): number, type, data, CRC-32 of all of these; then 0x7e
//   host     one frame at a time; sent again until the board has answered its number
//   board    the same number, type 'A' (done) or 'E' (refused, with a text); 'N' for a frame that arrived damaged; 'L' for
//            one that goes on with what has not begun: the board was reset, and the host begins anew, with a hello
//
//   'H'  hello: answers ABI version, the slot that will be written, its sequence number, most bytes of a write, which board
//        it is, and the length of the body that has been begun there and may go on (a line that was lost is back); 0: none
//   'D'  describe: offset in the header, bytes
//   'B'  begin: the header is looked at, then the slot is erased
//   'W'  write: offset in the body, bytes
//   'C'  commit: the body is looked at, then the header is written
//   'R'  restart

#include "firmware.h"
#include "slot.h"

#define FLAG 0x7e
#define ESCAPE 0x7d
#define CHUNK 1024
#define FRAME_BYTES (CHUNK + 64)
/** How long a reset waits for a byte of somebody who wants to write, and the core for more of what began as a frame does. */
#define LISTEN_NS 50000000u
/** How long who writes may be silent: many times what it waits for an answer. */
#define SILENCE_NS 120000000000ull

static u8 frame[FRAME_BYTES];
static u32 length;
static u32 escaped;
/** What is written: where, and how long the body is that has been begun; 0: none. */
static u32 target;
static u32 body_limit;
static struct slot header;
/** Number and type of the frame that `out` answers. */
static u8 answered[2];

/** Instead of why something is refused: it has not begun. */
static const char not_begun[] = "";

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

/** The last answer, which may be sent again. */
static u8 out[128];
static u32 out_bytes;

static void send(void) {
  uart_put(FLAG);
  for (u32 i = 0; i < out_bytes; i++) put_escaped(out[i]);
  uart_put(FLAG);
}

static void reply(u8 number, u8 type, const void *data, u32 bytes) {
  out[0] = number;
  out[1] = type;
  if (bytes > sizeof(out) - 6) bytes = sizeof(out) - 6;
  for (u32 i = 0; i < bytes; i++) out[2 + i] = ((const u8 *)data)[i];
  u32 crc = crc32(out, bytes + 2);
  for (u32 i = 0; i < 4; i++) out[2 + bytes + i] = (u8)(crc >> 8 * i);
  out_bytes = bytes + 6;
  send();
}

static void refuse(u8 number, const char *why) {
  u32 bytes = 0;
  while (why[bytes]) bytes++;
  reply(number, why == not_begun ? 'L' : 'E', why, bytes);
}

static const char *describe(const u8 *data, u32 bytes) {
  if (bytes < 4) return "a frame of another protocol";
  u32 offset = get32(data);
  u32 count = bytes - 4;
  if (offset > sizeof(header) || count > sizeof(header) - offset) return "a header of another size";
  for (u32 i = 0; i < count; i++) ((u8 *)&header)[offset + i] = data[4 + i];
  return 0;
}

/** Nothing is erased for an image that could not be booted, nor another slot than the host was told. */
static const char *begin(void) {
  u32 sequence;
  u32 spare = slot_spare(&sequence);
  if (!header.magic || header.sequence != sequence) return not_begun;
  const char *why = header_refusal(&header);
  if (why) return why;
  body_limit = 0;
  target = spare;
  if (flash_erase(target * SLOT_BYTES, SLOT_HEADER_BYTES + header.body_bytes)) return "the flash cannot be erased";
  body_limit = header.body_bytes;
  return 0;
}

static const char *write(const u8 *data, u32 bytes) {
  if (bytes < 4) return "a frame of another protocol";
  if (!body_limit) return not_begun;
  u32 offset = get32(data);
  u32 count = bytes - 4;
  if (offset % 4 || offset > body_limit || count > body_limit - offset) return "a write outside the image";
  return flash_write(target * SLOT_BYTES + SLOT_HEADER_BYTES + offset, data + 4, count) ? "the flash cannot be written" : 0;
}

static const char *commit(void) {
  if (!body_limit) return not_begun;
  const char *why = slot_refusal(&header, (const u8 *)(SLOTS_BASE + target * SLOT_BYTES + SLOT_HEADER_BYTES));
  if (why) return why;
  return flash_write(target * SLOT_BYTES, (const u8 *)&header, sizeof(header)) ? "the flash cannot be written" : 0;
}

static void hello(u8 number) {
  u32 sequence;
  u32 spare = slot_spare(&sequence);
  u32 facts[] = {KPI_ABI_VERSION, spare, sequence, CHUNK, BOARD_ID, spare == target ? body_limit : 0};
  reply(number, 'A', facts, sizeof(facts));
}

/** A frame that has come whole. */
static void handle(void) {
  u32 bytes = length - 6;
  u8 number = frame[0];
  u8 type = frame[1];
  length = 0;
  // What took long was asked for again meanwhile; it is done once.
  if (type != 'H' && number == answered[0] && type == answered[1]) {
    send();
    return;
  }
  answered[0] = number;
  answered[1] = type;
  const char *why = 0;
  switch (type) {
    case 'H': hello(number); return;
    case 'D': why = describe(frame + 2, bytes); break;
    case 'B': why = begin(); break;
    case 'W': why = write(frame + 2, bytes); break;
    case 'C': why = commit(); break;
    case 'R': reply(number, 'A', 0, 0); board_restart();
    default: why = "a frame of another protocol";
  }
  if (why) refuse(number, why);
  else reply(number, 'A', 0, 0);
}

/** A byte of the line; whether it ended a frame that is whole. */
static int receive(u8 byte) {
  if (byte == FLAG) {
    escaped = 0;
    if (length >= 6 && crc32(frame, length - 4) == get32(frame + length - 4)) return 1;
    if (length >= 6) {
      reply(frame[0], 'N', 0, 0);
      answered[1] = 0; // what was answered before is not there any more
    }
    length = 0;
    return 0;
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

/** Whether a frame comes whole before nothing has come for `ns`. */
static int frame_comes(u64 ns) {
  u64 until = now_ns() + ns;
  for (int heard = 0;;) {
    int byte = next_byte();
    if (byte >= 0) {
      if (receive((u8)byte)) return 1;
      heard = length < FRAME_BYTES; // what is longer than a frame is none
      if (heard) continue;
    }
    if (heard) until = now_ns() + ns;
    heard = 0;
    if (now_ns() >= until) break;
    if (byte < 0) sleep_until(until);
  }
  length = 0;
  return 0;
}

/** Serves whoever writes, if somebody does within `ns`, until a restart is asked for or nothing comes any more. */
static void serve(u64 ns) {
  while (frame_comes(ns)) {
    handle();
    ns = SILENCE_NS;
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

/** While the core runs: a frame on the line ends that, its devices first, for they write into memory. A byte that only looks
 *  like the beginning of one (somebody typed a tilde) stops the core for a moment. Others are a command's. */
void loader_poll(void) {
  int byte;
  while ((byte = uart_get()) >= 0 && byte != FLAG) command_byte((u8)byte);
  if (byte < 0) return;
  u32 state = interrupts_off();
  if (frame_comes(LISTEN_NS)) {
    devices_stop();
    handle();
    serve(SILENCE_NS);
    board_restart();
  }
  watchdog_arm();
  interrupts_restore(state);
}
