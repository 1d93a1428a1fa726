import { EBUSY, EINVAL, ENOMEM, EOVERFLOW, ERANGE } from "../../abi";
import {
  __bitmap_and,
  __bitmap_clear,
  __bitmap_complement,
  __bitmap_equal,
  __bitmap_set,
  __bitmap_shift_left,
  __bitmap_shift_right,
  __bitmap_subset,
  __bitmap_weight,
  bitmap_allocate_region,
  bitmap_bitremap,
  bitmap_cut,
  bitmap_find_free_region,
  bitmap_find_next_zero_area_off,
  bitmap_from_arr64,
  bitmap_release_region,
  bitmap_remap,
  bitmap_to_arr64,
  bitmap_zero,
  test_bit,
} from "../bitmap";
import { bitmap_parse, bitmap_parselist } from "../bitmap_parse";
import { bitmap_print_to_pagebuf } from "../bitmap_print";
import {
  __find_nth_bit,
  _find_first_bit,
  _find_first_zero_bit,
  _find_last_bit,
  _find_next_and_bit,
  _find_next_bit,
  _find_next_zero_bit,
  find_next_clump8,
} from "../find_bit";
import { snprintf_ } from "../vsprintf";

const a = memory.data(64, 8);
const b = memory.data(64, 8);
const c = memory.data(64, 8);
const buf = memory.data(8192, 8);

/** The set as a list. */
function list(map: usize, nbits: u32): string {
  return String.UTF8.decodeUnsafe(buf, snprintf_(buf, 512, cstr("%*pbl"), nbits, map));
}

function parsed(text: usize, nbits: i32): string {
  memory.fill(a, 0xff, 64);
  const error = bitmap_parselist(text, a, nbits);
  return error ? error.toString() : list(a, nbits);
}

describe("find_bit", () => {
  test("first, next, last, nth, at word borders and at the end", () => {
    bitmap_zero(a, 100);
    expect(_find_first_bit(a, 100)).toBe(100);
    expect(_find_last_bit(a, 100)).toBe(100);
    __bitmap_set(a, 31, 2);
    __bitmap_set(a, 99, 2); // 100 is outside
    expect(_find_first_bit(a, 100)).toBe(31);
    expect(_find_next_bit(a, 100, 32)).toBe(32);
    expect(_find_next_bit(a, 100, 33)).toBe(99);
    expect(_find_next_bit(a, 100, 100)).toBe(100);
    expect(_find_next_bit(a, 99, 33)).toBe(99);
    expect(_find_last_bit(a, 100)).toBe(99);
    expect(_find_last_bit(a, 99)).toBe(32);
    expect(_find_first_zero_bit(a, 100)).toBe(0);
    expect(_find_next_zero_bit(a, 100, 31)).toBe(33);
    expect(__find_nth_bit(a, 100, 0)).toBe(31);
    expect(__find_nth_bit(a, 100, 2)).toBe(99);
    expect(__find_nth_bit(a, 100, 3)).toBe(100);
    expect(__find_nth_bit(a, 100, 4)).toBe(100);
    bitmap_zero(b, 100);
    __bitmap_set(b, 32, 68);
    expect(_find_next_and_bit(a, b, 100, 0)).toBe(32);
    expect(find_next_clump8(c, a, 100, 30)).toBe(24);
    expect(load<u32>(c)).toBe(0x80);
    __bitmap_set(a, 0, 100);
    expect(_find_first_zero_bit(a, 100)).toBe(100);
    expect(_find_first_bit(a, 0)).toBe(0);
  });
});

