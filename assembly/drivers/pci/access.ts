// drivers/pci/access.c: configuration space, through the operations of the bus that a device is on.

import {
  EINVAL,
  pci_ops,
  PCIBIOS_BAD_REGISTER_NUMBER,
  PCIBIOS_BAD_VENDOR_ID,
  PCIBIOS_BUFFER_TOO_SMALL,
  PCIBIOS_DEVICE_NOT_FOUND,
  PCIBIOS_FUNC_NOT_SUPPORTED,
  PCIBIOS_SET_FAILED,
  PCIBIOS_SUCCESSFUL,
  ENOENT,
  ENOTTY,
  ENODEV,
  EFAULT,
  EIO,
  ENOSPC,
  ERANGE,
  sizeof_pci_ops,
  TASK_NORMAL,
  TASK_UNINTERRUPTIBLE,
} from "../../abi";
import { host_pci_read, host_pci_write } from "../../arch/wasm/host";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import {
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "../../kernel/locking/spinlock";
import { WARN } from "../../kernel/panic";
import { schedule } from "../../kernel/sched/core";
import {
  __wake_up,
  finish_wait,
  init_wait_entry,
  init_waitqueue_head,
  prepare_to_wait,
  WAIT_ENTRY_BYTES,
} from "../../kernel/sched/wait";
import { bus_number, pci_dev_is_disconnected, to_pci, to_pci_bus } from "./internal";

/** struct pci_ops over the host's configuration space. */
export const host_pci_ops = memory.data(sizeof_pci_ops, 4);
/** Those who wait for pci_cfg_access_unlock(), and the lock over block_cfg_access. */
const pci_cfg_wait = memory.data(32, 4);
const pci_lock = memory.data(4, 4);

export function pci_access_init(): void {
  changetype<pci_ops>(host_pci_ops).read = host_read.index;
  changetype<pci_ops>(host_pci_ops).write = host_write.index;
  init_waitqueue_head(pci_cfg_wait);
}

function host_read(bus: usize, devfn: u32, where: i32, size: i32, val: usize): i32 {
  store<u32>(val, host_pci_read((bus_number(bus) << 8) | devfn, where, size));
  return PCIBIOS_SUCCESSFUL;
}

function host_write(bus: usize, devfn: u32, where: i32, size: i32, val: u32): i32 {
  host_pci_write((bus_number(bus) << 8) | devfn, where, size, val);
  return PCIBIOS_SUCCESSFUL;
}

// ── By bus and number ──

/** Reads `size` bytes; what cannot be read is all ones, as on the wire. `*error` gets the PCIBIOS_* code. */
function bus_read(bus: usize, devfn: u32, pos: u32, size: u32, value: usize): i32 {
  if (pos & (size - 1)) return PCIBIOS_BAD_REGISTER_NUMBER;
  const ops = changetype<pci_ops>(to_pci_bus(bus).ops);
  const word = stack_alloc(16);
  store<u32>(word, 0xffffffff);
  const error = call_indirect<i32>(<u32>ops.read, bus, devfn, <i32>pos, <i32>size, word);
  const data: u32 = error ? 0xffffffff : load<u32>(word);
  stack_free(16);
  if (size == 1) store<u8>(value, <u8>data);
  else if (size == 2) store<u16>(value, <u16>data);
  else store<u32>(value, data);
  return error;
}

function bus_write(bus: usize, devfn: u32, pos: u32, size: u32, value: u32): i32 {
  if (pos & (size - 1)) return PCIBIOS_BAD_REGISTER_NUMBER;
  return call_indirect<i32>(
    <u32>changetype<pci_ops>(to_pci_bus(bus).ops).write,
    bus,
    devfn,
    <i32>pos,
    <i32>size,
    value,
  );
}

/** linux/pci.h. Reads a byte of configuration space. 0 or PCIBIOS_*; on failure the value is all ones. Context: any. */
export function pci_bus_read_config_byte(bus: usize, devfn: u32, where: i32, val: usize): i32 {
  return bus_read(bus, devfn, where, 1, val);
}

/** linux/pci.h. Reads a word of configuration space. 0 or PCIBIOS_*; on failure the value is all ones. Context: any. */
export function pci_bus_read_config_word(bus: usize, devfn: u32, where: i32, val: usize): i32 {
  return bus_read(bus, devfn, where, 2, val);
}

/** linux/pci.h. Reads a dword of configuration space. 0 or PCIBIOS_*; on failure the value is all ones.
 *  Context: any. */
export function pci_bus_read_config_dword(bus: usize, devfn: u32, where: i32, val: usize): i32 {
  return bus_read(bus, devfn, where, 4, val);
}

/** linux/pci.h. Writes a byte of configuration space. 0 or PCIBIOS_*. Context: any. */
export function pci_bus_write_config_byte(bus: usize, devfn: u32, where: i32, val: u32): i32 {
  return bus_write(bus, devfn, where, 1, val & 0xff);
}

/** linux/pci.h. Writes a word of configuration space. 0 or PCIBIOS_*. Context: any. */
export function pci_bus_write_config_word(bus: usize, devfn: u32, where: i32, val: u32): i32 {
  return bus_write(bus, devfn, where, 2, val & 0xffff);
}

/** linux/pci.h. Writes a dword of configuration space. 0 or PCIBIOS_*. Context: any. */
export function pci_bus_write_config_dword(bus: usize, devfn: u32, where: i32, val: u32): i32 {
  return bus_write(bus, devfn, where, 4, val);
}

/** linux/pci.h. Gives a bus other operations; returns those it had. Context: process. */
export function pci_bus_set_ops(bus: usize, ops: usize): usize {
  const old = to_pci_bus(bus).ops;
  to_pci_bus(bus).ops = ops;
  return old;
}

// ── By device ──

/** linux/pci.h. Reads a byte of the device's configuration space. 0 or PCIBIOS_*; on failure the value is all ones.
 *  Context: any. */
export function pci_read_config_byte(dev: usize, where: i32, val: usize): i32 {
  if (!pci_dev_is_disconnected(dev)) return bus_read(to_pci(dev).bus, to_pci(dev).devfn, where, 1, val);
  store<u8>(val, 0xff);
  return PCIBIOS_DEVICE_NOT_FOUND;
}

/** linux/pci.h. Reads a word of the device's configuration space. 0 or PCIBIOS_*; on failure the value is all ones.
 *  Context: any. */
export function pci_read_config_word(dev: usize, where: i32, val: usize): i32 {
  if (!pci_dev_is_disconnected(dev)) return bus_read(to_pci(dev).bus, to_pci(dev).devfn, where, 2, val);
  store<u16>(val, 0xffff);
  return PCIBIOS_DEVICE_NOT_FOUND;
}

/** linux/pci.h. Reads a dword of the device's configuration space. 0 or PCIBIOS_*; on failure the value is all ones.
 *  Context: any. */
export function pci_read_config_dword(dev: usize, where: i32, val: usize): i32 {
  if (!pci_dev_is_disconnected(dev)) return bus_read(to_pci(dev).bus, to_pci(dev).devfn, where, 4, val);
  store<u32>(val, 0xffffffff);
  return PCIBIOS_DEVICE_NOT_FOUND;
}

function dev_write(dev: usize, where: u32, size: u32, val: u32): i32 {
  if (pci_dev_is_disconnected(dev)) return PCIBIOS_DEVICE_NOT_FOUND;
  return bus_write(to_pci(dev).bus, to_pci(dev).devfn, where, size, val);
}

/** linux/pci.h. Writes a byte of the device's configuration space. 0 or PCIBIOS_*. Context: any. */
export function pci_write_config_byte(dev: usize, where: i32, val: u32): i32 {
  return dev_write(dev, where, 1, val & 0xff);
}

/** linux/pci.h. Writes a word of the device's configuration space. 0 or PCIBIOS_*. Context: any. */
export function pci_write_config_word(dev: usize, where: i32, val: u32): i32 {
  return dev_write(dev, where, 2, val & 0xffff);
}

/** linux/pci.h. Writes a dword of the device's configuration space. 0 or PCIBIOS_*. Context: any. */
export function pci_write_config_dword(dev: usize, where: i32, val: u32): i32 {
  return dev_write(dev, where, 4, val);
}

/** The register's value; all ones if it cannot be read. For the core's own code. */
export function config8(dev: usize, where: u32): u32 {
  const word = stack_alloc(16);
  pci_read_config_byte(dev, where, word);
  const value: u32 = load<u8>(word);
  stack_free(16);
  return value;
}

export function config16(dev: usize, where: u32): u32 {
  const word = stack_alloc(16);
  pci_read_config_word(dev, where, word);
  const value: u32 = load<u16>(word);
  stack_free(16);
  return value;
}

export function config32(dev: usize, where: u32): u32 {
  const word = stack_alloc(16);
  pci_read_config_dword(dev, where, word);
  const value = load<u32>(word);
  stack_free(16);
  return value;
}

/** The register of a device that there is no struct for yet. */
export function bus_config(bus: usize, devfn: u32, where: u32, size: u32): u32 {
  const word = stack_alloc(16);
  store<u32>(word, 0);
  bus_read(bus, devfn, where, size, word);
  const value = load<u32>(word);
  stack_free(16);
  return value;
}

// ── For user space, which must not disturb a device that is being reset ──

/** An errno for a PCIBIOS_* code (pcibios_err_to_errno). */
export function pcibios_err_to_errno(error: i32): i32 {
  switch (error) {
    case PCIBIOS_SUCCESSFUL:
      return 0;
    case PCIBIOS_FUNC_NOT_SUPPORTED:
      return -ENOENT;
    case PCIBIOS_BAD_VENDOR_ID:
      return -ENOTTY;
    case PCIBIOS_DEVICE_NOT_FOUND:
      return -ENODEV;
    case PCIBIOS_BAD_REGISTER_NUMBER:
      return -EFAULT;
    case PCIBIOS_SET_FAILED:
      return -EIO;
    case PCIBIOS_BUFFER_TOO_SMALL:
      return -ENOSPC;
    default:
      return error < 0 ? error : -ERANGE;
  }
}

function wait_access(dev: usize): void {
  const wait = stack_alloc(WAIT_ENTRY_BYTES);
  init_wait_entry(wait, 0);
  while (to_pci(dev).block_cfg_access) {
    prepare_to_wait(pci_cfg_wait, wait, TASK_UNINTERRUPTIBLE);
    _raw_spin_unlock_irq(pci_lock);
    schedule();
    _raw_spin_lock_irq(pci_lock);
  }
  finish_wait(pci_cfg_wait, wait);
  stack_free(WAIT_ENTRY_BYTES);
}

function user_read(dev: usize, where: u32, size: u32, val: usize): i32 {
  if (where & (size - 1)) return -EINVAL;
  _raw_spin_lock_irq(pci_lock);
  wait_access(dev);
  const error = bus_read(to_pci(dev).bus, to_pci(dev).devfn, where, size, val);
  _raw_spin_unlock_irq(pci_lock);
  return pcibios_err_to_errno(error);
}

function user_write(dev: usize, where: u32, size: u32, val: u32): i32 {
  if (where & (size - 1)) return -EINVAL;
  _raw_spin_lock_irq(pci_lock);
  wait_access(dev);
  const error = bus_write(to_pci(dev).bus, to_pci(dev).devfn, where, size, val);
  _raw_spin_unlock_irq(pci_lock);
  return pcibios_err_to_errno(error);
}

/** linux/pci.h. pci_read_config_byte() that waits for pci_cfg_access_unlock(). 0 or an errno. Context: process. */
export function pci_user_read_config_byte(dev: usize, where: i32, val: usize): i32 {
  return user_read(dev, where, 1, val);
}

/** linux/pci.h. pci_read_config_word() that waits for pci_cfg_access_unlock(). 0 or an errno. Context: process. */
export function pci_user_read_config_word(dev: usize, where: i32, val: usize): i32 {
  return user_read(dev, where, 2, val);
}

/** linux/pci.h. pci_read_config_dword() that waits for pci_cfg_access_unlock(). 0 or an errno. Context: process. */
export function pci_user_read_config_dword(dev: usize, where: i32, val: usize): i32 {
  return user_read(dev, where, 4, val);
}

/** linux/pci.h. pci_write_config_byte() that waits for pci_cfg_access_unlock(). 0 or an errno. Context: process. */
export function pci_user_write_config_byte(dev: usize, where: i32, val: u32): i32 {
  return user_write(dev, where, 1, val & 0xff);
}

/** linux/pci.h. pci_write_config_word() that waits for pci_cfg_access_unlock(). 0 or an errno. Context: process. */
export function pci_user_write_config_word(dev: usize, where: i32, val: u32): i32 {
  return user_write(dev, where, 2, val & 0xffff);
}

/** linux/pci.h. pci_write_config_dword() that waits for pci_cfg_access_unlock(). 0 or an errno. Context: process. */
export function pci_user_write_config_dword(dev: usize, where: i32, val: u32): i32 {
  return user_write(dev, where, 4, val);
}

/** linux/pci.h. Keeps user space from the device's configuration space. Context: process. */
export function pci_cfg_access_lock(dev: usize): void {
  _raw_spin_lock_irq(pci_lock);
  wait_access(dev);
  to_pci(dev).block_cfg_access = 1;
  _raw_spin_unlock_irq(pci_lock);
}

/** linux/pci.h. pci_cfg_access_lock() that does not wait; whether it got it. Context: any. */
export function pci_cfg_access_trylock(dev: usize): bool {
  const flags = _raw_spin_lock_irqsave(pci_lock);
  const free = !to_pci(dev).block_cfg_access;
  to_pci(dev).block_cfg_access = 1;
  _raw_spin_unlock_irqrestore(pci_lock, flags);
  return free;
}

/** linux/pci.h. Lets user space at the configuration space again. Context: any. */
export function pci_cfg_access_unlock(dev: usize): void {
  const flags = _raw_spin_lock_irqsave(pci_lock);
  if (!to_pci(dev).block_cfg_access) WARN(cstr("pci_cfg_access_unlock: the access was not locked"));
  to_pci(dev).block_cfg_access = 0;
  _raw_spin_unlock_irqrestore(pci_lock, flags);
  __wake_up(pci_cfg_wait, TASK_NORMAL, 0, 0);
}
