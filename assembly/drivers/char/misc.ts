// drivers/char/misc.c: devices of the one major number 10, for drivers that need a single node.

import {
  EBUSY,
  MINORBITS,
  MISC_DYNAMIC_MINOR,
  MISC_MAJOR,
  miscdevice,
  offsetof_miscdevice_list,
  offsetof_mutex_wait_list,
  sizeof_mutex,
} from "../../abi";
import { __mutex_init, mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { IS_ERR, PTR_ERR } from "../../lib/err";
import { _find_first_zero_bit } from "../../lib/find_bit";
import { INIT_LIST_HEAD, list_add, list_del, list_next } from "../../lib/list";
import { va_block, va_free } from "../../lib/vsprintf";
import { __class_create, device_create_with_groups, device_destroy } from "../base/class";

/** Minor numbers 0 to 127 are given out, the highest first. */
const DYNAMIC_MINORS: u32 = 128;

@unmanaged
class State {
  /** struct class misc; 0 until the first device. */
  class_: usize;
  /** list_head of the devices. */
  next: usize;
  prev: usize;
}

const state = changetype<State>(memory.data(offsetof<State>(), 4));
const misc_mtx = memory.data(<i32>sizeof_mutex, 8);
/** A bit for each minor that was given out, counted from the highest. */
const misc_minors = memory.data(<i32>(DYNAMIC_MINORS / 8), 4);

@inline
function list(): usize {
  return changetype<usize>(state) + offsetof<State>("next");
}

function lock(): void {
  if (!load<usize>(misc_mtx, offsetof_mutex_wait_list)) {
    __mutex_init(misc_mtx, cstr("misc_mtx"), 0);
    INIT_LIST_HEAD(list());
  }
  mutex_lock(misc_mtx);
}

function has_minor(minor: i32): bool {
  for (let at = list_next(list()); at != list(); at = list_next(at)) {
    if (changetype<miscdevice>(at - offsetof_miscdevice_list).minor == minor) return true;
  }
  return false;
}

/** Marks a minor that is given out as taken or free. */
function mark(minor: u32, taken: bool): void {
  const bit = DYNAMIC_MINORS - 1 - minor;
  const byte = misc_minors + (bit >> 3);
  const mask: u32 = 1 << (bit & 7);
  store<u8>(byte, <u8>(taken ? load<u8>(byte) | mask : load<u8>(byte) & ~mask));
}

@inline
function devt(misc: miscdevice): u32 {
  return (MISC_MAJOR << MINORBITS) | misc.minor;
}

function register(misc: miscdevice): i32 {
  const dynamic = <u32>misc.minor == MISC_DYNAMIC_MINOR;
  if (dynamic) {
    const bit = <u32>_find_first_zero_bit(misc_minors, DYNAMIC_MINORS);
    if (bit >= DYNAMIC_MINORS) return -EBUSY;
    misc.minor = DYNAMIC_MINORS - 1 - bit;
    mark(misc.minor, true);
  } else if (has_minor(misc.minor)) {
    return -EBUSY;
  }
  if (!state.class_) {
    const created = __class_create(0, cstr("misc"), 0);
    if (!IS_ERR(created)) state.class_ = created;
  }
  const at = changetype<usize>(misc);
  const name = va_block(<u32>misc.name);
  misc.this_device = device_create_with_groups(
    state.class_,
    misc.parent,
    devt(misc),
    at,
    misc.groups,
    cstr("%s"),
    name,
  );
  va_free();
  if (IS_ERR(misc.this_device)) {
    if (dynamic) {
      mark(misc.minor, false);
      misc.minor = MISC_DYNAMIC_MINOR;
    }
    return PTR_ERR(misc.this_device);
  }
  list_add(at + offsetof_miscdevice_list, list());
  return 0;
}

/** linux/miscdevice.h. Registers a device; a minor of MISC_DYNAMIC_MINOR is replaced by a free one. -EBUSY if the minor
 *  is taken or none is free, or the device's own errors. Context: process. (Differs: there is no /dev, so nobody opens
 *  it; it is in /sys/class/misc.) */
export function misc_register(misc: usize): i32 {
  INIT_LIST_HEAD(misc + offsetof_miscdevice_list);
  lock();
  const error = register(changetype<miscdevice>(misc));
  mutex_unlock(misc_mtx);
  return error;
}

/** linux/miscdevice.h. Unregisters a device that misc_register() took. Context: process. */
export function misc_deregister(misc: usize): void {
  const device = changetype<miscdevice>(misc);
  lock();
  list_del(misc + offsetof_miscdevice_list);
  device_destroy(state.class_, devt(device));
  if (<u32>device.minor < DYNAMIC_MINORS) mark(device.minor, false);
  mutex_unlock(misc_mtx);
}
