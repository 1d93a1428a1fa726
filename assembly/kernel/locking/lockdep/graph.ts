// What was ever taken while what was held, and paths through that (kernel/locking/lockdep.c; Documentation/locking/
// lockdep-design.rst). A dependency A -> B has up to four kinds, by how A was held and how B was taken:
//
//   S: A is held for reading           R: B is taken for reading by who may recurse: only a writer is in its way
//   E: A is held for writing           N: B is taken otherwise
//
// A path is strong, that is, tasks can wait along it, if no R is followed by an S.

import { DEBUG } from "../../../flavour";
import { pr } from "../../printk/printk";
import { debug_locks_off } from "../debug_locks";
import { CLASSES, LD_LOCK_PERCPU, LD_WAIT_CONFIG, LockClass, class_at, class_limit } from "./classes";

const SR: u32 = 1;
const ER: u32 = 2;
const SN: u32 = 4;
const EN: u32 = 8;

@unmanaged
export class LockList {
  from: u16;
  to: u16;
  /** The next in the list of what came after `from`, and of what came before `to`: 1 + index; 0: none. */
  next_after: u16;
  next_before: u16;
  kinds: u32;
  /** The call site that took `to`. */
  site: u32;
}

const LISTS: u32 = 2048;
const lists = memory.data(DEBUG ? 2048 * 16 : 4, 4);
const state = memory.data(8, 4);

@inline
export function list_at(number: u32): LockList {
  return changetype<LockList>(lists + <usize>(number - 1) * offsetof<LockList>());
}

/** How the kinds of a dependency follow from the two `read`s: 0 writes, 1 reads, 2 reads and may recurse. */
@inline
function kind_of(from_read: u32, to_read: u32): u32 {
  if (to_read == 2) return from_read ? SR : ER;
  return from_read ? SN : EN;
}

/** The dependency from -> to; 0: none. */
export function find_dependency(from: u32, to: u32): u32 {
  let i = <u32>class_at(from).after;
  while (i && <u32>list_at(i).to != to) i = list_at(i).next_after;
  return i;
}

function free_list(): u32 {
  const free = load<u32>(state, 4);
  if (free) {
    store<u32>(state, list_at(free).next_after, 4);
    return free;
  }
  const used = load<u32>(state);
  if (used == LISTS) return 0;
  store<u32>(state, used + 1);
  return used + 1;
}

/** `to` was taken while `from` was held. */
export function add_dependency(from: u32, from_read: u32, to: u32, to_read: u32, site: u32): void {
  let number = find_dependency(from, to);
  if (!number) {
    number = free_list();
    if (!number) {
      if (debug_locks_off()) {
        pr(cstr("\x017BUG: MAX_LOCKDEP_ENTRIES too low!"));
        pr(cstr("\x017turning off the locking correctness validator."));
      }
      return;
    }
    const list = list_at(number);
    list.from = <u16>from;
    list.to = <u16>to;
    list.kinds = 0;
    list.site = site;
    list.next_after = class_at(from).after;
    list.next_before = class_at(to).before;
    class_at(from).after = <u16>number;
    class_at(to).before = <u16>number;
  }
  list_at(number).kinds |= kind_of(from_read, to_read);
}

/** No dependency is known any more. */
export function dependencies_reset(): void {
  store<u64>(state, 0);
}

function unlink_after(list: LockList, number: u32): void {
  const own = class_at(list.from);
  if (<u32>own.after == number) {
    own.after = list.next_after;
    return;
  }
  let i = <u32>own.after;
  while (<u32>list_at(i).next_after != number) i = list_at(i).next_after;
  list_at(i).next_after = list.next_after;
}

function unlink_before(list: LockList, number: u32): void {
  const own = class_at(list.to);
  if (<u32>own.before == number) {
    own.before = list.next_before;
    return;
  }
  let i = <u32>own.before;
  while (<u32>list_at(i).next_before != number) i = list_at(i).next_before;
  list_at(i).next_before = list.next_before;
}

function drop(number: u32): void {
  const list = list_at(number);
  unlink_after(list, number);
  unlink_before(list, number);
  list.next_after = <u16>load<u32>(state, 4);
  store<u32>(state, number, 4);
}

/** Nothing depends on the class any more, nor it on anything (zap_class). */
export function dependencies_forget(number: u32): void {
  while (class_at(number).after) drop(class_at(number).after);
  while (class_at(number).before) drop(class_at(number).before);
}

