import {
  bus_type,
  device_driver,
  EEXIST,
  EINVAL,
  sizeof_bus_type,
  sizeof_class,
  sizeof_device,
  sizeof_device_driver,
} from "../../../abi";
import { sysfs_lookup, sysfs_read, sysfs_readlink } from "../../../fs/sysfs/path";
import { kobject_get_path } from "../../../lib/kobject";
import { va_block, va_free } from "../../../lib/vsprintf";
import { kmem_live_objects } from "../../../mm/slab_common";
import { kfree } from "../../../mm/slub";
import { device_create_file, device_remove_file, emit_line, set_attribute } from "../attr";
import { dev_kobj, to_class, to_device } from "../base";
import { bus_register, bus_unregister } from "../bus";
import {
  bus_find_device,
  bus_for_each_dev,
  class_find_device,
  device_find_any_child,
  device_find_child,
  device_for_each_child,
  device_for_each_child_reverse,
  device_match_any,
  device_match_name,
} from "../bus_iter";
import {
  __class_create,
  __class_register,
  class_destroy,
  class_unregister,
  device_create,
  device_destroy,
} from "../class";
import { device_initialize, device_register, device_unregister, get_device, put_device } from "../core";
import { driver_register, driver_unregister } from "../driver";
import { dev_driver_string, dev_name, dev_name_set } from "../name";
import { _dev_err, _dev_info, _dev_printk, dev_err_probe } from "../printk";
import {
  pm_runtime_enable,
  __pm_runtime_disable,
  __pm_runtime_idle,
  __pm_runtime_resume,
  __pm_runtime_set_status,
  pm_runtime_forbid,
  pm_runtime_allow,
} from "../power/runtime_api";
import { usage_count } from "../power/runtime";
import {
  device_init_wakeup,
  device_may_wakeup,
  device_set_wakeup_capable,
  device_set_wakeup_enable,
} from "../power/wakeup";
import { boot_drivers } from "../../../__tests__/boot";
import { c_string, last_line, log_mark, logged, str } from "../../../__tests__/log";

const devices = memory.data(4 * 512, 8);
const bus = memory.data(128, 8);
const cls = memory.data(64, 8);
const driver = memory.data(80, 8);
const attr = memory.data(16, 8);
const names = memory.data(256);
const text = memory.data(256);
const buf = memory.data(4096);
let trail = "";

function release(dev: usize): void {
  trail += "released ";
}

function visit(dev: usize, data: usize): i32 {
  trail += str(dev_name(dev)) + " ";
  return 0;
}

function stop(dev: usize, data: usize): i32 {
  trail += str(dev_name(dev)) + " ";
  return 7;
}

function attr_show(dev: usize, attr: usize, buf: usize): i32 {
  return emit_line(buf, cstr("%s\n"), dev_name(dev));
}

function probe(dev: usize): i32 {
  trail += "p:" + str(dev_name(dev)) + " ";
  return 0;
}

function match_one(dev: usize, drv: usize): i32 {
  return load<u8>(dev_name(dev)) == 0x78 ? 1 : 0; // names that begin with x
}

function device(n: u32, name: string, parent: usize = 0): usize {
  const dev = devices + n * 512;
  memory.fill(dev, 0, sizeof_device);
  const d = to_device(dev);
  d.init_name = c_string(names + n * 32, name);
  d.parent = parent;
  d.release = release.index;
  return dev;
}

function show(path: string): string {
  const length = sysfs_read(c_string(text, path), buf, 4096, 0);
  return length < 0 ? "error " + length.toString() : String.UTF8.decodeUnsafe(buf, length);
}

function exists(path: string): bool {
  return sysfs_lookup(c_string(text, path), false) != 0;
}

function link(path: string): string {
  const length = sysfs_readlink(c_string(text, path), buf, 4096);
  return length < 0 ? "error " + length.toString() : String.UTF8.decodeUnsafe(buf, length);
}

