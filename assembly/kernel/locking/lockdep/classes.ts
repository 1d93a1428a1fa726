// Classes of locks, debug flavour (kernel/locking/lockdep.c). All locks that one line initialises are of one class, and
// what is learnt of one holds for all. A lock stays the bytes that Linux's layout has for it: which class it is of is
// noted here, by its address, when it is initialised. A static lock that nobody initialises is a class of its own.
//
//   instances: address of a lock ──► class ──► dependencies (graph.ts)
//              16 ways of 128 sets             name, where it was used how

import { module_ } from "../../../abi";
import { BOOT_ARENA, BOOT_RAM_END } from "../../../arch/wasm/memory";
import { host_symbol } from "../../../arch/wasm/host";
import { DEBUG } from "../../../flavour";
import { pr } from "../../printk/printk";
import { module_first, module_next } from "../../module/list";
import { debug_locks_off } from "../debug_locks";

/** linux/lockdep_types.h, with CONFIG_PROVE_RAW_LOCK_NESTING: what a lock lets its holder wait for. */
export const LD_WAIT_INV: u32 = 0;
export const LD_WAIT_FREE: u32 = 1;
export const LD_WAIT_SPIN: u32 = 2;
export const LD_WAIT_CONFIG: u32 = 3;
export const LD_WAIT_SLEEP: u32 = 4;

/** A local lock: no other CPU can take it. */
export const LD_LOCK_PERCPU: u32 = 1;

export const CLASSES: u32 = 384;
const TEXT_BYTES: usize = 40;
/** Usages that have a place of their own: eight of interrupts. */
export const USAGES: u32 = 8;

@unmanaged
export class LockClass {
  /** Where its locks are initialised: a text, or a key; of a static lock its address. 0: unused. */
  key: usize;
  /** The name that came with the key, also a part of what tells classes apart. */
  name: usize;
  /** First dependency on what was taken after it, and on what before (graph.ts). */
  after: u16;
  before: u16;
  subclass: u8;
  /** How its locks were used (usage.ts), one bit each. */
  usage: u8;
  inner: u8;
  outer: u8;
  type: u8;
  /** Which one of the classes of this name. */
  version: u8;
  /** Whether `key` is the text "file:line". */
  has_site: u8;
  /** Bits of a search: reached by a path that ends in a recursive read, by another. */
  reached: u8;
  /** 1: its order is not looked at. */
  novalidate: u32;
}

const SITES: usize = offsetof<LockClass>();
const TEXT: usize = SITES + <usize>USAGES * 4;
const CLASS_BYTES: usize = TEXT + TEXT_BYTES;

const classes = memory.data(DEBUG ? 384 * 96 : 4, 4);
const state = memory.data(8, 4);

const WAYS: u32 = 16;
const SETS: u32 = 128;

@unmanaged
class Instance {
  lock: usize;
  /** Its class of subclass 0; 0: it is known to have none. */
  number: u32;
}

const instances = memory.data(DEBUG ? 8 * 256 * 8 : 4, 4);
/** The way that the next new lock of a set replaces. */
const turn = memory.data(128);

/** The class number `number`, which counts from 1. */
@inline
export function class_at(number: u32): LockClass {
  return changetype<LockClass>(classes + <usize>(number - 1) * CLASS_BYTES);
}

/** Numbers up to here are or were in use. */
@inline
export function class_limit(): u32 {
  return load<u32>(state);
}

@inline
function text_of(number: u32): usize {
  return changetype<usize>(class_at(number)) + TEXT;
}

/** The name of its locks. A static lock's is asked for when it is printed: the host of another CPU cannot answer while
 *  that one waits for a lock. */
export function class_text(number: u32): usize {
  const own = class_at(number);
  const text = text_of(number);
  if (own.key && !own.name && !load<u8>(text)) copy_text(text, static_name(own.key));
  return text;
}

function copy_text(to: usize, from: usize): void {
  for (let i: usize = 0; i < TEXT_BYTES - 1 && load<u8>(from + i); i++) store<u8>(to + i, load<u8>(from + i));
}

