// fs/proc/generic.c, fs/proc/proc_net.c, fs/seq_file.c: files and folders that modules put below /proc. A file is read as a
// whole: its show function, or its iterator, writes into a struct seq_file.

import { GFP_KERNEL, PAGE_SIZE, seq_file, seq_operations, sizeof_seq_file } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { IS_ERR } from "../../lib/err";
import { seq_printf as text_printf, seq_puts as text_puts } from "../../lib/seq_buf";
import { strcmp, strlen } from "../../lib/string";
import { snprintf_, vsnprintf } from "../../lib/vsprintf";
import { kmalloc, kzalloc } from "../../mm/kmalloc";
import { kfree } from "../../mm/slub";
import { init_net } from "../../net/core/net_namespace";

/** Bytes of a path below /proc, and of a file's text at most. */
const PATH: u32 = 96;
const TEXT: u32 = 4 * PAGE_SIZE;
/** Stack bytes of a struct seq_file with the position of its iterator. */
const SEQ_BYTES: usize = (sizeof_seq_file + 8 + 15) & ~15;

/** struct proc_dir_entry, whose contents nobody else looks at; its path is behind it. */
@unmanaged
class Entry {
  next: usize;
  /** int (*)(struct seq_file *, void *); null for folders and files with an iterator. */
  show: u32;
  ops: usize;
  state_size: u32;
  data: usize;
  folder: bool;
}

const first = memory.data(4, 4);

@inline
function at(entry: usize): Entry {
  return changetype<Entry>(entry);
}

@inline
function path_of(entry: usize): usize {
  return entry + offsetof<Entry>();
}

/** A new entry `name` below `parent` (null: /proc itself), or null. */
function create(name: usize, parent: usize): usize {
  const entry = kzalloc(offsetof<Entry>() + PATH, GFP_KERNEL);
  if (entry == 0) return 0;
  if (parent) snprintf_(path_of(entry), PATH, cstr("%s/%s"), path_of(parent), name);
  else snprintf_(path_of(entry), PATH, cstr("%s"), name);
  at(entry).next = load<usize>(first);
  store<usize>(first, entry);
  return entry;
}

/** linux/proc_fs.h. Makes the folder `name` in `parent`; the folder, null without memory. Context: process. */
export function _proc_mkdir(name: usize, mode: u32, parent: usize, data: usize, force_lookup: bool): usize {
  const entry = create(name, parent);
  if (entry) at(entry).folder = true;
  return entry;
}

/** The folder /proc/net. */
export function proc_net_folder(): usize {
  return _proc_mkdir(cstr("net"), 0, 0, 0, false);
}

/** linux/proc_fs.h. Makes the file `name` in `parent`, whose text show(m, NULL) writes, with m->private = data. The file,
 *  null without memory. Context: process. */
export function proc_create_single_data(name: usize, mode: u32, parent: usize, show: u32, data: usize): usize {
  const entry = create(name, parent);
  if (!entry) return 0;
  at(entry).show = show;
  at(entry).data = data;
  return entry;
}

/** linux/proc_fs.h. Makes the file `name` in `parent`, which the iterator `ops` writes; m->private is a struct
 *  seq_net_private of `state_size` bytes. The file, null without memory. Context: process. */
export function proc_create_net_data(
  name: usize,
  mode: u32,
  parent: usize,
  ops: usize,
  state_size: u32,
  data: usize,
): usize {
  const entry = create(name, parent);
  if (!entry) return 0;
  at(entry).ops = ops;
  at(entry).state_size = state_size;
  at(entry).data = data;
  return entry;
}

/** Whether `entry` is `folder` or below it. */
function below(entry: usize, folder: usize): bool {
  const len = strlen(path_of(folder));
  if (entry == folder) return true;
  const path = path_of(entry);
  for (let i: u32 = 0; i < len; i++) if (load<u8>(path + i) != load<u8>(path_of(folder) + i)) return false;
  return load<u8>(path + len) == 0x2f;
}

