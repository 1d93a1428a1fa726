// drivers/pci/msi: message-signalled interrupts. The device writes a word, which the board turns into an edge of a
// vector (message.ts). MSI has up to 32 vectors in a row, MSI-X a table of them in a BAR.

import {
  EINVAL,
  ENOMEM,
  ENOSPC,
  ERANGE,
  GFP_KERNEL,
  msix_entry,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_D0,
  PCI_IRQ_AFFINITY,
  PCI_IRQ_LEGACY,
  PCI_IRQ_MSI,
  PCI_IRQ_MSIX,
  PCI_MSI_ADDRESS_HI,
  PCI_MSI_ADDRESS_LO,
  PCI_MSI_DATA_32,
  PCI_MSI_DATA_64,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_MSI_FLAGS_ENABLE,
  PCI_MSI_FLAGS_MASKBIT,
  PCI_MSI_FLAGS_QMASK,
  PCI_MSI_FLAGS_QSIZE,
  PCI_MSI_MASK_32,
  PCI_MSI_MASK_64,
  PCI_MSIX_ENTRY_CTRL_MASKBIT,
  PCI_MSIX_ENTRY_DATA,
  PCI_MSIX_ENTRY_LOWER_ADDR,
  PCI_MSIX_ENTRY_SIZE,
  PCI_MSIX_ENTRY_UPPER_ADDR,
  PCI_MSIX_ENTRY_VECTOR_CTRL,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_MSIX_FLAGS_MASKALL,
  PCI_MSIX_FLAGS_QSIZE,
  PCI_MSIX_TABLE,
  PCI_MSIX_TABLE_BIR,
  PCI_MSIX_TABLE_OFFSET,
  PCI_STD_NUM_BARS,
  sizeof_msix_entry,
} from "../../../abi";
import { __raw_readl, __raw_writel } from "../../../arch/wasm/io";
import { __cpu_possible_mask } from "../../../kernel/cpu";
import { irq_alloc_vectors, irq_free_vectors } from "../../../kernel/irq/init";
import { ioremap, iounmap } from "../../../mm/ioremap";
import { kfree, kzalloc } from "../../../mm/slub";
import { config16, config32, pci_write_config_dword, pci_write_config_word } from "../access";
import { pci_find_capability } from "../capability";
import { pci_intx } from "../enable";
import { bus_number, pci_resource, pci_resource_len, to_pci, to_res } from "../internal";
import { message_address, message_data } from "./message";

/** What a device has, kept in device.msi.data. Behind it: u32 vector, then u16 table entry of each (MSI-X). */
@unmanaged
class MsiState {
  /** Vectors. */
  count: u32;
  /** pci_dev.irq before. */
  default_irq: u32;
  /** Whether drivers asked for spread affinity. */
  affinity: u32;
}

function state(dev: usize): MsiState {
  return changetype<MsiState>(to_pci(dev).dev.msi.data);
}

@inline
function vector_at(dev: usize, i: u32): usize {
  return to_pci(dev).dev.msi.data + offsetof<MsiState>() + i * 4;
}

@inline
function entry_at(dev: usize, i: u32): usize {
  return vector_at(dev, state(dev).count) + i * 2;
}

function make_state(dev: usize, count: u32): bool {
  const data = kzalloc(offsetof<MsiState>() + count * 6, GFP_KERNEL);
  if (!data) return false;
  to_pci(dev).dev.msi.data = data;
  state(dev).count = count;
  state(dev).default_irq = to_pci(dev).irq;
  return true;
}

function drop_state(dev: usize): void {
  kfree(to_pci(dev).dev.msi.data);
  to_pci(dev).dev.msi.data = 0;
}

/** Finds the capabilities of a new device and switches them off: who was here before may have left them on. */
export function pci_msi_init(dev: usize): void {
  const d = to_pci(dev);
  d.msi_cap = pci_find_capability(dev, PCI_CAP_ID_MSI);
  d.msix_cap = pci_find_capability(dev, PCI_CAP_ID_MSIX);
  store<u32>(changetype<usize>(d.msi_lock), 0);
  if (d.msi_cap) {
    const flags = config16(dev, <u32>d.msi_cap + PCI_MSI_FLAGS);
    if (flags & PCI_MSI_FLAGS_ENABLE) {
      pci_write_config_word(dev, <u32>d.msi_cap + PCI_MSI_FLAGS, flags & ~PCI_MSI_FLAGS_ENABLE);
    }
    d.no_64bit_msi = flags & PCI_MSI_FLAGS_64BIT ? 0 : 1;
  }
  if (d.msix_cap) {
    const flags = config16(dev, <u32>d.msix_cap + PCI_MSIX_FLAGS);
    if (flags & PCI_MSIX_FLAGS_ENABLE) {
      pci_write_config_word(dev, <u32>d.msix_cap + PCI_MSIX_FLAGS, flags & ~PCI_MSIX_FLAGS_ENABLE);
    }
  }
}

