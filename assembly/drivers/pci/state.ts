// Saving and restoring configuration space around a sleep or a reset (drivers/pci/pci.c).

import {
  ENOMEM,
  GFP_KERNEL,
  offsetof_pci_dev_saved_cap_space,
  offsetof_pci_dev_saved_config_space,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_PCIX,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL2,
  PCI_EXP_LNKCTL,
  PCI_EXP_LNKCTL2,
  PCI_EXP_RTCTL,
  PCI_EXP_SLTCTL,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_NORMAL,
  PCI_X_CMD,
} from "../../abi";
import { kfree, kzalloc } from "../../mm/slub";
import { mdelay } from "../../kernel/time/delay";
import { config16, config32, pci_write_config_dword, pci_write_config_word } from "./access";
import { pci_find_capability } from "./capability";
import { pci_err, pci_is_pcie, to_pci } from "./internal";
import { pcie_capability_write_word, pcie_read16 } from "./pcie";
import { pci_restore_msi_state } from "./msi/msi";

/** Room for a capability's registers, in the device's list saved_cap_space. */
@unmanaged
class SavedCap {
  next: usize;
  cap: u32;
  /** The registers, in the order of `express_register`; PCI-X has one. */
  w0: u16;
  w1: u16;
  w2: u16;
  w3: u16;
  w4: u16;
  w5: u16;
}

const EXPRESS_REGISTERS: u32 = 6;

function express_register(i: u32): u32 {
  switch (i) {
    case 0:
      return PCI_EXP_DEVCTL;
    case 1:
      return PCI_EXP_LNKCTL;
    case 2:
      return PCI_EXP_SLTCTL;
    case 3:
      return PCI_EXP_RTCTL;
    case 4:
      return PCI_EXP_DEVCTL2;
    default:
      return PCI_EXP_LNKCTL2;
  }
}

@inline
function word(saved: usize, i: u32): usize {
  return saved + offsetof<SavedCap>("w0") + i * 2;
}

function find_saved(dev: usize, cap: u32): usize {
  let at = load<usize>(dev + offsetof_pci_dev_saved_cap_space);
  while (at && changetype<SavedCap>(at).cap != cap) at = changetype<SavedCap>(at).next;
  return at;
}

function add_buffer(dev: usize, cap: u32, present: bool): void {
  if (!present) return;
  const head = dev + offsetof_pci_dev_saved_cap_space;
  const at = kzalloc(offsetof<SavedCap>(), GFP_KERNEL);
  if (!at) {
    pci_err(dev, cstr("unable to preallocate save buffer for capability %#x"), cap);
    return;
  }
  changetype<SavedCap>(at).cap = cap;
  changetype<SavedCap>(at).next = load<usize>(head);
  store<usize>(head, at);
}

/** Saving must not fail for want of memory: the room is taken when the device is found. */
export function pci_allocate_cap_save_buffers(dev: usize): void {
  add_buffer(dev, PCI_CAP_ID_EXP, pci_is_pcie(dev));
  add_buffer(dev, PCI_CAP_ID_PCIX, pci_find_capability(dev, PCI_CAP_ID_PCIX) != 0);
}

export function pci_free_cap_save_buffers(dev: usize): void {
  const head = dev + offsetof_pci_dev_saved_cap_space;
  for (let at = load<usize>(head); at; at = load<usize>(head)) {
    store<usize>(head, changetype<SavedCap>(at).next);
    kfree(at);
  }
}

function saved_dword(dev: usize, i: u32): usize {
  return dev + offsetof_pci_dev_saved_config_space + i * 4;
}

/** linux/pci.h. Keeps the device's configuration header and the control registers of its capabilities. 0, or -ENOMEM.
 *  Context: any. */
export function pci_save_state(dev: usize): i32 {
  for (let i: u32 = 0; i < 16; i++) store<u32>(saved_dword(dev, i), config32(dev, i * 4));
  to_pci(dev).state_saved = 1;
  if (pci_is_pcie(dev)) {
    const saved = find_saved(dev, PCI_CAP_ID_EXP);
    if (!saved) return -ENOMEM;
    for (let i: u32 = 0; i < EXPRESS_REGISTERS; i++) {
      store<u16>(word(saved, i), <u16>pcie_read16(dev, express_register(i)));
    }
  }
  const pcix: u32 = pci_find_capability(dev, PCI_CAP_ID_PCIX);
  if (!pcix) return 0;
  const saved = find_saved(dev, PCI_CAP_ID_PCIX);
  if (!saved) return -ENOMEM;
  store<u16>(word(saved, 0), <u16>config16(dev, pcix + PCI_X_CMD));
  return 0;
}

