// drivers/pci/pci.c and probe.c: how fast a PCI Express link is, and what it could be.

import {
  PCIE_LNK_WIDTH_UNKNOWN,
  PCIE_SPEED_2_5GT,
  PCIE_SPEED_5_0GT,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCAP2,
  PCI_EXP_LNKCAP_MLW,
  PCI_EXP_LNKCAP_SLS,
  PCI_EXP_LNKCAP_SLS_2_5GB,
  PCI_EXP_LNKCAP_SLS_5_0GB,
  PCI_EXP_LNKSTA,
  PCI_EXP_LNKSTA_CLS,
  PCI_EXP_LNKSTA_NLW,
  PCI_SPEED_UNKNOWN,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { nth_text } from "../../lib/texts";
import { _dev_info } from "../base/printk";
import { pci_device, pci_name, pci_upstream_bridge } from "./internal";
import { pcie_capability_read_dword, pcie_read16 } from "./pcie";

/** The speeds of PCI Express are numbers in a row, in its registers from 1 on. */
const SPEEDS: u32 = 6;

/** What a speed (enum pci_bus_speed) is called. */
function pci_speed_string(speed: u32): usize {
  // prettier-ignore
  const names = cstr(
    "2.5 GT/s PCIe", "5.0 GT/s PCIe", "8.0 GT/s PCIe", "16.0 GT/s PCIe", "32.0 GT/s PCIe", "64.0 GT/s PCIe"
  );
  return speed - PCIE_SPEED_2_5GT < SPEEDS ? nth_text(names, speed - PCIE_SPEED_2_5GT) : cstr("Unknown");
}

/** Mb/s that one lane carries: less what the line code takes. */
function lane_mbs(speed: u32): u32 {
  const index = speed - PCIE_SPEED_2_5GT;
  if (index >= SPEEDS) return 0;
  if (index < 2) return 2000 << index;
  const raw: u32 = 8000 << (index - 2);
  return index == SPEEDS - 1 ? raw : (raw * 128) / 130;
}

/** The speed that a field of LNKSTA or LNKCAP names. */
function speed_of(field: u32): u32 {
  return field - 1 < SPEEDS ? PCIE_SPEED_2_5GT + field - 1 : PCI_SPEED_UNKNOWN;
}

function capability(dev: usize, pos: u32): u32 {
  const word = stack_alloc(16);
  pcie_capability_read_dword(dev, pos, word);
  const value = load<u32>(word);
  stack_free(16);
  return value;
}

/** linux/pci.h. The highest speed that the device's link can have, enum pci_bus_speed. Context: any. */
export function pcie_get_speed_cap(dev: usize): u32 {
  // A bit for each speed, from bit 1 on.
  const vector = (capability(dev, PCI_EXP_LNKCAP2) >> 1) & ((1 << SPEEDS) - 1);
  if (vector) return speed_of(32 - clz(vector));
  const field = capability(dev, PCI_EXP_LNKCAP) & PCI_EXP_LNKCAP_SLS;
  if (field == PCI_EXP_LNKCAP_SLS_5_0GB) return PCIE_SPEED_5_0GT;
  return field == PCI_EXP_LNKCAP_SLS_2_5GB ? PCIE_SPEED_2_5GT : PCI_SPEED_UNKNOWN;
}

/** linux/pci.h. The most lanes that the device's link can have. Context: any. */
export function pcie_get_width_cap(dev: usize): u32 {
  const cap = capability(dev, PCI_EXP_LNKCAP);
  return cap ? (cap & PCI_EXP_LNKCAP_MLW) >> 4 : PCIE_LNK_WIDTH_UNKNOWN;
}

/** linux/pci.h. Mb/s that reach the device, as the narrowest link on the way allows; which device that is, its speed and
 *  width go to the three addresses that are not NULL. Context: any. */
export function pcie_bandwidth_available(dev: usize, limiting_dev: usize, speed: usize, width: usize): u32 {
  if (speed) store<u32>(speed, PCI_SPEED_UNKNOWN);
  if (width) store<u32>(width, PCIE_LNK_WIDTH_UNKNOWN);
  let least: u32 = 0;
  for (let at = dev; at; at = pci_upstream_bridge(at)) {
    const status = pcie_read16(at, PCI_EXP_LNKSTA);
    const now = speed_of(status & PCI_EXP_LNKSTA_CLS);
    const lanes = (status & PCI_EXP_LNKSTA_NLW) >> 4;
    const mbs = lanes * lane_mbs(now);
    if (least && mbs > least) continue;
    least = mbs;
    if (limiting_dev) store<usize>(limiting_dev, at);
    if (speed) store<u32>(speed, now);
    if (width) store<u32>(width, lanes);
  }
  return least;
}

/** linux/pci.h. Says in the log what bandwidth the device has, and if something limits it. Context: any. */
export function pcie_print_link_status(dev: usize): void {
  const speed_cap = pcie_get_speed_cap(dev);
  const width_cap = pcie_get_width_cap(dev);
  const capable: u32 =
    speed_cap == PCI_SPEED_UNKNOWN || width_cap == PCIE_LNK_WIDTH_UNKNOWN ? 0 : width_cap * lane_mbs(speed_cap);
  const found = stack_alloc(16);
  const args = stack_alloc(48);
  const have = pcie_bandwidth_available(dev, found, found + 4, found + 8);
  let at = args;
  if (have < capable) {
    store<u32>(at, have / 1000);
    store<u32>(at, have % 1000, 4);
    store<u32>(at, <u32>pci_speed_string(load<u32>(found, 4)), 8);
    store<u32>(at, load<u32>(found, 8), 12);
    store<u32>(at, <u32>pci_name(load<usize>(found)), 16);
    at += 20;
  }
  store<u32>(at, capable / 1000);
  store<u32>(at, capable % 1000, 4);
  store<u32>(at, <u32>pci_speed_string(speed_cap), 8);
  store<u32>(at, width_cap, 12);
  _dev_info(
    pci_device(dev),
    have < capable
      ? cstr(
          "%u.%03u Gb/s available PCIe bandwidth, limited by %s x%d link at %s (capable of %u.%03u Gb/s with %s x%d link)",
        )
      : cstr("%u.%03u Gb/s available PCIe bandwidth (%s x%d link)"),
    args,
  );
  stack_free(48);
  stack_free(16);
}