function supported(dev: usize, minvec: i32): bool {
  return !to_pci(dev).no_msi && minvec >= 1 && !to_pci(dev).dev.msi.data && to_pci(dev).current_state == PCI_D0;
}

// ── MSI ──

/** linux/pci.h. How many MSI vectors the device can use; -EINVAL if it has no MSI. Context: any. */
export function pci_msi_vec_count(dev: usize): i32 {
  const cap: u32 = to_pci(dev).msi_cap;
  return cap ? 1 << ((config16(dev, cap + PCI_MSI_FLAGS) & PCI_MSI_FLAGS_QMASK) >> 1) : -EINVAL;
}

/** Writes address, data, mask and size, and last the enable bit. */
function program_msi(dev: usize): void {
  const cap: u32 = to_pci(dev).msi_cap;
  let flags = config16(dev, cap + PCI_MSI_FLAGS) & ~(PCI_MSI_FLAGS_QSIZE | PCI_MSI_FLAGS_ENABLE);
  pci_write_config_word(dev, cap + PCI_MSI_FLAGS, flags);
  const wide = (flags & PCI_MSI_FLAGS_64BIT) != 0;
  const irq = load<u32>(vector_at(dev, 0));
  pci_write_config_dword(dev, cap + PCI_MSI_ADDRESS_LO, message_address(irq));
  if (wide) pci_write_config_dword(dev, cap + PCI_MSI_ADDRESS_HI, 0);
  pci_write_config_word(dev, cap + (wide ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32), message_data(irq));
  if (flags & PCI_MSI_FLAGS_MASKBIT) pci_write_config_dword(dev, cap + (wide ? PCI_MSI_MASK_64 : PCI_MSI_MASK_32), 0);
  flags |= (ctz(state(dev).count) << 4) | PCI_MSI_FLAGS_ENABLE;
  pci_write_config_word(dev, cap + PCI_MSI_FLAGS, flags);
}

/** The number of a device's message `index` among all messages there are (pci_msi_domain_calc_hwirq). */
function hwirq_of(dev: usize, index: u32): u32 {
  return (bus_number(to_pci(dev).bus) << 19) | (to_pci(dev).devfn << 11) | index;
}

/** `count`, a power of two, vectors. 0 or an error. */
function enable_msi(dev: usize, count: u32): i32 {
  if (!make_state(dev, count)) return -ENOMEM;
  const first = irq_alloc_vectors(count, hwirq_of(dev, 0));
  if (first < 0) {
    drop_state(dev);
    return first;
  }
  for (let i: u32 = 0; i < count; i++) store<u32>(vector_at(dev, i), first + i);
  pci_intx(dev, 0);
  program_msi(dev);
  to_pci(dev).msi_enabled = 1;
  to_pci(dev).irq = first;
  return 0;
}

function msi_range(dev: usize, minvec: i32, maxvec: i32): i32 {
  if (!supported(dev, minvec) || maxvec < minvec || to_pci(dev).msix_enabled) return -EINVAL;
  const have = pci_msi_vec_count(dev);
  if (have < 0) return have;
  if (have < minvec) return -ENOSPC;
  let count: u32 = 1;
  while (<i32>count * 2 <= min(maxvec, have)) count *= 2;
  while (<i32>count < minvec && <i32>count < have) count *= 2; // the device wants a power of two
  for (; <i32>count >= minvec; count >>= 1) {
    const error = enable_msi(dev, count);
    if (!error) return min(<i32>count, maxvec);
    if (error != -ENOSPC || count == 1) return error;
  }
  return -ENOSPC;
}

/** linux/pci.h. One MSI vector in the place of INTx; pci_dev.irq is its number. 0, -EINVAL if the device has none or it
 *  is on, -ENOSPC, -ENOMEM. Context: process. */
export function pci_enable_msi(dev: usize): i32 {
  const result = msi_range(dev, 1, 1);
  return result < 0 ? result : 0;
}

/** linux/pci.h. Goes back to INTx. Every handler has been freed. Context: process. */
export function pci_disable_msi(dev: usize): void {
  const d = to_pci(dev);
  if (!d.msi_enabled) return;
  const at = <u32>d.msi_cap + PCI_MSI_FLAGS;
  pci_write_config_word(dev, at, config16(dev, at) & ~PCI_MSI_FLAGS_ENABLE);
  pci_intx(dev, 1);
  d.msi_enabled = 0;
  d.irq = state(dev).default_irq;
  irq_free_vectors(load<u32>(vector_at(dev, 0)), state(dev).count);
  drop_state(dev);
}

// ── MSI-X ──

