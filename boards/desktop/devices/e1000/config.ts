// The identity of the function: its configuration header (4.1), with the user's overrides. No flash is fitted, so the
// base address between registers and I/O stays 0.
import {
  PCI_CLASS_PROG,
  PCI_COMMAND,
  PCI_COMMAND_INVALIDATE,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_PARITY,
  PCI_COMMAND_SERR,
  PCI_DEVICE_ID,
  PCI_INTERRUPT_PIN,
  PCI_MIN_GNT,
  PCI_REVISION_ID,
  PCI_STATUS,
  PCI_STATUS_66MHZ,
  PCI_STATUS_DEVSEL_MEDIUM,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from "../../pci/config-space.ts";
import { overrideFields } from "../../pci/fields.ts";
import { PowerManagement } from "../../pci/power.ts";
import type { E1000 } from "./chip.ts";
import { IO_BYTES, MEMORY_BYTES } from "./registers.ts";

export const MEMORY_BAR = 0;
const IO_BAR = 2;

const PM_CAPABILITY = 0xdc;
/** Version 2, device specific initialisation, PME from D0, D3hot and D3cold. */
const PMC = 0xc822;

export function describeFunction(chip: E1000, overrides: Readonly<Record<string, number>>): void {
  const config = chip.config;
  config.define(PCI_VENDOR_ID, 2, 0x8086);
  config.define(PCI_DEVICE_ID, 2, 0x100e);
  config.define(PCI_REVISION_ID, 1, 0x02);
  config.define(PCI_CLASS_PROG, 3, 0x020000);
  config.define(PCI_STATUS, 2, PCI_STATUS_66MHZ | PCI_STATUS_DEVSEL_MEDIUM);
  config.define(PCI_SUBSYSTEM_VENDOR_ID, 2, 0x8086);
  config.define(PCI_SUBSYSTEM_ID, 2, 0x001e);
  config.define(PCI_INTERRUPT_PIN, 1, 1);
  config.define(PCI_MIN_GNT, 1, 0xff);
  config.allow(PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_INVALIDATE | PCI_COMMAND_PARITY | PCI_COMMAND_SERR);
  config.bar(MEMORY_BAR, "memory", MEMORY_BYTES);
  config.bar(IO_BAR, "io", IO_BYTES);
  chip.power = new PowerManagement(config, PM_CAPABILITY, PMC);
  overrideFields(config, overrides);
}
