// The host bridge at 00:00.0: what `lspci` shows first on a PC. It decodes nothing and has no registers of its own.
import {
  PCI_CLASS_PROG,
  PCI_DEVICE_ID,
  PCI_REVISION_ID,
  PCI_STATUS,
  PCI_STATUS_DEVSEL_MEDIUM,
  PCI_VENDOR_ID,
  allOnes,
} from "./pci/config-space.ts";
import type { Fault } from "../faults.ts";
import { PciFunction } from "./pci/function.ts";

export class HostBridge extends PciFunction {
  constructor() {
    super();
    this.config.define(PCI_VENDOR_ID, 2, 0x8086);
    this.config.define(PCI_DEVICE_ID, 2, 0x1237);
    this.config.define(PCI_REVISION_ID, 1, 0x02);
    this.config.define(PCI_CLASS_PROG, 3, 0x060000);
    this.config.define(PCI_STATUS, 2, PCI_STATUS_DEVSEL_MEDIUM);
  }

  override get faults(): readonly Fault[] {
    return [];
  }

  barRead(_bar: number, _offset: number, width: number): number {
    return allOnes(width);
  }

  barWrite(): void {}
  protected deviceReset(): void {}

  protected deviceSave(): Record<string, unknown> {
    return {};
  }

  protected deviceRestore(): void {}
}
