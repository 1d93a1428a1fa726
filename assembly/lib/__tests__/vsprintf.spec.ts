// Numbers and strings of vsnprintf, and how it treats buffers that are too small.
import { log_mark, log_text } from "../../__tests__/log";
import { scnprintf, snprintf, snprintf_, vsnprintf } from "../vsprintf";

const buf = memory.data(1024, 8);
const va = memory.data(64, 8);

/** Formats with 32-bit arguments; the length returned must be that of the text. */
function f(fmt: usize, a: usize = 0, b: usize = 0, c: usize = 0, d: usize = 0, e: usize = 0, g: usize = 0): string {
  const length = snprintf_(buf, 1024, fmt, a, b, c, d, e, g);
  assert(load<u8>(buf + length) == 0);
  return String.UTF8.decodeUnsafe(buf, length);
}

/** Formats one 64-bit argument. */
function f64(fmt: usize, value: u64): string {
  store<u64>(va, value);
  return String.UTF8.decodeUnsafe(buf, vsnprintf(buf, 1024, fmt, va));
}

describe("vsnprintf: text", () => {
  test("passes text, %% and %c", () => {
    expect(f(cstr(""))).toBe("");
    expect(f(cstr("100%%"))).toBe("100%");
    expect(f(cstr("a%cb"), 0x2a)).toBe("a*b");
    expect(f(cstr("[%3c|%-3c|%c]"), 0x61, 0x62, 0x63)).toBe("[  a|b  |c]");
  });

  test("%c of NUL counts", () => {
    expect(snprintf_(buf, 1024, cstr("x%cy"), 0)).toBe(3);
    expect(load<u32>(buf)).toBe(0x00790078);
  });

  test("strings: precision cuts, width pads", () => {
    expect(f(cstr("%s|%.3s|%.*s"), cstr("ABCD"), cstr("abcdef"), 3, cstr("123456"))).toBe("ABCD|abc|123");
    expect(f(cstr("%-3s|%3s|%-*s"), cstr("1"), cstr("2"), 3, cstr("3"))).toBe("1  |  2|3  ");
    expect(f(cstr("%*s|%*s"), 3, cstr("4"), <usize>-3, cstr("5"))).toBe("  4|5  ");
    expect(f(cstr("%-10.4s|%10.4s"), cstr("123456"), cstr("123456"))).toBe("1234      |      1234");
  });

  test("a negative precision is 0, an omitted one is none", () => {
    expect(f(cstr("%4.*s|"), <usize>-5, cstr("123456"))).toBe("    |");
    expect(f(cstr("%.s|%.0s|%.*s"), cstr("a"), cstr("b"), 0, cstr("c"))).toBe("a||");
  });

  test("bad string pointers are named", () => {
    expect(f(cstr("%s"), 0)).toBe("(null)");
    expect(f(cstr("%s"), 0xab)).toBe("(efault)");
    expect(f(cstr("%s"), 0xfff)).toBe("(efault)");
    expect(f(cstr("%s"), <usize>-11)).toBe("(efault)");
    expect(f(cstr("%s"), 0xa0000000)).toBe("(efault)"); // beyond memory: an MMIO cookie
    expect(f(cstr("%10s|%.3s|%-9s|"), 0, 0, 0xab)).toBe("    (null)|(nu|(efault) |");
  });

  test("stops at a conversion it does not know, and says so once", () => {
    log_mark();
    expect(f(cstr("abc%yz%d"), 1)).toBe("abc");
    expect(f(cstr("abc%n"), 1)).toBe("abc");
    expect(f(cstr("abc%"), 1)).toBe("abc");
    expect(log_text().split("Please remove unsupported %y in format string").length).toBe(2);
  });
});

