// drivers/base/devtmpfs.c: /dev, which has a node for each device with a number. No file system: names are looked up in
// the list of all devices.

import { ENAMETOOLONG, ENOENT, kobject, kset } from "../../abi";
import { IS_ERR_OR_NULL } from "../../lib/err";
import { list_next } from "../../lib/list";
import { strlen } from "../../lib/string";
import { kfree } from "../../mm/slub";
import { kobj_to_dev, to_class, to_device } from "./base";
import { devices_kset, is_device_kobj } from "./core";
import { dev_name } from "./name";

/** offset of kobject.entry */
@inline
function kobj_of(entry: usize): usize {
  return entry - changetype<usize>(changetype<kobject>(0).entry);
}

/** The node's name if the device's class has one of its own, to be freed with kfree(); else 0. */
function device_get_devnode(dev: usize): usize {
  const cls = to_device(dev).class_;
  if (!cls || !to_class(cls).devnode) return 0;
  const name = call_indirect<usize>(<u32>to_class(cls).devnode, dev, <usize>0);
  return IS_ERR_OR_NULL(name) ? 0 : name;
}

/** Compares as a path below /dev: in a device's name "!" stands for "/". */
function same_node(name: usize, path: usize): bool {
  for (; load<u8>(name); name++, path++) {
    const c: u32 = load<u8>(name) == 0x21 ? 0x2f : load<u8>(name);
    if (load<u8>(path) != c) return false;
  }
  return load<u8>(path) == 0;
}

/** The device of a list entry if it has a number, else 0. */
function numbered(entry: usize): usize {
  const kobj = kobj_of(entry);
  if (!is_device_kobj(changetype<kobject>(kobj).ktype)) return 0;
  const dev = kobj_to_dev(kobj);
  return to_device(dev).devt ? dev : 0;
}

@inline
function all_devices(): usize {
  return changetype<usize>(changetype<kset>(devices_kset()).list);
}

/** The number of the device whose node is `path` below /dev; -ENOENT if there is none. Context: process. */
export function devtmpfs_lookup(path: usize): i32 {
  for (let at = list_next(all_devices()); at != all_devices(); at = list_next(at)) {
    const dev = numbered(at);
    if (!dev) continue;
    const own = device_get_devnode(dev);
    const same = same_node(own ? own : dev_name(dev), path);
    kfree(own);
    if (same) return to_device(dev).devt;
  }
  return -ENOENT;
}

/** Lists /dev into [buf, buf + size), one path a line. The length, or -ENAMETOOLONG if it does not fit. Context:
 *  process. */
export function devtmpfs_list(buf: usize, size: u32): i32 {
  let used: u32 = 0;
  for (let at = list_next(all_devices()); at != all_devices(); at = list_next(at)) {
    const dev = numbered(at);
    if (!dev) continue;
    const own = device_get_devnode(dev);
    const name = own ? own : dev_name(dev);
    const length = <u32>strlen(name);
    const fits = used + length < size;
    if (fits) {
      memory.copy(buf + used, name, length);
      for (let i: u32 = 0; i < length; i++) if (load<u8>(buf + used + i) == 0x21) store<u8>(buf + used + i, 0x2f);
      used += length;
      store<u8>(buf + used++, 0x0a);
    }
    kfree(own);
    if (!fits) return -ENAMETOOLONG;
  }
  return used;
}
