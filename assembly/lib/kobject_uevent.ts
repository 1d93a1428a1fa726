// lib/kobject_uevent.c: the environment of an event. Nobody listens on a board without user space, so an event ends
// where Linux would multicast it; filters and callbacks run as they do there, since drivers see them.

import { nth_text } from "./texts";
import {
  EINVAL,
  ENOENT,
  ENOMEM,
  GFP_KERNEL,
  KOBJ_ADD,
  KOBJ_REMOVE,
  kobj_uevent_env,
  kset,
  kset_uevent_ops,
  sizeof_kobj_uevent_env,
  UEVENT_BUFFER_SIZE,
  UEVENT_NUM_ENVP,
} from "../abi";
import { WARN } from "../kernel/panic";
import { kfree, kzalloc } from "../mm/slub";
import { kobject_get_path, kobject_name, kset_kobj, to_kobject } from "./kobject";
import { strncmp } from "./string";
import { va_block, va_free, vsnprintf } from "./vsprintf";

/** u64: the number of the last event. */
const uevent_seqnum = memory.data(8, 8);

function action_name(action: u32): usize {
  // prettier-ignore
  const names = cstr(
    "add", "remove", "change", "move", "online", "offline", "bind", "unbind"
  );
  return nth_text(names, min(action, 7));
}

/** linux/kobject.h. Appends "KEY=value" to an event's environment. 0, or -ENOMEM if it is full. Context: process. */
export function add_uevent_var(env: usize, format: usize, args: usize): i32 {
  const e = changetype<kobj_uevent_env>(env);
  const used = <u32>e.buflen;
  if (<u32>e.envp_idx >= <u32>UEVENT_NUM_ENVP) {
    WARN(cstr("add_uevent_var: too many keys"));
    return -ENOMEM;
  }
  const at = changetype<usize>(e.buf) + used;
  const room = <u32>UEVENT_BUFFER_SIZE - used;
  const length = vsnprintf(at, room, format, args);
  if (<u32>length >= room) {
    WARN(cstr("add_uevent_var: buffer size too small"));
    return -ENOMEM;
  }
  store<usize>(changetype<usize>(e.envp) + e.envp_idx * sizeof<usize>(), at);
  e.envp_idx = e.envp_idx + 1;
  e.buflen = used + length + 1;
  return 0;
}

/** add_uevent_var() for the core's own code. */
export function uevent_var(
  env: usize,
  format: usize,
  a: u32 = 0,
  b: u32 = 0,
  c: u32 = 0,
  d: u32 = 0,
  e: u32 = 0,
  f: u32 = 0,
  g: u32 = 0,
): i32 {
  const error = add_uevent_var(env, format, va_block(a, b, c, d, e, f, g));
  va_free();
  return error;
}

function fill(kobj: usize, action: u32, ops: kset_uevent_ops, subsystem: usize, extra: usize, env: usize): i32 {
  const path = kobject_get_path(kobj, GFP_KERNEL);
  if (!path) return -ENOENT;
  let error = uevent_var(env, cstr("ACTION=%s"), action_name(action));
  if (!error) error = uevent_var(env, cstr("DEVPATH=%s"), path);
  kfree(path);
  if (!error) error = uevent_var(env, cstr("SUBSYSTEM=%s"), subsystem);
  for (let at = extra; !error && at && load<usize>(at); at += sizeof<usize>()) {
    error = uevent_var(env, cstr("%s"), load<usize>(at));
  }
  if (error || !changetype<usize>(ops) || !ops.uevent) return error;
  return call_indirect<i32>(<u32>ops.uevent, kobj, env);
}

/** linux/kobject.h. Announces `action` (enum kobject_action) with further "KEY=value" strings, 0-terminated. 0, or
 *  -EINVAL outside a kset, -ENOMEM, or the uevent callback's error. Context: process.
 *  (Differs: no user space, so nobody receives it.) */
export function kobject_uevent_env(kobj: usize, action: u32, envp_ext: usize): i32 {
  const k = to_kobject(kobj);
  if (action == KOBJ_REMOVE) k.state_remove_uevent_sent = 1;
  let top = kobj;
  while (!to_kobject(top).kset && to_kobject(top).parent) top = to_kobject(top).parent;
  const set = to_kobject(top).kset;
  if (!set) return -EINVAL;
  if (k.uevent_suppress) return 0;
  const ops = changetype<kset_uevent_ops>(changetype<kset>(set).uevent_ops);
  const has_ops = changetype<usize>(ops) != 0;
  if (has_ops && ops.filter && !call_indirect<i32>(<u32>ops.filter, kobj)) return 0;
  const subsystem = has_ops && ops.name ? call_indirect<usize>(<u32>ops.name, kobj) : kobject_name(kset_kobj(set));
  if (!subsystem) return 0;
  const env = kzalloc(sizeof_kobj_uevent_env, GFP_KERNEL);
  if (!env) return -ENOMEM;
  let error = fill(kobj, action, ops, subsystem, envp_ext, env);
  if (!error) {
    if (action == KOBJ_ADD) k.state_add_uevent_sent = 1;
    const number = load<u64>(uevent_seqnum) + 1;
    store<u64>(uevent_seqnum, number);
    error = uevent_var(env, cstr("SEQNUM=%llu"), <u32>number, <u32>(number >> 32));
  }
  kfree(env);
  return error;
}

/** linux/kobject.h. kobject_uevent_env() without further strings. Context: process. */
export function kobject_uevent(kobj: usize, action: u32): i32 {
  return kobject_uevent_env(kobj, action, 0);
}

/** The action that `text` names, up to `count` bytes and a newline; -EINVAL if none. */
export function uevent_action(text: usize, count: usize): i32 {
  if (count && load<u8>(text + count - 1) == 0x0a) count--;
  for (let action: u32 = 0; action < 8; action++) {
    const name = action_name(action);
    if (!strncmp(name, text, count) && !load<u8>(name + count)) return action;
  }
  return -EINVAL;
}
