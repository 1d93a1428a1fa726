// The PCI Express capability (drivers/pci/access.c, pci.c) and its older brother PCI-X. Registers that a type of device
// does not have read as zero, and are not touched.

import {
  E2BIG,
  EINVAL,
  EIO,
  ENOTTY,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_PCIX,
  PCI_AF_CAP,
  PCI_AF_CAP_FLR,
  PCI_AF_CAP_TP,
  PCI_AF_CTRL,
  PCI_AF_CTRL_FLR,
  PCI_AF_STATUS_TP,
  PCI_COMMAND,
  PCI_DEV_FLAGS_NO_FLR_RESET,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCAP2,
  PCI_EXP_DEVCAP_FLR,
  PCI_EXP_DEVCAP_PAYLOAD,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL2,
  PCI_EXP_DEVCTL_BCR_FLR,
  PCI_EXP_DEVCTL_PAYLOAD,
  PCI_EXP_DEVCTL_READRQ,
  PCI_EXP_DEVCTL_RELAX_EN,
  PCI_EXP_DEVSTA,
  PCI_EXP_DEVSTA_TRPND,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_SLOT,
  PCI_EXP_FLAGS_VERS,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCAP2,
  PCI_EXP_LNKCTL,
  PCI_EXP_LNKCTL2,
  PCI_EXP_LNKSTA,
  PCI_EXP_LNKSTA2,
  PCI_EXP_RTCAP,
  PCI_EXP_RTCTL,
  PCI_EXP_RTSTA,
  PCI_EXP_SLTCAP,
  PCI_EXP_SLTCTL,
  PCI_EXP_SLTSTA,
  PCI_EXP_SLTSTA_PDS,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_PCI_BRIDGE,
  PCI_EXP_TYPE_RC_EC,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
  PCI_X_CMD,
  PCI_X_CMD_MAX_READ,
  PCI_X_STATUS,
  PCI_X_STATUS_MAX_READ,
  PCIBIOS_BAD_REGISTER_NUMBER,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { _raw_spin_lock_irqsave, _raw_spin_unlock_irqrestore } from "../../kernel/locking/spinlock";
import { msleep } from "../../kernel/time/sleep";
import {
  config16,
  config32,
  config8,
  pci_read_config_dword,
  pci_read_config_word,
  pci_write_config_byte,
  pci_write_config_dword,
  pci_write_config_word,
} from "./access";
import { pci_find_capability } from "./capability";
import { pci_err, pci_is_pcie, pci_pcie_type, pci_warn, pcie_downstream_port, to_pci } from "./internal";

// ── Which registers there are ──

function has_link(dev: usize): bool {
  const type = pci_pcie_type(dev);
  return (
    type == PCI_EXP_TYPE_ENDPOINT ||
    type == PCI_EXP_TYPE_LEG_END ||
    type == PCI_EXP_TYPE_UPSTREAM ||
    type == PCI_EXP_TYPE_PCI_BRIDGE ||
    pcie_downstream_port(dev)
  );
}

function implemented(dev: usize, pos: u32): bool {
  if (!pci_is_pcie(dev)) return false;
  switch (pos) {
    case PCI_EXP_FLAGS:
    case PCI_EXP_DEVCAP:
    case PCI_EXP_DEVCTL:
    case PCI_EXP_DEVSTA:
      return true;
    case PCI_EXP_LNKCAP:
    case PCI_EXP_LNKCTL:
    case PCI_EXP_LNKSTA:
      return has_link(dev);
    case PCI_EXP_SLTCAP:
    case PCI_EXP_SLTCTL:
    case PCI_EXP_SLTSTA:
      return pcie_downstream_port(dev) && (to_pci(dev).pcie_flags_reg & PCI_EXP_FLAGS_SLOT) != 0;
    case PCI_EXP_RTCTL:
    case PCI_EXP_RTCAP:
    case PCI_EXP_RTSTA:
      return pci_pcie_type(dev) == PCI_EXP_TYPE_ROOT_PORT || pci_pcie_type(dev) == PCI_EXP_TYPE_RC_EC;
    case PCI_EXP_DEVCAP2:
    case PCI_EXP_DEVCTL2:
    case PCI_EXP_LNKCAP2:
    case PCI_EXP_LNKCTL2:
    case PCI_EXP_LNKSTA2:
      return (to_pci(dev).pcie_flags_reg & PCI_EXP_FLAGS_VERS) > 1;
    default:
      return false;
  }
}

/** A slot that is not there always has its card in it. */
@inline
function hardwired(dev: usize, pos: u32): u32 {
  return pci_is_pcie(dev) && pcie_downstream_port(dev) && pos == PCI_EXP_SLTSTA ? PCI_EXP_SLTSTA_PDS : 0;
}

/** linux/pci.h. Reads a word of the PCI Express capability, 0 if the device has no such register. 0 or PCIBIOS_*.
 *  Context: any. */
export function pcie_capability_read_word(dev: usize, pos: i32, val: usize): i32 {
  store<u16>(val, 0);
  if (pos & 1) return PCIBIOS_BAD_REGISTER_NUMBER;
  if (!implemented(dev, pos)) {
    store<u16>(val, <u16>hardwired(dev, pos));
    return 0;
  }
  const error = pci_read_config_word(dev, to_pci(dev).pcie_cap + pos, val);
  if (error) store<u16>(val, 0);
  return error;
}

/** linux/pci.h. Reads a dword of the PCI Express capability, 0 if the device has no such register. 0 or PCIBIOS_*.
 *  Context: any. */
export function pcie_capability_read_dword(dev: usize, pos: i32, val: usize): i32 {
  store<u32>(val, 0);
  if (pos & 3) return PCIBIOS_BAD_REGISTER_NUMBER;
  if (!implemented(dev, pos)) {
    store<u32>(val, hardwired(dev, pos));
    return 0;
  }
  const error = pci_read_config_dword(dev, to_pci(dev).pcie_cap + pos, val);
  if (error) store<u32>(val, 0);
  return error;
}

/** linux/pci.h. Writes a word of the PCI Express capability, if the device has it. 0 or PCIBIOS_*. Context: any. */
export function pcie_capability_write_word(dev: usize, pos: i32, val: u32): i32 {
  if (pos & 1) return PCIBIOS_BAD_REGISTER_NUMBER;
  return implemented(dev, pos) ? pci_write_config_word(dev, to_pci(dev).pcie_cap + pos, val) : 0;
}

/** linux/pci.h. Writes a dword of the PCI Express capability, if the device has it. 0 or PCIBIOS_*. Context: any. */
export function pcie_capability_write_dword(dev: usize, pos: i32, val: u32): i32 {
  if (pos & 3) return PCIBIOS_BAD_REGISTER_NUMBER;
  return implemented(dev, pos) ? pci_write_config_dword(dev, to_pci(dev).pcie_cap + pos, val) : 0;
}

/** The register's value, for the core's own code. */
export function pcie_read16(dev: usize, pos: u32): u32 {
  const word = stack_alloc(16);
  pcie_capability_read_word(dev, pos, word);
  const value: u32 = load<u16>(word);
  stack_free(16);
  return value;
}

/** linux/pci.h. Clears, then sets bits of a word of the capability. 0 or PCIBIOS_*. Context: any. */
export function pcie_capability_clear_and_set_word_unlocked(dev: usize, pos: i32, clear: u32, set: u32): i32 {
  const word = stack_alloc(16);
  let error = pcie_capability_read_word(dev, pos, word);
  if (!error) error = pcie_capability_write_word(dev, pos, (load<u16>(word) & ~clear) | set);
  stack_free(16);
  return error;
}

/** linux/pci.h. pcie_capability_clear_and_set_word_unlocked() under the device's lock. 0 or PCIBIOS_*. Context: any. */
export function pcie_capability_clear_and_set_word_locked(dev: usize, pos: i32, clear: u32, set: u32): i32 {
  const lock = changetype<usize>(to_pci(dev).pcie_cap_lock);
  const flags = _raw_spin_lock_irqsave(lock);
  const error = pcie_capability_clear_and_set_word_unlocked(dev, pos, clear, set);
  _raw_spin_unlock_irqrestore(lock, flags);
  return error;
}

/** linux/pci.h. Clears, then sets bits of a dword of the capability. 0 or PCIBIOS_*. Context: any. */
export function pcie_capability_clear_and_set_dword(dev: usize, pos: i32, clear: u32, set: u32): i32 {
  const word = stack_alloc(16);
  let error = pcie_capability_read_dword(dev, pos, word);
  if (!error) error = pcie_capability_write_dword(dev, pos, (load<u32>(word) & ~clear) | set);
  stack_free(16);
  return error;
}

/** Finds the capability and caches what never changes (set_pcie_port_type). */
export function set_pcie_port_type(dev: usize): void {
  const pos = pci_find_capability(dev, PCI_CAP_ID_EXP);
  if (!pos) return;
  const d = to_pci(dev);
  d.pcie_cap = pos;
  d.pcie_flags_reg = <u16>config16(dev, <u32>pos + PCI_EXP_FLAGS);
  d.devcap = config32(dev, <u32>pos + PCI_EXP_DEVCAP);
  d.pcie_mpss = <u8>(d.devcap & PCI_EXP_DEVCAP_PAYLOAD);
}

// ── Payload and request sizes ──

/** linux/pci.h. The largest memory read request the device makes, bytes. Context: any. */
export function pcie_get_readrq(dev: usize): i32 {
  return 128 << ((pcie_read16(dev, PCI_EXP_DEVCTL) & PCI_EXP_DEVCTL_READRQ) >> 12);
}

/** linux/pci.h. Sets the largest memory read request, a power of two from 128 to 4096 bytes. 0, -EINVAL, or an errno.
 *  Context: any. */
export function pcie_set_readrq(dev: usize, rq: i32): i32 {
  if (rq < 128 || rq > 4096 || rq & (rq - 1)) return -EINVAL;
  const field = (ctz(<u32>rq) - 7) << 12;
  const error = pcie_capability_clear_and_set_word_locked(dev, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_READRQ, field);
  return error ? -EINVAL : 0;
}

/** linux/pci.h. The largest payload the device sends, bytes. Context: any. */
export function pcie_get_mps(dev: usize): i32 {
  return 128 << ((pcie_read16(dev, PCI_EXP_DEVCTL) & PCI_EXP_DEVCTL_PAYLOAD) >> 5);
}

/** linux/pci.h. Sets the largest payload, a power of two from 128 to what the device supports. 0, or -EINVAL. Context:
 *  any. */
export function pcie_set_mps(dev: usize, mps: i32): i32 {
  if (mps < 128 || mps > 4096 || mps & (mps - 1)) return -EINVAL;
  const field = ctz(<u32>mps) - 7;
  if (field > <u32>to_pci(dev).pcie_mpss) return -EINVAL;
  return pcie_capability_clear_and_set_word_locked(dev, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_PAYLOAD, field << 5)
    ? -EINVAL
    : 0;
}

/** linux/pci.h. Whether the device may mark transactions as relaxed in order. Context: any. */
export function pcie_relaxed_ordering_enabled(dev: usize): bool {
  return (pcie_read16(dev, PCI_EXP_DEVCTL) & PCI_EXP_DEVCTL_RELAX_EN) != 0;
}

/** linux/pci.h. The largest PCI-X memory read that the device can, bytes; -EINVAL if it has no PCI-X. Context: any. */
export function pcix_get_max_mmrbc(dev: usize): i32 {
  const cap: u32 = pci_find_capability(dev, PCI_CAP_ID_PCIX);
  if (!cap) return -EINVAL;
  return 512 << ((config32(dev, cap + PCI_X_STATUS) & PCI_X_STATUS_MAX_READ) >> 21);
}

/** linux/pci.h. The largest PCI-X memory read, bytes; -EINVAL if the device has no PCI-X. Context: any. */
export function pcix_get_mmrbc(dev: usize): i32 {
  const cap: u32 = pci_find_capability(dev, PCI_CAP_ID_PCIX);
  if (!cap) return -EINVAL;
  return 512 << ((config16(dev, cap + PCI_X_CMD) & PCI_X_CMD_MAX_READ) >> 2);
}

/** linux/pci.h. Sets the largest PCI-X memory read, 512 to 4096 bytes. 0, -EINVAL, -E2BIG, -EIO. Context: any. */
export function pcix_set_mmrbc(dev: usize, mmrbc: i32): i32 {
  if (mmrbc < 512 || mmrbc > 4096 || mmrbc & (mmrbc - 1)) return -EINVAL;
  const want: u32 = ctz(<u32>mmrbc) - 9;
  const cap: u32 = pci_find_capability(dev, PCI_CAP_ID_PCIX);
  if (!cap) return -EINVAL;
  if (want > (config32(dev, cap + PCI_X_STATUS) & PCI_X_STATUS_MAX_READ) >> 21) return -E2BIG;
  const command = config16(dev, cap + PCI_X_CMD);
  const have = (command & PCI_X_CMD_MAX_READ) >> 2;
  if (want == have) return 0;
  return pci_write_config_word(dev, cap + PCI_X_CMD, (command & ~PCI_X_CMD_MAX_READ) | (want << 2)) ? -EIO : 0;
}

// ── Function level reset ──

/** Waits up to 1.5 s until `mask` is clear in the word at `pos`; 1 if it is. */
export function pci_wait_for_pending(dev: usize, pos: u32, mask: u32): i32 {
  for (let i: u32 = 0; i < 4; i++) {
    if (i) msleep(100 << (i - 1));
    if (!(config16(dev, pos) & mask)) return 1;
  }
  return 0;
}

/** linux/pci.h. Waits until the device has no transaction pending; 1 if so, 0 if it never ends. Context: process. */
export function pci_wait_for_pending_transaction(dev: usize): i32 {
  return pci_is_pcie(dev)
    ? pci_wait_for_pending(dev, <u32>to_pci(dev).pcie_cap + PCI_EXP_DEVSTA, PCI_EXP_DEVSTA_TRPND)
    : 1;
}

/** Waits until the device answers again after a reset; -ENOTTY after a minute. */
export function pci_wait_ready(dev: usize, reset: usize): i32 {
  for (let delay: u32 = 1; config32(dev, PCI_COMMAND) == 0xffffffff; delay *= 2) {
    if (delay > 60000) {
      pci_warn(dev, cstr("not ready %dms after %s; giving up"), delay - 1, <u32>reset);
      return -ENOTTY;
    }
    msleep(delay);
  }
  return 0;
}

/** linux/pci.h. Resets the function by its PCI Express capability, whether it says it can or not. 0, or -ENOTTY if it
 *  does not come back. Context: process. */
export function pcie_flr(dev: usize): i32 {
  if (!pci_wait_for_pending_transaction(dev)) {
    pci_err(dev, cstr("timed out waiting for pending transaction; performing function level reset anyway"));
  }
  pcie_capability_clear_and_set_word_locked(dev, PCI_EXP_DEVCTL, 0, PCI_EXP_DEVCTL_BCR_FLR);
  msleep(100);
  return pci_wait_ready(dev, cstr("FLR"));
}

/** linux/pci.h. pcie_flr() for a device that says it can; with `probe` only whether it does. 0, or -ENOTTY. Context:
 *  process. */
export function pcie_reset_flr(dev: usize, probe: bool): i32 {
  if (to_pci(dev).dev_flags & PCI_DEV_FLAGS_NO_FLR_RESET) return -ENOTTY;
  if (!(to_pci(dev).devcap & PCI_EXP_DEVCAP_FLR)) return -ENOTTY;
  return probe ? 0 : pcie_flr(dev);
}

/** Reset by the Advanced Features capability of conventional PCI. */
export function pci_af_flr(dev: usize, probe: bool): i32 {
  const pos: u32 = pci_find_capability(dev, PCI_CAP_ID_AF);
  if (!pos || to_pci(dev).dev_flags & PCI_DEV_FLAGS_NO_FLR_RESET) return -ENOTTY;
  const cap = config8(dev, pos + PCI_AF_CAP);
  if (!(cap & PCI_AF_CAP_TP) || !(cap & PCI_AF_CAP_FLR)) return -ENOTTY;
  if (probe) return 0;
  if (!pci_wait_for_pending(dev, pos + PCI_AF_CTRL, PCI_AF_STATUS_TP << 8)) {
    pci_err(dev, cstr("timed out waiting for pending transaction; performing AF function level reset anyway"));
  }
  pci_write_config_byte(dev, pos + PCI_AF_CTRL, PCI_AF_CTRL_FLR);
  msleep(100);
  return pci_wait_ready(dev, cstr("FLR"));
}