describe("a device", () => {
  beforeEach(() => {
    boot_drivers();
    trail = "";
  });

  test("needs a name, appears in /sys, and is released by the last reference", () => {
    const nameless = devices;
    memory.fill(nameless, 0, sizeof_device);
    to_device(nameless).release = release.index;
    expect(device_register(nameless)).toBe(-EINVAL);
    put_device(nameless);
    expect(trail).toBe("released ");
    trail = "";
    const dev = device(0, "spec0");
    expect(device_register(dev)).toBe(0);
    expect(exists("/sys/devices/spec0")).toBe(true);
    const path = kobject_get_path(dev_kobj(dev), 0xcc0);
    expect(str(path)).toBe("/devices/spec0");
    kfree(path);
    get_device(dev);
    device_unregister(dev);
    expect(exists("/sys/devices/spec0")).toBe(false);
    expect(trail).toBe("");
    put_device(dev);
    expect(trail).toBe("released ");
  });

  test("leaves nothing behind", () => {
    const live = kmem_live_objects();
    const dev = device(0, "spec0");
    device_register(dev);
    device_unregister(dev);
    expect(kmem_live_objects()).toBe(live);
  });

  test("whose name is taken is refused", () => {
    const a = device(0, "twin");
    const b = device(1, "twin");
    expect(device_register(a)).toBe(0);
    log_mark();
    expect(device_register(b)).toBe(-EEXIST);
    expect(logged("cannot create duplicate filename 'twin'")).toBe(true);
    put_device(b);
    expect(trail).toBe("released ");
    device_unregister(a);
  });

  test("without a release function is reported", () => {
    const dev = device(0, "broken");
    to_device(dev).release = 0;
    device_register(dev);
    log_mark();
    device_unregister(dev);
    expect(logged("Device 'broken' does not have a release() function, it is broken and must be fixed.")).toBe(true);
  });

  test("knows its children in their order", () => {
    const parent = device(0, "parent");
    device_register(parent);
    const a = device(1, "a", parent);
    const b = device(2, "b", parent);
    device_register(a);
    device_register(b);
    expect(exists("/sys/devices/parent/b")).toBe(true);
    device_for_each_child(parent, 0, visit.index);
    device_for_each_child_reverse(parent, 0, visit.index);
    expect(trail).toBe("a b b a ");
    expect(device_for_each_child(parent, 0, stop.index)).toBe(7);
    const found = device_find_child(parent, c_string(text, "b"), device_match_name.index);
    expect(found).toBe(b);
    put_device(found);
    device_unregister(a);
    device_unregister(b);
    expect(device_find_any_child(parent)).toBe(0);
    device_unregister(parent);
  });

  test("shows its attributes", () => {
    const dev = device(0, "spec0");
    device_register(dev);
    set_attribute(attr, cstr("greeting"), 0o444, attr_show.index, 0);
    expect(device_create_file(dev, attr)).toBe(0);
    expect(device_create_file(dev, attr)).toBe(-EEXIST);
    expect(show("/sys/devices/spec0/greeting")).toBe("spec0\n");
    device_remove_file(dev, attr);
    expect(show("/sys/devices/spec0/greeting")).toBe("error -2");
    device_unregister(dev);
  });

  test("is named by a format, where / becomes !", () => {
    const dev = device(0, "x");
    device_initialize(dev);
    to_device(dev).init_name = 0;
    expect(dev_name_set(dev, cstr("a/%s%d"), cstr("b"), 3)).toBe(0);
    expect(str(dev_name(dev))).toBe("a!b3");
    put_device(dev);
  });
});