describe("vsnprintf: integers", () => {
  test("signs and widths", () => {
    expect(f(cstr("%d|%03d|%3d|%+d|% d|%+d"), 0, 1, 12, 123, 1234, <usize>-123)).toBe("0|001| 12|+123| 1234|-123");
    expect(f(cstr("%-5d|%05d|%+05d|% 05d|%-05d|"), 42, <usize>-42, 42, 42, 42)).toBe("42   |-0042|+0042| 0042|42   |");
    expect(f(cstr("%i|%u"), <usize>i32.MIN_VALUE, <usize>-1)).toBe("-2147483648|4294967295");
  });

  test("bases and prefixes", () => {
    expect(f(cstr("%x|%X|%#x|%#X|%o|%#o"), 0xbeef, 0xbeef, 0xbeef, 0xbeef, 8, 8)).toBe(
      "beef|BEEF|0xbeef|0XBEEF|10|010",
    );
    expect(f(cstr("%#-12x|%#12x|%#012x"), 0x1234abcd, 0x1234abcd, 0x1234abcd)).toBe(
      "0x1234abcd  |  0x1234abcd|0x001234abcd",
    );
    expect(f(cstr("%#x|%#o"), 0, 0)).toBe("0x0|0");
    expect(f(cstr("%#02x|%#06x"), 0xf0, 0xf0)).toBe("0xf0|0x00f0");
  });

  test("precision is a minimum of digits; of 0 it still prints one", () => {
    expect(f(cstr("%.2d|%.1d|%.0d|%.*d|%1.0d"), 0, 0, 0, 0, 0, 0)).toBe("00|0|0|0|0");
    expect(f(cstr("%8.3d|%-8.3d|%.8x"), 5, 5, 0xab)).toBe("     005|005     |000000ab");
    expect(f(cstr("%08.3d"), 5)).toBe("00000005");
  });

  test("hh and h cut, with the sign of the conversion", () => {
    expect(f(cstr("%hhu|%hhu|%hhu|%hhu|%hhu"), 0, 1, 257, 128, <usize>-1)).toBe("0|1|1|128|255");
    expect(f(cstr("%hhd|%hhd|%hhd|%hhd|%hhd"), 0, 1, 257, 128, <usize>-1)).toBe("0|1|1|-128|-1");
    expect(f(cstr("%ho%ho%#ho"), 1037, 5282, <usize>-11627)).toBe("2015122420151225");
    expect(f(cstr("%hd|%hu"), 0x18000, 0x18000)).toBe("-32768|32768");
  });

  test("l, z and t are 32 bits wide; t is signed even for x", () => {
    expect(f(cstr("%ld|%lu|%zd|%zu|%td"), <usize>-1, <usize>-1, <usize>-1, <usize>-1, <usize>-1)).toBe(
      "-1|4294967295|-1|4294967295|-1",
    );
    expect(f(cstr("%tx|%lx"), <usize>-1, <usize>-1)).toBe("ffffffffffffffff|ffffffff");
  });

  test("64 bits", () => {
    expect(f64(cstr("%llu"), u64.MAX_VALUE)).toBe("18446744073709551615");
    expect(f64(cstr("%lld"), <u64>i64.MIN_VALUE)).toBe("-9223372036854775808");
    expect(f64(cstr("%Lx"), 0x0123456789abcdef)).toBe("123456789abcdef");
    expect(f64(cstr("%#llo"), u64.MAX_VALUE)).toBe("01777777777777777777777");
    expect(f64(cstr("%llu"), 100000000000)).toBe("100000000000");
  });

  test("64-bit arguments are aligned to 8", () => {
    store<u32>(va, 7);
    store<u64>(va + 8, 1 << 40);
    store<u32>(va + 16, 9);
    expect(String.UTF8.decodeUnsafe(buf, vsnprintf(buf, 1024, cstr("%d %lld %d"), va))).toBe("7 1099511627776 9");
  });
});

describe("vsnprintf: buffers", () => {
  test("returns the whole length and never writes beyond the size", () => {
    for (let size: u32 = 0; size <= 12; size++) {
      memory.fill(buf, 0x24, 64);
      store<u32>(va, 12345);
      store<u32>(va + 4, <u32>cstr("abc"));
      expect(vsnprintf(buf + 16, size, cstr("%-6d%5s"), va)).toBe(11);
      for (let i: u32 = 0; i < 16; i++) assert(load<u8>(buf + i) == 0x24);
      for (let i = 16 + size; i < 64; i++) assert(load<u8>(buf + i) == 0x24, "wrote beyond");
      if (!size) continue;
      const written = min<u32>(size - 1, 11);
      expect(load<u8>(buf + 16 + written)).toBe(0);
      expect(String.UTF8.decodeUnsafe(buf + 16, written)).toBe("12345   abc".substring(0, written));
    }
  });

  test("scnprintf returns what is there", () => {
    store<u32>(va, 12345);
    expect(scnprintf(buf, 4, cstr("%d"), va)).toBe(3);
    expect(scnprintf(buf, 0, cstr("%d"), va)).toBe(0);
    expect(scnprintf(buf, 64, cstr("%d"), va)).toBe(5);
    expect(snprintf(buf, 4, cstr("%d"), va)).toBe(5);
  });

  test("a size above INT_MAX is refused", () => {
    expect(vsnprintf(buf, <usize>-1, cstr("x"), va)).toBe(0);
  });
});
