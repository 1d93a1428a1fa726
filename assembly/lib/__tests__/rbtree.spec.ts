import { rb_node, rb_root, sizeof_rb_node } from "../../abi";
import {
  rb_erase,
  rb_first,
  rb_insert_color,
  rb_last,
  rb_link_node,
  rb_next,
  rb_prev,
  rb_replace_node,
} from "../rbtree";

/** A node and its key. */
const NODE: usize = 16;
const COUNT: u32 = 300;
const nodes = memory.data(<i32>(16 * 301), 8);
const tree = memory.data(4, 4);
const linked: bool[] = [];

function key(node: usize): u32 {
  return load<u32>(node + sizeof_rb_node);
}

function insert(node: usize): void {
  let link = tree;
  let parent: usize = 0;
  for (let n = load<usize>(link); n; n = load<usize>(link)) {
    parent = n;
    link = key(node) < key(n) ? n + 8 : n + 4; // rb_left is the second pointer
  }
  rb_link_node(node, parent, link);
  rb_insert_color(node, tree);
}

/** Black nodes on every path, or -1 if they differ or a red node has a red child. */
function height(n: usize): i32 {
  if (n == 0) return 0;
  const node = changetype<rb_node>(n);
  const black = node.__rb_parent_color & 1;
  for (let side = 0; side < 2; side++) {
    const child = side ? node.rb_left : node.rb_right;
    if (child == 0) continue;
    const c = changetype<rb_node>(child);
    if ((c.__rb_parent_color & ~3) != <u32>n) return -1;
    if (!black && !(c.__rb_parent_color & 1)) return -1;
  }
  const l = height(node.rb_left);
  const r = height(node.rb_right);
  return l < 0 || r < 0 || l != r ? -1 : l + <i32>black;
}

/** Whether the tree is balanced and holds exactly the linked nodes, in order, both ways. */
function sound(): bool {
  if (height(changetype<rb_root>(tree).rb_node) < 0) return false;
  let n = rb_first(tree);
  let last: usize = 0;
  for (let i: u32 = 0; i < COUNT; i++) {
    if (!linked[i]) continue;
    if (n == 0 || key(n) != i || rb_prev(n) != last) return false;
    last = n;
    n = rb_next(n);
  }
  return n == 0 && rb_last(tree) == last;
}

describe("red-black trees", () => {
  test("stay sound whatever is inserted and erased", () => {
    store<usize>(tree, 0);
    for (let i: u32 = 0; i < COUNT; i++) {
      store<u32>(nodes + i * NODE + sizeof_rb_node, i);
      linked.push(false);
    }
    let random: u32 = 12345;
    for (let step = 0; step < 3000; step++) {
      random = random * 1664525 + 1013904223;
      const i = (random >> 8) % COUNT;
      if (linked[i]) rb_erase(nodes + i * NODE, tree);
      else insert(nodes + i * NODE);
      linked[i] = !linked[i];
      if (step % 50 == 0) expect(sound()).toBe(true);
    }
    for (let i: u32 = 0; i < COUNT; i++) {
      if (!linked[i]) continue;
      rb_erase(nodes + i * NODE, tree);
      linked[i] = false;
      if (i % 20 == 0) expect(sound()).toBe(true);
    }
    expect(load<usize>(tree)).toBe(0);
  });

  test("take a replacement for a node", () => {
    for (let i: u32 = 0; i < 20; i++) {
      insert(nodes + i * NODE);
      linked[i] = true;
    }
    const spare = nodes + 300 * NODE;
    store<u32>(spare + sizeof_rb_node, 7);
    rb_replace_node(nodes + 7 * NODE, spare, tree);
    expect(sound()).toBe(true);
    expect(rb_next(spare)).toBe(nodes + 8 * NODE);
  });
});
