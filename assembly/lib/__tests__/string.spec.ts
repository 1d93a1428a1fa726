import { E2BIG, EINVAL } from "../../abi";
import { memchr, memchr_inv, memcmp, memcpy_and_pad, memmove, memscan, memset16, memset64 } from "../memory";
import {
  strcasecmp,
  strcat,
  strchr,
  strchrnul,
  strcmp,
  strcpy,
  strcspn,
  strlcat,
  strlcpy,
  strlen,
  strncasecmp,
  strncat,
  strnchr,
  strncmp,
  strncpy,
  strnlen,
  strnstr,
  strpbrk,
  strrchr,
  strscpy,
  strscpy_pad,
  strsep,
  strspn,
  strstr,
} from "../string";
import { match_string, skip_spaces, string_get_size, strim, strreplace, sysfs_streq } from "../string_helpers";
import { UNESCAPE_ANY, UNESCAPE_HEX, UNESCAPE_SPACE } from "../../abi";
import { string_unescape } from "../string_escape";

const buf = memory.data(256, 8);
const cell = memory.data(16, 8);

function text(at: usize): string {
  return String.UTF8.decodeUnsafe(at, strlen(at));
}

/** The offset of a result in `s`, -1 for NULL. */
function offset(found: usize, s: usize): i32 {
  return found ? <i32>(found - s) : -1;
}

