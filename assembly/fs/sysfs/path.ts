// Reading and writing /sys by path: what a console's `cat`, `ls` and `echo >` need. Linux does this in fs/kernfs.

import {
  bin_attribute,
  EACCES,
  EINVAL,
  EIO,
  EISDIR,
  ENAMETOOLONG,
  ENOENT,
  ENOMEM,
  ENOTDIR,
  GFP_KERNEL,
  kobj_type,
  PAGE_SIZE,
  sysfs_ops,
} from "../../abi";
import { to_kobject } from "../../lib/kobject";
import { strlen } from "../../lib/string";
import { __get_free_pages, free_pages } from "../../mm/page_alloc";
import { node, Node, node_find, node_put, SYSFS_DIR, SYSFS_FILE, SYSFS_LINK, sysfs_root } from "./node";

const NAME_BYTES: u32 = 128;
/** As Linux's MAXSYMLINKS: a longer chain is a loop. */
const LINKS_MAX: u32 = 40;

const component = memory.data(128);

/** The child of `dir` whose name is the `size` bytes at `name`. */
function child(dir: usize, name: usize, size: usize): usize {
  if (size >= NAME_BYTES) return 0;
  if (size == 1 && load<u8>(name) == 0x2e) return dir;
  if (size == 2 && load<u16>(name) == 0x2e2e) return node(dir).parent ? node(dir).parent : dir;
  memory.copy(component, name, size);
  store<u8>(component + size, 0);
  return node_find(dir, component);
}

/** The node behind a path below /sys ("/sys/bus/pci", "bus/pci"); the last link is followed if `follow`. 0 if none. */
export function sysfs_lookup(path: usize, follow: bool): usize {
  let at = sysfs_root();
  let links: u32 = 0;
  if (load<u32>(path) == 0x7379732f) path += 4; // "/sys"
  while (true) {
    while (load<u8>(path) == 0x2f) path++;
    const last = load<u8>(path) == 0;
    while (node(at).kind == SYSFS_LINK && (follow || !last)) {
      at = node(at).priv;
      if (++links > LINKS_MAX) return 0;
    }
    if (last) return at;
    if (node(at).kind != SYSFS_DIR) return 0;
    let size: usize = 0;
    while (load<u8>(path + size) && load<u8>(path + size) != 0x2f) size++;
    at = child(at, path, size);
    if (!at) return 0;
    path += size;
  }
}

function operations(n: Node): sysfs_ops {
  const ktype = changetype<kobj_type>(to_kobject(n.kobj).ktype);
  return changetype<sysfs_ops>(changetype<usize>(ktype) ? ktype.sysfs_ops : 0);
}

function show(n: Node, buf: usize, size: u32): i32 {
  const ops = operations(n);
  if (!changetype<usize>(ops) || !ops.show) return -EIO;
  const page = __get_free_pages(GFP_KERNEL, 0);
  if (!page) return -ENOMEM;
  memory.fill(page, 0, PAGE_SIZE);
  let length = call_indirect<i32>(<u32>ops.show, n.kobj, n.priv, page);
  if (length > 0) {
    length = min(length, min(<i32>size, <i32>PAGE_SIZE));
    memory.copy(buf, page, length);
  }
  free_pages(page, 0);
  return length;
}

/** Reads an attribute into [buf, buf + size), a binary one from `offset` on. Its length, or -ENOENT, -EISDIR, -EACCES,
 *  -EIO, or what the attribute says. Context: process. */
export function sysfs_read(path: usize, buf: usize, size: u32, offset: u32): i32 {
  const at = sysfs_lookup(path, true);
  if (!at) return -ENOENT;
  const n = node(at);
  if (n.kind == SYSFS_DIR) return -EISDIR;
  if (!(n.mode & 0o444)) return -EACCES;
  n.active++;
  n.count++;
  let length: i32 = -EIO;
  if (n.kind == SYSFS_FILE) {
    length = offset ? 0 : show(n, buf, size);
  } else {
    const bin = changetype<bin_attribute>(n.priv);
    if (bin.size && offset >= <u32>bin.size) length = 0;
    else if (bin.read) {
      const want = bin.size ? min(size, <u32>bin.size - offset) : size;
      length = call_indirect<i32>(<u32>bin.read, <usize>0, n.kobj, n.priv, buf, <i64>offset, want);
    }
  }
  n.active--;
  node_put(at);
  return length;
}

