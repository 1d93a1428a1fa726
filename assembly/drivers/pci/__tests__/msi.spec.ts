import {
  EINVAL,
  ENOSPC,
  msix_entry,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_IRQ_ALL_TYPES,
  PCI_IRQ_LEGACY,
  PCI_IRQ_MSI,
  PCI_IRQ_MSIX,
  PCI_MSI_FLAGS,
  sizeof_msix_entry,
} from "../../../abi";
import { __raw_readl } from "../../../arch/wasm/io";
import { BOOT_MSI, BOOT_MSI_ENTRY, MSI_BASE, NR_VECTORS, VECTOR_PCI_FIRST } from "../../../arch/wasm/memory";
import { vector } from "../../../kernel/irq/vector";
import { pci_enable_device } from "../enable";
import { to_pci } from "../internal";
import {
  pci_alloc_irq_vectors_affinity,
  pci_disable_msi,
  pci_disable_msix,
  pci_enable_msi,
  pci_enable_msix_range,
  pci_free_irq_vectors,
  pci_irq_vector,
  pci_msi_vec_count,
  pci_msix_vec_count,
  pci_restore_msi_state,
} from "../msi/msi";
import { add, bar_mem, boot, cap, dev_at, get16, get32, mask32, pin, ROOT, scan, set16, set32 } from "./fake_pci";
import { INTX } from "../../../__tests__/boot";
import { str } from "../../../__tests__/log";

const MSI: u32 = 0x50;
const MSIX: u32 = 0x70;
const entries = memory.data(8 * 8, 8);
let i: i32 = 0;
let dev: usize = 0;

/** MSI with 4 vectors and 64-bit addresses, MSI-X with 8 entries in BAR 1. */
function start(): void {
  boot();
  i = add(ROOT, 1, 0, 0x8086, 0x10d3, 0x020000);
  bar_mem(i, 0, 0x1000);
  bar_mem(i, 1, 0x1000);
  pin(i, 1);
  cap(i, MSI, PCI_CAP_ID_MSI);
  set16(i, MSI + PCI_MSI_FLAGS, 0x0084);
  mask32(i, MSI, 0x00710000);
  mask32(i, MSI + 4, 0xfffffffc);
  mask32(i, MSI + 8, 0xffffffff);
  mask32(i, MSI + 12, 0x0000ffff);
  cap(i, MSIX, PCI_CAP_ID_MSIX);
  set16(i, MSIX + 2, 7);
  mask32(i, MSIX, 0xc0000000);
  set32(i, MSIX + 4, 0x801); // BAR 1, offset 0x800
  set32(i, MSIX + 8, 0x901);
  scan();
  dev = dev_at(0, 1);
  pci_enable_device(dev);
}

function entry_word(entry: u32, at: u32): u32 {
  return __raw_readl(to_pci(dev).msix_base + entry * 16 + at);
}

