// What the factory writes into the 93C46 of a card (7, EEPROM contents). Bytes are little-endian within words.
//
//   00 8129h  02 vendor  04 device  06 subsystem vendor  08 subsystem  0a MNGNT  0b MXLAT  0c MSRBMCR  0d CONFIG3
//   0e Ethernet address  14 CONFIG0  15 CONFIG1  16 PMC  19 CONFIG4  1f CONFIG5
import {
  PCI_DEVICE_ID,
  PCI_MAX_LAT,
  PCI_MIN_GNT,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from "../../pci/config-space.ts";
import type { ConfigSpace } from "../../pci/config-space.ts";

export const EEPROM_MAGIC = 0x8129;
/** Which word has which word of the configuration header. */
export const EEPROM_IDS: readonly (readonly [number, number])[] = [
  [1, PCI_VENDOR_ID],
  [2, PCI_DEVICE_ID],
  [3, PCI_SUBSYSTEM_VENDOR_ID],
  [4, PCI_SUBSYSTEM_ID],
];
export const EEPROM_GNT_LAT = 5;
export const EEPROM_MAC = 7;
export const EEPROM_CONFIG3_HIGH = 6;
export const EEPROM_CONFIG0_1 = 10;
const EEPROM_PMC = 11;
export const EEPROM_CONFIG4_HIGH = 12;
export const EEPROM_CONFIG5_HIGH = 15;

/** Power management capabilities: version 2, D1, D2, PME from all states but D0, 375 mA. */
export const PMC = 0xf7c2;
/** MEMMAP, IOMAP, PMEn. */
const CONFIG1_DEFAULT = 0x0d;
/** FBtBEn. */
const CONFIG3_DEFAULT = 0x01;

/** The image for a card whose header says what `config` says now. */
export function factoryEeprom(config: ConfigSpace, mac: Uint8Array): Uint16Array {
  const words = new Uint16Array(64);
  words[0] = EEPROM_MAGIC;
  for (const [word, where] of EEPROM_IDS) words[word] = config.get16(where);
  words[EEPROM_GNT_LAT] = config.get8(PCI_MIN_GNT) | (config.get8(PCI_MAX_LAT) << 8);
  words[EEPROM_CONFIG3_HIGH] = CONFIG3_DEFAULT << 8;
  for (let i = 0; i < 3; i++) words[EEPROM_MAC + i] = mac[2 * i]! | (mac[2 * i + 1]! << 8);
  words[EEPROM_CONFIG0_1] = CONFIG1_DEFAULT << 8;
  words[EEPROM_PMC] = PMC;
  return words;
}
