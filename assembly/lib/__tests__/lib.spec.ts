// Small parts of lib: sums, tables, sorting, hashes, hex, random numbers, texts in pieces.
import { dql, EINVAL, rnd_state } from "../../abi";
import { byte_rev_table } from "../bitrev";
import { __crc32c_le, __crc32c_le_shift, crc32_be, crc32_le, crc32_le_shift } from "../crc32";
import { _ctype, isspace, isxdigit, tolower } from "../ctype";
import { dql_completed, dql_init } from "../dynamic_queue_limits";
import { bin2hex, hex2bin, hex_dump_to_buffer, hex_to_bin, print_hex_dump } from "../hexdump";
import { __sw_hweight16, __sw_hweight64 } from "../hweight";
import { lib_init } from "../init";
import { list_add_tail, INIT_LIST_HEAD, list_next, list_prev } from "../list";
import { list_sort } from "../list_sort";
import {
  __div64_32,
  div64_s64,
  gcd,
  int_pow,
  int_sqrt,
  int_sqrt64,
  lcm,
  mul_u64_u64_div_u64,
  rational_best_approximation,
  reciprocal_value,
} from "../math";
import { last_line } from "../../__tests__/log";
import { mac_pton } from "../net_utils";
import { __get_random_u32_below, prandom_bytes_state, prandom_u32_state } from "../random";
import { seq_init, seq_overflowed, seq_printf, seq_putc, seq_puts, seq_text, seq_used } from "../seq_buf";
import { __hsiphash_unaligned, __siphash_unaligned, siphash_1u32, siphash_1u64, siphash_3u32 } from "../siphash";
import { sort, sort_r } from "../sort";
import { strlen } from "../string";
import { uuid_gen, uuid_is_valid, uuid_parse, guid_parse } from "../uuid";

const buf = memory.data(512, 8);
const cell = memory.data(32, 8);

lib_init();

function text(at: usize): string {
  return String.UTF8.decodeUnsafe(at, strlen(at));
}

function compare_u32(a: usize, b: usize): i32 {
  const x = load<u32>(a);
  const y = load<u32>(b);
  return x < y ? -1 : x > y ? 1 : 0;
}

function compare_first(a: usize, b: usize, priv: usize): i32 {
  store<u32>(priv, load<u32>(priv) + 1);
  return <i32>load<u8>(a) - <i32>load<u8>(b);
}

function compare_entries(priv: usize, a: usize, b: usize): i32 {
  return <i32>load<u32>(a, 8) - <i32>load<u32>(b, 8);
}

describe("crc32", () => {
  test("check values of the catalogue", () => {
    const digits = cstr("123456789");
    expect(~crc32_le(~0, digits, 9)).toBe(0xcbf43926);
    expect(~__crc32c_le(~0, digits, 9)).toBe(0xe3069283);
    expect(~crc32_be(~0, digits, 9)).toBe(0xfc891918); // CRC-32/BZIP2
    expect(crc32_be(~0, digits, 9)).toBe(0x0376e6e7); // CRC-32/MPEG-2
    expect(crc32_le(5, digits, 0)).toBe(5);
  });

  test("shifting is appending zeros", () => {
    memory.fill(buf, 0, 300);
    for (let len: u32 = 0; len < 300; len += 7) {
      assert(crc32_le_shift(0x12345678, len) == crc32_le(0x12345678, buf, len));
      assert(__crc32c_le_shift(0x9abcdef0, len) == __crc32c_le(0x9abcdef0, buf, len));
    }
  });
});

