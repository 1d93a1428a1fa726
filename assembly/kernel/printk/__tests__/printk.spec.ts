import { CLOCK_NS } from "../../../arch/wasm/memory";
import { kpi_log_read } from "../console";
import { _printk, console_printk, pr, vprintk_emit } from "../printk";
import { line, log_count, log_mark } from "../../../__tests__/log";
import { ring_find, ring_first_seq, ring_readable_end } from "../ring";

const buf = memory.data(4096, 8);
/** Bytes before a record's text. */
const LOG_HEADER: u32 = 24;

function at(ns: u64): void {
  store<u64>(CLOCK_NS, ns);
}

describe("printk", () => {
  test("writes a line with its time", () => {
    at(123456789);
    pr(cstr("\x016hello %s %d\n"), <u32>cstr("world"), <u32>-5);
    expect(line(-1)).toBe("[    0.123456] hello world -5");
  });

  test("returns the length without level and newline", () => {
    expect(_printk(cstr("\x014abc\n"), 0)).toBe(3);
    expect(_printk(cstr("abc"), 0)).toBe(3);
    pr(cstr("\x016a whole line"));
    expect(line(-1)).toBe("[    0.123456] a whole line");
  });

  test("seconds are padded to five digits and may exceed them", () => {
    at(123456000007000);
    pr(cstr("\x016late\n"));
    expect(line(-1)).toBe("[123456.000007] late");
  });

  test("KERN_CONT completes an open line, another message closes it", () => {
    at(1000000000);
    log_mark();
    _printk(cstr("\x016one,"), 0);
    expect(log_count()).toBe(0);
    _printk(cstr("\x01c two,"), 0);
    at(2000000000);
    _printk(cstr("\x01c three\n"), 0);
    expect(line(-1)).toBe("[    1.000000] one, two, three");
    _printk(cstr("\x016open"), 0);
    _printk(cstr("\x016closed\n"), 0);
    expect(log_count()).toBe(3);
    expect(line(-2)).toBe("[    2.000000] open");
    _printk(cstr("\x01ccontinues nothing\n"), 0);
    expect(line(-1)).toBe("[    2.000000] continues nothing");
  });

  test("each line of a message has the time", () => {
    at(5000000);
    pr(cstr("\x016first\nsecond\n"));
    expect(line(-2)).toBe("[    0.005000] first");
    expect(line(-1)).toBe("[    0.005000] second");
  });

  test("the console shows levels below its own; the log keeps all", () => {
    log_mark();
    const level = load<u32>(console_printk);
    store<u32>(console_printk, 5);
    pr(cstr("\x015not shown\n"));
    expect(log_count()).toBe(0);
    pr(cstr("\x014shown\n"));
    expect(log_count()).toBe(1);
    store<u32>(console_printk, level);
    const length = kpi_log_read(ring_readable_end() - 2, buf, 4096);
    expect(String.UTF8.decodeUnsafe(buf + LOG_HEADER, length - LOG_HEADER)).toBe("not shown");
    expect(load<u64>(buf)).toBe(5000000);
    expect(load<u32>(buf, 12)).toBe(5);
  });

  test("a message without a level has the default one, of two levels the first counts", () => {
    pr(cstr("plain\n"));
    expect(ring_find(ring_readable_end() - 1)!.level).toBe(4);
    pr(cstr("\x013\x016both\n"));
    expect(ring_find(ring_readable_end() - 1)!.level).toBe(3);
    expect(line(-1)).toBe("[    0.005000] both");
    vprintk_emit(0, 2, 1, cstr("%% no newline"), 0);
    expect(ring_find(ring_readable_end() - 1)!.level).toBe(2);
    expect(line(-1)).toBe("[    0.005000] % no newline");
  });

  test("a line is cut at 991 characters", () => {
    memory.fill(buf, 0x78, 2000);
    store<u8>(buf + 2000, 0);
    pr(cstr("\x016%s\n"), <u32>buf);
    expect(ring_find(ring_readable_end() - 1)!.text_len).toBe(989); // the level takes two
  });

  test("the oldest records are dropped, numbers go on", () => {
    for (let i: u32 = 0; i < 5000; i++) pr(cstr("\x016message %u of many that wrap around\n"), i);
    const first = ring_first_seq();
    const end = ring_readable_end();
    expect(first).toBeGreaterThan(0);
    expect(end - first).toBeGreaterThan(700);
    for (let seq = first; seq < end; seq++) assert(ring_find(seq)!.seq == seq);
    expect(ring_find(0)!.seq).toBe(first);
    expect(line(-1)).toBe("[    0.005000] message 4999 of many that wrap around");
    expect(kpi_log_read(end, buf, 4096)).toBe(0);
  });

  test("reading is bounded by the buffer", () => {
    pr(cstr("\x016a\nb\nc\n"));
    const seq = ring_readable_end() - 1;
    const length = kpi_log_read(seq, buf, 4096);
    const read = String.UTF8.decodeUnsafe(buf + LOG_HEADER, length - LOG_HEADER);
    expect(read).toBe("a\nb\nc");
    expect(load<u32>(buf, 8)).toBe(seq);
    expect(load<u32>(buf, 16)).toBe(length - LOG_HEADER);
    store<u8>(buf + 26, 0xee);
    expect(kpi_log_read(seq, buf, 26)).toBe(26);
    expect(load<u8>(buf + 26)).toBe(0xee);
    expect(kpi_log_read(seq, buf, 20)).toBe(0);
  });
});