describe("strings", () => {
  test("copying", () => {
    expect(text(strcpy(buf, cstr("hello")))).toBe("hello");
    memory.fill(buf, 0xee, 16);
    strncpy(buf, cstr("ab"), 5);
    expect(load<u64>(buf)).toBe(0xeeeeee0000006261);
    strncpy(buf, cstr("abcdef"), 3);
    expect(load<u32>(buf)).toBe(0x00636261);
    memory.fill(buf, 0xee, 16);
    expect(strlcpy(buf, cstr("abcdef"), 4)).toBe(6);
    expect(text(buf)).toBe("abc");
    expect(load<u8>(buf, 4)).toBe(0xee);
    expect(strlcpy(buf, cstr("x"), 0)).toBe(1);
    expect(text(buf)).toBe("abc");
  });

  test("strscpy says when it cut", () => {
    expect(strscpy(buf, cstr("abc"), 4)).toBe(3);
    expect(strscpy(buf, cstr("abcd"), 4)).toBe(-E2BIG);
    expect(text(buf)).toBe("abc");
    expect(strscpy(buf, cstr("a"), 0)).toBe(-E2BIG);
    expect(strscpy(buf, cstr("a"), <usize>-1)).toBe(-E2BIG);
    expect(strscpy(buf, cstr(""), 1)).toBe(0);
    memory.fill(buf, 0xee, 8);
    expect(strscpy_pad(buf, cstr("ab"), 6)).toBe(2);
    expect(load<u64>(buf)).toBe(0xeeee000000006261);
  });

  test("appending", () => {
    strcpy(buf, cstr("ab"));
    expect(text(strcat(buf, cstr("cd")))).toBe("abcd");
    expect(text(strncat(buf, cstr("efgh"), 2))).toBe("abcdef");
    expect(strlcat(buf, cstr("ghij"), 9)).toBe(10);
    expect(text(buf)).toBe("abcdefgh");
  });

  test("comparing", () => {
    expect(strcmp(cstr("abc"), cstr("abc"))).toBe(0);
    expect(strcmp(cstr("abc"), cstr("abd"))).toBe(-1);
    expect(strcmp(cstr("abc"), cstr("ab"))).toBe(1);
    expect(strcmp(cstr("\u00e9"), cstr("a"))).toBe(1); // bytes are unsigned
    expect(strncmp(cstr("abcx"), cstr("abcy"), 3)).toBe(0);
    expect(strncmp(cstr("a"), cstr("b"), 0)).toBe(0);
    expect(strcasecmp(cstr("HeLLo"), cstr("hEllO"))).toBe(0);
    expect(strcasecmp(cstr("a"), cstr("C"))).toBe(-2);
    expect(strncasecmp(cstr("ABCx"), cstr("abcY"), 3)).toBe(0);
  });

  test("searching", () => {
    const s = cstr("hello world");
    expect(offset(strchr(s, 0x6f), s)).toBe(4);
    expect(offset(strchr(s, 0), s)).toBe(11);
    expect(offset(strchr(s, 0x7a), s)).toBe(-1);
    expect(offset(strchrnul(s, 0x7a), s)).toBe(11);
    expect(offset(strrchr(s, 0x6f), s)).toBe(7);
    expect(offset(strrchr(s, 0), s)).toBe(11);
    expect(offset(strrchr(s, 0x7a), s)).toBe(-1);
    expect(offset(strnchr(s, 4, 0x6f), s)).toBe(-1);
    expect(offset(strnchr(s, 5, 0x6f), s)).toBe(4);
    expect(offset(strnchr(s, 99, 0), s)).toBe(11);
    expect(offset(strstr(s, cstr("wor")), s)).toBe(6);
    expect(offset(strstr(s, cstr("")), s)).toBe(0);
    expect(offset(strstr(s, cstr("worldly")), s)).toBe(-1);
    expect(offset(strnstr(s, cstr("wor"), 8), s)).toBe(-1);
    expect(offset(strnstr(s, cstr("wor"), 9), s)).toBe(6);
    expect(offset(strpbrk(s, cstr("wxyz")), s)).toBe(6);
    expect(offset(strpbrk(s, cstr("xyz")), s)).toBe(-1);
    expect(strspn(s, cstr("ehl"))).toBe(4);
    expect(strcspn(s, cstr("ow"))).toBe(4);
    expect(strcspn(s, cstr(""))).toBe(11);
    expect(strnlen(s, 4)).toBe(4);
    expect(strnlen(s, 40)).toBe(11);
  });

  test("strsep gives empty tokens and ends with NULL", () => {
    strcpy(buf, cstr("a,,b;c"));
    store<usize>(cell, buf);
    expect(text(strsep(cell, cstr(",;")))).toBe("a");
    expect(text(strsep(cell, cstr(",;")))).toBe("");
    expect(text(strsep(cell, cstr(",;")))).toBe("b");
    expect(text(strsep(cell, cstr(",;")))).toBe("c");
    expect(load<usize>(cell)).toBe(0);
    expect(strsep(cell, cstr(",;"))).toBe(0);
  });

  test("white space and newlines", () => {
    expect(text(skip_spaces(cstr(" \t\n x ")))).toBe("x ");
    strcpy(buf, cstr("  a b \n"));
    expect(text(strim(buf))).toBe("a b");
    strcpy(buf, cstr("   "));
    expect(text(strim(buf))).toBe("");
    expect(sysfs_streq(cstr("on\n"), cstr("on"))).toBe(true);
    expect(sysfs_streq(cstr("on"), cstr("on\n"))).toBe(true);
    expect(sysfs_streq(cstr("on"), cstr("on\n\n"))).toBe(false);
    expect(sysfs_streq(cstr("on"), cstr("onn"))).toBe(false);
    strcpy(buf, cstr("a-b-c"));
    expect(strreplace(buf, 0x2d, 0x5f)).toBe(buf + 5);
    expect(text(buf)).toBe("a_b_c");
  });

  test("match_string stops at its count and at NULL", () => {
    store<usize>(buf, cstr("one"));
    store<usize>(buf, cstr("two"), 4);
    store<usize>(buf, 0, 8);
    expect(match_string(buf, 9, cstr("two"))).toBe(1);
    expect(match_string(buf, 1, cstr("two"))).toBe(-EINVAL);
    expect(match_string(buf, <usize>-1, cstr("three"))).toBe(-EINVAL);
  });

  test("sizes have three digits", () => {
    string_get_size(0, 512, 1, buf, 32);
    expect(text(buf)).toBe("0 B");
    string_get_size(500, 1, 1, buf, 32);
    expect(text(buf)).toBe("500 B");
    string_get_size(16384, 1, 1, buf, 32);
    expect(text(buf)).toBe("16.0 KiB");
    string_get_size(16384, 1, 0, buf, 32);
    expect(text(buf)).toBe("16.4 kB");
    string_get_size(8192, 4096, 1, buf, 32);
    expect(text(buf)).toBe("32.0 MiB");
    string_get_size(8192, 4096, 0, buf, 32);
    expect(text(buf)).toBe("33.6 MB");
    string_get_size(1999, 1, 0, buf, 32);
    expect(text(buf)).toBe("2.00 kB");
    string_get_size(u64.MAX_VALUE, 4096, 1, buf, 32);
    expect(text(buf)).toBe("64.0 ZiB");
    string_get_size(u64.MAX_VALUE, 4096, 0, buf, 32);
    expect(text(buf)).toBe("75.6 ZB");
  });

  test("escapes are read", () => {
    expect(string_unescape(cstr("a\\n\\x41\\101\\\\\\q"), buf, 0, UNESCAPE_ANY)).toBe(7);
    expect(text(buf)).toBe("a\nAA\\\\q");
    string_unescape(cstr("\\n\\x4142"), buf, 0, UNESCAPE_HEX);
    expect(text(buf)).toBe("\\nA42");
    string_unescape(cstr("\\777"), buf, 0, UNESCAPE_ANY);
    expect(load<u8>(buf)).toBe(0x3f); // \77, then 7
    expect(load<u8>(buf, 1)).toBe(0x37);
    expect(string_unescape(cstr("abcdef"), buf, 4, UNESCAPE_SPACE)).toBe(3);
    expect(text(buf)).toBe("abc");
  });
});