describe("tables", () => {
  test("bit reversal and weights", () => {
    expect(load<u8>(byte_rev_table, 0x01)).toBe(0x80);
    expect(load<u8>(byte_rev_table, 0xf1)).toBe(0x8f);
    for (let i: u32 = 0; i < 256; i++) assert(load<u8>(byte_rev_table + load<u8>(byte_rev_table + i)) == <u8>i);
    expect(__sw_hweight16(0x1f0f0)).toBe(8);
    expect(__sw_hweight64(0xf000000000000001)).toBe(5);
  });

  test("ctype", () => {
    expect(isspace(0x20) && isspace(0x0b) && isspace(0xa0) && !isspace(0x1f)).toBe(true);
    expect(isxdigit(0x66) && isxdigit(0x39) && !isxdigit(0x67)).toBe(true);
    expect(tolower(0x5a)).toBe(0x7a);
    expect(tolower(0xc0)).toBe(0xe0);
    expect(load<u8>(_ctype, 0x41)).toBe(0x41); // upper and hex
  });
});

describe("math", () => {
  test("roots and powers", () => {
    expect(int_sqrt(0)).toBe(0);
    expect(int_sqrt(99)).toBe(9);
    expect(int_sqrt(u32.MAX_VALUE)).toBe(65535);
    expect(int_sqrt64(u64.MAX_VALUE)).toBe(u32.MAX_VALUE);
    expect(int_pow(3, 40)).toBe(12157665459056928801);
  });

  test("division", () => {
    store<u64>(cell, 1000000000000);
    expect(__div64_32(cell, 7)).toBe(1);
    expect(load<u64>(cell)).toBe(142857142857);
    expect(div64_s64(-7, 2)).toBe(-3);
    expect(gcd(0, 6)).toBe(6);
    expect(gcd(48, 180)).toBe(12);
    expect(lcm(4, 6)).toBe(12);
    expect(mul_u64_u64_div_u64(1 << 63, 6, 3)).toBe(0); // 2^64, cut
    expect(mul_u64_u64_div_u64(0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff)).toBe(0xffffffffffffffff);
    expect(mul_u64_u64_div_u64(10000000000000, 3000000000000, 7000000000)).toBe(4285714285714285);
    reciprocal_value(cell, 7);
    for (let n: u32 = 0; n < 1000; n++) {
      const t = <u32>((<u64>load<u32>(cell) * n) >> 32);
      assert((t + ((n - t) >> load<u8>(cell, 4))) >> load<u8>(cell, 5) == n / 7);
    }
  });

  test("fractions", () => {
    rational_best_approximation(1155, 7735, 255, 255, cell, cell + 4);
    expect(load<u32>(cell)).toBe(33);
    expect(load<u32>(cell, 4)).toBe(221);
    rational_best_approximation(1230, 10, 100, 20, cell, cell + 4);
    expect(load<u32>(cell)).toBe(100);
    expect(load<u32>(cell, 4)).toBe(1);
    rational_best_approximation(87, 32, 70, 32, cell, cell + 4);
    expect(load<u32>(cell)).toBe(68);
    expect(load<u32>(cell, 4)).toBe(25);
  });
});

describe("sorting", () => {
  test("sort of every small size", () => {
    let x: u32 = 12345;
    for (let count: usize = 0; count < 40; count++) {
      for (let i: usize = 0; i < count; i++) {
        x = x * 1103515245 + 12345;
        store<u32>(buf + i * 4, x >> 20);
      }
      sort(buf, count, 4, compare_u32.index, 0);
      for (let i: usize = 1; i < count; i++) assert(load<u32>(buf + i * 4 - 4) <= load<u32>(buf + i * 4));
    }
  });

  test("sort_r of odd sizes passes its argument", () => {
    for (let i: u32 = 0; i < 33; i++) {
      memory.fill(buf + i * 11, <u8>(33 - i), 11);
    }
    store<u32>(cell, 0);
    sort_r(buf, 33, 11, compare_first.index, 0, cell);
    for (let i: u32 = 0; i < 33 * 11; i++) assert(load<u8>(buf + i) == <u8>(i / 11 + 1));
    expect(load<u32>(cell)).toBeGreaterThan(32);
  });

  test("list_sort is stable", () => {
    INIT_LIST_HEAD(buf);
    let x: u32 = 7;
    for (let i: u32 = 0; i < 20; i++) {
      const entry = buf + 16 + i * 16;
      x = x * 1103515245 + 12345;
      store<u32>(entry, (x >> 16) & 3, 8);
      store<u32>(entry, i, 12);
      list_add_tail(entry, buf);
    }
    list_sort(0, buf, compare_entries.index);
    let count = 0;
    for (let entry = list_next(buf); entry != buf; entry = list_next(entry), count++) {
      assert(list_prev(list_next(entry)) == entry);
      const next = list_next(entry);
      if (next == buf) continue;
      const order = compare_entries(0, entry, next);
      assert(order < 0 || (order == 0 && load<u32>(entry, 12) < load<u32>(next, 12)));
    }
    expect(count).toBe(20);
  });
});

