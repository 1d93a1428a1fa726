// From the log to whoever reads it: the console, as lines with their time, and the host's dmesg.

import { host_console } from "../../arch/wasm/host";
import { snprintf_ } from "../../lib/vsprintf";
import { console_printk } from "./printk";
import { Record, record_text, ring_find, ring_first_seq } from "./ring";

@unmanaged
class Console {
  /** Held by the CPU that writes. */
  busy: u32;
  /** The next record to write. */
  seq: u32;
}

const console = changetype<Console>(memory.data(offsetof<Console>(), 4));

const LINE_BYTES: usize = 1024 + 32;
const line = memory.data(1024 + 32, 8);

/** Writes "[    0.123456] " into [buf, buf + size); returns its length. */
function put_time(buf: usize, size: usize, ts: u64): i32 {
  const micros = ts / 1000;
  return snprintf_(buf, size, cstr("[%5lu.%06lu] "), <u32>(micros / 1000000), <u32>(micros % 1000000));
}

/** Length of the first line of [text, text + len), without its newline. */
function line_length(text: usize, len: u32): u32 {
  for (let i: u32 = 0; i < len; i++) if (load<u8>(text + i) == 0x0a) return i;
  return len;
}

/** Writes the lines of one record, each with the record's time. */
function write_record(record: Record): void {
  const prefix = put_time(line, LINE_BYTES, record.ts_nsec);
  let text = record_text(record);
  let left = record.text_len;
  while (true) {
    const length = line_length(text, left);
    memory.copy(line + prefix, text, length);
    host_console(record.level, line, prefix + length);
    if (length == left) return;
    text += length + 1;
    left -= length + 1;
  }
}

/** Writes what the console has not shown yet, unless another CPU is doing so; `force` takes over from a dead writer. */
export function console_flush(force: bool): void {
  if (force) atomic.store<u32>(changetype<usize>(console), 0, offsetof<Console>("busy"));
  if (atomic.cmpxchg<u32>(changetype<usize>(console), 0, 1, offsetof<Console>("busy")) != 0) return;
  while (true) {
    const record = ring_find(console.seq);
    if (record === null) break;
    if (record.seq != console.seq && console.seq < ring_first_seq()) {
      const length = snprintf_(line, LINE_BYTES, cstr("** %u printk messages dropped **"), record.seq - console.seq);
      host_console(4, line, length);
    }
    console.seq = record.seq + 1;
    if (<i32>record.level < load<i32>(console_printk)) write_record(record);
  }
  atomic.store<u32>(changetype<usize>(console), 0, offsetof<Console>("busy"));
}

/** What `kpi_log_read` writes before a record's text. */
@unmanaged
class LogEntry {
  /** When it was written, ns since power-on. */
  ts_nsec: u64;
  seq: u32;
  /** facility << 3 | level, as in /dev/kmsg. */
  priority: u32;
  /** Bytes of text that follow. */
  len: u32;
}

/** Host ABI: reads the first record whose number is `seq` or later into [buf, buf + size): u64 ts_nsec, u32 seq, u32
 *  priority (facility << 3 | level), u32 len, then its text, without a newline at its end. Returns the bytes written, 0
 *  at the end. */
export function kpi_log_read(seq: u32, buf: usize, size: u32): u32 {
  const record = ring_find(seq);
  const header: u32 = (<u32>offsetof<LogEntry>() + 7) & ~7;
  if (record === null || size < header) return 0;
  const entry = changetype<LogEntry>(buf);
  const length = min(record.text_len, size - header);
  entry.ts_nsec = record.ts_nsec;
  entry.seq = record.seq;
  entry.priority = ((<u32>record.facility) << 3) | record.level;
  entry.len = length;
  memory.copy(buf + header, record_text(record), length);
  return header + length;
}