/** The place where a lock of the class was first used as bit `usage` says. */
@inline
export function usage_site(number: u32, usage: u32): usize {
  return changetype<usize>(class_at(number)) + SITES + <usize>usage * 4;
}

/** The locks that fit into 64 bytes share a set, which has room for them: who frees memory looks at few. */
@inline
function set_of(lock: usize): u32 {
  return <u32>(lock >> 6) & (SETS - 1);
}

@inline
function entry(set: u32, way: u32): Instance {
  return changetype<Instance>(instances + <usize>(set * WAYS + way) * offsetof<Instance>());
}

function find(lock: usize): Instance {
  const set = set_of(lock);
  for (let way: u32 = 0; way < WAYS; way++) {
    const found = entry(set, way);
    if (found.lock == lock) return found;
  }
  return changetype<Instance>(0);
}

function set_class(lock: usize, number: u32): void {
  let slot = find(lock);
  if (!changetype<usize>(slot)) {
    const set = set_of(lock);
    const way = load<u8>(turn + set);
    store<u8>(turn + set, (way + 1) & <u8>(WAYS - 1));
    slot = entry(set, way);
    slot.lock = lock;
  }
  slot.number = number;
}

/** The class of this key, name and subclass; 0: there is none. */
function find_class(key: usize, name: usize, subclass: u32): u32 {
  for (let number: u32 = 1; number <= class_limit(); number++) {
    const found = class_at(number);
    if (found.key == key && found.name == name && found.subclass == subclass) return number;
  }
  return 0;
}

function same_text(a: usize, b: usize): bool {
  for (let i: usize = 0; load<u8>(a + i) == load<u8>(b + i); i++) if (!load<u8>(a + i)) return true;
  return false;
}

function free_class(): u32 {
  for (let number: u32 = 1; number <= class_limit(); number++) if (!class_at(number).key) return number;
  if (class_limit() == CLASSES) return 0;
  store<u32>(state, class_limit() + 1);
  return class_limit();
}

/** A new class; 0, and the validator turned off, if there is no room. */
function new_class(key: usize, name: usize, subclass: u32, text: usize, inner: u32): u32 {
  const number = free_class();
  if (!number) {
    if (debug_locks_off()) {
      pr(cstr("\x017BUG: MAX_LOCKDEP_KEYS too low!"));
      pr(cstr("\x017turning off the locking correctness validator."));
    }
    return 0;
  }
  const own = class_at(number);
  memory.fill(changetype<usize>(own), 0, CLASS_BYTES);
  own.name = name;
  own.subclass = <u8>subclass;
  own.inner = <u8>inner;
  if (text) copy_text(text_of(number), text);
  for (let other: u32 = 1; other <= class_limit(); other++) {
    const its = class_at(other);
    if (!text || !its.key || its.subclass != <u8>subclass || !same_text(text_of(other), text_of(number))) continue;
    own.version = max(own.version, its.version + 1);
  }
  own.key = key;
  return number;
}

function class_for(key: usize, name: usize, subclass: u32, text: usize, inner: u32): u32 {
  return find_class(key, name, subclass) || new_class(key, name, subclass, text, inner);
}

/** Whether the key is a text "file:line": one of a ww_class, say, is not. */
function is_site(key: usize): bool {
  let colon = false;
  for (let i: usize = 0; i < 200; i++) {
    const char = load<u8>(key + i);
    if (!char) return colon;
    if (char < 0x20 || char > 0x7e) return false;
    colon = colon || char == 0x3a;
  }
  return false;
}

/** The lock at `lock` is of the class that key and name say: "file:line" (`has_site`), or a key. */
export function lock_is_of(
  lock: usize,
  name: usize,
  key: usize,
  has_site: bool,
  inner: u32,
  outer: u32,
  type: u32,
): void {
  const number = name ? class_for(key ? key : name, name, 0, name, inner) : 0;
  set_class(lock, number);
  if (!number) return;
  const own = class_at(number);
  own.has_site = has_site && is_site(own.key) ? 1 : 0;
  own.outer = <u8>outer;
  own.type = <u8>type;
}

