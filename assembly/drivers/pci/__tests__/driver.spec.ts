import {
  EAGAIN,
  EBUSY,
  EIO,
  ENODEV,
  EPROBE_DEFER,
  PCI_ANY_ID,
  pci_device_id,
  pci_driver,
  sizeof_pci_device_id,
  sizeof_pci_driver,
} from "../../../abi";
import { sysfs_read, sysfs_readlink, sysfs_write } from "../../../fs/sysfs/path";
import { seq_init, seq_text, seq_used } from "../../../lib/seq_buf";
import { list_next } from "../../../lib/list";
import { to_device } from "../../base/base";
import { device_driver_attach } from "../../base/dd";
import { deferred_probe_work_func } from "../../base/dd_deferred";
import { devres_head } from "../../base/devres";
import { devm_add_action, devm_kmalloc } from "../../base/devres_mem";
import { usage_count } from "../../base/power/runtime";
import { kmem_live_objects } from "../../../mm/slab_common";
import { pci_device, to_pci } from "../internal";
import { __pci_register_driver, pci_match_id, pci_unregister_driver } from "../pci_driver";
import { pci_add_dynid } from "../dynid";
import { proc_bus_pci_devices } from "../proc";
import { pci_stop_and_remove_bus_device_locked } from "../remove";
import { pci_dev_present, pci_get_class, pci_get_device, pci_get_subsys } from "../search";
import { add, bar_mem, boot, dev_at, pin, ROOT, scan, set32 } from "./fake_pci";
import { log_mark, log_text, logged } from "../../../__tests__/log";

const ids = memory.data(8 * 32, 8);
const drivers = memory.data(3 * 160, 8);
const names = memory.data(64);
const text = memory.data(4096);
const buf = memory.data(4096);

/** What happened, in order. */
let trail = "";
let answer: i32 = 0;
let id_seen: usize = 0;

function probe(dev: usize, id: usize): i32 {
  trail += "p" + (to_pci(dev).devfn >> 3).toString() + " ";
  id_seen = id;
  if (!answer) to_device(pci_device(dev)).driver_data = 0x1234;
  return answer;
}

function remove(dev: usize): void {
  trail += "r" + (to_pci(dev).devfn >> 3).toString() + " ";
}

function action(data: usize): void {
  trail += "a" + data.toString() + " ";
}

function probe_managed(dev: usize, id: usize): i32 {
  trail += "p ";
  devm_add_action(pci_device(dev), action.index, 1);
  devm_kmalloc(pci_device(dev), 100, 0xcc0);
  devm_add_action(pci_device(dev), action.index, 2);
  return answer;
}

function shutdown(dev: usize): void {
  trail += "s ";
}

/** Entry `n` of the table; the rest of it is zero. */
function id(
  n: u32,
  vendor: u32,
  device: u32,
  subvendor: u32 = PCI_ANY_ID,
  subdevice: u32 = PCI_ANY_ID,
  cls: u32 = 0,
  mask: u32 = 0,
): void {
  const e = changetype<pci_device_id>(ids + n * sizeof_pci_device_id);
  e.vendor = vendor;
  e.device = device;
  e.subvendor = subvendor;
  e.subdevice = subdevice;
  e.class_ = cls;
  e.class_mask = mask;
  e.driver_data = n;
}

function driver(n: u32): usize {
  return drivers + n * 160;
}

function c_string(at: usize, value: string): usize {
  String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, at, true);
  return at;
}

/** Registers driver `n` with the table; the result of the registration. */
function register(n: u32, name: string, probe_: u32 = probe.index): i32 {
  const d = changetype<pci_driver>(driver(n));
  memory.fill(driver(n), 0, sizeof_pci_driver);
  d.name = c_string(names + n * 16, name);
  d.id_table = ids;
  d.probe = probe_;
  d.remove = remove.index;
  d.shutdown = shutdown.index;
  return __pci_register_driver(driver(n), 0, 0);
}

function show(path: string): string {
  c_string(text, path);
  const length = sysfs_read(text, buf, 4096, 0);
  return length < 0 ? "error " + length.toString() : String.UTF8.decodeUnsafe(buf, length);
}

function echo(path: string, value: string): i32 {
  c_string(text, path);
  c_string(buf, value);
  return sysfs_write(text, buf, <u32>value.length, 0);
}

function link(path: string): string {
  c_string(text, path);
  const length = sysfs_readlink(text, buf, 4096);
  return length < 0 ? "error " + length.toString() : String.UTF8.decodeUnsafe(buf, length);
}

