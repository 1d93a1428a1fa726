// drivers/base/devres.c: memory and actions that go with the driver.

import { ENOMEM, GFP_KERNEL, ZERO_SIZE_PTR } from "../../abi";
import { WARN } from "../../kernel/panic";
import { kvasprintf } from "../../lib/kasprintf";
import { strlen } from "../../lib/string";
import { __get_free_pages, free_pages } from "../../mm/page_alloc";
import { __alloc_percpu, free_percpu } from "../../mm/percpu";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import {
  __devres_alloc_node,
  alloc_dr,
  devres_add,
  devres_destroy,
  devres_free,
  devres_of,
  devres_release,
  devres_remove,
} from "./devres";
import { kfree } from "../../mm/slub";

// ── kmalloc ──

/** The memory is the resource itself: freeing the node is all. */
function devm_kmalloc_release(dev: usize, res: usize): void {}

function devm_kmalloc_match(dev: usize, res: usize, data: usize): i32 {
  return <i32>(res == data);
}

/** linux/device.h. kmalloc() of memory that is freed when the driver of `dev` goes; 0 without memory. Context: as
 *  `gfp`. */
export function devm_kmalloc(dev: usize, size: usize, gfp: u32): usize {
  if (!size) return ZERO_SIZE_PTR;
  const res = alloc_dr(devm_kmalloc_release.index, size, gfp, cstr("devm_kzalloc_release"));
  if (res) devres_add(dev, res);
  return res;
}

/** linux/device.h. Resizes what devm_kmalloc() returned; 0 without memory. Context: as `gfp`. */
export function devm_krealloc(dev: usize, ptr: usize, new_size: usize, gfp: u32): usize {
  if (!new_size) {
    devm_kfree(dev, ptr);
    return ZERO_SIZE_PTR;
  }
  if (!ptr || ptr == ZERO_SIZE_PTR) return devm_kmalloc(dev, new_size, gfp);
  const old_size = devres_of(ptr).size;
  if (new_size <= old_size) return ptr;
  const copy = devm_kmalloc(dev, new_size, gfp);
  if (!copy) return 0;
  memory.copy(copy, ptr, old_size);
  devm_kfree(dev, ptr);
  return copy;
}

/** linux/device.h. Frees what devm_kmalloc() returned before its time. Context: any. */
export function devm_kfree(dev: usize, p: usize): void {
  if (!p || p == ZERO_SIZE_PTR) return;
  if (devres_destroy(dev, devm_kmalloc_release.index, devm_kmalloc_match.index, p)) {
    WARN(cstr("devm_kfree: the memory does not belong to the device"));
  }
}

/** linux/device.h. A managed copy of `len` bytes; 0 without memory. Context: as `gfp`. */
export function devm_kmemdup(dev: usize, src: usize, len: usize, gfp: u32): usize {
  const copy = devm_kmalloc(dev, len, gfp);
  if (copy) memory.copy(copy, src, len);
  return copy;
}

/** linux/device.h. A managed copy of a C string; 0 without memory or for 0. Context: as `gfp`. */
export function devm_kstrdup(dev: usize, s: usize, gfp: u32): usize {
  return s ? devm_kmemdup(dev, s, strlen(s) + 1, gfp) : 0;
}

/** linux/device.h. devm_kstrdup() of a string that may be constant. Context: as `gfp`. (Differs: it always copies.) */
export function devm_kstrdup_const(dev: usize, s: usize, gfp: u32): usize {
  return devm_kstrdup(dev, s, gfp);
}

/** linux/device.h. Formats a managed string; 0 without memory. Context: as `gfp`. */
export function devm_kvasprintf(dev: usize, gfp: u32, fmt: usize, ap: usize): usize {
  const text = kvasprintf(gfp, fmt, ap);
  const copy = devm_kstrdup(dev, text, gfp);
  kfree(text);
  return copy;
}

/** linux/device.h. Formats a managed string; 0 without memory. Context: as `gfp`. */
export function devm_kasprintf(dev: usize, gfp: u32, fmt: usize, args: usize): usize {
  return devm_kvasprintf(dev, gfp, fmt, args);
}

// ── Resources that are a pair of words: an action and its data, pages and their order, a per-CPU pointer ──

