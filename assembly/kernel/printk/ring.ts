// The kernel log: records of text in a ring, oldest dropped first (kernel/printk/printk_ringbuffer.h).
//
//   0        tail                     last   head          LOG_BYTES
//   ┌────────┬────────┬────────┬──────┬──────┬───────┬─┐
//   │ free   │ Record │ Record │  …   │ open │ free  │ │    a record never wraps: the rest of the ring is skipped
//   └────────┴────────┴────────┴──────┴──────┴───────┴─┘
//
// The last record stays open while its text lacks a newline: KERN_CONT of the same context appends to it, any other
// message closes it. Only closed records are read, as in Linux.

import { PAGE_BYTES } from "../../arch/wasm/memory";
import { small_board } from "../../mm/small_board";

const LOG_BYTES: u32 = 16 * PAGE_BYTES;
const SMALL_LOG_BYTES: u32 = 2 * PAGE_BYTES;

/** Longest text of a record, counting a NUL: 1024 less the longest prefix. */
export const LOG_LINE_MAX: u32 = 1024 - 32;

/** Behind the last record before the ring's end: continue at offset 0. */
const SKIP: u32 = 0;

@unmanaged
export class Record {
  ts_nsec: u64;
  seq: u32;
  /** Bytes to the next record, header included. */
  size: u32;
  text_len: u32;
  /** Who wrote it: a task, or 0x80000000 + CPU in interrupt context. */
  caller_id: u32;
  facility: u16;
  level: u8;
  /** Still waits for its newline. */
  open: bool;
}

@unmanaged
class Ring {
  /** Offset of the first free byte. */
  head: u32;
  /** Offset of the oldest record. */
  tail: u32;
  /** Offset of the newest record. */
  last: u32;
  first_seq: u32;
  next_seq: u32;
}

const HEADER: u32 = (<u32>offsetof<Record>() + 7) & ~7;
const ring = changetype<Ring>(memory.data(offsetof<Ring>(), 8));
const bytes = memory.data(16 * 0x1000, 0x1000);

function log_bytes(): u32 {
  return small_board() ? SMALL_LOG_BYTES : LOG_BYTES;
}

/** What a small board does not use. */
export function log_unused(): usize {
  return bytes + SMALL_LOG_BYTES;
}

export function log_end(): usize {
  return bytes + LOG_BYTES;
}

@inline
function at(offset: u32): Record {
  return changetype<Record>(bytes + offset);
}

@inline
export function record_text(record: Record): usize {
  return changetype<usize>(record) + HEADER;
}

@inline
export function ring_first_seq(): u32 {
  return ring.first_seq;
}

/** One past the newest record that may be read. */
export function ring_readable_end(): u32 {
  const next = ring.next_seq;
  return next != ring.first_seq && at(ring.last).open ? next - 1 : next;
}

/** Follows a SKIP mark. */
@inline
function settle(offset: u32): u32 {
  return offset + HEADER > log_bytes() || at(offset).size == SKIP ? 0 : offset;
}

function drop_oldest(): void {
  ring.first_seq += 1;
  ring.tail = ring.first_seq == ring.next_seq ? ring.head : settle(ring.tail + at(ring.tail).size);
}

/** Makes `size` contiguous bytes free at `head`, dropping the oldest records. */
function make_room(size: u32): void {
  while (true) {
    const head = ring.head;
    const tail = ring.tail;
    if (ring.first_seq == ring.next_seq) {
      ring.head = 0;
      ring.tail = 0;
      return;
    }
    if (head > tail) {
      if (log_bytes() - head >= size) return;
      if (tail > size) {
        if (log_bytes() - head >= HEADER) at(head).size = SKIP;
        ring.head = 0;
        return;
      }
    } else if (tail - head > size) {
      return;
    }
    drop_oldest();
  }
}

/** Appends a record. Its `text_len` characters are copied from `text`; the caller fills in the other fields. */
export function ring_append(text: usize, text_len: u32): Record {
  ring_close();
  make_room(HEADER + LOG_LINE_MAX); // room for what may be continued
  const record = at(ring.head);
  memory.copy(record_text(record), text, text_len);
  record.text_len = text_len;
  record.seq = ring.next_seq;
  ring.last = ring.head;
  ring.next_seq += 1;
  record.size = (HEADER + text_len + 7) & ~7;
  ring.head += record.size;
  return record;
}

/** Appends to the open record of `caller_id`; null if there is none or the line would become too long. */
export function ring_continue(text: usize, text_len: u32, caller_id: u32): Record | null {
  if (ring.first_seq == ring.next_seq) return null;
  const record = at(ring.last);
  if (!record.open || record.caller_id != caller_id) return null;
  const length = record.text_len + text_len;
  if (length >= LOG_LINE_MAX) return null;
  memory.copy(record_text(record) + record.text_len, text, text_len);
  record.text_len = length;
  record.size = (HEADER + length + 7) & ~7;
  ring.head = ring.last + record.size;
  return record;
}

/** Closes the newest record. */
export function ring_close(): void {
  if (ring.first_seq != ring.next_seq) at(ring.last).open = false;
}

/** The oldest readable record whose number is `seq` or later, or null. */
export function ring_find(seq: u32): Record | null {
  const end = ring_readable_end();
  let at_seq = ring.first_seq;
  if (seq < at_seq) seq = at_seq;
  if (seq >= end) return null;
  if (seq == ring.next_seq - 1) return at(ring.last);
  let offset = ring.tail;
  for (; at_seq < seq; at_seq++) offset = settle(offset + at(offset).size);
  return at(offset);
}
