// linux/rbtree.h, lib/rbtree.c: red-black trees. Callers search and link a node themselves; these keep the balance: a
// red node has black children, and every path to a leaf passes as many black nodes.
//
//   rb_node   __rb_parent_color   address of the parent, bit 0: black
//             rb_right, rb_left   (in this order)

import { rb_node, rb_root, sizeof_rb_node } from "../abi";

const BLACK: u32 = 1;

@inline
function node(n: usize): rb_node {
  return changetype<rb_node>(n);
}

@inline
function left(n: usize): usize {
  return node(n).rb_left;
}

@inline
function right(n: usize): usize {
  return node(n).rb_right;
}

@inline
function parent(n: usize): usize {
  return <usize>node(n).__rb_parent_color & ~3;
}

/** A missing node is a black leaf. */
@inline
function is_red(n: usize): bool {
  return n != 0 && (node(n).__rb_parent_color & BLACK) == 0;
}

@inline
function set_parent(n: usize, p: usize): void {
  node(n).__rb_parent_color = <u32>p | (node(n).__rb_parent_color & BLACK);
}

@inline
function set_black(n: usize): void {
  node(n).__rb_parent_color |= BLACK;
}

@inline
function set_red(n: usize): void {
  node(n).__rb_parent_color &= ~BLACK;
}

/** Makes `now` what `p` (or the root) has in place of `old`. */
function replace_child(root: usize, p: usize, old: usize, now: usize): void {
  if (p == 0) changetype<rb_root>(root).rb_node = now;
  else if (left(p) == old) node(p).rb_left = now;
  else node(p).rb_right = now;
}

/** Turns `n` down to the left (or right) and its right (left) child up; returns that child. `rotated` is a function
 *  (down, up) that hears of it, or 0. */
function rotate(root: usize, n: usize, to_left: bool, rotated: u32): usize {
  const up = to_left ? right(n) : left(n);
  const moved = to_left ? left(up) : right(up);
  const p = parent(n);
  if (to_left) {
    node(n).rb_right = moved;
    node(up).rb_left = n;
  } else {
    node(n).rb_left = moved;
    node(up).rb_right = n;
  }
  if (moved) set_parent(moved, n);
  set_parent(up, p);
  set_parent(n, up);
  replace_child(root, p, n, up);
  if (rotated) call_indirect<void>(rotated, n, up);
  return up;
}

/** linux/rbtree.h. Makes `n` a red leaf of `p` at `link`, the address of p's child pointer or of the root's.
 *  Context: any. */
export function rb_link_node(n: usize, p: usize, link: usize): void {
  node(n).__rb_parent_color = <u32>p;
  node(n).rb_left = 0;
  node(n).rb_right = 0;
  store<usize>(link, n);
}

/** linux/rbtree.h. Restores the balance after `n` was linked. Context: any. */
export function rb_insert_color(n: usize, root: usize): void {
  insert(n, root, 0);
}

/** linux/rbtree_augmented.h. As rb_insert_color; `rotated` is called with the node that went down and the one that took
 *  its place, to put right what they know of their subtrees. Context: any. */
export function __rb_insert_augmented(n: usize, root: usize, rotated: usize): void {
  insert(n, root, <u32>rotated);
}

function insert(n: usize, root: usize, rotated: u32): void {
  for (let p = parent(n); is_red(p); p = parent(n)) {
    // a red node is not the root
    const grand = parent(p);
    const on_left = left(grand) == p;
    const uncle = on_left ? right(grand) : left(grand);
    if (is_red(uncle)) {
      set_black(p);
      set_black(uncle);
      set_red(grand);
      n = grand;
      continue;
    }
    // straighten the zigzag, then turn the grandparent down
    if ((on_left ? right(p) : left(p)) == n) p = rotate(root, p, on_left, rotated);
    rotate(root, grand, !on_left, rotated);
    set_black(p);
    set_red(grand);
    break;
  }
  set_black(changetype<rb_root>(root).rb_node);
}