function start(): void {
  boot();
  trail = "";
  answer = 0;
  memory.fill(ids, 0, 8 * 32);
  for (let slot: u32 = 1; slot <= 3; slot++) {
    const i = add(ROOT, slot, 0, 0x10ec, 0x8138 + slot, 0x020000);
    set32(i, 0x2c, ((0x1100 + slot) << 16) | 0x1af4);
    bar_mem(i, 0, 0x1000);
    pin(i, 1);
  }
  scan();
  log_mark();
}

describe("a driver's table", () => {
  beforeEach(start);

  test("matches vendor and device, with wildcards", () => {
    const dev = dev_at(0, 1);
    id(0, 0x10ec, 0x8139);
    expect(pci_match_id(ids, dev)).toBe(ids);
    id(0, 0x10ec, 0x8140);
    id(1, 0x10ec, PCI_ANY_ID);
    expect(pci_match_id(ids, dev)).toBe(ids + sizeof_pci_device_id);
    id(1, 0x8086, PCI_ANY_ID);
    expect(pci_match_id(ids, dev)).toBe(0);
    id(0, PCI_ANY_ID, PCI_ANY_ID);
    expect(pci_match_id(ids, dev)).toBe(ids);
    expect(pci_match_id(0, dev)).toBe(0);
  });

  test("matches subsystems", () => {
    const dev = dev_at(0, 1);
    id(0, 0x10ec, 0x8139, 0x1af4, 0x1102);
    expect(pci_match_id(ids, dev)).toBe(0);
    id(0, 0x10ec, 0x8139, 0x1af4, 0x1101);
    expect(pci_match_id(ids, dev)).toBe(ids);
    id(0, PCI_ANY_ID, PCI_ANY_ID, 0x1af4);
    expect(pci_match_id(ids, dev)).toBe(ids);
  });

  test("matches classes under their mask", () => {
    const dev = dev_at(0, 1);
    id(0, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, 0x020000, 0xffff00);
    expect(pci_match_id(ids, dev)).toBe(ids);
    id(0, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, 0x028000, 0xffff00);
    expect(pci_match_id(ids, dev)).toBe(0);
    id(0, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, 0x02ffff, 0xff0000);
    expect(pci_match_id(ids, dev)).toBe(ids);
  });
});

