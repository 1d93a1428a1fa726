import { EINVAL, ERANGE } from "../../abi";
import {
  kstrtobool,
  kstrtoint,
  kstrtoll,
  kstrtos16,
  kstrtos8,
  kstrtou16,
  kstrtou8,
  kstrtouint,
  kstrtoull,
  simple_strtol,
  simple_strtoull,
} from "../kstrtox";
import { vsscanf } from "../vsscanf";
import { get_option, get_options, memparse, next_arg } from "../cmdline";
import { strcpy, strlen } from "../string";

const value = memory.data(64, 8);
const buf = memory.data(256, 8);
const va = memory.data(64, 8);

function text(at: usize): string {
  return String.UTF8.decodeUnsafe(at, strlen(at));
}

/** kstrtoull's number, or its error. */
function ull(s: usize, base: u32): i64 {
  const error = kstrtoull(s, base, value);
  return error ? error : load<i64>(value);
}

function ll(s: usize, base: u32): i64 {
  store<i64>(value, 77);
  const error = kstrtoll(s, base, value);
  if (error) expect(load<i64>(value)).toBe(77);
  return error ? error : load<i64>(value);
}

describe("kstrto*", () => {
  test("bases and prefixes", () => {
    expect(ull(cstr("123"), 0)).toBe(123);
    expect(ull(cstr("0x1F"), 0)).toBe(31);
    expect(ull(cstr("0X1f"), 16)).toBe(31);
    expect(ull(cstr("1f"), 16)).toBe(31);
    expect(ull(cstr("017"), 0)).toBe(15);
    expect(ull(cstr("017"), 10)).toBe(17);
    expect(ull(cstr("101"), 2)).toBe(5);
    expect(ull(cstr("+5\n"), 0)).toBe(5);
    expect(ull(cstr("18446744073709551615"), 0)).toBe(-1);
  });

  test("the whole string must be a number", () => {
    for (let i = 0; i < 1; i++) {
      expect(ull(cstr(""), 0)).toBe(-EINVAL);
      expect(ull(cstr("\n"), 0)).toBe(-EINVAL);
      expect(ull(cstr("0x"), 0)).toBe(-EINVAL);
      expect(ull(cstr("5\n\n"), 0)).toBe(-EINVAL);
      expect(ull(cstr(" 5"), 0)).toBe(-EINVAL);
      expect(ull(cstr("5 "), 0)).toBe(-EINVAL);
      expect(ull(cstr("8"), 8)).toBe(-EINVAL);
      expect(ull(cstr("-5"), 0)).toBe(-EINVAL);
      expect(ull(cstr("+-5"), 0)).toBe(-EINVAL);
      expect(ll(cstr("--5"), 0)).toBe(-EINVAL);
      expect(ll(cstr("-+5"), 0)).toBe(-EINVAL);
    }
  });

  test("ranges", () => {
    expect(ull(cstr("18446744073709551616"), 0)).toBe(-ERANGE);
    expect(ull(cstr("99999999999999999999"), 0)).toBe(-ERANGE);
    expect(ll(cstr("9223372036854775807"), 0)).toBe(i64.MAX_VALUE);
    expect(ll(cstr("9223372036854775808"), 0)).toBe(-ERANGE);
    expect(ll(cstr("-9223372036854775808"), 0)).toBe(i64.MIN_VALUE);
    expect(ll(cstr("-9223372036854775809"), 0)).toBe(-ERANGE);
    expect(kstrtouint(cstr("4294967295"), 0, value)).toBe(0);
    expect(kstrtouint(cstr("4294967296"), 0, value)).toBe(-ERANGE);
    expect(kstrtoint(cstr("-2147483648"), 0, value)).toBe(0);
    expect(load<i32>(value)).toBe(i32.MIN_VALUE);
    expect(kstrtoint(cstr("2147483648"), 0, value)).toBe(-ERANGE);
    expect(kstrtou16(cstr("65536"), 0, value)).toBe(-ERANGE);
    expect(kstrtos16(cstr("-32768"), 0, value)).toBe(0);
    expect(kstrtos16(cstr("32768"), 0, value)).toBe(-ERANGE);
    expect(kstrtou8(cstr("256"), 0, value)).toBe(-ERANGE);
    expect(kstrtos8(cstr("-129"), 0, value)).toBe(-ERANGE);
  });

  test("narrow results write no more than they are", () => {
    store<u64>(value, <u64>-1);
    kstrtou8(cstr("18"), 0, value);
    expect(load<u64>(value)).toBe(0xffffffffffffff12);
    kstrtos16(cstr("-2"), 0, value + 2);
    expect(load<u64>(value)).toBe(0xfffffffffffeff12);
  });

  test("bools", () => {
    for (let i = 0; i < 10; i++) {
      store<u8>(buf, load<u8>(cstr("yYtT1nNfF0") + i));
      store<u8>(buf, 0, 1);
      expect(kstrtobool(buf, value)).toBe(0);
      expect(load<u8>(value)).toBe(i < 5 ? 1 : 0);
    }
    expect(kstrtobool(cstr("On"), value)).toBe(0);
    expect(load<u8>(value)).toBe(1);
    expect(kstrtobool(cstr("oFf"), value)).toBe(0);
    expect(load<u8>(value)).toBe(0);
    expect(kstrtobool(cstr("o"), value)).toBe(-EINVAL);
    expect(kstrtobool(cstr("oy"), value)).toBe(-EINVAL);
    expect(kstrtobool(cstr("2"), value)).toBe(-EINVAL);
    expect(kstrtobool(cstr(""), value)).toBe(-EINVAL);
    expect(kstrtobool(0, value)).toBe(-EINVAL);
  });

  test("simple_strto* take what they find", () => {
    expect(simple_strtoull(cstr("12abc"), value, 10)).toBe(12);
    expect(text(load<usize>(value))).toBe("abc");
    expect(simple_strtol(cstr("-0x10 "), value, 0)).toBe(-16);
    expect(text(load<usize>(value))).toBe(" ");
    expect(simple_strtoull(cstr("0xg"), value, 0)).toBe(0);
    expect(text(load<usize>(value))).toBe("xg");
  });
});