/** What pci_store_saved_state() keeps: the header, then the words of both capabilities. */
const HEADER_BYTES: usize = 64;
const WORDS_BYTES: usize = 12;

@inline
function copy_words(to: usize, from: usize): void {
  if (to && from) memory.copy(to, from, WORDS_BYTES);
}

@inline
function words_of(saved: usize): usize {
  return saved ? word(saved, 0) : 0;
}

/** linux/pci.h. A copy of what pci_save_state() kept; NULL if there is none, or no memory. Context: process. */
export function pci_store_saved_state(dev: usize): usize {
  if (!to_pci(dev).state_saved) return 0;
  const state = kzalloc(HEADER_BYTES + 2 * WORDS_BYTES, GFP_KERNEL);
  if (!state) return 0;
  memory.copy(state, saved_dword(dev, 0), HEADER_BYTES);
  copy_words(state + HEADER_BYTES, words_of(find_saved(dev, PCI_CAP_ID_EXP)));
  copy_words(state + HEADER_BYTES + WORDS_BYTES, words_of(find_saved(dev, PCI_CAP_ID_PCIX)));
  return state;
}

/** linux/pci.h. Makes a copy of pci_store_saved_state() what pci_restore_state() writes back; NULL: nothing is. 0.
 *  Context: any. */
export function pci_load_saved_state(dev: usize, state: usize): i32 {
  to_pci(dev).state_saved = 0;
  if (!state) return 0;
  memory.copy(saved_dword(dev, 0), state, HEADER_BYTES);
  copy_words(words_of(find_saved(dev, PCI_CAP_ID_EXP)), state + HEADER_BYTES);
  copy_words(words_of(find_saved(dev, PCI_CAP_ID_PCIX)), state + HEADER_BYTES + WORDS_BYTES);
  to_pci(dev).state_saved = 1;
  return 0;
}

/** linux/pci.h. pci_load_saved_state() of `*state`, which is freed and set to NULL. 0. Context: process. */
export function pci_load_and_free_saved_state(dev: usize, state: usize): i32 {
  const error = pci_load_saved_state(dev, load<usize>(state));
  kfree(load<usize>(state));
  store<usize>(state, 0);
  return error;
}

/** Writes a dword back unless it is there already; tries `retry` times more, a device may need time to wake. */
function restore_dword(dev: usize, i: u32, retry: u32, force: bool): void {
  const saved = load<u32>(saved_dword(dev, i));
  let now = config32(dev, i * 4);
  if (!force && now == saved) return;
  while (true) {
    pci_write_config_dword(dev, i * 4, saved);
    if (!retry--) return;
    now = config32(dev, i * 4);
    if (now == saved) return;
    mdelay(1);
  }
}

/** From the end to the start: the command register comes last. */
function restore_range(dev: usize, from: u32, to: u32, retry: u32, force: bool): void {
  for (let i = <i32>from; i >= <i32>to; i--) restore_dword(dev, i, retry, force);
}

/** linux/pci.h. Writes back what pci_save_state() kept, once. Context: any. */
export function pci_restore_state(dev: usize): void {
  if (!to_pci(dev).state_saved) return;
  const express = find_saved(dev, PCI_CAP_ID_EXP);
  if (express && pci_is_pcie(dev)) {
    for (let i: u32 = 0; i < EXPRESS_REGISTERS; i++) {
      pcie_capability_write_word(dev, express_register(i), load<u16>(word(express, i)));
    }
  }
  if (to_pci(dev).hdr_type == <u8>PCI_HEADER_TYPE_NORMAL) {
    restore_range(dev, 15, 10, 0, false);
    restore_range(dev, 9, 4, 10, false); // the BARs
    restore_range(dev, 3, 0, 0, false);
  } else if (to_pci(dev).hdr_type == <u8>PCI_HEADER_TYPE_BRIDGE) {
    restore_range(dev, 15, 12, 0, false);
    restore_range(dev, 11, 9, 0, true); // prefetchable windows may have been cleared without a trace
    restore_range(dev, 8, 0, 0, false);
  } else {
    restore_range(dev, 15, 0, 0, false);
  }
  const pcix: u32 = pci_find_capability(dev, PCI_CAP_ID_PCIX);
  const saved = find_saved(dev, PCI_CAP_ID_PCIX);
  if (pcix && saved) pci_write_config_word(dev, pcix + PCI_X_CMD, load<u16>(word(saved, 0)));
  pci_restore_msi_state(dev);
  to_pci(dev).state_saved = 0;
}