// ── Searching ──

/** One reached class: by which step before it, over which dependency, and whether only by R (forwards) or S (backwards). */
@unmanaged
class Step {
  number: u16;
  parent: u16;
  list: u16;
  only_xr: u16;
}

const queue = memory.data(DEBUG ? (2 * 384 + 1) * 8 : 4, 4);

@inline
function step_at(index: u32): Step {
  return changetype<Step>(queue + <usize>(index - 1) * offsetof<Step>());
}

@inline
export function step_class(step: u32): u32 {
  return step_at(step).number;
}

@inline
export function step_parent(step: u32): u32 {
  return step_at(step).parent;
}

@inline
export function step_list(step: u32): u32 {
  return step_at(step).list;
}

/** What a search looks for. */
export const FIND_LOCK: u32 = 0;
export const FIND_USAGE: u32 = 1;
/** Nothing: it gathers the usages of all that it reaches, in search_usage(). */
export const GATHER_USAGE: u32 = 2;

/** Usages that are not by readers. */
const NOT_READ: u32 = 0x55;

const gathered = memory.data(4, 4);

export function search_usage(): u32 {
  return load<u32>(gathered);
}

/** Interrupts do not matter for a local lock: what another CPU holds is not it. */
function skipped(own: LockClass, what: u32): bool {
  return what != FIND_LOCK && <u32>own.type == LD_LOCK_PERCPU && <u32>own.inner == LD_WAIT_CONFIG;
}

/** Whether the search ends at this step. `wanted` is the class, `read` how that is held; or `wanted` is usages. */
function matches(step: Step, what: u32, wanted: u32, read: u32): bool {
  if (what == FIND_LOCK) return <u32>step.number == wanted && (!read || !step.only_xr);
  const usage = <u32>class_at(step.number).usage & (step.only_xr ? NOT_READ : 0xff);
  if (what == FIND_USAGE) return (usage & wanted) != 0;
  store<u32>(gathered, load<u32>(gathered) | usage);
  return false;
}

/** Which kinds of a dependency a strong path may go on with, and whether all that it then comes by is R (S). */
@inline
function usable(kinds: u32, forwards: bool, only_xr: bool): u32 {
  if (!only_xr) return kinds;
  return kinds & (forwards ? ER | EN : SN | EN);
}

@inline
function ends_xr(kinds: u32, forwards: bool): bool {
  return !(kinds & (forwards ? SN | EN : ER | EN));
}

/** Marks the class reached this way; false if it was, or without the condition. */
function reach(own: LockClass, only_xr: bool): bool {
  const bits: u8 = only_xr ? 1 : 3;
  if ((own.reached & bits) == bits || own.reached & 2) return false;
  own.reached |= bits;
  return true;
}

/** Walks all strong paths from a class, breadth first: the step that matches; 0: none does. The shortest way to it is
 *  there by step_parent() until the next search. */
export function search(from: u32, from_xr: bool, forwards: bool, what: u32, wanted: u32, read: u32): u32 {
  for (let number: u32 = 1; number <= class_limit(); number++) class_at(number).reached = 0;
  store<u32>(gathered, 0);
  let head: u32 = 1;
  let tail: u32 = 1;
  const first = step_at(1);
  first.number = <u16>from;
  first.parent = 0;
  first.list = 0;
  first.only_xr = from_xr ? 1 : 0;
  reach(class_at(from), from_xr);
  for (; head <= tail; head++) {
    const step = step_at(head);
    const own = class_at(step.number);
    if (skipped(own, what)) continue;
    if (matches(step, what, wanted, read)) return head;
    let i: u32 = forwards ? own.after : own.before;
    while (i) {
      const list = list_at(i);
      const kinds = usable(list.kinds, forwards, step.only_xr != 0);
      const number: u32 = forwards ? list.to : list.from;
      const only_xr = ends_xr(kinds, forwards);
      if (kinds && reach(class_at(number), only_xr)) {
        const next = step_at(++tail);
        next.number = <u16>number;
        next.parent = <u16>head;
        next.list = <u16>i;
        next.only_xr = only_xr ? 1 : 0;
      }
      i = forwards ? list.next_after : list.next_before;
    }
  }
  return 0;
}