describe("siphash", () => {
  test("the vectors of the paper", () => {
    const key = memory.data<u8>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    for (let i: u32 = 0; i < 16; i++) store<u8>(buf + i, <u8>i);
    expect(__siphash_unaligned(buf, 0, key)).toBe(0x726fdb47dd0e0e31);
    expect(__siphash_unaligned(buf, 1, key)).toBe(0x74f839c593dc67fd);
    expect(__siphash_unaligned(buf, 15, key)).toBe(0xa129ca6149be45e5);
    expect(siphash_1u64(load<u64>(buf), key)).toBe(__siphash_unaligned(buf, 8, key));
    expect(siphash_1u32(load<u32>(buf), key)).toBe(__siphash_unaligned(buf, 4, key));
    expect(siphash_3u32(load<u32>(buf), load<u32>(buf, 4), load<u32>(buf, 8), key)).toBe(
      __siphash_unaligned(buf, 12, key),
    );
    expect(__hsiphash_unaligned(buf, 0, key)).toBe(0x5814c896);
    expect(__hsiphash_unaligned(buf, 1, key)).toBe(0xe7e864ca);
    expect(__hsiphash_unaligned(buf, 8, key)).toBe(0x577999b1);
  });
});

describe("hex", () => {
  test("digits and bytes", () => {
    expect(hex_to_bin(0x66)).toBe(15);
    expect(hex_to_bin(0x46)).toBe(15);
    expect(hex_to_bin(0x67)).toBe(-1);
    expect(hex_to_bin(0x2f)).toBe(-1);
    expect(hex_to_bin(0x3a)).toBe(-1);
    expect(hex2bin(cell, cstr("00fFa5"), 3)).toBe(0);
    expect(load<u32>(cell) & 0xffffff).toBe(0xa5ff00);
    expect(hex2bin(cell, cstr("0g"), 1)).toBe(-EINVAL);
    store<u8>(bin2hex(buf, cell, 2), 0);
    expect(text(buf)).toBe("00ff");
  });

  test("dumps in groups, with text", () => {
    const data = cstr("@ABCDEFGHIJKLMN\u0001");
    expect(hex_dump_to_buffer(data, 16, 16, 1, buf, 200, true)).toBe(65);
    expect(text(buf)).toBe("40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 01  @ABCDEFGHIJKLMN.");
    hex_dump_to_buffer(data, 16, 16, 4, buf, 200, true);
    expect(text(buf)).toBe("43424140 47464544 4b4a4948 014e4d4c  @ABCDEFGHIJKLMN.");
    hex_dump_to_buffer(data, 8, 16, 8, buf, 200, false);
    expect(text(buf)).toBe("4746454443424140");
    hex_dump_to_buffer(data, 3, 16, 2, buf, 200, true); // no mixed sizes
    expect(text(buf)).toBe("40 41 42                                         @AB");
    expect(hex_dump_to_buffer(data, 16, 16, 2, buf, 8, false)).toBe(39);
    expect(text(buf)).toBe("4140 43");
  });

  test("print_hex_dump", () => {
    print_hex_dump(cstr("\u00017"), cstr("rx "), 2, 16, 1, cstr("0123456789abcdefXYZ"), 19, true);
    expect(last_line()).toBe("rx 00000010: 58 59 5a                                         XYZ");
  });

  test("MAC addresses and UUIDs", () => {
    expect(mac_pton(cstr("00:1a:2B:3c:4d:5e!"), cell)).toBe(true);
    expect(load<u32>(cell)).toBe(0x3c2b1a00);
    expect(load<u16>(cell, 4)).toBe(0x5e4d);
    expect(mac_pton(cstr("00-1a-2b-3c-4d-5e"), cell)).toBe(false);
    expect(mac_pton(cstr("00:1a:2b:3c:4d:5"), cell)).toBe(false);
    expect(uuid_parse(cstr("c33f4995-3701-450e-9fbf-206a2e98e576"), cell)).toBe(0);
    expect(load<u32>(cell)).toBe(0x95493fc3);
    expect(load<u8>(cell, 15)).toBe(0x76);
    expect(guid_parse(cstr("c33f4995-3701-450e-9fbf-206a2e98e576"), cell)).toBe(0);
    expect(load<u32>(cell)).toBe(0xc33f4995);
    expect(load<u16>(cell, 4)).toBe(0x3701);
    expect(uuid_is_valid(cstr("c33f4995-3701-450e-9fbf206a2e98e576 "))).toBe(false);
    uuid_gen(cell);
    expect(load<u8>(cell, 6) >> 4).toBe(4);
    expect(load<u8>(cell, 8) >> 6).toBe(2);
  });
});