/** The paths through `n` (a child of `p`, or a leaf) lack a black node. */
function rebalance(root: usize, n: usize, p: usize, rotated: u32): void {
  while (p != 0 && !is_red(n)) {
    const on_left = left(p) == n;
    let sibling = on_left ? right(p) : left(p);
    if (is_red(sibling)) {
      set_black(sibling);
      set_red(p);
      rotate(root, p, on_left, rotated);
      sibling = on_left ? right(p) : left(p);
    }
    const near = on_left ? left(sibling) : right(sibling);
    const far = on_left ? right(sibling) : left(sibling);
    if (!is_red(near) && !is_red(far)) {
      set_red(sibling);
      n = p;
      p = parent(n);
      continue;
    }
    if (!is_red(far)) {
      set_black(near);
      set_red(sibling);
      sibling = rotate(root, sibling, !on_left, rotated);
    }
    if (is_red(p)) set_red(sibling);
    else set_black(sibling);
    set_black(p);
    set_black(on_left ? right(sibling) : left(sibling));
    rotate(root, p, on_left, rotated);
    n = changetype<rb_root>(root).rb_node;
    break;
  }
  if (n) set_black(n);
}

/** linux/rbtree.h. Takes `n` out of the tree. Context: any. */
export function rb_erase(n: usize, root: usize): void {
  let gone_red = is_red(n);
  let child: usize;
  let child_parent: usize;
  if (left(n) && right(n)) {
    // the next node, which has no left child, takes the place of n
    let next = right(n);
    while (left(next)) next = left(next);
    gone_red = is_red(next);
    child = right(next);
    child_parent = parent(next);
    if (child_parent == n) {
      child_parent = next;
    } else {
      node(child_parent).rb_left = child;
      if (child) set_parent(child, child_parent);
      node(next).rb_right = right(n);
      set_parent(right(n), next);
    }
    node(next).rb_left = left(n);
    set_parent(left(n), next);
    replace_child(root, parent(n), n, next);
    node(next).__rb_parent_color = node(n).__rb_parent_color;
  } else {
    child = left(n) ? left(n) : right(n);
    child_parent = parent(n);
    if (child) set_parent(child, child_parent);
    replace_child(root, child_parent, n, child);
  }
  if (!gone_red) rebalance(root, child, child_parent, 0);
}

/** linux/rbtree_augmented.h. Restores the balance after a black leaf below `p` was taken out; `rotated` as for
 *  __rb_insert_augmented. Context: any. */
export function __rb_erase_color(p: usize, root: usize, rotated: usize): void {
  rebalance(root, 0, p, <u32>rotated);
}

/** The first node below `n`, or `n` itself, of those that come after all below them. */
function deepest(n: usize): usize {
  while (left(n) || right(n)) n = left(n) ? left(n) : right(n);
  return n;
}

/** linux/rbtree.h. The first node in postorder, where children come before their parent, or 0. Context: any. */
export function rb_first_postorder(root: usize): usize {
  const top = changetype<rb_root>(root).rb_node;
  return top ? deepest(top) : 0;
}

/** linux/rbtree.h. The node behind `n` in postorder, or 0; of `n` itself only its parent is read. Context: any. */
export function rb_next_postorder(n: usize): usize {
  if (!n) return 0;
  const p = parent(n);
  return p && left(p) == n && right(p) ? deepest(right(p)) : p;
}

/** linux/rbtree.h. The first node in order, or 0. Context: any. */
export function rb_first(root: usize): usize {
  let n = changetype<rb_root>(root).rb_node;
  while (n && left(n)) n = left(n);
  return n;
}

/** linux/rbtree.h. The last node in order, or 0. Context: any. */
export function rb_last(root: usize): usize {
  let n = changetype<rb_root>(root).rb_node;
  while (n && right(n)) n = right(n);
  return n;
}

/** linux/rbtree.h. The node behind `n` in order, or 0; also if `n` is in no tree. Context: any. */
export function rb_next(n: usize): usize {
  if (parent(n) == n) return 0;
  if (right(n)) {
    n = right(n);
    while (left(n)) n = left(n);
    return n;
  }
  let p = parent(n);
  while (p && right(p) == n) {
    n = p;
    p = parent(n);
  }
  return p;
}

/** linux/rbtree.h. The node before `n` in order, or 0; also if `n` is in no tree. Context: any. */
export function rb_prev(n: usize): usize {
  if (parent(n) == n) return 0;
  if (left(n)) {
    n = left(n);
    while (right(n)) n = right(n);
    return n;
  }
  let p = parent(n);
  while (p && left(p) == n) {
    n = p;
    p = parent(n);
  }
  return p;
}

/** linux/rbtree.h. Puts `now`, which sorts alike, in the place of `victim`. Context: any. */
export function rb_replace_node(victim: usize, now: usize, root: usize): void {
  memory.copy(now, victim, sizeof_rb_node);
  if (left(victim)) set_parent(left(victim), now);
  if (right(victim)) set_parent(right(victim), now);
  replace_child(root, parent(victim), victim, now);
}