describe("a class", () => {
  beforeEach(() => {
    boot_drivers();
    trail = "";
  });

  test("makes a directory between a device and its parent, and takes it away with the last", () => {
    memory.fill(cls, 0, sizeof_class);
    to_class(cls).name = cstr("net_");
    expect(__class_register(cls, 0)).toBe(0);
    const parent = device(0, "card");
    device_register(parent);
    const a = device(1, "eth0", parent);
    const b = device(2, "eth1", parent);
    to_device(a).class_ = cls;
    to_device(b).class_ = cls;
    expect(device_register(a)).toBe(0);
    expect(device_register(b)).toBe(0);
    expect(link("/sys/class/net_/eth0")).toBe("/sys/devices/card/net_/eth0");
    expect(link("/sys/class/net_/eth0/device")).toBe("/sys/devices/card");
    expect(link("/sys/devices/card/net_/eth1/subsystem")).toBe("/sys/class/net_");
    const found = class_find_device(cls, 0, c_string(text, "eth1"), device_match_name.index);
    expect(found).toBe(b);
    put_device(found);
    device_unregister(a);
    expect(exists("/sys/devices/card/net_")).toBe(true);
    device_unregister(b);
    expect(exists("/sys/devices/card/net_")).toBe(false);
    device_unregister(parent);
    class_unregister(cls);
    expect(exists("/sys/class/net_")).toBe(false);
  });

  test("creates and destroys devices by number", () => {
    const live = kmem_live_objects();
    const made = __class_create(0, cstr("spec"), 0);
    const dev = device_create(made, 0, (5 << 20) | 3, 0x1234, cstr("spec%d"), va_block(3));
    va_free();
    expect(str(dev_name(dev))).toBe("spec3");
    expect(to_device(dev).driver_data).toBe(0x1234);
    expect(show("/sys/class/spec/spec3/dev")).toBe("5:3\n");
    expect(link("/sys/dev/char/5:3")).toBe("/sys/devices/virtual/spec/spec3");
    expect(show("/sys/class/spec/spec3/uevent")).toBe("MAJOR=5\nMINOR=3\nDEVNAME=spec3\n");
    device_destroy(made, (5 << 20) | 3);
    expect(exists("/sys/class/spec/spec3")).toBe(false);
    expect(exists("/sys/dev/char/5:3")).toBe(false);
    class_destroy(made);
    expect(kmem_live_objects()).toBe(live + 4); // /sys/devices/virtual stays: kobject, node, and a name of each
  });
});

describe("a bus", () => {
  beforeEach(() => {
    boot_drivers();
    trail = "";
    memory.fill(bus, 0, sizeof_bus_type);
    memory.fill(driver, 0, sizeof_device_driver);
    const b = changetype<bus_type>(bus);
    b.name = cstr("specbus");
    b.match = match_one.index;
    changetype<device_driver>(driver).name = cstr("specdrv");
    changetype<device_driver>(driver).bus = bus;
    changetype<device_driver>(driver).probe = probe.index;
    bus_register(bus);
  });

  test("brings devices and drivers together, whichever comes first", () => {
    const live = kmem_live_objects();
    const early = device(0, "x1");
    to_device(early).bus = bus;
    device_register(early);
    const foreign = device(1, "y1");
    to_device(foreign).bus = bus;
    device_register(foreign);
    expect(driver_register(driver)).toBe(0);
    expect(trail).toBe("p:x1 ");
    const late = device(2, "x2");
    to_device(late).bus = bus;
    device_register(late);
    expect(trail).toBe("p:x1 p:x2 ");
    expect(link("/sys/bus/specbus/devices/x2/driver")).toBe("/sys/bus/specbus/drivers/specdrv");
    expect(link("/sys/bus/specbus/drivers/specdrv/x1")).toBe("/sys/devices/x1");
    trail = "";
    bus_for_each_dev(bus, 0, 0, visit.index);
    bus_for_each_dev(bus, early, 0, visit.index);
    expect(trail).toBe("x1 y1 x2 y1 x2 ");
    driver_unregister(driver);
    expect(to_device(early).driver).toBe(0);
    device_unregister(early);
    device_unregister(foreign);
    device_unregister(late);
    expect(bus_find_device(bus, 0, 0, device_match_any.index)).toBe(0);
    expect(kmem_live_objects()).toBe(live);
    bus_unregister(bus);
    expect(exists("/sys/bus/specbus")).toBe(false);
  });

  test("that is not registered takes no driver", () => {
    bus_unregister(bus);
    log_mark();
    expect(driver_register(driver)).toBe(-EINVAL);
    expect(logged("Driver 'specdrv' was unable to register with bus_type 'specbus'")).toBe(true);
  });
});

