import { ENOMEM, GFP_ATOMIC, GFP_KERNEL, mempool_s, sizeof_mempool_s } from "../../abi";
import { boot_kernel } from "../../__tests__/boot";
import { kfree } from "../slub";
import {
  mempool_alloc,
  mempool_create,
  mempool_destroy,
  mempool_free,
  mempool_init,
  mempool_kfree,
  mempool_kmalloc,
  mempool_resize,
} from "../mempool";

let left = 0;
let live = 0;

/** As long as there are `left`. */
function alloc(gfp: u32, data: usize): usize {
  if (left == 0) return 0;
  left--;
  live++;
  return mempool_kmalloc(gfp, data);
}

function free(element: usize, data: usize): void {
  live--;
  mempool_kfree(element, data);
}

@inline
function reserve(pool: usize): i32 {
  return changetype<mempool_s>(pool).curr_nr;
}

describe("a mempool", () => {
  test("gives what it has in reserve when nothing else is left, and keeps what comes back", () => {
    boot_kernel();
    left = 3;
    const pool = mempool_create(2, alloc.index, free.index, 64);
    expect(pool).not.toBe(0);
    expect(reserve(pool)).toBe(2);
    const a = mempool_alloc(pool, GFP_ATOMIC); // the third
    expect(reserve(pool)).toBe(2);
    const b = mempool_alloc(pool, GFP_ATOMIC);
    const c = mempool_alloc(pool, GFP_ATOMIC);
    expect(reserve(pool)).toBe(0);
    expect(mempool_alloc(pool, GFP_ATOMIC)).toBe(0);
    mempool_free(a, pool);
    mempool_free(b, pool);
    expect(reserve(pool)).toBe(2);
    expect(live).toBe(3);
    mempool_free(c, pool);
    expect(live).toBe(2);
    mempool_free(0, pool);
    left = 10;
    expect(mempool_resize(pool, 5)).toBe(0);
    expect(reserve(pool)).toBe(5);
    expect(mempool_resize(pool, 1)).toBe(0);
    expect(reserve(pool)).toBe(1);
    mempool_destroy(pool);
    mempool_destroy(0);
    expect(live).toBe(0);
  });

  test("that cannot fill its reserve is none", () => {
    left = 1;
    expect(mempool_create(2, alloc.index, free.index, 64)).toBe(0);
    expect(live).toBe(0);
    const pool = mempool_kmalloc(GFP_KERNEL, sizeof_mempool_s);
    left = 1;
    expect(mempool_init(pool, 2, alloc.index, free.index, 64)).toBe(-ENOMEM);
    expect(live).toBe(0);
    kfree(pool);
  });
});
