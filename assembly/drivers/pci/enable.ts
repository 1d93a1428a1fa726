// Switching devices on and off (drivers/pci/pci.c): decoders, bus mastering, memory-write-invalidate, INTx.

import {
  EINVAL,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  L1_CACHE_BYTES,
  offsetof_pci_dev_enable_cnt,
  PCI_BRIDGE_RESOURCES,
  PCI_CACHE_LINE_SIZE,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_INVALIDATE,
  PCI_COMMAND_MASTER,
  PCI_D0,
  PCI_INTERRUPT_PIN,
  PCI_LATENCY_TIMER,
  PCI_NUM_RESOURCES,
  PCI_ROM_RESOURCE,
  PCI_STATUS,
  PCI_STATUS_ERROR_BITS,
  PCI_STATUS_INTERRUPT,
  PCI_VENDOR_ID,
} from "../../abi";
import { WARN } from "../../kernel/panic";
import { bus_config, config16, config32, config8, pci_write_config_byte, pci_write_config_word } from "./access";
import {
  pci_dev_is_disconnected,
  pci_err,
  pci_is_pcie,
  pci_resource,
  pci_upstream_bridge,
  to_pci,
  to_res,
} from "./internal";
import { pcim_note_disabled, pcim_note_intx } from "./pcim";
import { pci_set_power_state, pci_update_current_state } from "./power";
import { pci_enable_resources } from "./setup_res";

/** Latency timers that are shorter than this starve a bus master. */
const LATENCY_MIN: u32 = 16;
const LATENCY_DEFAULT: u32 = 64;
const CACHE_LINE_DWORDS: u32 = L1_CACHE_BYTES >> 2;

@inline
function enable_count(dev: usize): usize {
  return dev + offsetof_pci_dev_enable_cnt;
}

/** Whether somebody enabled the device. */
@inline
export function pci_is_enabled(dev: usize): bool {
  return load<i32>(enable_count(dev)) > 0;
}

function do_enable(dev: usize, bars: u32): i32 {
  const error = pci_set_power_state(dev, PCI_D0);
  if (error < 0 && to_pci(dev).pm_cap) return error;
  const failed = pci_enable_resources(dev, bars);
  if (failed) return failed;
  if (to_pci(dev).msi_enabled || to_pci(dev).msix_enabled) return 0;
  const command = config16(dev, PCI_COMMAND);
  if (config8(dev, PCI_INTERRUPT_PIN) && command & PCI_COMMAND_INTX_DISABLE) {
    pci_write_config_word(dev, PCI_COMMAND, command & ~PCI_COMMAND_INTX_DISABLE);
  }
  return 0;
}

/** What is behind a bridge is only reached through it. */
function enable_bridge(dev: usize): void {
  const above = pci_upstream_bridge(dev);
  if (above) enable_bridge(above);
  if (!pci_is_enabled(dev)) {
    const error = pci_enable_device(dev);
    if (error) pci_err(dev, cstr("Error enabling bridge (%d), continuing"), error);
  }
  if (!to_pci(dev).is_busmaster) pci_set_master(dev);
}

function enable_flags(dev: usize, flags: u32): i32 {
  pci_update_current_state(dev, to_pci(dev).current_state);
  if (atomic.add<i32>(enable_count(dev), 1) > 0) return 0;
  const above = pci_upstream_bridge(dev);
  if (above) enable_bridge(above);
  let bars: u32 = 0;
  for (let i: u32 = 0; i < PCI_NUM_RESOURCES; i++) {
    if (i > PCI_ROM_RESOURCE && i < PCI_BRIDGE_RESOURCES) continue;
    if (to_res(pci_resource(dev, i)).flags & flags) bars |= 1 << i;
  }
  const error = do_enable(dev, bars);
  if (error < 0) atomic.sub<i32>(enable_count(dev), 1);
  return error;
}

/** linux/pci.h. Wakes the device and lets it decode its memory and I/O BARs; counts, see pci_disable_device(). 0, or
 *  -EINVAL if a BAR has no address, -EIO. Context: process. */
export function pci_enable_device(dev: usize): i32 {
  return enable_flags(dev, IORESOURCE_MEM | IORESOURCE_IO);
}

/** linux/pci.h. pci_enable_device() for the memory BARs. Context: process. */
export function pci_enable_device_mem(dev: usize): i32 {
  return enable_flags(dev, IORESOURCE_MEM);
}

/** linux/pci.h. pci_enable_device() for the I/O BARs. Context: process. */
export function pci_enable_device_io(dev: usize): i32 {
  return enable_flags(dev, IORESOURCE_IO);
}

/** linux/pci.h. Enables a device again that lost its state in its sleep. 0 or an error. Context: process. */
export function pci_reenable_device(dev: usize): i32 {
  return pci_is_enabled(dev) ? do_enable(dev, (1 << PCI_NUM_RESOURCES) - 1) : 0;
}

/** Ends bus mastering, whatever the count says. */
export function pci_disable_enabled_device(dev: usize): void {
  const command = config16(dev, PCI_COMMAND);
  if (command & PCI_COMMAND_MASTER) pci_write_config_word(dev, PCI_COMMAND, command & ~PCI_COMMAND_MASTER);
  to_pci(dev).is_busmaster = 0;
}