describe("MSI", () => {
  beforeEach(start);
  afterEach(() => pci_free_irq_vectors(dev));

  test("replaces INTx by one vector, and gives it back", () => {
    const line = to_pci(dev).irq;
    expect(line).toBe(INTX + 1);
    expect(pci_msi_vec_count(dev)).toBe(4);
    expect(pci_enable_msi(dev)).toBe(0);
    const irq = to_pci(dev).irq;
    expect(irq).not.toBe(line);
    expect(irq).toBeGreaterThanOrEqual(VECTOR_PCI_FIRST);
    expect(str(vector(irq).chip)).toBe("PCI-MSI");
    expect(get32(i, MSI + 4)).toBe(MSI_BASE);
    expect(get32(i, MSI + 8)).toBe(0);
    expect(get16(i, MSI + 12)).toBe(<u32>irq);
    expect(get16(i, MSI + PCI_MSI_FLAGS) & 0x71).toBe(1);
    expect(get16(i, PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE).toBe(PCI_COMMAND_INTX_DISABLE);
    expect(pci_enable_msi(dev)).toBe(-EINVAL);
    expect(pci_enable_msix_range(dev, 0, 1, 1)).toBe(-EINVAL);
    pci_disable_msi(dev);
    expect(to_pci(dev).irq).toBe(line);
    expect(str(vector(irq).chip)).not.toBe("PCI-MSI");
    expect(get16(i, MSI + PCI_MSI_FLAGS) & 1).toBe(0);
    expect(get16(i, PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE).toBe(0);
  });

  test("has its vectors in a row, aligned, as a power of two", () => {
    expect(pci_alloc_irq_vectors_affinity(dev, 1, 3, PCI_IRQ_MSI, 0)).toBe(2);
    const first = pci_irq_vector(dev, 0);
    expect(first & 1).toBe(0);
    expect(pci_irq_vector(dev, 1)).toBe(first + 1);
    expect(pci_irq_vector(dev, 2)).toBe(-EINVAL);
    expect(get16(i, MSI + PCI_MSI_FLAGS) & 0x70).toBe(0x10);
    pci_free_irq_vectors(dev);
    expect(pci_alloc_irq_vectors_affinity(dev, 5, 8, PCI_IRQ_MSI, 0)).toBe(-ENOSPC);
  });

  test("takes only vectors that have a message, and several only if their data are in a row", () => {
    // As on a board whose messages are one bit each: 40 to 43, data 0x100 to 0x800 at 0xfe000060.
    for (let v = VECTOR_PCI_FIRST; v < NR_VECTORS; v++) {
      const has = v >= 40 && v < 44;
      store<u32>(BOOT_MSI + v * BOOT_MSI_ENTRY, has ? 0xfe000060 : 0);
      store<u32>(BOOT_MSI + v * BOOT_MSI_ENTRY + 4, has ? 0x100 << (v - 40) : 0);
    }
    expect(pci_alloc_irq_vectors_affinity(dev, 2, 2, PCI_IRQ_MSI, 0)).toBe(-ENOSPC);
    expect(pci_alloc_irq_vectors_affinity(dev, 1, 4, PCI_IRQ_MSI, 0)).toBe(1);
    expect(pci_irq_vector(dev, 0)).toBe(40);
    expect(get32(i, MSI + 4)).toBe(0xfe000060);
    expect(get16(i, MSI + 12)).toBe(0x100);
    pci_free_irq_vectors(dev);
    expect(pci_alloc_irq_vectors_affinity(dev, 1, 8, PCI_IRQ_MSIX, 0)).toBe(4);
    expect(entry_word(3, 0)).toBe(0xfe000060);
    expect(entry_word(3, 8)).toBe(0x800);
    pci_free_irq_vectors(dev);
    for (let v = VECTOR_PCI_FIRST; v < NR_VECTORS; v++) {
      store<u32>(BOOT_MSI + v * BOOT_MSI_ENTRY, MSI_BASE);
      store<u32>(BOOT_MSI + v * BOOT_MSI_ENTRY + 4, v);
    }
  });

  test("comes back after the device forgot it", () => {
    pci_enable_msi(dev);
    set32(i, MSI + 4, 0);
    set16(i, MSI + 12, 0);
    set16(i, MSI + PCI_MSI_FLAGS, 0x84);
    pci_restore_msi_state(dev);
    expect(get32(i, MSI + 4)).toBe(MSI_BASE);
    expect(get16(i, MSI + 12)).toBe(to_pci(dev).irq);
    expect(get16(i, MSI + PCI_MSI_FLAGS) & 1).toBe(1);
  });
});

describe("MSI-X", () => {
  beforeEach(start);
  afterEach(() => pci_free_irq_vectors(dev));

  test("fills and unmasks the entries that are used", () => {
    expect(pci_msix_vec_count(dev)).toBe(8);
    expect(pci_alloc_irq_vectors_affinity(dev, 1, 3, PCI_IRQ_ALL_TYPES, 0)).toBe(3);
    for (let n: u32 = 0; n < 3; n++) {
      expect(entry_word(n, 0)).toBe(MSI_BASE);
      expect(entry_word(n, 4)).toBe(0);
      expect(entry_word(n, 8)).toBe(pci_irq_vector(dev, n));
      expect(entry_word(n, 12)).toBe(0);
    }
    expect(entry_word(3, 12)).toBe(1);
    expect(get16(i, MSIX + 2) & 0xc000).toBe(0x8000);
    pci_disable_msix(dev);
    expect(get16(i, MSIX + 2) & 0xc000).toBe(0);
    expect(pci_irq_vector(dev, 0)).toBe(INTX + 1);
  });

  test("uses the entries that a driver names", () => {
    for (let n: u32 = 0; n < 2; n++) changetype<msix_entry>(entries + n * sizeof_msix_entry).entry = <u16>(5 - n);
    expect(pci_enable_msix_range(dev, entries, 2, 2)).toBe(2);
    expect(entry_word(5, 8)).toBe(changetype<msix_entry>(entries).vector);
    expect(entry_word(4, 8)).toBe(changetype<msix_entry>(entries + sizeof_msix_entry).vector);
    expect(entry_word(0, 12)).toBe(1);
    pci_disable_msix(dev);
    changetype<msix_entry>(entries + sizeof_msix_entry).entry = 5; // twice
    expect(pci_enable_msix_range(dev, entries, 2, 2)).toBe(-EINVAL);
    changetype<msix_entry>(entries + sizeof_msix_entry).entry = 8; // past the table
    expect(pci_enable_msix_range(dev, entries, 2, 2)).toBe(-EINVAL);
    expect(pci_enable_msix_range(dev, 0, 9, 9)).toBe(-ENOSPC);
  });

  test("of a device whose table lies outside its BAR is refused", () => {
    set32(i, MSIX + 4, 0xf91);
    expect(pci_alloc_irq_vectors_affinity(dev, 1, 1, PCI_IRQ_MSIX, 0)).toBeLessThan(0);
    set32(i, MSIX + 4, 0x006);
    expect(pci_alloc_irq_vectors_affinity(dev, 1, 1, PCI_IRQ_MSIX, 0)).toBeLessThan(0);
    expect(pci_alloc_irq_vectors_affinity(dev, 1, 1, PCI_IRQ_ALL_TYPES, 0)).toBe(1);
    expect(to_pci(dev).msi_enabled).toBe(1);
  });

  test("without it, and without MSI, the line remains", () => {
    boot();
    i = add(ROOT, 1, 0, 0x8086, 0x100e, 0x020000);
    pin(i, 1);
    scan();
    dev = dev_at(0, 1);
    expect(pci_alloc_irq_vectors_affinity(dev, 1, 4, PCI_IRQ_ALL_TYPES, 0)).toBe(1);
    expect(pci_irq_vector(dev, 0)).toBe(INTX + 1);
    expect(pci_alloc_irq_vectors_affinity(dev, 2, 4, PCI_IRQ_ALL_TYPES, 0)).toBe(-EINVAL);
    expect(pci_alloc_irq_vectors_affinity(dev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_MSIX, 0)).toBeLessThan(0);
    expect(pci_alloc_irq_vectors_affinity(dev, 1, 1, PCI_IRQ_LEGACY, 0)).toBe(1);
  });
});