/** linux/proc_fs.h. Removes a file, or a folder with all that is in it; null is fine. Context: process. */
export function proc_remove(de: usize): void {
  if (!de) return;
  let slot = first;
  let own: usize = 0;
  while (load<usize>(slot)) {
    const entry = load<usize>(slot);
    if (below(entry, de)) {
      store<usize>(slot, at(entry).next);
      if (entry == de) own = entry;
      else kfree(entry);
    } else {
      slot = entry;
    }
  }
  kfree(own);
}

/** linux/proc_fs.h. Removes `name` in `parent`. Context: process. */
export function remove_proc_entry(name: usize, parent: usize): void {
  const path = stack_alloc(PATH);
  if (parent) snprintf_(path, PATH, cstr("%s/%s"), path_of(parent), name);
  else snprintf_(path, PATH, cstr("%s"), name);
  let entry = load<usize>(first);
  while (entry && strcmp(path_of(entry), path) != 0) entry = at(entry).next;
  stack_free(PATH);
  proc_remove(entry);
}

/** linux/seq_file.h. Appends formatted text to the file that is read. Context: the file's show function. */
export function seq_file_printf(m: seq_file, fmt: usize, args: usize): void {
  if (m.count >= m.size) return;
  const len = vsnprintf(m.buf + m.count, m.size - m.count, fmt, args);
  m.count = min(m.count + <u32>len, m.size);
}

/** linux/seq_file.h. Appends a C string to the file that is read. Context: the file's show function. */
export function seq_file_puts(m: seq_file, text: usize): void {
  const len = strlen(text);
  if (m.count + len >= m.size) {
    m.count = m.size;
    return;
  }
  memory.copy(m.buf + m.count, text, len + 1);
  m.count += len;
}

/** Has the file's iterator write every element. */
function iterate(m: seq_file, entry: Entry, pos: usize): void {
  const ops = changetype<seq_operations>(entry.ops);
  const state = entry.state_size ? kzalloc(entry.state_size, GFP_KERNEL) : 0;
  if (entry.state_size && !state) return;
  // struct seq_net_private begins with the namespace
  if (state) store<usize>(state, init_net);
  m.private_ = state;
  let element = call_indirect<usize>(<u32>ops.start, changetype<usize>(m), pos);
  while (element && !IS_ERR(element)) {
    if (call_indirect<i32>(<u32>ops.show, changetype<usize>(m), element) < 0) break;
    element = call_indirect<usize>(<u32>ops.next, changetype<usize>(m), element, pos);
  }
  call_indirect<void>(<u32>ops.stop, changetype<usize>(m), element);
  kfree(state);
}

/** Appends the text of a module's file to `s` (lib/seq_buf). False if there is no file of that path. */
export function proc_show_entry(path: usize, s: usize): bool {
  let entry = load<usize>(first);
  while (entry && (at(entry).folder || strcmp(path_of(entry), path) != 0)) entry = at(entry).next;
  if (!entry) return false;
  const text = kmalloc(TEXT, GFP_KERNEL);
  if (!text) return true;
  const room = stack_alloc(SEQ_BYTES);
  memory.fill(room, 0, SEQ_BYTES);
  const m = changetype<seq_file>(room);
  m.buf = text;
  m.size = TEXT;
  store<u8>(text, 0);
  if (at(entry).show) {
    m.private_ = at(entry).data;
    call_indirect<i32>(at(entry).show, room, <usize>0);
  } else {
    iterate(m, at(entry), room + sizeof_seq_file);
  }
  text_puts(s, text);
  stack_free(SEQ_BYTES);
  kfree(text);
  return true;
}

/** Appends the paths of the modules' files, one a line. */
export function proc_list_entries(s: usize): void {
  for (let entry = load<usize>(first); entry; entry = at(entry).next) {
    if (!at(entry).folder) text_printf(s, cstr("%s\n"), path_of(entry));
  }
}