/** linux/pci.h. Takes back one pci_enable_device(); the last ends bus mastering. The decoders stay on. Context:
 *  process. */
export function pci_disable_device(dev: usize): void {
  pcim_note_disabled(dev);
  if (load<i32>(enable_count(dev)) <= 0) WARN(cstr("disabling already-disabled device"));
  if (atomic.sub<i32>(enable_count(dev), 1) != 1) return;
  pci_disable_enabled_device(dev);
}

// ── Bus mastering ──

/** A timer that is too short is raised; PCI Express has none. */
function set_latency(dev: usize): void {
  if (pci_is_pcie(dev) || config8(dev, PCI_LATENCY_TIMER) >= LATENCY_MIN) return;
  pci_write_config_byte(dev, PCI_LATENCY_TIMER, LATENCY_DEFAULT);
}

/** linux/pci.h. Lets the device do DMA. Context: process. */
export function pci_set_master(dev: usize): void {
  const command = config16(dev, PCI_COMMAND);
  if (!(command & PCI_COMMAND_MASTER)) pci_write_config_word(dev, PCI_COMMAND, command | PCI_COMMAND_MASTER);
  to_pci(dev).is_busmaster = 1;
  set_latency(dev);
}

/** linux/pci.h. Ends the device's DMA. Context: process. */
export function pci_clear_master(dev: usize): void {
  pci_disable_enabled_device(dev);
}

/** linux/pci.h. Tells the device the size of a cache line. 0, or -EINVAL if it does not take it. Context: process. */
export function pci_set_cacheline_size(dev: usize): i32 {
  const have = config8(dev, PCI_CACHE_LINE_SIZE);
  if (have >= CACHE_LINE_DWORDS && have % CACHE_LINE_DWORDS == 0) return 0;
  pci_write_config_byte(dev, PCI_CACHE_LINE_SIZE, CACHE_LINE_DWORDS);
  return config8(dev, PCI_CACHE_LINE_SIZE) == CACHE_LINE_DWORDS ? 0 : -EINVAL;
}

/** linux/pci.h. Lets the device use Memory-Write-Invalidate. 0, or -EINVAL if it takes no cache line size. Context:
 *  process. */
export function pci_set_mwi(dev: usize): i32 {
  const error = pci_set_cacheline_size(dev);
  if (error) return error;
  const command = config16(dev, PCI_COMMAND);
  if (!(command & PCI_COMMAND_INVALIDATE)) pci_write_config_word(dev, PCI_COMMAND, command | PCI_COMMAND_INVALIDATE);
  return 0;
}

/** linux/pci.h. pci_set_mwi() whose result may be ignored. Context: process. */
export function pci_try_set_mwi(dev: usize): i32 {
  return pci_set_mwi(dev);
}

/** linux/pci.h. Takes back pci_set_mwi(). Context: process. */
export function pci_clear_mwi(dev: usize): void {
  const command = config16(dev, PCI_COMMAND);
  if (command & PCI_COMMAND_INVALIDATE) pci_write_config_word(dev, PCI_COMMAND, command & ~PCI_COMMAND_INVALIDATE);
}

/** linux/pci.h. Lets the device raise its interrupt pin, or not. Context: any. */
export function pci_intx(dev: usize, enable: i32): void {
  const command = config16(dev, PCI_COMMAND);
  const wanted = enable ? command & ~PCI_COMMAND_INTX_DISABLE : command | PCI_COMMAND_INTX_DISABLE;
  if (wanted == command) return;
  pci_write_config_word(dev, PCI_COMMAND, wanted);
  pcim_note_intx(dev, !enable);
}

/** Masks INTx if it is pending, or unmasks it if it is not; whether that was so. */
function check_and_set_intx(dev: usize, mask: bool): bool {
  const both = config32(dev, PCI_COMMAND);
  if ((((both >> 16) & PCI_STATUS_INTERRUPT) != 0) != mask) return false;
  const wanted = mask ? both | PCI_COMMAND_INTX_DISABLE : both & ~PCI_COMMAND_INTX_DISABLE;
  if (wanted != both) pci_write_config_word(dev, PCI_COMMAND, wanted & 0xffff);
  return true;
}

/** linux/pci.h. Masks the device's interrupt pin if it is asserted: true; false if it was another's. Context: any. */
export function pci_check_and_mask_intx(dev: usize): bool {
  return check_and_set_intx(dev, true);
}

/** linux/pci.h. Unmasks the device's interrupt pin unless it is asserted: then false. Context: any. */
export function pci_check_and_unmask_intx(dev: usize): bool {
  return check_and_set_intx(dev, false);
}

// ── Presence, errors ──

/** linux/pci.h. Whether the device answers. Context: any. */
export function pci_device_is_present(dev: usize): bool {
  if (pci_dev_is_disconnected(dev)) return false;
  const id = bus_config(to_pci(dev).bus, to_pci(dev).devfn, PCI_VENDOR_ID, 4);
  return id != 0xffffffff && id != 0 && id != 0x0000ffff && id != 0xffff0000;
}

/** linux/pci.h. The error bits of the status register, which are cleared. Context: any. */
export function pci_status_get_and_clear_errors(dev: usize): i32 {
  const errors = config16(dev, PCI_STATUS) & PCI_STATUS_ERROR_BITS;
  if (errors) pci_write_config_word(dev, PCI_STATUS, errors);
  return errors;
}