describe("registering a driver", () => {
  beforeEach(start);

  test("probes the devices in the order of the bus, and unregistering removes them from the last", () => {
    id(0, 0x10ec, PCI_ANY_ID);
    expect(register(0, "spec")).toBe(0);
    expect(trail).toBe("p1 p2 p3 ");
    expect(id_seen).toBe(ids);
    expect(to_pci(dev_at(0, 2)).driver).toBe(driver(0));
    pci_unregister_driver(driver(0));
    expect(trail).toBe("p1 p2 p3 r3 r2 r1 ");
    expect(to_pci(dev_at(0, 2)).driver).toBe(0);
    expect(to_device(pci_device(dev_at(0, 1))).driver_data).toBe(0);
  });

  test("a name is taken once", () => {
    id(0, 0x8086, 1);
    expect(register(0, "spec")).toBe(0);
    expect(register(1, "spec")).toBe(-EBUSY);
    expect(logged("Error: Driver 'spec' is already registered, aborting...")).toBe(true, log_text());
    pci_unregister_driver(driver(0));
    expect(register(1, "spec")).toBe(0);
    pci_unregister_driver(driver(1));
  });

  test("a device that has a driver is not offered to another", () => {
    id(0, 0x10ec, 0x8139);
    register(0, "first");
    id(0, 0x10ec, PCI_ANY_ID);
    trail = "";
    register(1, "second");
    expect(trail).toBe("p2 p3 ");
    pci_unregister_driver(driver(0));
    trail = "";
    pci_unregister_driver(driver(1));
    expect(trail).toBe("r3 r2 ");
  });

  test("a probe that fails leaves nothing, is reported, and does not stop the others", () => {
    id(0, 0x10ec, PCI_ANY_ID);
    answer = -EIO;
    expect(register(0, "spec")).toBe(0);
    expect(trail).toBe("p1 p2 p3 ");
    expect(logged("spec: probe of 0000:00:01.0 failed with error -5")).toBe(true, log_text());
    expect(to_pci(dev_at(0, 1)).driver).toBe(0);
    expect(to_device(pci_device(dev_at(0, 1))).driver).toBe(0);
    log_mark();
    pci_unregister_driver(driver(0));
    answer = -ENODEV; // "not mine after all" is no failure
    register(0, "spec");
    expect(logged("failed with error -19")).toBe(false);
    pci_unregister_driver(driver(0));
    expect(trail).toBe("p1 p2 p3 p1 p2 p3 ");
  });

  test("a probe that asks for patience is tried again when another driver was bound", () => {
    id(0, 0x10ec, 0x8139);
    answer = -EPROBE_DEFER;
    register(0, "patient");
    expect(trail).toBe("p1 ");
    expect(logged("failed")).toBe(false);
    answer = 0;
    id(1, 0x10ec, 0x813a);
    memory.copy(ids, ids + sizeof_pci_device_id, sizeof_pci_device_id);
    memory.fill(ids + sizeof_pci_device_id, 0, sizeof_pci_device_id);
    register(1, "provider");
    expect(trail).toBe("p1 p2 ");
    id(0, 0x10ec, 0x8139);
    deferred_probe_work_func(0);
    expect(trail).toBe("p1 p2 p1 ");
    expect(to_pci(dev_at(0, 1)).driver).toBe(driver(0));
    deferred_probe_work_func(0);
    expect(trail).toBe("p1 p2 p1 ");
    pci_unregister_driver(driver(0));
    pci_unregister_driver(driver(1));
  });

  test("a probe that asks for patience is not tried again for who wants it now", () => {
    register(0, "patient");
    id(0, 0x10ec, 0x8139);
    answer = -EPROBE_DEFER;
    const drv = changetype<usize>(changetype<pci_driver>(driver(0)).driver);
    expect(device_driver_attach(drv, pci_device(dev_at(0, 1)))).toBe(-EAGAIN);
    answer = -EIO;
    expect(device_driver_attach(drv, pci_device(dev_at(0, 1)))).toBe(-EIO);
    answer = 0;
    expect(device_driver_attach(drv, pci_device(dev_at(0, 1)))).toBe(0);
    pci_unregister_driver(driver(0));
  });

  test("ids can be added, and an override beats the table", () => {
    register(0, "spec");
    expect(trail).toBe("");
    expect(pci_add_dynid(driver(0), 0x10ec, 0x813b, PCI_ANY_ID, PCI_ANY_ID, 0, 0, 7)).toBe(0);
    expect(trail).toBe("p3 ");
    expect(changetype<pci_device_id>(id_seen).driver_data).toBe(7);
    expect(echo("/sys/bus/pci/drivers/spec/new_id", "10ec 8139\n")).toBe(10);
    expect(trail).toBe("p3 p1 ");
    expect(echo("/sys/bus/pci/drivers/spec/remove_id", "10ec 8139")).toBe(9);
    expect(echo("/sys/bus/pci/drivers/spec/remove_id", "10ec 8139")).toBe(-ENODEV);
    expect(echo("/sys/bus/pci/devices/0000:00:02.0/driver_override", "spec\n")).toBe(5);
    expect(show("/sys/bus/pci/devices/0000:00:02.0/driver_override")).toBe("spec\n");
    expect(echo("/sys/bus/pci/drivers_probe", "0000:00:02.0\n")).toBe(13);
    expect(trail).toBe("p3 p1 p2 ");
    expect(echo("/sys/bus/pci/devices/0000:00:01.0/driver_override", "nobody\n")).toBe(7);
    expect(echo("/sys/bus/pci/drivers/spec/unbind", "0000:00:01.0\n")).toBe(13);
    expect(trail).toBe("p3 p1 p2 r1 ");
    expect(echo("/sys/bus/pci/drivers/spec/bind", "0000:00:01.0\n")).toBe(-ENODEV);
    pci_unregister_driver(driver(0));
  });
});

describe("what a driver leaves", () => {
  beforeEach(start);

  test("is released in reverse, after remove", () => {
    id(0, 0x10ec, 0x8139);
    const live = kmem_live_objects();
    register(0, "spec", probe_managed.index);
    expect(trail).toBe("p ");
    pci_unregister_driver(driver(0));
    expect(trail).toBe("p r1 a2 a1 ");
    const head = devres_head(pci_device(dev_at(0, 1)));
    expect(list_next(head)).toBe(head);
    expect(kmem_live_objects()).toBe(live);
  });

  test("is released after a probe that failed", () => {
    id(0, 0x10ec, 0x8139);
    answer = -EIO;
    register(0, "spec", probe_managed.index);
    expect(trail).toBe("p a2 a1 ");
    pci_unregister_driver(driver(0));
    expect(trail).toBe("p a2 a1 ");
  });

  test("use counts of power management are balanced", () => {
    const dev = pci_device(dev_at(0, 1));
    const before = load<i32>(usage_count(dev));
    id(0, 0x10ec, 0x8139);
    register(0, "spec");
    expect(load<i32>(usage_count(dev))).toBe(before + 1);
    pci_unregister_driver(driver(0));
    expect(load<i32>(usage_count(dev))).toBe(before);
  });
});

