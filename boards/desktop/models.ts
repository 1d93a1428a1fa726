// The device models that the desktop board knows, by the names that `--device` uses.
import { parseMac } from "../../host/net/address.ts";
import { KpiError } from "../../host/error.ts";
import { E1000 } from "./devices/e1000/chip.ts";
import { LAYOUTS, MSIX_MAX, PciEpfTest } from "./devices/pci-epf-test/chip.ts";
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

/** A whole number from 0 to `most`, and if `powers` a power of two. */
function countOption(name: string, text: string, most: number, powers = false): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value <= most && (!powers || Number.isInteger(Math.log2(value || 1)))) return value;
  throw new KpiError(`${name}=${text}: not ${powers ? "a power of two" : "a number"} from 0 to ${most}`, 2);
}

function barsOption(text: string): string {
  if (Object.hasOwn(LAYOUTS, text)) return text;
  throw new KpiError(`bars=${text} is not known; known: ${Object.keys(LAYOUTS).join(", ")}`, 2);
}

export const MODELS: Readonly<Record<string, DeviceModel>> = {
  e1000: {
    description: "Intel 82540EM Gigabit Ethernet (e1000); negotiation=500: milliseconds until a link is up",
    options: ["mac", "negotiation", ...CABLE_OPTIONS],
    create: ({ mac, negotiation = "1" }, overrides, index) =>
      new E1000(macOption(mac, index), overrides, countOption("negotiation", negotiation, 60_000) * 1e6),
  },
  "pci-epf-test": {
    description: "PCI endpoint test function (pci_endpoint_test); bars=64: wide base addresses and ports",
    options: ["bars", "msi", "msix"],
    create: ({ bars = "32", msi = "32", msix = "64" }, overrides) => {
      const vectors = { msi: countOption("msi", msi, 32, true), msix: countOption("msix", msix, MSIX_MAX) };
      return new PciEpfTest({ bars: barsOption(bars), ...vectors }, overrides);
    },
  },
  rtl8139: {
    description: "Realtek RTL8139C+ Fast Ethernet (8139cp); revision=0x10: RTL8139C (8139too)",
    options: ["mac", ...CABLE_OPTIONS],
    create: (options, overrides, index) => new Rtl8139(macOption(options["mac"], index), overrides),
  },
};