describe("random", () => {
  test("the seeded generator is Linux's taus113", () => {
    const s = changetype<rnd_state>(cell);
    s.s1 = 2;
    s.s2 = 8;
    s.s3 = 16;
    s.s4 = 128;
    for (let i = 0; i < 10; i++) prandom_u32_state(cell);
    memory.copy(buf, cell, 16);
    const first = prandom_u32_state(cell);
    memory.copy(cell, buf, 16);
    prandom_bytes_state(cell, buf, 3);
    expect(load<u32>(buf) & 0xffffff).toBe(first & 0xffffff);
  });

  test("below", () => {
    for (let ceil: u32 = 1; ceil < 100; ceil++) assert(__get_random_u32_below(ceil) < ceil);
  });
});

describe("seq_buf", () => {
  test("adds up and counts what is lost", () => {
    const s = seq_init(buf, 8 + 12);
    seq_printf(s, cstr("%d-%s "), 5, cstr("ab"));
    seq_puts(s, cstr("xyz"));
    seq_putc(s, 0x21);
    expect(text(seq_text(s))).toBe("5-ab xyz!");
    expect(seq_used(s)).toBe(9);
    expect(seq_overflowed(s)).toBe(false);
    store<u8>(buf + 20, 0xee);
    seq_printf(s, cstr("%d"), 123456);
    expect(text(seq_text(s))).toBe("5-ab xyz!12");
    expect(seq_overflowed(s)).toBe(true);
    seq_puts(s, cstr("more"));
    expect(seq_used(s)).toBe(11);
    expect(load<u8>(buf + 20)).toBe(0xee);
  });
});

describe("dql", () => {
  test("grows when the queue starves, comes down by the least slack", () => {
    const q = changetype<dql>(buf);
    memory.fill(buf, 0, 128);
    dql_init(buf, 1000);
    expect(q.limit).toBe(0);
    q.num_queued = 1500;
    q.last_obj_cnt = 1500;
    dql_completed(buf, 1500); // over the limit and empty: starved
    expect(q.limit).toBe(1500);
    expect(q.adj_limit).toBe(3000);
    expect(q.num_completed).toBe(1500);
    expect(q.prev_ovlimit).toBe(0); // the limit moved
    q.num_queued += 1000;
    dql_completed(buf, 500); // within the limit, still busy
    expect(q.limit).toBe(1500);
    q.num_queued += 3000; // over it
    dql_completed(buf, 500);
    expect(q.prev_ovlimit).toBe(3500 - 1500);
    dql_completed(buf, 3000); // all of it, and it had been over: starved again
    expect(q.limit).toBe(1500 + 2000 + 0);
  });
});
