import { rb_node, rb_root, sizeof_rb_node } from "../../abi";
import {
  __rb_erase_color,
  __rb_insert_augmented,
  rb_erase,
  rb_first,
  rb_first_postorder,
  rb_insert_color,
  rb_last,
  rb_link_node,
  rb_next,
  rb_next_postorder,
  rb_prev,
  rb_replace_node,
} from "../rbtree";

/** A node, its key, and a word of the test's own. */
const NODE: usize = 20;
const COUNT: u32 = 300;
const nodes = memory.data(<i32>(20 * 301), 8);
const tree = memory.data(4, 4);
const linked: bool[] = [];

function key(node: usize): u32 {
  return load<u32>(node + sizeof_rb_node);
}

/** Of an augmented tree: how many nodes the subtree has, kept in the node's last word. */
function weight(node: usize): u32 {
  return node ? load<u32>(node, 16) : 0;
}

function weigh(node: usize): void {
  store<u32>(node, 1 + weight(changetype<rb_node>(node).rb_left) + weight(changetype<rb_node>(node).rb_right), 16);
}

function rotated(down: usize, up: usize): void {
  weigh(down);
  weigh(up);
}

function weigh_up(node: usize): void {
  for (let n = node; n; n = changetype<rb_node>(n).__rb_parent_color & ~3) weigh(n);
}

/** Whether every node of the subtree has the right weight. */
function weighed(node: usize): bool {
  if (!node) return true;
  const left = changetype<rb_node>(node).rb_left;
  const right = changetype<rb_node>(node).rb_right;
  return weighed(left) && weighed(right) && weight(node) == 1 + weight(left) + weight(right);
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

  test("tell of every turn, so that what a node knows of its subtree stays right", () => {
    store<usize>(tree, 0);
    for (let i: u32 = 0; i < 200; i++) {
      const node = nodes + ((i * 77) % 200) * NODE;
      let link = tree;
      let parent: usize = 0;
      for (let n = load<usize>(link); n; n = load<usize>(link)) {
        parent = n;
        link = key(node) < key(n) ? n + 8 : n + 4;
      }
      rb_link_node(node, parent, link);
      weigh_up(node);
      __rb_insert_augmented(node, tree, rotated.index);
      expect(weighed(load<usize>(tree))).toBe(true);
    }
    expect(weight(load<usize>(tree))).toBe(200);
    // leaves, as rb_erase_augmented() takes them out
    while (load<usize>(tree)) {
      const leaf = rb_first_postorder(tree);
      const up = changetype<rb_node>(leaf).__rb_parent_color & ~3;
      const black = changetype<rb_node>(leaf).__rb_parent_color & 1;
      if (!up) store<usize>(tree, 0);
      else if (changetype<rb_node>(up).rb_left == leaf) changetype<rb_node>(up).rb_left = 0;
      else changetype<rb_node>(up).rb_right = 0;
      weigh_up(up);
      if (up && black) __rb_erase_color(up, tree, rotated.index);
      expect(weighed(load<usize>(tree))).toBe(true);
      expect(height(load<usize>(tree)) >= 0).toBe(true);
    }
  });

  test("walk in postorder: children before their parent, each once", () => {
    expect(rb_first_postorder(tree)).toBe(0);
    expect(rb_next_postorder(0)).toBe(0);
    for (let i: u32 = 0; i < 100; i++) {
      insert(nodes + i * NODE);
      store<u32>(nodes + i * NODE, 0, 16);
    }
    let count: u32 = 0;
    for (let n = rb_first_postorder(tree); n; n = rb_next_postorder(n)) {
      const own = changetype<rb_node>(n);
      assert(!own.rb_left || load<u32>(own.rb_left, 16));
      assert(!own.rb_right || load<u32>(own.rb_right, 16));
      assert(!load<u32>(n, 16));
      store<u32>(n, 1, 16);
      count++;
    }
    expect(count).toBe(100);
    store<usize>(tree, 0);
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
