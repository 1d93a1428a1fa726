// The device models that the desktop board knows, by the names that `--device` uses.
import { parseMac } from "../../host/net/address.ts";
import { KpiError } from "../../host/error.ts";
import { E1000 } from "./devices/e1000/chip.ts";
import { Rtl8139 } from "./devices/rtl8139/chip.ts";
import type { PciFunction } from "./pci/function.ts";

export interface DeviceModel {
  /** One line for help. */
  readonly description: string;
  /** Options of its own, beside those of every device. */
  readonly options: readonly string[];
  /** `overrides` are fields of the configuration header; `index` counts devices, for default MAC addresses. */
  create(
    options: Readonly<Record<string, string>>,
    overrides: Readonly<Record<string, number>>,
    index: number,
  ): PciFunction;
}

/** What is at the other end: `netdev=none` leaves the cable unplugged. */
const CABLE_OPTIONS = ["netdev"];

/** 52:54:00:12:34:56 and up, as QEMU numbers them. */
function defaultMac(index: number): Uint8Array {
  return Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, (0x56 + index) & 0xff);
}

function macOption(text: string | undefined, index: number): Uint8Array {
  if (text === undefined) return defaultMac(index);
  const mac = parseMac(text);
  if (mac === undefined || (mac[0]! & 1) !== 0) {
    throw new KpiError(`mac=${text}: not a MAC address of a card, as 52:54:00:12:34:56 is`, 2);
  }
  return mac;
}

export const MODELS: Readonly<Record<string, DeviceModel>> = {
  e1000: {
    description: "Intel 82540EM Gigabit Ethernet (e1000)",
    options: ["mac", ...CABLE_OPTIONS],
    create: (options, overrides, index) => new E1000(macOption(options["mac"], index), overrides),
  },
  rtl8139: {
    description: "Realtek RTL8139C+ Fast Ethernet (8139cp); revision=0x10: RTL8139C (8139too)",
    options: ["mac", ...CABLE_OPTIONS],
    create: (options, overrides, index) => new Rtl8139(macOption(options["mac"], index), overrides),
  },
};