describe("removing a device", () => {
  beforeEach(start);

  test("takes it from its driver, from /sys and from the resource tree", () => {
    id(0, 0x10ec, PCI_ANY_ID);
    register(0, "spec");
    trail = "";
    expect(link("/sys/bus/pci/devices/0000:00:02.0")).toBe("/sys/devices/pci0000:00/0000:00:02.0");
    pci_stop_and_remove_bus_device_locked(dev_at(0, 2));
    expect(trail).toBe("r2 ");
    expect(dev_at(0, 2)).toBe(0);
    expect(link("/sys/bus/pci/devices/0000:00:02.0")).toBe("error -2");
    expect(echo("/sys/bus/pci/devices/0000:00:03.0/remove", "1\n")).toBe(2);
    expect(trail).toBe("r2 r3 ");
    expect(dev_at(0, 3)).toBe(0);
    pci_unregister_driver(driver(0));
    expect(trail).toBe("r2 r3 r1 ");
  });
});

describe("devices are found", () => {
  beforeEach(start);

  test("by their ids, one after the other", () => {
    let dev = pci_get_device(0x10ec, PCI_ANY_ID, 0);
    let count = 0;
    for (; dev; dev = pci_get_device(0x10ec, PCI_ANY_ID, dev)) count++;
    expect(count).toBe(3);
    dev = pci_get_subsys(0x10ec, PCI_ANY_ID, 0x1af4, 0x1102, 0);
    expect(dev).toBe(dev_at(0, 2));
    expect(pci_get_subsys(0x10ec, PCI_ANY_ID, 0x1af4, 0x1102, dev)).toBe(0);
    dev = pci_get_class(0x020000, 0);
    expect(dev).toBe(dev_at(0, 1));
    expect(pci_get_class(0x020001, dev)).toBe(0);
    id(0, 0x10ec, 0x813a);
    expect(pci_dev_present(ids)).toBe(1);
    id(0, 0x10ec, 0x9999);
    expect(pci_dev_present(ids)).toBe(0);
  });

  test("in /proc/bus/pci/devices", () => {
    id(0, 0x10ec, 0x8139);
    register(0, "spec");
    proc_bus_pci_devices(seq_init(buf, 4096));
    const lines = String.UTF8.decodeUnsafe(seq_text(buf), seq_used(buf)).split("\n");
    expect(lines.length).toBe(4);
    const zeros = "\t               0".repeat(6);
    expect(lines[0]).toBe("0008\t10ec8139\t11\t        40000000" + zeros + "\t            1000" + zeros + "\tspec");
    expect(lines[1].endsWith("\t")).toBe(true);
    pci_unregister_driver(driver(0));
  });

  test("in /sys with what they are", () => {
    expect(show("/sys/bus/pci/devices/0000:00:01.0/vendor")).toBe("0x10ec\n");
    expect(show("/sys/devices/pci0000:00/0000:00:01.0/device")).toBe("0x8139\n");
    expect(show("/sys/bus/pci/devices/0000:00:01.0/class")).toBe("0x020000\n");
    expect(show("/sys/bus/pci/devices/0000:00:01.0/irq")).toBe("17\n");
    expect(show("/sys/bus/pci/devices/0000:00:01.0/modalias")).toBe(
      "pci:v000010ECd00008139sv00001AF4sd00001101bc02sc00i00\n",
    );
    const first = "0x0000000040000000 0x0000000040000fff 0x0000000000040200\n";
    expect(show("/sys/bus/pci/devices/0000:00:01.0/resource").startsWith(first)).toBe(true);
    expect(show("/sys/bus/pci/devices/0000:00:01.0/uevent")).toBe(
      "PCI_CLASS=20000\nPCI_ID=10EC:8139\nPCI_SUBSYS_ID=1AF4:1101\nPCI_SLOT_NAME=0000:00:01.0\n" +
        "MODALIAS=pci:v000010ECd00008139sv00001AF4sd00001101bc02sc00i00\n",
    );
    expect(show("/sys/bus/pci/devices/0000:00:01.0/nothing")).toBe("error -2");
    expect(show("/sys/bus/pci/devices/0000:00:01.0")).toBe("error -21");
    expect(show("/sys/bus/pci/devices/0000:00:01.0/remove")).toBe("error -13");
    expect(link("/sys/bus/pci/devices/0000:00:01.0/subsystem")).toBe("/sys/bus/pci");
    c_string(text, "/sys/bus/pci/devices/0000:00:01.0/config");
    expect(sysfs_read(text, buf, 4096, 0)).toBe(256);
    expect(load<u32>(buf)).toBe(0x813910ec);
    expect(sysfs_read(text, buf, 4, 254)).toBe(2);
    expect(sysfs_read(text, buf, 4, 256)).toBe(0);
  });
});
