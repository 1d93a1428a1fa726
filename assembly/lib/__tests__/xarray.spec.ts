import {
  EBUSY,
  EINVAL,
  ENOENT,
  ENOSPC,
  GFP_KERNEL,
  XA_FLAGS_ALLOC,
  XA_FLAGS_ALLOC1,
  XA_PRESENT,
  idr,
  sizeof_idr,
  xarray,
} from "../../abi";
import { boot_kernel } from "../../__tests__/boot";
import { ERR_PTR } from "../err";
import {
  idr_alloc,
  idr_alloc_cyclic,
  idr_destroy,
  idr_find,
  idr_for_each,
  idr_get_next,
  idr_remove,
  idr_replace,
} from "../idr";
import {
  __xa_alloc,
  __xa_alloc_cyclic,
  __xa_cmpxchg,
  __xa_insert,
  xa_destroy,
  xa_erase,
  xa_find,
  xa_find_after,
  xa_get_mark,
  xa_load,
  xa_set_mark,
  xa_store,
} from "../xarray";
import { xa_get_order, xa_store_range } from "../xarray/multi";
import { xa_error } from "../xarray/node";

const xa = memory.data(12, 4);
const ids = memory.data(20, 4);
const index = memory.data(4, 4);
const next = memory.data(4, 4);
const limit = memory.data(8, 4);

function fresh(flags: u32): void {
  memory.fill(xa, 0, 12);
  changetype<xarray>(xa).xa_flags = flags;
}

/** Indices at which the tree grows, or a node ends. */
const EDGES: StaticArray<u32> = [0, 1, 62, 63, 64, 4095, 4096, 262143, 262144, 0x7fffffff, 0x80000000, 0xffffffff];

describe("xarray", () => {
  test("holds what is stored, wherever; an empty one takes no memory", () => {
    boot_kernel();
    fresh(0);
    for (let i = 0; i < EDGES.length; i++) {
      expect(xa_store(xa, EDGES[i], 8 + i * 4, GFP_KERNEL)).toBe(0);
      for (let k = 0; k < EDGES.length; k++) expect(xa_load(xa, EDGES[k])).toBe(k <= i ? 8 + k * 4 : 0);
    }
    for (let i = 0; i < EDGES.length; i++) expect(xa_erase(xa, EDGES[i])).toBe(8 + i * 4);
    expect(changetype<xarray>(xa).xa_head).toBe(0);
  });

  test("one entry at 0 is the head itself", () => {
    fresh(0);
    xa_store(xa, 0, 0x100, GFP_KERNEL);
    expect(changetype<xarray>(xa).xa_head).toBe(0x100);
    xa_store(xa, 5, 0x200, GFP_KERNEL);
    expect(changetype<xarray>(xa).xa_head).not.toBe(0x100);
    expect(xa_erase(xa, 5)).toBe(0x200);
    expect(changetype<xarray>(xa).xa_head).toBe(0x100);
    xa_destroy(xa);
  });

  test("finds entries in order, and marked ones alone", () => {
    fresh(0);
    for (let i: u32 = 0; i < 10; i++) xa_store(xa, i * 100, 0x100, GFP_KERNEL);
    xa_set_mark(xa, 300, 1);
    xa_set_mark(xa, 700, 1);
    xa_set_mark(xa, 701, 1); // nothing is there
    expect(xa_get_mark(xa, 300, 1)).toBe(true);
    expect(xa_get_mark(xa, 300, 0)).toBe(false);
    expect(xa_get_mark(xa, 701, 1)).toBe(false);
    let seen: u32 = 0;
    store<u32>(index, 0);
    for (let e = xa_find(xa, index, -1, XA_PRESENT); e; e = xa_find_after(xa, index, -1, XA_PRESENT)) {
      expect(load<u32>(index)).toBe(seen++ * 100);
    }
    expect(seen).toBe(10);
    store<u32>(index, 0);
    expect(xa_find(xa, index, -1, 1)).toBe(0x100);
    expect(load<u32>(index)).toBe(300);
    expect(xa_find_after(xa, index, 699, 1)).toBe(0);
    expect(xa_find_after(xa, index, 700, 1)).toBe(0x100);
    xa_erase(xa, 300);
    store<u32>(index, 0);
    xa_find(xa, index, -1, 1);
    expect(load<u32>(index)).toBe(700);
    xa_destroy(xa);
  });

  test("a range is one entry as far as it is aligned", () => {
    fresh(0);
    expect(xa_store_range(xa, 64, 191, 0x100, GFP_KERNEL)).toBe(0);
    expect(xa_load(xa, 63)).toBe(0);
    expect(xa_load(xa, 64)).toBe(0x100);
    expect(xa_load(xa, 191)).toBe(0x100);
    expect(xa_load(xa, 192)).toBe(0);
    expect(xa_get_order(xa, 64)).toBe(7);
    expect(xa_erase(xa, 100)).toBe(0x100);
    expect(changetype<xarray>(xa).xa_head).toBe(0);
    expect(xa_store_range(xa, 5, 4, 0x100, GFP_KERNEL)).toBe(xa_error(-EINVAL));
  });

  test("allocates free indices; conditional stores", () => {
    fresh(XA_FLAGS_ALLOC);
    store<u32>(limit, 70); // max, then min
    store<u32>(limit, 5, 4);
    for (let i: u32 = 5; i <= 70; i++) {
      expect(__xa_alloc(xa, index, 0x100, limit, GFP_KERNEL)).toBe(0);
      expect(load<u32>(index)).toBe(i);
    }
    expect(__xa_alloc(xa, index, 0x100, limit, GFP_KERNEL)).toBe(-EBUSY);
    xa_erase(xa, 33);
    expect(__xa_alloc(xa, index, 0, limit, GFP_KERNEL)).toBe(0);
    expect(load<u32>(index)).toBe(33);
    expect(xa_load(xa, 33)).toBe(0); // reserved
    expect(__xa_insert(xa, 33, 0x200, GFP_KERNEL)).toBe(-EBUSY);
    expect(__xa_insert(xa, 71, 0x200, GFP_KERNEL)).toBe(0);
    expect(__xa_cmpxchg(xa, 71, 0x100, 0x300, GFP_KERNEL)).toBe(0x200);
    expect(__xa_cmpxchg(xa, 71, 0x200, 0x300, GFP_KERNEL)).toBe(0x200);
    expect(xa_load(xa, 71)).toBe(0x300);
    xa_destroy(xa);
    fresh(XA_FLAGS_ALLOC1);
    store<u32>(limit, 3);
    store<u32>(limit, 1, 4);
    store<u32>(next, 3);
    expect(__xa_alloc_cyclic(xa, index, 0x100, limit, next, GFP_KERNEL)).toBe(0);
    expect(load<u32>(index)).toBe(3);
    expect(__xa_alloc_cyclic(xa, index, 0x100, limit, next, GFP_KERNEL)).toBe(1);
    expect(load<u32>(index)).toBe(1);
    xa_destroy(xa);
  });
});

