// Hashes of names, with numbers worked out by hand from linux/stringhash.h.

import { full_name_hash, hashlen_string } from "../namei";

describe("hashes of names", () => {
  test("a byte: (c << 4) + (c >> 4), times 11, times the golden ratio", () => {
    const a: u32 = (0x61 << 4) + (0x61 >> 4);
    expect(full_name_hash(0, cstr("a"), 1)).toBe(a * 11 * 0x61c88647);
    expect(full_name_hash(7, cstr("a"), 1)).toBe((7 + a) * 11 * 0x61c88647);
    const b: u32 = (0x62 << 4) + (0x62 >> 4);
    expect(full_name_hash(0, cstr("ab"), 2)).toBe((a * 11 + b) * 11 * 0x61c88647);
    expect(full_name_hash(5, cstr("ab"), 0)).toBe(5 * 0x61c88647);
  });

  test("a string: the same hash, and its length above it", () => {
    const both = hashlen_string(3, cstr("eth0"));
    expect(<u32>(both >> 32)).toBe(4);
    expect(<u32>both).toBe(full_name_hash(3, cstr("eth0"), 4));
    expect(<u32>(hashlen_string(0, cstr("")) >> 32)).toBe(0);
  });
});