@unmanaged
class Pair {
  a: usize;
  b: usize;
}

/** Adds a resource of two words; false without memory. */
function add_pair(dev: usize, release: u32, name: usize, a: usize, b: usize): bool {
  const res = __devres_alloc_node(release, offsetof<Pair>(), GFP_KERNEL, -1, name);
  if (!res) return false;
  changetype<Pair>(res).a = a;
  changetype<Pair>(res).b = b;
  devres_add(dev, res);
  return true;
}

function match_first(dev: usize, res: usize, a: usize): i32 {
  return <i32>(changetype<Pair>(res).a == a);
}

function devm_action_release(dev: usize, res: usize): void {
  call_indirect<void>(<u32>changetype<Pair>(res).a, changetype<Pair>(res).b);
}

/** `pair` points at the action and the data that are looked for. */
function devm_action_match(dev: usize, res: usize, pair: usize): i32 {
  const key = changetype<Pair>(pair);
  return <i32>(changetype<Pair>(res).a == key.a && changetype<Pair>(res).b == key.b);
}

/** linux/device.h. Calls `action(data)` when the driver goes. 0, or -ENOMEM. Context: process. */
export function devm_add_action(dev: usize, action: u32, data: usize): i32 {
  return add_pair(dev, devm_action_release.index, cstr("devm_action_release"), action, data) ? 0 : -ENOMEM;
}

function take_action(dev: usize, action: u32, data: usize): usize {
  const pair = stack_alloc(16);
  changetype<Pair>(pair).a = action;
  changetype<Pair>(pair).b = data;
  const res = devres_remove(dev, devm_action_release.index, devm_action_match.index, pair);
  stack_free(16);
  return res;
}

/** linux/device.h. Takes back devm_add_action(); the action is not called. Context: any. */
export function devm_remove_action(dev: usize, action: u32, data: usize): void {
  const res = take_action(dev, action, data);
  if (res) devres_free(res);
  else WARN(cstr("devm_remove_action: no such action"));
}

/** linux/device.h. Calls an action of devm_add_action() now, and not again. Context: as the action. */
export function devm_release_action(dev: usize, action: u32, data: usize): void {
  const res = take_action(dev, action, data);
  if (!res) {
    WARN(cstr("devm_release_action: no such action"));
    return;
  }
  devres_free(res);
  call_indirect<void>(action, data);
}

function devm_pages_release(dev: usize, res: usize): void {
  free_pages(changetype<Pair>(res).a, <u32>changetype<Pair>(res).b);
}

/** linux/device.h. 2^order pages that go with the driver; their address, 0 without memory. Context: as `gfp_mask`. */
export function devm_get_free_pages(dev: usize, gfp_mask: u32, order: u32): usize {
  const addr = __get_free_pages(gfp_mask, order);
  if (!addr || add_pair(dev, devm_pages_release.index, cstr("devm_pages_release"), addr, order)) return addr;
  free_pages(addr, order);
  return 0;
}

/** linux/device.h. Frees what devm_get_free_pages() returned before its time. Context: any. */
export function devm_free_pages(dev: usize, addr: usize): void {
  if (devres_release(dev, devm_pages_release.index, match_first.index, addr)) {
    WARN(cstr("devm_free_pages: not the device's pages"));
  }
}

function devm_percpu_release(dev: usize, res: usize): void {
  free_percpu(changetype<Pair>(res).a);
}

/** linux/device.h. Per-CPU memory that goes with the driver; 0 without memory. Context: process. */
export function __devm_alloc_percpu(dev: usize, size: usize, align: usize): usize {
  const pcpu = __alloc_percpu(size, align);
  if (!pcpu || add_pair(dev, devm_percpu_release.index, cstr("devm_percpu_release"), pcpu, 0)) return pcpu;
  free_percpu(pcpu);
  return 0;
}

/** linux/device.h. Frees what __devm_alloc_percpu() returned before its time. Context: process. */
export function devm_free_percpu(dev: usize, pdata: usize): void {
  if (devres_release(dev, devm_percpu_release.index, match_first.index, pdata)) {
    WARN(cstr("devm_free_percpu: not the device's memory"));
  }
}