describe("bitmap", () => {
  test("set and clear touch only their bits", () => {
    bitmap_zero(a, 128);
    __bitmap_set(a, 30, 40);
    expect(list(a, 128)).toBe("30-69");
    __bitmap_clear(a, 32, 32);
    expect(list(a, 128)).toBe("30-31,64-69");
    __bitmap_set(a, 5, 0);
    __bitmap_set(a, 127, 1);
    expect(list(a, 128)).toBe("30-31,64-69,127");
    expect(__bitmap_weight(a, 128)).toBe(9);
    expect(__bitmap_weight(a, 65)).toBe(3);
    expect(test_bit(64, a)).toBe(true);
    expect(test_bit(63, a)).toBe(false);
  });

  test("operations ignore what lies beyond the size", () => {
    store<u64>(a, 0xffffffff_00000001);
    store<u64>(b, 0x0fffffff_00000001);
    expect(__bitmap_equal(a, b, 60)).toBe(true);
    expect(__bitmap_equal(a, b, 61)).toBe(false);
    expect(__bitmap_subset(b, a, 64)).toBe(true);
    expect(__bitmap_subset(a, b, 64)).toBe(false);
    expect(__bitmap_and(c, a, b, 33)).toBe(true);
    expect(load<u32>(c, 4)).toBe(1);
    store<u64>(b, 0xfffffffe_00000000);
    expect(__bitmap_and(c, a, b, 33)).toBe(false);
    __bitmap_complement(c, a, 64);
    expect(load<u64>(c)).toBe(0x00000000_fffffffe);
  });

  test("shifts", () => {
    bitmap_parselist(cstr("0,31-33,64,95"), a, 96);
    __bitmap_shift_left(b, a, 33, 96);
    expect(list(b, 96)).toBe("33,64-66");
    __bitmap_shift_right(b, a, 32, 96);
    expect(list(b, 96)).toBe("0-1,32,63");
    __bitmap_shift_right(a, a, 31, 96);
    expect(list(a, 96)).toBe("0-2,33,64");
    __bitmap_shift_right(b, a, 96, 96);
    expect(list(b, 96)).toBe("");
    bitmap_parselist(cstr("0-9,20-29,40-49"), a, 64);
    bitmap_cut(b, a, 10, 10, 64);
    expect(list(b, 64)).toBe("0-19,30-39");
  });

  test("areas and regions", () => {
    bitmap_parselist(cstr("0-2,5-8,20"), a, 64);
    expect(bitmap_find_next_zero_area_off(a, 64, 0, 2, 0, 0)).toBe(3);
    expect(bitmap_find_next_zero_area_off(a, 64, 0, 4, 3, 0)).toBe(12);
    expect(bitmap_find_next_zero_area_off(a, 64, 0, 4, 3, 1)).toBe(11);
    expect(bitmap_find_next_zero_area_off(a, 64, 0, 60, 0, 0) > 64).toBe(true);
    expect(bitmap_find_free_region(a, 64, 2)).toBe(12);
    expect(list(a, 64)).toBe("0-2,5-8,12-15,20");
    expect(bitmap_allocate_region(a, 16, 2)).toBe(0);
    expect(bitmap_allocate_region(a, 20, 2)).toBe(-EBUSY);
    bitmap_release_region(a, 0, 4);
    expect(list(a, 64)).toBe("16-20");
    expect(bitmap_find_free_region(a, 64, 6)).toBe(-ENOMEM);
  });

  test("remapping", () => {
    bitmap_parselist(cstr("4-7"), a, 32);
    bitmap_parselist(cstr("12-15"), b, 32);
    expect(bitmap_bitremap(5, a, b, 32)).toBe(13);
    expect(bitmap_bitremap(3, a, b, 32)).toBe(3);
    bitmap_parselist(cstr("1,5,7"), c, 32);
    bitmap_remap(buf, c, a, b, 32);
    memory.copy(c, buf, 4);
    expect(list(c, 32)).toBe("1,13,15");
  });

  test("arrays of u64", () => {
    store<u64>(c, 0xfedcba9876543210);
    bitmap_from_arr64(a, c, 40);
    expect(load<u32>(a)).toBe(0x76543210);
    expect(load<u32>(a, 4)).toBe(0x98);
    store<u64>(c, <u64>-1);
    bitmap_to_arr64(c, a, 36);
    expect(load<u64>(c)).toBe(0x0000000876543210);
    store<u64>(c, <u64>-1);
    bitmap_to_arr64(c, a, 20);
    expect(load<u64>(c)).toBe(0x43210);
  });

  test("lists", () => {
    expect(parsed(cstr("0-3,7,12-20"), 40)).toBe("0-3,7,12-20");
    expect(parsed(cstr(" 1 , 2\t3,,4\n"), 40)).toBe("1-4");
    expect(parsed(cstr(""), 40)).toBe("");
    expect(parsed(cstr("0-31:1/3,1-31:1/3,2-31:1/3"), 32)).toBe("0-31");
    expect(parsed(cstr("1-10:8/12"), 40)).toBe("1-8");
    expect(parsed(cstr("0-39:2/16"), 40)).toBe("0-1,16-17,32-33");
    expect(parsed(cstr("all"), 40)).toBe("0-39");
    expect(parsed(cstr("all:1/20"), 40)).toBe("0,20");
    expect(parsed(cstr("N"), 40)).toBe("39");
    expect(parsed(cstr("30-N"), 40)).toBe("30-39");
    expect(parsed(cstr("5-1"), 40)).toBe((-EINVAL).toString());
    expect(parsed(cstr("a"), 40)).toBe((-EINVAL).toString());
    expect(parsed(cstr("0-"), 40)).toBe((-EINVAL).toString());
    expect(parsed(cstr("0-31:"), 40)).toBe((-EINVAL).toString());
    expect(parsed(cstr("0-31:0/0"), 40)).toBe((-EINVAL).toString());
    expect(parsed(cstr("0-31:9/8"), 40)).toBe((-EINVAL).toString());
    expect(parsed(cstr("40"), 40)).toBe((-ERANGE).toString());
    expect(parsed(cstr("4294967296"), 40)).toBe((-EOVERFLOW).toString());
  });

  test("masks", () => {
    expect(bitmap_parse(cstr("deadbeef,1"), u32.MAX_VALUE, a, 64)).toBe(0);
    expect(load<u64>(a)).toBe(0xdeadbeef_00000001);
    expect(bitmap_parse(cstr("1,,5\n"), u32.MAX_VALUE, a, 64)).toBe(0);
    expect(load<u64>(a)).toBe(0x00000001_00000005);
    expect(bitmap_parse(cstr("ff"), u32.MAX_VALUE, a, 64)).toBe(0);
    expect(load<u64>(a)).toBe(0xff);
    expect(bitmap_parse(cstr("ffff"), 2, a, 64)).toBe(0);
    expect(load<u64>(a)).toBe(0xff);
    expect(bitmap_parse(cstr(""), u32.MAX_VALUE, a, 64)).toBe(0);
    expect(load<u64>(a)).toBe(0);
    expect(bitmap_parse(cstr("xyz"), u32.MAX_VALUE, a, 64)).toBe(-EINVAL);
    expect(bitmap_parse(cstr("123456789"), u32.MAX_VALUE, a, 64)).toBe(-EOVERFLOW);
    expect(bitmap_parse(cstr("1,0,0"), u32.MAX_VALUE, a, 64)).toBe(-EOVERFLOW);
    expect(bitmap_parse(cstr("3ff"), u32.MAX_VALUE, a, 10)).toBe(0);
    expect(bitmap_parse(cstr("7ff"), u32.MAX_VALUE, a, 10)).toBe(-EOVERFLOW);
  });

  test("a page for sysfs", () => {
    bitmap_parselist(cstr("0-3,8"), a, 12);
    const page = (buf + 4095) & ~4095;
    expect(bitmap_print_to_pagebuf(true, page, a, 12)).toBe(6);
    expect(String.UTF8.decodeUnsafe(page, 6)).toBe("0-3,8\n");
    expect(bitmap_print_to_pagebuf(false, page + 4090, a, 12)).toBe(4);
    expect(bitmap_print_to_pagebuf(false, page + 4093, a, 12)).toBe(2);
  });
});
