// The EEPROM: what the factory wrote into it (5.6), the two ways to it, EECD and EERD (13.4.3, 13.4.4), and what the
// chip loads from it after a reset (5.3).
//
//   00 Ethernet address   03 compatibility   0a init control 1   0b subsystem, subsystem vendor, device, vendor
//   0f init control 2     24 init control 3  3f checksum: all 64 words add up to BABAh
import { PCI_DEVICE_ID, PCI_SUBSYSTEM_ID, PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID } from "../../pci/config-space.ts";
import type { ConfigSpace } from "../../pci/config-space.ts";
import type { E1000 } from "./chip.ts";
import {
  EECD,
  EECD_CS,
  EECD_DI,
  EECD_DO,
  EECD_FWE,
  EECD_GNT,
  EECD_PRES,
  EECD_REQ,
  EECD_SK,
  EERD,
  EERD_ADDR_SHIFT,
  EERD_DATA_SHIFT,
  EERD_DONE,
  EERD_START,
  RA,
  RAH_AV,
  WUC,
  WUC_APME,
} from "./registers.ts";

const WORDS = 64;
const INIT_CONTROL_1 = 0x0a;
/** Bits 15:14 = 01: the image is valid. */
const ICW1_SIGNATURE = 0x4000;
const ICW1_SIGNATURE_MASK = 0xc000;
const ICW1_LOAD_IDS = 1 << 0;
const ICW1_LOAD_SUBSYSTEM = 1 << 1;
const ICW1_POWER_MANAGEMENT = 1 << 3;
const INIT_CONTROL_2 = 0x0f;
/** PAUSE and ASM_DIR to be advertised. */
const ICW2_PAUSE = 0x3000;
const INIT_CONTROL_3 = 0x24;
const ICW3_APM_ENABLE = 1 << 10;
const CHECKSUM = 0x3f;
const CHECKSUM_TOTAL = 0xbaba;

/** Which word has which word of the configuration header. */
const IDS: readonly (readonly [number, number])[] = [
  [0x0d, PCI_DEVICE_ID],
  [0x0e, PCI_VENDOR_ID],
];
const SUBSYSTEM: readonly (readonly [number, number])[] = [
  [0x0b, PCI_SUBSYSTEM_ID],
  [0x0c, PCI_SUBSYSTEM_VENDOR_ID],
];

/** The image for a card whose header says what `config` says now. */
export function factoryEeprom(config: ConfigSpace, mac: Uint8Array): Uint16Array {
  const words = new Uint16Array(WORDS).fill(0xffff);
  for (let i = 0; i < 3; i++) words[i] = mac[2 * i]! | (mac[2 * i + 1]! << 8);
  words[3] = 0;
  words[INIT_CONTROL_1] = ICW1_SIGNATURE | ICW1_POWER_MANAGEMENT | ICW1_LOAD_SUBSYSTEM | ICW1_LOAD_IDS;
  for (const [word, where] of [...IDS, ...SUBSYSTEM]) words[word] = config.get16(where);
  words[INIT_CONTROL_2] = ICW2_PAUSE;
  words[INIT_CONTROL_3] = ICW3_APM_ENABLE;
  words[CHECKSUM] = 0;
  words[CHECKSUM] = CHECKSUM_TOTAL - words.reduce((sum, word) => sum + word, 0);
  return words;
}

/** Loads what a valid image says: identity, station address, wake-up. */
export function autoload(chip: E1000): void {
  const { words } = chip.eeprom;
  const control = words[INIT_CONTROL_1]!;
  if ((control & ICW1_SIGNATURE_MASK) !== ICW1_SIGNATURE) return;
  if ((control & ICW1_LOAD_IDS) !== 0) for (const [word, where] of IDS) chip.config.set(where, 2, words[word]!);
  if ((control & ICW1_LOAD_SUBSYSTEM) !== 0) {
    for (const [word, where] of SUBSYSTEM) chip.config.set(where, 2, words[word]!);
  }
  const { value } = chip.regs;
  value[RA >> 2] = words[0]! | (words[1]! << 16);
  value[(RA + 4) >> 2] = words[2]! | RAH_AV;
  if ((words[INIT_CONTROL_3]! & ICW3_APM_ENABLE) !== 0) value[WUC >> 2]! |= WUC_APME;
}

/** EECD: software has the wires of the part while it is granted them. */
export function writeEecd(chip: E1000, value: number): void {
  const kept = value & (EECD_SK | EECD_CS | EECD_DI | EECD_FWE | EECD_REQ);
  chip.regs.value[EECD >> 2] = kept | ((kept & EECD_REQ) !== 0 ? EECD_GNT : 0);
  const granted = (kept & EECD_REQ) !== 0;
  chip.eeprom.drive(granted && (kept & EECD_CS) !== 0, (kept & EECD_SK) !== 0, (kept & EECD_DI) !== 0);
}

export function readEecd(chip: E1000): number {
  return chip.regs.value[EECD >> 2]! | EECD_PRES | (chip.eeprom.dataOut ? EECD_DO : 0);
}

/** EERD: the chip reads a word by itself, unless software has the wires. */
export function writeEerd(chip: E1000, value: number): void {
  const address = (value >>> EERD_ADDR_SHIFT) & 0xff;
  let result = address << EERD_ADDR_SHIFT;
  if ((value & EERD_START) !== 0 && (chip.regs.value[EECD >> 2]! & EECD_GNT) === 0) {
    result |= EERD_DONE | (chip.eeprom.words[address % WORDS]! << EERD_DATA_SHIFT);
  }
  chip.regs.value[EERD >> 2] = result;
}