describe("memory", () => {
  test("moves, compares and searches", () => {
    strcpy(buf, cstr("0123456789abcdef"));
    memmove(buf + 2, buf, 8);
    expect(text(buf)).toBe("0101234567abcdef");
    expect(memcmp(cstr("0123456789"), cstr("0123456789"), 10)).toBe(0);
    expect(memcmp(cstr("01234567x9"), cstr("01234567a9"), 10)).toBe(0x78 - 0x61);
    expect(memcmp(cstr("a\u00ff"), cstr("aa"), 2) > 0).toBe(true);
    expect(memcmp(cstr("a"), cstr("b"), 0)).toBe(0);
    expect(offset(memchr(buf, 0x61, 16), buf)).toBe(10);
    expect(memchr(buf, 0x61, 10)).toBe(0);
    expect(offset(memscan(buf, 0x7a, 16), buf)).toBe(16);
  });

  test("memchr_inv finds what differs at every offset", () => {
    memory.fill(buf, 0x24, 64);
    expect(memchr_inv(buf, 0x24, 64)).toBe(0);
    for (let i: usize = 0; i < 40; i++) {
      store<u8>(buf + i, 0);
      expect(offset(memchr_inv(buf + (i & 7), 0x24, 40), buf)).toBe(<i32>i);
      expect(memchr_inv(buf, 0x24, i)).toBe(0);
      store<u8>(buf + i, 0x24);
    }
  });

  test("patterns and padding", () => {
    memset16(buf, 0x1234, 3);
    memset64(buf + 8, 0x0102030405060708, 1);
    expect(load<u32>(buf, 2)).toBe(0x12341234);
    expect(load<u64>(buf, 8)).toBe(0x0102030405060708);
    memcpy_and_pad(buf, 6, cstr("abc"), 3, 0x2e);
    expect(load<u32>(buf, 2)).toBe(0x2e2e2e63);
    memcpy_and_pad(buf, 2, cstr("xyz"), 3, 0x2e);
    expect(load<u32>(buf)).toBe(0x2e637978);
  });
});
