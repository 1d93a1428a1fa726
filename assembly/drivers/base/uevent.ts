// What a device says about itself in an event, and its file "uevent" that shows and sends it (drivers/base/core.c).

import {
  device_type,
  EINVAL,
  ENOMEM,
  GFP_KERNEL,
  kobj_uevent_env,
  kobject,
  kset_uevent_ops,
  sizeof_device_attribute,
  sizeof_kobj_uevent_env,
  sizeof_kset_uevent_ops,
} from "../../abi";
import { sysfs_emit_at } from "../../fs/sysfs/file";
import { kobject_name } from "../../lib/kobject";
import { kobject_uevent_env, uevent_action, uevent_var } from "../../lib/kobject_uevent";
import { va_block, va_free } from "../../lib/vsprintf";
import { kfree, kzalloc } from "../../mm/slub";
import { device_create_file, device_remove_file, set_attribute } from "./attr";
import { dev_kobj, kobj_to_dev, to_bus, to_class, to_device, to_driver } from "./base";
import { is_device_kobj } from "./core";

const ops = memory.data(sizeof_kset_uevent_ops, 4);
const dev_attr_uevent = memory.data(sizeof_device_attribute, 4);

/** struct kset_uevent_ops of /sys/devices. */
export function device_uevent_ops(): usize {
  const o = changetype<kset_uevent_ops>(ops);
  o.filter = dev_uevent_filter.index;
  o.name = dev_uevent_name.index;
  o.uevent = dev_uevent.index;
  set_attribute(dev_attr_uevent, cstr("uevent"), 0o644, uevent_show.index, uevent_store.index);
  return ops;
}

function dev_uevent_filter(kobj: usize): i32 {
  if (!is_device_kobj(changetype<kobject>(kobj).ktype)) return 0;
  const d = to_device(kobj_to_dev(kobj));
  return <i32>(d.bus != 0 || d.class_ != 0);
}

function dev_uevent_name(kobj: usize): usize {
  const d = to_device(kobj_to_dev(kobj));
  if (d.bus) return to_bus(d.bus).name;
  return d.class_ ? to_class(d.class_).name : 0;
}

function dev_uevent(kobj: usize, env: usize): i32 {
  const dev = kobj_to_dev(kobj);
  const d = to_device(dev);
  if (d.devt >> 20) {
    uevent_var(env, cstr("MAJOR=%u"), d.devt >> 20);
    uevent_var(env, cstr("MINOR=%u"), d.devt & 0xfffff);
    uevent_var(env, cstr("DEVNAME=%s"), kobject_name(kobj));
  }
  const type = changetype<device_type>(d.type);
  if (d.type && type.name) uevent_var(env, cstr("DEVTYPE=%s"), type.name);
  if (d.driver) uevent_var(env, cstr("DRIVER=%s"), to_driver(d.driver).name);
  let error: i32 = 0;
  if (d.bus && to_bus(d.bus).uevent) error = call_indirect<i32>(<u32>to_bus(d.bus).uevent, dev, env);
  if (!error && d.class_ && to_class(d.class_).dev_uevent) {
    error = call_indirect<i32>(<u32>to_class(d.class_).dev_uevent, dev, env);
  }
  if (!error && d.type && type.uevent) error = call_indirect<i32>(<u32>type.uevent, dev, env);
  return error;
}

function uevent_show(dev: usize, attr: usize, buf: usize): i32 {
  if (!dev_uevent_filter(dev_kobj(dev))) return 0;
  const env = kzalloc(sizeof_kobj_uevent_env, GFP_KERNEL);
  if (!env) return -ENOMEM;
  const e = changetype<kobj_uevent_env>(env);
  let length = dev_uevent(dev_kobj(dev), env);
  for (let i = 0; length >= 0 && i < e.envp_idx; i++) {
    length += sysfs_emit_at(
      buf,
      length,
      cstr("%s\n"),
      va_block(load<usize>(changetype<usize>(e.envp) + i * sizeof<usize>())),
    );
    va_free();
  }
  kfree(env);
  return length;
}

/** "add", "remove", … sends such an event again. */
function uevent_store(dev: usize, attr: usize, buf: usize, count: usize): i32 {
  const action = uevent_action(buf, count);
  if (action < 0) return -EINVAL;
  const error = kobject_uevent_env(dev_kobj(dev), action, 0);
  return error ? error : <i32>count;
}

export function device_create_uevent_file(dev: usize): i32 {
  return device_create_file(dev, dev_attr_uevent);
}

export function device_remove_uevent_file(dev: usize): void {
  device_remove_file(dev, dev_attr_uevent);
}
