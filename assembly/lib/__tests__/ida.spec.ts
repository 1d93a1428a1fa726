// Numbers of an ida: the lowest free one of a range. lib/test_ida.c, as a module, asks much more (tests/kernel).

import { ENOSPC, GFP_KERNEL, INT_MAX, ida, sizeof_ida } from "../../abi";
import { boot_kernel } from "../../__tests__/boot";
import { log_mark, logged } from "../../__tests__/log";
import { kmem_live_objects } from "../../mm/slab_common";
import { ida_alloc_range, ida_destroy, ida_free } from "../ida";

const numbers = memory.data(<i32>sizeof_ida, 8);

function next(min: u32, max: u32): i32 {
  return ida_alloc_range(numbers, min, max, GFP_KERNEL);
}

describe("ida", () => {
  beforeAll(boot_kernel);

  test("gives the lowest free number, across chunks, and gives all memory back", () => {
    const before = kmem_live_objects();
    for (let i = 0; i < 2100; i++) assert(next(0, INT_MAX) == i);
    ida_free(numbers, 5);
    ida_free(numbers, 2050);
    expect(next(1000, INT_MAX)).toBe(2050);
    expect(next(6, INT_MAX)).toBe(2100);
    expect(next(0, INT_MAX)).toBe(5);
    expect(next(10, 20)).toBe(-ENOSPC);
    for (let i = 0; i < 1024; i++) ida_free(numbers, i);
    expect(next(0, 0)).toBe(0);
    ida_destroy(numbers);
    expect(changetype<ida>(numbers).xa.xa_head).toBe(0);
    expect(kmem_live_objects()).toBe(before);
  });

  test("has no numbers above INT_MAX", () => {
    expect(next(INT_MAX, u32.MAX_VALUE)).toBe(INT_MAX);
    expect(next(INT_MAX, u32.MAX_VALUE)).toBe(-ENOSPC);
    expect(next(u32.MAX_VALUE, u32.MAX_VALUE)).toBe(-ENOSPC);
    ida_free(numbers, u32.MAX_VALUE);
    ida_destroy(numbers);
  });

  test("warns of a number that is free, and changes nothing", () => {
    expect(next(3, 3)).toBe(3);
    log_mark();
    ida_free(numbers, 4);
    expect(logged("ida_free called for id=4 which is not allocated.")).toBe(true);
    expect(next(3, 3)).toBe(-ENOSPC);
    log_mark();
    ida_free(numbers, 3);
    expect(logged("WARNING")).toBe(false);
    expect(changetype<ida>(numbers).xa.xa_head).toBe(0);
  });
});
