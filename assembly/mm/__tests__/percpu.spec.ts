import { PAGE_SIZE } from "../../abi";
import { BOOT_NR_CPUS } from "../../arch/wasm/memory";
import { __cpu_online_mask, cpu_bit_bitmap, nr_cpu_ids } from "../../kernel/cpu";
import { mm_init } from "../init";
import {
  __alloc_percpu,
  __per_cpu_offset,
  free_percpu,
  pcpu_nr_pages,
  per_cpu_ptr,
  percpu_modalloc,
  percpu_modcopy,
  this_cpu_add_i32,
  this_cpu_ptr,
} from "../percpu";
import { log_mark, logged } from "../../__tests__/log";
import { random, seed } from "./random";

describe("percpu", () => {
  beforeEach(() => {
    mm_init();
    log_mark();
  });

  test("gives every CPU a zeroed copy of its own", () => {
    const p = __alloc_percpu(100, 8);
    for (let cpu = 0; cpu < 4; cpu++) {
      expect(load<u64>(per_cpu_ptr(p, cpu), 88)).toBe(0);
      store<u32>(per_cpu_ptr(p, cpu), cpu + 1);
    }
    for (let cpu = 0; cpu < 4; cpu++) expect(load<u32>(per_cpu_ptr(p, cpu))).toBe(cpu + 1);
    expect(this_cpu_ptr(p)).toBe(p + load<usize>(__per_cpu_offset));
    this_cpu_add_i32(p, 41);
    expect(load<u32>(per_cpu_ptr(p, 0))).toBe(42);
    free_percpu(p);
    expect(load<u32>(per_cpu_ptr(__alloc_percpu(100, 8), 1))).toBe(0, "zeroed again");
  });

  test("makes pointers that trap when used as addresses", () => {
    expect(() => {
      load<u32>(__alloc_percpu(8, 8));
    }).toThrow();
  });

  test("aligns, and keeps allocations apart over several chunks", () => {
    seed(5);
    const pointers = new StaticArray<usize>(200);
    const sizes = new StaticArray<u32>(200);
    let wrong = 0;
    for (let i = 0; i < 5000; i++) {
      const slot = random(200);
      if (pointers[slot]) {
        for (let cpu = 0; cpu < 4; cpu++) {
          const at = per_cpu_ptr(pointers[slot], cpu);
          if (load<u32>(at) != slot + cpu || load<u32>(at + sizes[slot] - 4) != slot - cpu) wrong++;
        }
        free_percpu(pointers[slot]);
        pointers[slot] = 0;
        continue;
      }
      const align = 1 << random(9);
      const size = 8 + (random(2000) & ~3);
      const p = __alloc_percpu(size, align);
      if (p & (align - 1)) wrong++;
      for (let cpu = 0; cpu < 4; cpu++) {
        store<u32>(per_cpu_ptr(p, cpu), slot + cpu);
        store<u32>(per_cpu_ptr(p, cpu) + size - 4, slot - cpu);
      }
      pointers[slot] = p;
      sizes[slot] = size;
    }
    for (let slot = 0; slot < 200; slot++) free_percpu(pointers[slot]);
    expect(wrong).toBe(0);
    expect(pcpu_nr_pages()).toBeGreaterThan(64);
    const whole = __alloc_percpu(32768, PAGE_SIZE);
    expect(whole).not.toBe(0, "a freed chunk is whole again");
    free_percpu(whole);
  });

  test("refuses what no unit holds, and bad frees", () => {
    expect(__alloc_percpu(32769, 8)).toBe(0);
    expect(__alloc_percpu(8, 3)).toBe(0);
    expect(logged("illegal size (8) or align (3)")).toBe(true);
    const p = __alloc_percpu(64, 8);
    free_percpu(p + 8);
    expect(logged("BUG percpu: free of")).toBe(true);
    free_percpu(p);
    free_percpu(0);
    log_mark();
    free_percpu(p);
    expect(logged("BUG percpu: free of")).toBe(true);
  });

  test("copies a module's initial values to every CPU", () => {
    const image = memory.data<u32>([11, 22, 33]);
    const p = percpu_modalloc(12, 4);
    percpu_modcopy(p, image, 12);
    for (let cpu = 0; cpu < 4; cpu++) expect(load<u32>(per_cpu_ptr(p, cpu), 8)).toBe(33);
  });

  test("tells inline code which CPUs there are", () => {
    expect(load<u32>(nr_cpu_ids)).toBe(load<u32>(BOOT_NR_CPUS));
    expect(load<u32>(__cpu_online_mask)).toBe(1);
    expect(load<u32>(cpu_bit_bitmap)).toBe(0);
    expect(load<u32>(cpu_bit_bitmap, 4)).toBe(1);
    expect(load<u32>(cpu_bit_bitmap, 4 * 32)).toBe(0x80000000);
  });
});