describe("the log of a device", () => {
  beforeEach(boot_drivers);

  test("begins with driver and name", () => {
    const dev = device(0, "0000:00:03.0");
    _dev_info(dev, cstr("hello %d\n"), va_block(42));
    va_free();
    expect(last_line()).toBe(" 0000:00:03.0: hello 42");
    memory.fill(bus, 0, sizeof_bus_type);
    changetype<bus_type>(bus).name = cstr("pci");
    to_device(dev).bus = bus;
    expect(str(dev_driver_string(dev))).toBe("pci");
    _dev_err(dev, cstr("broken\n"), 0);
    expect(last_line()).toBe("pci 0000:00:03.0: broken");
    changetype<device_driver>(driver).name = cstr("8139cp");
    to_device(dev).driver = driver;
    _dev_printk(cstr("\x014"), dev, cstr("careful\n"), 0);
    expect(last_line()).toBe("8139cp 0000:00:03.0: careful");
    _dev_err(0, cstr("nobody\n"), 0);
    expect(last_line()).toBe("(NULL device *): nobody");
    expect(dev_err_probe(dev, -EINVAL, cstr("no clock\n"), 0)).toBe(-EINVAL);
    expect(last_line()).toBe("8139cp 0000:00:03.0: error -EINVAL: no clock");
  });
});

describe("runtime power management", () => {
  beforeEach(() => {
    boot_drivers();
    trail = "";
  });

  test("counts uses and is off at first", () => {
    const dev = device(0, "pm0");
    device_register(dev);
    expect(__pm_runtime_resume(dev, 4)).toBe(-13); // RPM_GET_PUT: the use counts all the same
    expect(load<i32>(usage_count(dev))).toBe(1);
    expect(__pm_runtime_idle(dev, 4)).toBe(-13);
    expect(load<i32>(usage_count(dev))).toBe(0);
    log_mark();
    expect(__pm_runtime_idle(dev, 4)).toBe(-EINVAL);
    expect(logged("Runtime PM usage count underflow!")).toBe(true);
    expect(load<i32>(usage_count(dev))).toBe(0);
    device_unregister(dev);
  });

  test("enable and disable nest, and a forbidden device stays awake", () => {
    const dev = device(0, "pm0");
    device_register(dev);
    expect(__pm_runtime_set_status(dev, 0)).toBe(0);
    pm_runtime_enable(dev);
    expect(__pm_runtime_set_status(dev, 2)).toBe(-11);
    expect(__pm_runtime_resume(dev, 0)).toBe(1);
    __pm_runtime_disable(dev, true);
    __pm_runtime_disable(dev, true);
    pm_runtime_enable(dev);
    pm_runtime_enable(dev);
    log_mark();
    pm_runtime_enable(dev);
    expect(logged("Unbalanced pm_runtime_enable!")).toBe(true);
    pm_runtime_forbid(dev);
    pm_runtime_forbid(dev);
    expect(load<i32>(usage_count(dev))).toBe(1);
    expect(__pm_runtime_idle(dev, 0)).toBe(-11);
    pm_runtime_allow(dev);
    expect(load<i32>(usage_count(dev))).toBe(0);
    device_unregister(dev);
  });

  test("wake-up is two bits", () => {
    const dev = device(0, "wake");
    device_initialize(dev);
    device_init_wakeup(dev, true);
    expect(device_may_wakeup(dev)).toBe(true);
    device_set_wakeup_enable(dev, false);
    expect(device_may_wakeup(dev)).toBe(false);
    device_set_wakeup_enable(dev, true);
    device_set_wakeup_capable(dev, false);
    expect(device_may_wakeup(dev)).toBe(false);
    put_device(dev);
  });
});
