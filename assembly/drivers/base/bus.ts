// drivers/base/bus.c: a bus joins devices and drivers: /sys/bus/<name>/{devices,drivers}.

import {
  bus_attribute,
  driver_attribute,
  EINVAL,
  EIO,
  ENODEV,
  ENOMEM,
  GFP_KERNEL,
  kobj_type,
  sizeof_bus_attribute,
  sizeof_driver_attribute,
  sizeof_kobj_type,
  sizeof_sysfs_ops,
  sysfs_ops,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { sysfs_create_file_ns, sysfs_remove_file_ns } from "../../fs/sysfs/file";
import { sysfs_create_groups, sysfs_remove_groups } from "../../fs/sysfs/group";
import { sysfs_create_link, sysfs_remove_link } from "../../fs/sysfs/symlink";
import { __mutex_init } from "../../kernel/locking/mutex";
import { __init_rwsem } from "../../kernel/locking/rwsem";
import { blocking_notifier_chain_register, blocking_notifier_chain_unregister } from "../../kernel/notifier";
import {
  klist_add_tail,
  klist_del,
  klist_init,
  klist_iter_exit,
  klist_iter_init,
  klist_next,
  klist_node_attached,
  klist_remove,
} from "../../lib/klist";
import {
  kobject_get,
  kobject_init_and_add,
  kobject_name_set,
  kobject_put,
  kset_create_and_add,
  kset_kobj,
  kset_register,
  kset_unregister,
  to_kobject,
} from "../../lib/kobject";
import { INIT_LIST_HEAD } from "../../lib/list";
import { strlen, strncmp } from "../../lib/string";
import { va_block, va_free } from "../../lib/vsprintf";
import { kfree, kzalloc } from "../../mm/slub";
import { device_add_groups, device_remove_groups, emit_line, set_attribute } from "./attr";
import {
  dev_kobj,
  dev_of_bus,
  drv_kobj,
  drv_knode,
  drv_set_owner,
  DRIVER_PRIVATE_BYTES,
  drv_devices,
  knode_bus,
  kobj_to_drv,
  sp_autoprobe,
  sp_devices,
  sp_devices_kset,
  sp_drivers,
  sp_drivers_kset,
  sp_interfaces,
  sp_kset,
  sp_mutex,
  sp_notifier,
  sp_owner,
  SUBSYS_PRIVATE_BYTES,
  to_bus,
  to_device,
  to_driver,
} from "./base";
import { get_device, put_device } from "./core";
import {
  device_driver_attach,
  device_initial_probe,
  device_attach,
  device_release_driver,
  driver_attach,
  driver_detach,
} from "./dd";
import { dev_name } from "./name";

@unmanaged
class State {
  /** kset /sys/bus. */
  buses: usize;
}

const state = changetype<State>(memory.data(offsetof<State>(), 4));
const bus_ktype = memory.data(sizeof_kobj_type, 4);
const bus_sysfs_ops = memory.data(sizeof_sysfs_ops, 4);
const driver_ktype = memory.data(sizeof_kobj_type, 4);
const driver_sysfs_ops = memory.data(sizeof_sysfs_ops, 4);
const attr_drivers_probe = memory.data(sizeof_bus_attribute, 4);
const attr_drivers_autoprobe = memory.data(sizeof_bus_attribute, 4);
const attr_bind = memory.data(sizeof_driver_attribute, 4);
const attr_unbind = memory.data(sizeof_driver_attribute, 4);

/** Makes /sys/bus; before the first bus. */
export function buses_init(): void {
  const bus = changetype<kobj_type>(bus_ktype);
  bus.release = bus_release.index;
  bus.sysfs_ops = bus_sysfs_ops;
  changetype<sysfs_ops>(bus_sysfs_ops).show = bus_attr_show.index;
  changetype<sysfs_ops>(bus_sysfs_ops).store = bus_attr_store.index;
  const drv = changetype<kobj_type>(driver_ktype);
  drv.release = driver_release.index;
  drv.sysfs_ops = driver_sysfs_ops;
  changetype<sysfs_ops>(driver_sysfs_ops).show = drv_attr_show.index;
  changetype<sysfs_ops>(driver_sysfs_ops).store = drv_attr_store.index;
  // struct bus_attribute and struct driver_attribute are laid out as struct device_attribute is
  set_attribute(attr_drivers_probe, cstr("drivers_probe"), 0o200, 0, drivers_probe_store.index);
  set_attribute(
    attr_drivers_autoprobe,
    cstr("drivers_autoprobe"),
    0o644,
    drivers_autoprobe_show.index,
    drivers_autoprobe_store.index,
  );
  set_attribute(attr_bind, cstr("bind"), 0o200, 0, bind_store.index);
  set_attribute(attr_unbind, cstr("unbind"), 0o200, 0, unbind_store.index);
  state.buses = kset_create_and_add(cstr("bus"), 0, 0);
}

// ── Attributes of buses and drivers ──

@inline
function kobj_to_bus(kobj: usize): usize {
  return load<usize>(sp_owner(kobj - kset_kobj(0)));
}

function bus_attr_show(kobj: usize, attr: usize, buf: usize): i32 {
  const show = changetype<bus_attribute>(attr).show;
  return show ? call_indirect<i32>(<u32>show, kobj_to_bus(kobj), buf) : -EIO;
}

function bus_attr_store(kobj: usize, attr: usize, buf: usize, count: usize): i32 {
  const store_ = changetype<bus_attribute>(attr).store;
  return store_ ? call_indirect<i32>(<u32>store_, kobj_to_bus(kobj), buf, count) : -EIO;
}

function drv_attr_show(kobj: usize, attr: usize, buf: usize): i32 {
  const show = changetype<driver_attribute>(attr).show;
  return show ? call_indirect<i32>(<u32>show, kobj_to_drv(kobj), buf) : -EIO;
}

function drv_attr_store(kobj: usize, attr: usize, buf: usize, count: usize): i32 {
  const store_ = changetype<driver_attribute>(attr).store;
  return store_ ? call_indirect<i32>(<u32>store_, kobj_to_drv(kobj), buf, count) : -EIO;
}

function bus_release(kobj: usize): void {
  const sp = kobj - kset_kobj(0);
  to_bus(load<usize>(sp_owner(sp))).p = 0;
  kfree(sp);
}

function driver_release(kobj: usize): void {
  kfree(kobj); // the kobject is the first member of the driver's private part
}

/** The device of `bus` that `text` (with or without a newline) names, referenced; 0 if there is none. */
function device_named(bus: usize, text: usize): usize {
  let size = strlen(text);
  if (size && load<u8>(text + size - 1) == 0x0a) size--;
  const i = stack_alloc(16);
  klist_iter_init(sp_devices(to_bus(bus).p), i);
  let found: usize = 0;
  for (let n = klist_next(i); n && !found; n = klist_next(i)) {
    const name = dev_name(dev_of_bus(n));
    if (strlen(name) == size && !strncmp(name, text, size)) found = get_device(dev_of_bus(n));
  }
  klist_iter_exit(i);
  stack_free(16);
  return found;
}

function bind_store(drv: usize, buf: usize, count: usize): i32 {
  const dev = device_named(to_driver(drv).bus, buf);
  if (!dev) return -ENODEV;
  const error = device_driver_attach(drv, dev);
  put_device(dev);
  return error ? error : <i32>count;
}

function unbind_store(drv: usize, buf: usize, count: usize): i32 {
  const dev = device_named(to_driver(drv).bus, buf);
  if (!dev) return -ENODEV;
  const bound = to_device(dev).driver == drv;
  if (bound) device_release_driver(dev);
  put_device(dev);
  return bound ? <i32>count : -ENODEV;
}

function drivers_autoprobe_show(bus: usize, buf: usize): i32 {
  return emit_line(buf, cstr("%d\n"), load<u32>(sp_autoprobe(to_bus(bus).p)));
}

function drivers_autoprobe_store(bus: usize, buf: usize, count: usize): i32 {
  store<u32>(sp_autoprobe(to_bus(bus).p), load<u8>(buf) != 0x30 ? 1 : 0);
  return <i32>count;
}

function drivers_probe_store(bus: usize, buf: usize, count: usize): i32 {
  const dev = device_named(bus, buf);
  if (!dev) return -ENODEV;
  const bound = device_attach(dev);
  put_device(dev);
  if (bound < 0) return bound;
  return bound ? <i32>count : -EINVAL;
}

/** linux/device/bus.h. Adds an attribute to a bus. 0 or an error. Context: process. */
export function bus_create_file(bus: usize, attr: usize): i32 {
  return sysfs_create_file_ns(kset_kobj(sp_kset(to_bus(bus).p)), attr, 0);
}

/** linux/device/bus.h. Removes an attribute of a bus. Context: process. */
export function bus_remove_file(bus: usize, attr: usize): void {
  sysfs_remove_file_ns(kset_kobj(sp_kset(to_bus(bus).p)), attr, 0);
}

/** linux/device/driver.h. Adds an attribute to a driver. 0 or an error. Context: process. */
export function driver_create_file(drv: usize, attr: usize): i32 {
  return drv ? sysfs_create_file_ns(drv_kobj(drv), attr, 0) : -EINVAL;
}

/** linux/device/driver.h. Removes an attribute of a driver. Context: process. */
export function driver_remove_file(drv: usize, attr: usize): void {
  if (drv) sysfs_remove_file_ns(drv_kobj(drv), attr, 0);
}

// ── Registration of buses ──

function devices_get(node: usize): void {
  get_device(dev_of_bus(node));
}

function devices_put(node: usize): void {
  put_device(dev_of_bus(node));
}

/** What buses and classes have in common. */
export function subsys_private_init(sp: usize, owner: usize, get: u32, put: u32): void {
  store<usize>(sp_owner(sp), owner);
  INIT_LIST_HEAD(sp_interfaces(sp));
  __mutex_init(sp_mutex(sp), cstr("subsys mutex"), 0);
  klist_init(sp_devices(sp), get, put);
  klist_init(sp_drivers(sp), 0, 0);
  __init_rwsem(sp_notifier(sp), cstr("bus notifier"), 0); // the rwsem is the head's first member
}

function add_bus_files(bus: usize): i32 {
  let error = bus_create_file(bus, attr_drivers_probe);
  if (error) return error;
  error = bus_create_file(bus, attr_drivers_autoprobe);
  if (!error) {
    error = sysfs_create_groups(kset_kobj(sp_kset(to_bus(bus).p)), to_bus(bus).bus_groups);
    if (!error) return 0;
    bus_remove_file(bus, attr_drivers_autoprobe);
  }
  bus_remove_file(bus, attr_drivers_probe);
  return error;
}

/** linux/device/bus.h. Registers a bus: /sys/bus/<name>. 0, -ENOMEM, -EEXIST. Context: process. */
export function bus_register(bus: usize): i32 {
  const sp = kzalloc(SUBSYS_PRIVATE_BYTES, GFP_KERNEL);
  if (!sp) return -ENOMEM;
  subsys_private_init(sp, bus, devices_get.index, devices_put.index);
  to_bus(bus).p = sp;
  const kobj = kset_kobj(sp_kset(sp));
  let error = kobject_name_set(kobj, to_bus(bus).name);
  if (!error) {
    to_kobject(kobj).kset = state.buses;
    to_kobject(kobj).ktype = bus_ktype;
    store<u32>(sp_autoprobe(sp), 1);
    error = kset_register(sp_kset(sp));
  }
  if (error) {
    to_bus(bus).p = 0;
    kfree(to_kobject(kobj).name);
    kfree(sp);
    return error;
  }
  const devices = kset_create_and_add(cstr("devices"), 0, kobj);
  const drivers = kset_create_and_add(cstr("drivers"), 0, kobj);
  store<usize>(sp_devices_kset(sp), devices);
  store<usize>(sp_drivers_kset(sp), drivers);
  error = devices && drivers ? add_bus_files(bus) : -ENOMEM;
  if (error) {
    kset_unregister(drivers);
    kset_unregister(devices);
    kset_unregister(sp_kset(sp));
  }
  return error;
}

/** linux/device/bus.h. Takes a bus out of /sys. Its devices and drivers are gone already. Context: process. */
export function bus_unregister(bus: usize): void {
  const sp = to_bus(bus).p;
  sysfs_remove_groups(kset_kobj(sp_kset(sp)), to_bus(bus).bus_groups);
  bus_remove_file(bus, attr_drivers_autoprobe);
  bus_remove_file(bus, attr_drivers_probe);
  kset_unregister(load<usize>(sp_drivers_kset(sp)));
  kset_unregister(load<usize>(sp_devices_kset(sp)));
  kset_unregister(sp_kset(sp));
}

/** linux/device/bus.h. Calls `nb` for BUS_NOTIFY_* events of `bus`. 0, or -EEXIST. Context: process. */
export function bus_register_notifier(bus: usize, nb: usize): i32 {
  return blocking_notifier_chain_register(sp_notifier(to_bus(bus).p), nb);
}

/** linux/device/bus.h. Takes back bus_register_notifier(). 0, or -ENOENT. Context: process. */
export function bus_unregister_notifier(bus: usize, nb: usize): i32 {
  return blocking_notifier_chain_unregister(sp_notifier(to_bus(bus).p), nb);
}

// ── Devices of a bus ──

function link_device(dev: usize): i32 {
  const bus = to_device(dev).bus;
  const sp = to_bus(bus).p;
  const list = kset_kobj(load<usize>(sp_devices_kset(sp)));
  let error = sysfs_create_link(list, dev_kobj(dev), dev_name(dev));
  if (error) return error;
  error = sysfs_create_link(dev_kobj(dev), kset_kobj(sp_kset(sp)), cstr("subsystem"));
  if (error) sysfs_remove_link(list, dev_name(dev));
  return error;
}

/** A device enters its bus; no driver yet. 0 or an error. */
export function bus_add_device(dev: usize): i32 {
  const bus = to_device(dev).bus;
  if (!bus) return 0;
  let error = device_add_groups(dev, to_bus(bus).dev_groups);
  if (error) return error;
  error = link_device(dev);
  if (error) {
    device_remove_groups(dev, to_bus(bus).dev_groups);
    return error;
  }
  kobject_get(kset_kobj(sp_kset(to_bus(bus).p)));
  klist_add_tail(knode_bus(dev), sp_devices(to_bus(bus).p));
  return 0;
}

/** A device of the bus looks for a driver. */
export function bus_probe_device(dev: usize): void {
  const bus = to_device(dev).bus;
  if (bus && load<u32>(sp_autoprobe(to_bus(bus).p))) device_initial_probe(dev);
}

/** A device leaves its bus: its driver goes first. */
export function bus_remove_device(dev: usize): void {
  const bus = to_device(dev).bus;
  if (!bus) return;
  const sp = to_bus(bus).p;
  sysfs_remove_link(dev_kobj(dev), cstr("subsystem"));
  sysfs_remove_link(kset_kobj(load<usize>(sp_devices_kset(sp))), dev_name(dev));
  device_remove_groups(dev, to_bus(bus).dev_groups);
  if (klist_node_attached(knode_bus(dev))) klist_del(knode_bus(dev));
  device_release_driver(dev);
  kobject_put(kset_kobj(sp_kset(sp)));
}

// ── Drivers of a bus ──

function add_bind_files(drv: usize): i32 {
  let error = driver_create_file(drv, attr_unbind);
  if (error) return error;
  error = driver_create_file(drv, attr_bind);
  if (error) driver_remove_file(drv, attr_unbind);
  return error;
}

function remove_bind_files(drv: usize): void {
  driver_remove_file(drv, attr_bind);
  driver_remove_file(drv, attr_unbind);
}

/** A driver enters its bus and gets the devices that it matches. 0 or an error. */
export function bus_add_driver(drv: usize): i32 {
  const bus = to_driver(drv).bus;
  const sp = to_bus(bus).p;
  const p = kzalloc(DRIVER_PRIVATE_BYTES, GFP_KERNEL);
  if (!p) return -ENOMEM;
  kobject_get(kset_kobj(sp_kset(sp)));
  to_driver(drv).p = p;
  drv_set_owner(drv);
  klist_init(drv_devices(drv), 0, 0);
  to_kobject(drv_kobj(drv)).kset = load<usize>(sp_drivers_kset(sp));
  let error = kobject_init_and_add(drv_kobj(drv), driver_ktype, 0, cstr("%s"), va_block(to_driver(drv).name));
  va_free();
  if (!error) {
    klist_add_tail(drv_knode(drv), sp_drivers(sp));
    if (load<u32>(sp_autoprobe(sp))) error = driver_attach(drv);
    if (!error) error = sysfs_create_groups(drv_kobj(drv), to_bus(bus).drv_groups);
    if (!error && !to_driver(drv).suppress_bind_attrs) error = add_bind_files(drv);
    if (!error) return 0;
    klist_del(drv_knode(drv));
    driver_detach(drv);
  }
  kobject_put(drv_kobj(drv));
  to_driver(drv).p = 0;
  kobject_put(kset_kobj(sp_kset(sp)));
  return error;
}

/** A driver leaves its bus: all its devices are unbound. */
export function bus_remove_driver(drv: usize): void {
  const bus = to_driver(drv).bus;
  if (!to_driver(drv).suppress_bind_attrs) remove_bind_files(drv);
  sysfs_remove_groups(drv_kobj(drv), to_bus(bus).drv_groups);
  klist_remove(drv_knode(drv));
  driver_detach(drv);
  kobject_put(drv_kobj(drv));
  kobject_put(kset_kobj(sp_kset(to_bus(bus).p)));
}
