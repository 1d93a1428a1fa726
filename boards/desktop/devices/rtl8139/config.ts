// The identity of the function, the EEPROM port 9346CR (6.9), the CONFIGn registers, and autoload.
import {
  PCI_CLASS_PROG,
  PCI_COMMAND,
  PCI_COMMAND_INVALIDATE,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_PARITY,
  PCI_COMMAND_SERR,
  PCI_DEVICE_ID,
  PCI_INTERRUPT_PIN,
  PCI_MAX_LAT,
  PCI_MIN_GNT,
  PCI_REVISION_ID,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_STATUS_DEVSEL_MEDIUM,
  PCI_STATUS_FAST_BACK,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from "../../pci/config-space.ts";
import { overrideFields } from "../../pci/fields.ts";
import { PowerManagement } from "../../pci/power.ts";
import type { Rtl8139 } from "./chip.ts";
import {
  EEPROM_CONFIG0_1,
  EEPROM_CONFIG3_HIGH,
  EEPROM_CONFIG4_HIGH,
  EEPROM_CONFIG5_HIGH,
  EEPROM_GNT_LAT,
  EEPROM_IDS,
  EEPROM_MAC,
  EEPROM_MAGIC,
  PMC,
} from "./eeprom-image.ts";
import {
  CONFIG0,
  CONFIG1,
  CONFIG1_IOMAP,
  CONFIG1_MEMMAP,
  CONFIG1_PMEN,
  CONFIG3,
  CONFIG4,
  CONFIG5,
  CR9346,
  CR9346_EECS,
  CR9346_EEDI,
  CR9346_EEDO,
  CR9346_EEM,
  CR9346_EESK,
  EEM_AUTOLOAD,
  EEM_CONFIG,
  EEM_PROGRAM,
  IDR0,
  IDR4,
  REGISTER_BYTES,
} from "./registers.ts";

const PM_CAPABILITY = 0x50;

/** The configuration header (8.1), with the user's overrides. */
export function describeFunction(chip: Rtl8139, overrides: Readonly<Record<string, number>>): void {
  const config = chip.config;
  config.define(PCI_VENDOR_ID, 2, 0x10ec);
  config.define(PCI_DEVICE_ID, 2, 0x8139);
  config.define(PCI_REVISION_ID, 1, 0x20);
  config.define(PCI_CLASS_PROG, 3, 0x020000);
  config.define(PCI_STATUS, 2, PCI_STATUS_FAST_BACK | PCI_STATUS_DEVSEL_MEDIUM);
  config.define(PCI_SUBSYSTEM_VENDOR_ID, 2, 0x10ec);
  config.define(PCI_SUBSYSTEM_ID, 2, 0x8139);
  config.define(PCI_INTERRUPT_PIN, 1, 1);
  config.define(PCI_MIN_GNT, 1, 0x20);
  config.define(PCI_MAX_LAT, 1, 0x40);
  config.allow(PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_INVALIDATE | PCI_COMMAND_PARITY | PCI_COMMAND_SERR);
  config.bar(0, "io", REGISTER_BYTES);
  config.bar(1, "memory", REGISTER_BYTES);
  chip.power = new PowerManagement(config, PM_CAPABILITY, PMC);
  overrideFields(config, overrides);
}

/** What the chip loads from the EEPROM after RST# and on command. A blank EEPROM leaves the defaults. */
export function autoload(chip: Rtl8139): void {
  const words = chip.eeprom.words;
  if (words[0] !== EEPROM_MAGIC) return;
  const value = chip.regs.value;
  for (const [word, where] of EEPROM_IDS) chip.config.set(where, 2, words[word]!);
  chip.config.set(PCI_MIN_GNT, 2, words[EEPROM_GNT_LAT]!);
  value[IDR0] = words[EEPROM_MAC]! | (words[EEPROM_MAC + 1]! << 16);
  value[IDR4] = words[EEPROM_MAC + 2]!;
  value[CONFIG0] = words[EEPROM_CONFIG0_1]! & 0xff;
  value[CONFIG1] = (words[EEPROM_CONFIG0_1]! >>> 8) | CONFIG1_IOMAP | CONFIG1_MEMMAP;
  value[CONFIG3] = words[EEPROM_CONFIG3_HIGH]! >>> 8;
  value[CONFIG4] = words[EEPROM_CONFIG4_HIGH]! >>> 8;
  value[CONFIG5] = words[EEPROM_CONFIG5_HIGH]! >>> 8;
  showCapabilities(chip);
}

/** CONFIG1.PMEn shows or hides the capability list. */
function showCapabilities(chip: Rtl8139): void {
  const status = chip.config.get16(PCI_STATUS) & ~PCI_STATUS_CAP_LIST;
  const shown = (chip.regs.value[CONFIG1]! & CONFIG1_PMEN) !== 0;
  chip.config.set(PCI_STATUS, 2, shown ? status | PCI_STATUS_CAP_LIST : status);
}

/** 9346CR.EEM = 11: CONFIG0, 1, 3, 4 and three bits of BMCR may be written. */
export function configWritable(chip: Rtl8139): boolean {
  return (chip.regs.value[CR9346]! & CR9346_EEM) === EEM_CONFIG;
}

export function write9346(chip: Rtl8139, value: number, mask: number): void {
  chip.regs.store(CR9346, value, mask & (CR9346_EEM | CR9346_EECS | CR9346_EESK | CR9346_EEDI));
  const now = chip.regs.value[CR9346]!;
  if ((now & CR9346_EEM) === EEM_AUTOLOAD) {
    autoload(chip);
    // Loading done, the mode falls back to normal.
    chip.regs.value[CR9346] = now & ~CR9346_EEM;
  }
  const programming = (now & CR9346_EEM) === EEM_PROGRAM;
  chip.eeprom.drive(programming && (now & CR9346_EECS) !== 0, (now & CR9346_EESK) !== 0, (now & CR9346_EEDI) !== 0);
}

export function read9346(chip: Rtl8139): number {
  const stored = chip.regs.value[CR9346]!;
  const programming = (stored & CR9346_EEM) === EEM_PROGRAM;
  return programming && chip.eeprom.dataOut ? stored | CR9346_EEDO : stored;
}

export function writeConfig1(chip: Rtl8139, value: number, mask: number): void {
  // LEDS, DVRLOAD, LWACT, PMEn. VPD stays 0: the EEPROM holds none.
  if (!configWritable(chip)) return;
  chip.regs.store(CONFIG1, value, mask & 0xf1);
  showCapabilities(chip);
}