/** Scans into consecutive words of `value`. */
function scan(s: usize, fmt: usize): i32 {
  for (let i: usize = 0; i < 8; i++) store<usize>(va + i * 4, value + i * 8);
  memory.fill(value, 0xee, 64);
  return vsscanf(s, fmt, va);
}

describe("sscanf", () => {
  test("numbers", () => {
    expect(scan(cstr("12 -7 0x1f 17 ff"), cstr("%d %d %i %o %x"))).toBe(5);
    expect(load<i32>(value)).toBe(12);
    expect(load<i32>(value, 8)).toBe(-7);
    expect(load<i32>(value, 16)).toBe(31);
    expect(load<i32>(value, 24)).toBe(15);
    expect(load<i32>(value, 32)).toBe(255);
  });

  test("widths and qualifiers", () => {
    expect(scan(cstr("12345678"), cstr("%3d%2hhu%hd"))).toBe(3);
    expect(load<i32>(value)).toBe(123);
    expect(load<u32>(value, 8)).toBe(0xeeeeee2d);
    expect(load<u32>(value, 16)).toBe(0xeeee02a6);
    expect(scan(cstr("1234567890123 5"), cstr("%lld %n"))).toBe(1);
    expect(load<u64>(value)).toBe(1234567890123);
    expect(load<i32>(value, 8)).toBe(14);
    expect(scan(cstr("0x12"), cstr("%1x%c"))).toBe(2);
    expect(load<u32>(value)).toBe(0);
    expect(load<u8>(value, 8)).toBe(0x78);
  });

  test("strings, characters and sets", () => {
    expect(scan(cstr("  word next"), cstr("%s %3c"))).toBe(2);
    expect(text(value)).toBe("word");
    expect(load<u32>(value, 8) & 0xffffff).toBe(0x78656e);
    expect(scan(cstr("00:0a:95"), cstr("%2[^:]:%2[^:]:%2[0123456789]"))).toBe(3);
    expect(text(value)).toBe("00");
    expect(text(value + 8)).toBe("0a");
    expect(text(value + 16)).toBe("95");
    expect(scan(cstr("abc"), cstr("%3[xyz]"))).toBe(0);
    expect(scan(cstr("abc"), cstr("%[abc]"))).toBe(0); // a width is required
  });

  test("stops where text and format part", () => {
    expect(scan(cstr("1,2;3"), cstr("%d,%d,%d"))).toBe(2);
    expect(scan(cstr("x"), cstr("%d"))).toBe(0);
    expect(scan(cstr("-"), cstr("%d"))).toBe(0);
    expect(scan(cstr("5"), cstr("%d%d"))).toBe(1);
    expect(scan(cstr("100%"), cstr("%d%%"))).toBe(1);
    expect(scan(cstr("skip 7"), cstr("%*s %d"))).toBe(1);
    expect(load<i32>(value)).toBe(7);
  });
});

describe("command lines", () => {
  test("next_arg: words, quotes, values", () => {
    strcpy(buf, cstr('debug=5 name="a b"   flag "q=x y" last='));
    let at = next_arg(buf, value, value + 4);
    expect(text(load<usize>(value)) + "|" + text(load<usize>(value, 4))).toBe("debug|5");
    at = next_arg(at, value, value + 4);
    expect(text(load<usize>(value)) + "|" + text(load<usize>(value, 4))).toBe("name|a b");
    at = next_arg(at, value, value + 4);
    expect(text(load<usize>(value))).toBe("flag");
    expect(load<usize>(value, 4)).toBe(0);
    at = next_arg(at, value, value + 4);
    expect(text(load<usize>(value)) + "|" + text(load<usize>(value, 4))).toBe("q|x y");
    at = next_arg(at, value, value + 4);
    expect(text(load<usize>(value)) + "|" + text(load<usize>(value, 4))).toBe("last|");
    expect(load<u8>(at)).toBe(0);
  });

  test("get_option and get_options", () => {
    store<usize>(value, cstr("-5,"));
    expect(get_option(value, value + 8)).toBe(2);
    expect(load<i32>(value, 8)).toBe(-5);
    store<usize>(value, cstr("7"));
    expect(get_option(value, value + 8)).toBe(1);
    expect(get_option(value, value + 8)).toBe(0);
    expect(text(get_options(cstr("1,3-6,9x"), 8, buf))).toBe("x");
    expect(load<i32>(buf)).toBe(6);
    expect(load<u64>(buf, 4)).toBe(0x0000000300000001);
    expect(load<u64>(buf, 12)).toBe(0x0000000500000004);
    expect(load<u64>(buf, 20)).toBe(0x0000000900000006);
    get_options(cstr("1-9"), 4, buf);
    expect(load<i32>(buf, 4)).toBe(1);
    expect(load<i32>(buf, 12)).toBe(3);
    get_options(cstr("1,2-4"), 0, buf);
    expect(load<i32>(buf)).toBe(4);
  });

  test("memparse", () => {
    expect(memparse(cstr("64M,"), value)).toBe(64 << 20);
    expect(text(load<usize>(value))).toBe(",");
    expect(memparse(cstr("0x10k"), 0)).toBe(16 << 10);
    expect(memparse(cstr("2E"), 0)).toBe((<u64>2) << 60);
    expect(memparse(cstr("5x"), value)).toBe(5);
    expect(text(load<usize>(value))).toBe("x");
  });
});
