// drivers/pci/pci-driver.c, the ids of a driver that are added and removed at run time: new_id and remove_id in /sys.

import { EINVAL, ENODEV, ENOMEM, GFP_KERNEL, PCI_ANY_ID, pci_device_id, sizeof_pci_device_id } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../../kernel/locking/spinlock";
import { simple_strtoul } from "../../lib/kstrtox";
import { list_add_tail, list_del, list_empty, list_next } from "../../lib/list";
import { kfree, kzalloc } from "../../mm/slub";
import { driver_attach } from "../base/dd";
import { DYNID_ID, dynids_list, dynids_lock, pdrv, to_pci_driver } from "./pci_driver";

/** linux/pci.h. Adds an entry to those of the driver and offers it the devices. 0 or an error. Context: process. */
export function pci_add_dynid(
  drv: usize,
  vendor: u32,
  device: u32,
  subvendor: u32,
  subdevice: u32,
  cls: u32,
  class_mask: u32,
  driver_data: u32,
): i32 {
  const node = kzalloc(DYNID_ID + sizeof_pci_device_id, GFP_KERNEL);
  if (!node) return -ENOMEM;
  const id = changetype<pci_device_id>(node + DYNID_ID);
  id.vendor = vendor;
  id.device = device;
  id.subvendor = subvendor;
  id.subdevice = subdevice;
  id.class_ = cls;
  id.class_mask = class_mask;
  id.driver_data = driver_data;
  const flags = _raw_spin_lock_irqsave(dynids_lock(drv));
  list_add_tail(node, dynids_list(drv));
  _raw_spin_unlock_irqrestore(dynids_lock(drv), flags);
  return driver_attach(changetype<usize>(pdrv(drv).driver));
}

export function free_dynids(drv: usize): void {
  const head = dynids_list(drv);
  while (!list_empty(head)) {
    const node = list_next(head);
    list_del(node);
    kfree(node);
  }
}

/** Up to seven hexadecimal words of `text` into `fields`; how many there were. */
function parse_words(text: usize, fields: usize): u32 {
  const end = stack_alloc(16);
  let count: u32 = 0;
  while (count < 7) {
    while (load<u8>(text) == 0x20) text++;
    const value = simple_strtoul(text, end, 16);
    if (load<usize>(end) == text) break;
    store<u32>(fields + count * 4, value);
    count++;
    text = load<usize>(end);
  }
  stack_free(16);
  return count;
}

/** "vendor device [subvendor subdevice [class mask [data]]]" */
export function new_id_store(drv: usize, buf: usize, count: usize): i32 {
  const f = stack_alloc(32);
  store<u32>(f + 8, <u32>PCI_ANY_ID);
  store<u32>(f + 12, <u32>PCI_ANY_ID);
  store<u32>(f + 16, 0);
  store<u32>(f + 20, 0);
  store<u32>(f + 24, 0);
  let error: i32 = -EINVAL;
  if (parse_words(buf, f) >= 2) {
    error = pci_add_dynid(
      to_pci_driver(drv),
      load<u32>(f),
      load<u32>(f, 4),
      load<u32>(f, 8),
      load<u32>(f, 12),
      load<u32>(f, 16),
      load<u32>(f, 20),
      load<u32>(f, 24),
    );
  }
  stack_free(32);
  return error ? error : <i32>count;
}

/** "vendor device" */
export function remove_id_store(drv: usize, buf: usize, count: usize): i32 {
  const f = stack_alloc(32);
  const words = parse_words(buf, f);
  const vendor = load<u32>(f);
  const device = load<u32>(f, 4);
  stack_free(32);
  if (words < 2) return -EINVAL;
  const pci = to_pci_driver(drv);
  let gone: usize = 0;
  const flags = _raw_spin_lock_irqsave(dynids_lock(pci));
  const head = dynids_list(pci);
  for (let at = list_next(head); at != head && !gone; at = list_next(at)) {
    const id = changetype<pci_device_id>(at + DYNID_ID);
    if (id.vendor == vendor && id.device == device) gone = at;
  }
  if (gone) list_del(gone);
  _raw_spin_unlock_irqrestore(dynids_lock(pci), flags);
  kfree(gone);
  return gone ? <i32>count : -ENODEV;
}
