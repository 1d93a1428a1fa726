// linux/sort.h, lib/sort.c: heap sort in place, n log n at worst, no memory.

/** A comparison: with `priv` if it has `takes_priv`, as sort_r() says. */
@inline
function compare(cmp: u32, takes_priv: bool, a: usize, b: usize, priv: usize): i32 {
  return takes_priv ? call_indirect<i32>(cmp, a, b, priv) : call_indirect<i32>(cmp, a, b);
}

function swap(a: usize, b: usize, size: usize, swap_func: u32, takes_priv: bool, priv: usize): void {
  if (swap_func) {
    if (takes_priv) call_indirect<void>(swap_func, a, b, <i32>size, priv);
    else call_indirect<void>(swap_func, a, b, <i32>size);
    return;
  }
  for (; size >= 8; size -= 8, a += 8, b += 8) {
    const word = load<u64>(a);
    store<u64>(a, load<u64>(b));
    store<u64>(b, word);
  }
  for (; size; size--, a++, b++) {
    const byte = load<u8>(a);
    store<u8>(a, load<u8>(b));
    store<u8>(b, byte);
  }
}

/** Restores the heap below element `at` among the first `count`. */
function sift_down(
  base: usize,
  at: usize,
  count: usize,
  size: usize,
  cmp: u32,
  swap_func: u32,
  takes_priv: bool,
  priv: usize,
): void {
  while (true) {
    let child = at * 2 + 1;
    if (child >= count) return;
    const left = base + child * size;
    if (child + 1 < count && compare(cmp, takes_priv, left, left + size, priv) < 0) child++;
    if (compare(cmp, takes_priv, base + at * size, base + child * size, priv) >= 0) return;
    swap(base + at * size, base + child * size, size, swap_func, takes_priv, priv);
    at = child;
  }
}

function heap_sort(
  base: usize,
  num: usize,
  size: usize,
  cmp: u32,
  swap_func: u32,
  takes_priv: bool,
  priv: usize,
): void {
  if (num < 2 || !size) return;
  for (let at = num / 2; at; at--) sift_down(base, at - 1, num, size, cmp, swap_func, takes_priv, priv);
  for (let last = num - 1; last; last--) {
    swap(base, base + last * size, size, swap_func, takes_priv, priv);
    sift_down(base, 0, last, size, cmp, swap_func, takes_priv, priv);
  }
}

/** linux/sort.h. Sorts `num` elements of `size` bytes by `cmp(a, b, priv)`; `swap(a, b, size, priv)` may be NULL.
 *  Not stable. Context: as the two functions allow. */
export function sort_r(base: usize, num: usize, size: usize, cmp: u32, swap_func: u32, priv: usize): void {
  heap_sort(base, num, size, cmp, swap_func, true, priv);
}

/** linux/sort.h. Sorts `num` elements of `size` bytes by `cmp(a, b)`; `swap(a, b, size)` may be NULL. Not stable.
 *  Context: as the two functions allow. */
export function sort(base: usize, num: usize, size: usize, cmp: u32, swap_func: u32): void {
  heap_sort(base, num, size, cmp, swap_func, false, 0);
}