/** store() of an attribute wants its text in a page of its own, with a NUL behind it. */
function store_text(n: Node, buf: usize, len: u32): i32 {
  const ops = operations(n);
  if (!changetype<usize>(ops) || !ops.store) return -EIO;
  const size = min(len, <u32>PAGE_SIZE - 1);
  const page = __get_free_pages(GFP_KERNEL, 0);
  if (!page) return -ENOMEM;
  memory.copy(page, buf, size);
  store<u8>(page + size, 0);
  const taken = call_indirect<i32>(<u32>ops.store, n.kobj, n.priv, page, size);
  free_pages(page, 0);
  return taken;
}

/** Writes `len` bytes to an attribute. The bytes taken, or an error as in sysfs_read. Context: process. */
export function sysfs_write(path: usize, buf: usize, len: u32, offset: u32): i32 {
  const at = sysfs_lookup(path, true);
  if (!at) return -ENOENT;
  const n = node(at);
  if (n.kind == SYSFS_DIR) return -EISDIR;
  if (!(n.mode & 0o222)) return -EACCES;
  n.active++;
  n.count++;
  let taken: i32 = -EIO;
  if (n.kind == SYSFS_FILE) {
    taken = store_text(n, buf, len);
  } else {
    const bin = changetype<bin_attribute>(n.priv);
    if (bin.write) taken = call_indirect<i32>(<u32>bin.write, <usize>0, n.kobj, n.priv, buf, <i64>offset, len);
  }
  n.active--;
  node_put(at);
  return taken;
}

/** Lists a directory into [buf, buf + size): one name a line, "/" behind directories and "@" behind links. The length,
 *  or -ENOENT, -ENOTDIR, -ENAMETOOLONG if it does not fit. Context: process. */
export function sysfs_list(path: usize, buf: usize, size: u32): i32 {
  const dir = sysfs_lookup(path, true);
  if (!dir) return -ENOENT;
  if (node(dir).kind != SYSFS_DIR) return -ENOTDIR;
  let used: u32 = 0;
  for (let at = node(dir).child; at; at = node(at).next) {
    const length = <u32>strlen(node(at).name);
    if (used + length + 2 > size) return -ENAMETOOLONG;
    memory.copy(buf + used, node(at).name, length);
    used += length;
    if (node(at).kind == SYSFS_DIR) store<u8>(buf + used++, 0x2f);
    if (node(at).kind == SYSFS_LINK) store<u8>(buf + used++, 0x40);
    store<u8>(buf + used++, 0x0a);
  }
  return used;
}

/** The absolute path of a node into [buf, buf + size); its length, 0 if it does not fit. */
function path_of(at: usize, buf: usize, size: u32): u32 {
  let length: u32 = 4;
  for (let n = at; node(n).parent; n = node(n).parent) length += <u32>strlen(node(n).name) + 1;
  if (length > size) return 0;
  let end = buf + length;
  for (let n = at; node(n).parent; n = node(n).parent) {
    const bytes = strlen(node(n).name);
    end -= bytes;
    memory.copy(end, node(n).name, bytes);
    store<u8>(--end, 0x2f);
  }
  store<u32>(buf, 0x7379732f); // "/sys"
  return length;
}

/** Writes the absolute path that a link leads to. Its length, -ENOENT, -EINVAL if it is no link. Context: any. */
export function sysfs_readlink(path: usize, buf: usize, size: u32): i32 {
  const at = sysfs_lookup(path, false);
  if (!at) return -ENOENT;
  if (node(at).kind != SYSFS_LINK) return -EINVAL;
  return path_of(node(at).priv, buf, size) || -ENAMETOOLONG;
}