/** linux/pci.h. How many entries the device's MSI-X table has; -EINVAL if it has no MSI-X. Context: any. */
export function pci_msix_vec_count(dev: usize): i32 {
  const cap: u32 = to_pci(dev).msix_cap;
  return cap ? <i32>(config16(dev, cap + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_QSIZE) + 1 : -EINVAL;
}

/** Maps the table; 0 if it does not lie in a BAR that has an address. */
function map_table(dev: usize, entries: u32): usize {
  const where = config32(dev, <u32>to_pci(dev).msix_cap + PCI_MSIX_TABLE);
  const bar = where & PCI_MSIX_TABLE_BIR;
  if (bar >= PCI_STD_NUM_BARS) return 0;
  const length = pci_resource_len(dev, bar);
  const offset = where & PCI_MSIX_TABLE_OFFSET;
  const bytes = entries * PCI_MSIX_ENTRY_SIZE;
  if (bytes > length || offset > length - bytes) return 0;
  return ioremap(to_res(pci_resource(dev, bar)).start + offset, bytes);
}

@inline
function table_entry(dev: usize, entry: u32): usize {
  return to_pci(dev).msix_base + entry * PCI_MSIX_ENTRY_SIZE;
}

/** Masks the whole table, then fills and unmasks the entries in use. */
function program_msix(dev: usize): void {
  const at = <u32>to_pci(dev).msix_cap + PCI_MSIX_FLAGS;
  const flags = config16(dev, at) & ~PCI_MSIX_FLAGS_MASKALL;
  pci_write_config_word(dev, at, flags | PCI_MSIX_FLAGS_MASKALL | PCI_MSIX_FLAGS_ENABLE);
  const entries = pci_msix_vec_count(dev);
  for (let i: i32 = 0; i < entries; i++) {
    __raw_writel(PCI_MSIX_ENTRY_CTRL_MASKBIT, table_entry(dev, i) + PCI_MSIX_ENTRY_VECTOR_CTRL);
  }
  for (let i: u32 = 0; i < state(dev).count; i++) {
    const entry = table_entry(dev, load<u16>(entry_at(dev, i)));
    const irq = load<u32>(vector_at(dev, i));
    __raw_writel(message_address(irq), entry + PCI_MSIX_ENTRY_LOWER_ADDR);
    __raw_writel(0, entry + PCI_MSIX_ENTRY_UPPER_ADDR);
    __raw_writel(message_data(irq), entry + PCI_MSIX_ENTRY_DATA);
    __raw_writel(0, entry + PCI_MSIX_ENTRY_VECTOR_CTRL);
  }
  __raw_readl(to_pci(dev).msix_base); // the writes are posted
  pci_write_config_word(dev, at, flags | PCI_MSIX_FLAGS_ENABLE);
}

/** Takes a vector for each entry; false, with none taken, if they run out. */
function take_vectors(dev: usize): bool {
  for (let i: u32 = 0; i < state(dev).count; i++) {
    const irq = irq_alloc_vectors(1, hwirq_of(dev, load<u16>(entry_at(dev, i))));
    if (irq >= 0) {
      store<u32>(vector_at(dev, i), irq);
      continue;
    }
    while (i) irq_free_vectors(load<u32>(vector_at(dev, --i)), 1);
    return false;
  }
  return true;
}

/** `count` vectors for the table entries that `entries` names (struct msix_entry *, 0: the first). 0 or an error. */
function enable_msix(dev: usize, entries: usize, count: u32): i32 {
  if (!make_state(dev, count)) return -ENOMEM;
  for (let i: u32 = 0; i < count; i++) {
    store<u16>(entry_at(dev, i), entries ? changetype<msix_entry>(entries + i * sizeof_msix_entry).entry : <u16>i);
  }
  if (!take_vectors(dev)) {
    drop_state(dev);
    return -ENOSPC;
  }
  for (let i: u32 = 0; i < count && entries; i++) {
    changetype<msix_entry>(entries + i * sizeof_msix_entry).vector = load<u32>(vector_at(dev, i));
  }
  const base = map_table(dev, pci_msix_vec_count(dev));
  if (!base) {
    for (let i: u32 = 0; i < count; i++) irq_free_vectors(load<u32>(vector_at(dev, i)), 1);
    drop_state(dev);
    return -ENOMEM;
  }
  to_pci(dev).msix_base = base;
  pci_intx(dev, 0);
  program_msix(dev);
  to_pci(dev).msix_enabled = 1;
  return 0;
}

/** Whether the entries exist and none is named twice. */
function entries_valid(entries: usize, count: i32, size: i32): bool {
  for (let i: i32 = 0; i < count; i++) {
    const entry = changetype<msix_entry>(entries + i * sizeof_msix_entry).entry;
    if (<i32>entry >= size) return false;
    for (let j: i32 = 0; j < i; j++) {
      if (changetype<msix_entry>(entries + j * sizeof_msix_entry).entry == entry) return false;
    }
  }
  return true;
}

/** linux/pci.h. Between `minvec` and `maxvec` MSI-X vectors in the place of INTx; `entries` (or 0) names table entries
 *  and gets the vectors' numbers. How many, -EINVAL if the device has no MSI-X or it is on, -ENOSPC, -ENOMEM. Context:
 *  process. */
export function pci_enable_msix_range(dev: usize, entries: usize, minvec: i32, maxvec: i32): i32 {
  if (!supported(dev, minvec) || maxvec < minvec || to_pci(dev).msi_enabled) return -EINVAL;
  const size = pci_msix_vec_count(dev);
  if (size < 0) return size;
  if (size < minvec) return -ENOSPC;
  let count = min(maxvec, size);
  if (entries && !entries_valid(entries, count, size)) return -EINVAL;
  for (; count >= minvec; count--) {
    const error = enable_msix(dev, entries, count);
    if (!error) return count;
    if (error != -ENOSPC) return error;
  }
  return -ENOSPC;
}

/** linux/pci.h. Goes back to INTx. Every handler has been freed. Context: process. */
export function pci_disable_msix(dev: usize): void {
  const d = to_pci(dev);
  if (!d.msix_enabled) return;
  const at = <u32>d.msix_cap + PCI_MSIX_FLAGS;
  for (let i: u32 = 0; i < state(dev).count; i++) {
    __raw_writel(
      PCI_MSIX_ENTRY_CTRL_MASKBIT,
      table_entry(dev, load<u16>(entry_at(dev, i))) + PCI_MSIX_ENTRY_VECTOR_CTRL,
    );
  }
  pci_write_config_word(dev, at, config16(dev, at) & ~PCI_MSIX_FLAGS_ENABLE);
  pci_intx(dev, 1);
  d.msix_enabled = 0;
  iounmap(d.msix_base);
  d.msix_base = 0;
  for (let i: u32 = 0; i < state(dev).count; i++) irq_free_vectors(load<u32>(vector_at(dev, i)), 1);
  drop_state(dev);
}

// ── Either ──

/** linux/pci.h. Between `min_vecs` and `max_vecs` vectors of the best kind that `flags` (PCI_IRQ_*) allow: MSI-X, MSI,
 *  INTx. How many, or -ENOSPC, -EINVAL, -ERANGE. Context: process. (Differs: vectors have no affinity.) */
export function pci_alloc_irq_vectors_affinity(dev: usize, min_vecs: u32, max_vecs: u32, flags: u32, affd: usize): i32 {
  if (min_vecs > max_vecs) return -ERANGE;
  let result: i32 = -ENOSPC;
  if (flags & PCI_IRQ_MSIX) result = pci_enable_msix_range(dev, 0, min_vecs, max_vecs);
  if (result < 0 && flags & PCI_IRQ_MSI) result = msi_range(dev, min_vecs, max_vecs);
  if (result > 0) {
    if (flags & PCI_IRQ_AFFINITY) state(dev).affinity = 1;
    return result;
  }
  if (!(flags & PCI_IRQ_LEGACY) || min_vecs != 1 || !to_pci(dev).irq) return result;
  pci_intx(dev, 1);
  return 1;
}

/** linux/pci.h. Takes back pci_alloc_irq_vectors(). Context: process. */
export function pci_free_irq_vectors(dev: usize): void {
  pci_disable_msix(dev);
  pci_disable_msi(dev);
}

/** linux/pci.h. The interrupt number of vector `nr`; -EINVAL if there is none. Context: any. */
export function pci_irq_vector(dev: usize, nr: u32): i32 {
  if (!to_pci(dev).dev.msi.data) return nr ? -EINVAL : to_pci(dev).irq;
  return nr < state(dev).count ? load<u32>(vector_at(dev, nr)) : -EINVAL;
}

/** linux/pci.h. Which CPUs take vector `nr`, struct cpumask *; 0 for a vector without affinity. Context: any. */
export function pci_irq_get_affinity(dev: usize, nr: i32): usize {
  if (pci_irq_vector(dev, nr) <= 0) return 0;
  if (!to_pci(dev).dev.msi.data) return __cpu_possible_mask;
  return state(dev).affinity ? __cpu_possible_mask : 0;
}

/** linux/pci.h. 1: the system has message-signalled interrupts. Context: any. */
export function pci_msi_enabled(): i32 {
  return 1;
}

/** linux/pci.h. Writes the MSI or MSI-X set-up to the device again, after it lost it. Context: process. */
export function pci_restore_msi_state(dev: usize): void {
  if (to_pci(dev).msi_enabled) {
    pci_intx(dev, 0);
    program_msi(dev);
  }
  if (to_pci(dev).msix_enabled) {
    pci_intx(dev, 0);
    program_msix(dev);
  }
}