let calls: u32 = 0;

function frees(id: i32, ptr: usize, data: usize): i32 {
  calls++;
  idr_remove(data, id);
  return id == 12 ? 7 : 0;
}

describe("idr", () => {
  test("gives the lowest free number of a range, and takes it back", () => {
    memory.fill(ids, 0, sizeof_idr);
    changetype<idr>(ids).idr_rt.xa_flags = XA_FLAGS_ALLOC;
    changetype<idr>(ids).idr_base = 1;
    for (let i: i32 = 10; i < 14; i++) expect(idr_alloc(ids, i * 4, 10, 14, GFP_KERNEL)).toBe(i);
    expect(idr_alloc(ids, 4, 10, 14, GFP_KERNEL)).toBe(-ENOSPC);
    expect(idr_find(ids, 11)).toBe(44);
    expect(idr_find(ids, 14)).toBe(0);
    expect(idr_remove(ids, 11)).toBe(44);
    expect(idr_remove(ids, 11)).toBe(0);
    expect(idr_alloc(ids, 0, 10, 14, GFP_KERNEL)).toBe(11);
    expect(idr_find(ids, 11)).toBe(0);
    expect(idr_alloc(ids, 4, 10, 14, GFP_KERNEL)).toBe(-ENOSPC); // NULL is as good as any
    expect(idr_replace(ids, 400, 11)).toBe(0);
    expect(idr_find(ids, 11)).toBe(400);
    expect(idr_replace(ids, 400, 99)).toBe(ERR_PTR(-ENOENT));
  });

  test("goes through the numbers, also while they are freed", () => {
    store<u32>(index, 0);
    expect(idr_get_next(ids, index)).toBe(40);
    expect(load<u32>(index)).toBe(10);
    expect(idr_for_each(ids, frees.index, ids)).toBe(7);
    expect(calls).toBe(3);
    expect(idr_find(ids, 13)).toBe(52);
    idr_destroy(ids);
    expect(idr_find(ids, 13)).toBe(0);
  });

  test("cyclic: numbers are not used again at once", () => {
    expect(idr_alloc_cyclic(ids, 4, 1, 4, GFP_KERNEL)).toBe(1);
    idr_remove(ids, 1);
    expect(idr_alloc_cyclic(ids, 4, 1, 4, GFP_KERNEL)).toBe(2);
    expect(idr_alloc_cyclic(ids, 4, 1, 4, GFP_KERNEL)).toBe(3);
    expect(idr_alloc_cyclic(ids, 4, 1, 4, GFP_KERNEL)).toBe(1);
    expect(idr_alloc_cyclic(ids, 4, 1, 4, GFP_KERNEL)).toBe(-ENOSPC);
    idr_destroy(ids);
  });
});