/** Whether the address is of the core's or a module's own memory, not of something that was allocated. */
function is_static(address: usize): bool {
  if (address < load<usize>(BOOT_ARENA) || address >= load<usize>(BOOT_RAM_END)) return true;
  for (let mod = module_first(); mod; mod = module_next(mod)) {
    const layout = changetype<module_>(mod).core_layout;
    if (address - layout.base < <usize>layout.size) return true;
  }
  return false;
}

const symbol = memory.data(64);

/** The name of a static variable: "mutex_A", "device+0x4"; its address if it has none. */
export function static_name(address: usize): usize {
  const length = host_symbol(<u32>address, symbol, 63);
  if (!length) {
    store<u8>(symbol, 0x30);
    store<u8>(symbol + 1, 0x78);
    for (let i: usize = 0; i < 8; i++) {
      const digit = <u32>(address >> (28 - 4 * i)) & 15;
      store<u8>(symbol + 2 + i, digit < 10 ? 0x30 + digit : 0x57 + digit);
    }
    store<u8>(symbol + 10, 0);
    return symbol;
  }
  let end = symbol;
  while (end < symbol + length && load<u8>(end) != 0x20) end++;
  store<u8>(end, 0);
  return symbol;
}

/** The class of the lock at `lock`; 0: it has none. `inner` is what a lock of its kind lets one wait for. */
export function class_of(lock: usize, subclass: u32, inner: u32): u32 {
  const found = find(lock);
  let number: u32 = 0;
  if (changetype<usize>(found)) {
    number = found.number;
  } else {
    if (is_static(lock)) number = class_for(lock, 0, 0, 0, inner);
    set_class(lock, number);
  }
  if (!subclass || !number) return number;
  const own = class_at(number);
  const nested = class_for(own.key, own.name, subclass, own.name ? text_of(number) : 0, own.inner);
  if (nested) {
    class_at(nested).version = own.version;
    class_at(nested).novalidate = own.novalidate;
  }
  return nested;
}

/** The lock's class if that is known, without making one. */
export function known_class(lock: usize): u32 {
  const found = find(lock);
  return changetype<usize>(found) ? found.number : 0;
}

/** The lock's name, or "?". */
export function lock_name(lock: usize): usize {
  const number = class_of(lock, 0, LD_WAIT_INV);
  return number ? class_text(number) : cstr("?");
}

/** Where the lock was initialised, or "?". */
export function lock_site(lock: usize): usize {
  const number = known_class(lock);
  return number && class_at(number).has_site ? class_at(number).key : cstr("?");
}

/** Forgets which class the locks in [start, start + size) are of: the memory goes to somebody else. */
export function locks_forget(start: usize, size: usize): void {
  const first = start >> 6;
  const sets = min((start + size + 63) / 64 - first, <usize>SETS);
  for (let i: usize = 0; i < sets; i++) {
    const set = <u32>(first + i) & (SETS - 1);
    for (let way: u32 = 0; way < WAYS; way++) if (entry(set, way).lock - start < size) entry(set, way).lock = 0;
  }
}

/** Whether the class is of a lock in [start, start + size), or is known by a text there. */
export function class_lies_in(number: u32, start: usize, size: usize): bool {
  const own = class_at(number);
  return own.key != 0 && (own.key - start < size || own.name - start < size);
}

/** The class is gone, and no lock is of it any more. */
export function class_forget(number: u32): void {
  class_at(number).key = 0;
  for (let i: u32 = 0; i < SETS * WAYS; i++) {
    const slot = entry(i / WAYS, i % WAYS);
    if (slot.lock && slot.number == number) slot.lock = 0;
  }
}

/** Nothing is known of any class but that there is one (lockdep_reset). */
export function classes_reset(): void {
  for (let number: u32 = 1; number <= class_limit(); number++) {
    const own = class_at(number);
    own.after = 0;
    own.before = 0;
    own.usage = 0;
  }
}
