// Every register of the chip: what software sees of it. Order and names as in the manual's table (13.2). Where the
// 82542 had a register elsewhere, that address still works.
import type { DwordRegister } from "../parts/dword-registers.ts";
import type { E1000 } from "./chip.ts";
import { readEecd, writeEecd, writeEerd } from "./eeprom.ts";
import * as R from "./registers.ts";
import { readCounter, readOctetsHigh } from "./statistics.ts";

const ALL = 0xffffffff;

/** A register that is only stored. */
function plain(name: string, offset: number, writable = ALL, reset = 0, aliases?: number[]): DwordRegister<E1000> {
  return { name, offset, writable, reset, ...(aliases === undefined ? {} : { aliases }) };
}

function array(name: string, offset: number, count: number, aliases: number[] = []): DwordRegister<E1000> {
  return { name, offset, count, aliases, writable: ALL };
}

/** Dwords of which every other one exists. */
function spaced(names: readonly string[], offset: number, writable: number): DwordRegister<E1000>[] {
  return names.map((name, i) => plain(name, offset + 8 * i, writable));
}

function counter(name: string, offset: number): DwordRegister<E1000> {
  return { name, offset, read: readCounter, write: () => {} };
}

/** The two halves of a count of octets. */
function octets(name: string, offset: number): DwordRegister<E1000>[] {
  return [
    { name: `${name}L`, offset, write: () => {} },
    { name: `${name}H`, offset: offset + 4, read: readOctetsHigh, write: () => {} },
  ];
}

function delay(name: string, offset: number, aliases: number[]): DwordRegister<E1000> {
  return { name, offset, aliases, write: (chip, value) => chip.interrupts.writeDelay(offset, value) };
}

const GENERAL: readonly DwordRegister<E1000>[] = [
  {
    name: "CTRL",
    offset: R.CTRL,
    aliases: [R.CTRL_DUP],
    reset: R.CTRL_FD | R.CTRL_SPEED_1000,
    write: (chip, value) => chip.writeControl(value),
  },
  { name: "STATUS", offset: R.STATUS, read: (chip) => chip.readStatus(), write: () => {} },
  { name: "EECD", offset: R.EECD, read: readEecd, write: writeEecd },
  { name: "EERD", offset: R.EERD, write: writeEerd },
  {
    name: "CTRL_EXT",
    offset: R.CTRL_EXT,
    writable: ~R.CTRL_EXT_EE_RST,
    write: (chip, value, at) => {
      chip.regs.store(at, value);
      if ((value & R.CTRL_EXT_EE_RST) !== 0) chip.reload();
    },
  },
  plain("FLA", R.FLA, 0x7),
  { name: "MDIC", offset: R.MDIC, reset: R.MDIC_READY, write: (chip, value) => chip.phy.writeMdic(value) },
  plain("FCAL", R.FCAL),
  plain("FCAH", R.FCAH, 0xffff),
  plain("FCT", R.FCT, 0xffff),
  plain("VET", R.VET, 0xffff),
  plain("FCTTV", R.FCTTV, 0xffff),
  plain("TXCW", R.TXCW, 0xc000ffff),
  plain("RXCW", R.RXCW, 0),
  plain("LEDCTL", R.LEDCTL, ALL, 0x07068302),
  {
    // The 64 KiB of the packet buffer: what reception does not get, transmission has.
    name: "PBA",
    offset: R.PBA,
    reset: 0x00100030,
    write: (chip, value, at) => {
      const receiving = Math.min(value & 0x7f, 0x40);
      chip.regs.value[at] = receiving | ((0x40 - receiving) << 16);
    },
  },
];

const INTERRUPT: readonly DwordRegister<E1000>[] = [
  {
    name: "ICR",
    offset: R.ICR,
    read: (chip) => chip.interrupts.readIcr(),
    write: (chip, value) => chip.interrupts.writeIcr(value),
  },
  plain("ITR", R.ITR, 0xffff),
  { name: "ICS", offset: R.ICS, write: (chip, value) => chip.interrupts.writeIcs(value) },
  { name: "IMS", offset: R.IMS, write: (chip, value) => chip.interrupts.writeIms(value) },
  {
    name: "IMC",
    offset: R.IMC,
    read: () => 0,
    write: (chip, value) => chip.interrupts.writeImc(value),
  },
];

const RECEIVE: readonly DwordRegister<E1000>[] = [
  {
    name: "RCTL",
    offset: R.RCTL,
    writable: R.RCTL_WRITABLE,
    write: (chip, value, at) => {
      chip.regs.store(at, value);
      chip.mediumChanged();
      chip.receiver.resume();
    },
  },
  plain("FCRTL", R.FCRTL, 0x8000fff8, 0, [0x0168]),
  plain("FCRTH", R.FCRTH, 0xfff8, 0, [0x0160]),
  ...spaced(["RDFH", "RDFT", "RDFHS", "RDFTS", "RDFPC"], R.RDFH, 0x1fff),
  plain("RDBAL", R.RDBAL, 0xfffffff0, 0, [0x0110]),
  plain("RDBAH", R.RDBAH, ALL, 0, [0x0114]),
  plain("RDLEN", R.RDLEN, 0x000fff80, 0, [0x0118]),
  plain("RDH", R.RDH, 0xffff, 0, [0x0120]),
  {
    name: "RDT",
    offset: R.RDT,
    aliases: [0x0128],
    write: (chip, value, at) => {
      chip.regs.value[at] = value & 0xffff;
      chip.receiver.resume();
    },
  },
  delay("RDTR", R.RDTR, [0x0108]),
  plain("RXDCTL", R.RXDCTL, 0x013f3f3f, 0x00010000),
  plain("RADV", R.RADV, 0xffff),
  plain("RSRPD", R.RSRPD, 0x0fff),
  plain("RXCSUM", R.RXCSUM, 0x07ff),
  array("MTA", R.MTA, R.MTA_DWORDS, [0x0200]),
  ...Array.from({ length: R.RA_ENTRIES }, (_, i) => [
    plain(`RAL${i}`, R.RA + 8 * i, ALL, 0, [0x0040 + 8 * i]),
    plain(`RAH${i}`, R.RA + 8 * i + 4, 0x8003ffff, 0, [0x0044 + 8 * i]),
  ]).flat(),
  array("VFTA", R.VFTA, R.VFTA_DWORDS, [0x0600]),
];

const TRANSMIT: readonly DwordRegister<E1000>[] = [
  {
    name: "TCTL",
    offset: R.TCTL,
    writable: R.TCTL_WRITABLE,
    write: (chip, value, at) => {
      chip.regs.store(at, value);
      chip.flow.software();
      chip.transmitter.start();
    },
  },
  plain("TIPG", R.TIPG, 0x3fffffff),
  plain("TBT", R.TBT),
  plain("AIT", R.AIT, 0xffff),
  plain("TXDMAC", R.TXDMAC, 1),
  ...spaced(["TDFH", "TDFT", "TDFHS", "TDFTS", "TDFPC"], R.TDFH, 0x1fff),
  plain("TDBAL", R.TDBAL, 0xfffffff0, 0, [0x0420]),
  plain("TDBAH", R.TDBAH, ALL, 0, [0x0424]),
  plain("TDLEN", R.TDLEN, 0x000fff80, 0, [0x0428]),
  plain("TDH", R.TDH, 0xffff, 0, [0x0430]),
  {
    name: "TDT",
    offset: R.TDT,
    aliases: [0x0438],
    write: (chip, value, at) => {
      chip.regs.value[at] = value & 0xffff;
      chip.transmitter.start();
    },
  },
  delay("TIDV", R.TIDV, [0x0440]),
  plain("TXDCTL", R.TXDCTL, 0xff7f3f3f),
  plain("TADV", R.TADV, 0xffff),
  plain("TSPMT", R.TSPMT),
];

const WAKE_UP: readonly DwordRegister<E1000>[] = [
  {
    // PME_STATUS is cleared by writing a one.
    name: "WUC",
    offset: R.WUC,
    write: (chip, value, at) => {
      const kept = chip.regs.value[at]! & R.WUC_PME_STATUS & ~value;
      chip.regs.value[at] = kept | (value & ~R.WUC_PME_STATUS & 0xf);
    },
  },
  plain("WUFC", R.WUFC, 0x000f80ff),
  { name: "WUS", offset: R.WUS, write: (chip, value, at) => void (chip.regs.value[at]! &= ~value) },
  plain("MANC", R.MANC),
  plain("IPAV", R.IPAV, 0x0001000f),
  array("IP4AT", R.IP4AT, 8),
  array("IP6AT", R.IP6AT, 4),
  plain("WUPL", R.WUPL, 0),
  { name: "WUPM", offset: R.WUPM, count: 32, write: () => {} },
  ...spaced(["FFLT0", "FFLT1", "FFLT2", "FFLT3"], R.FFLT, 0x7ff),
  array("FFMT", R.FFMT, 256),
  array("FFVT", R.FFVT, 256),
];

/** Those that count nothing here: errors of cables, half duplex and management, which this wire has not. */
const IDLE_COUNTERS = [
  ["ALGNERRC", 0x4004],
  ["SYMERRS", 0x4008],
  ["SCC", 0x4014],
  ["ECOL", 0x4018],
  ["MCC", 0x401c],
  ["LATECOL", 0x4020],
  ["COLC", 0x4028],
  ["DC", 0x4030],
  ["TNCRS", 0x4034],
  ["SEC", 0x4038],
  ["CEXTERR", 0x403c],
  ["MGTPRC", 0x40b4],
  ["MGTPDC", 0x40b8],
  ["MGTPTC", 0x40bc],
] as const;

const SIZES = ["64", "127", "255", "511", "1023", "1522"];

const STATISTICS: readonly DwordRegister<E1000>[] = [
  ...IDLE_COUNTERS.map(([name, offset]) => counter(name, offset)),
  counter("CRCERRS", R.CRCERRS),
  counter("RXERRC", R.RXERRC),
  counter("MPC", R.MPC),
  counter("RLEC", R.RLEC),
  counter("XONRXC", R.XONRXC),
  counter("XONTXC", R.XONTXC),
  counter("XOFFRXC", R.XOFFRXC),
  counter("XOFFTXC", R.XOFFTXC),
  counter("FCRUC", R.FCRUC),
  ...SIZES.map((size, i) => counter(`PRC${size}`, R.PRC64 + 4 * i)),
  counter("GPRC", R.GPRC),
  counter("BPRC", R.BPRC),
  counter("MPRC", R.MPRC),
  counter("GPTC", R.GPTC),
  ...octets("GORC", R.GORCL),
  ...octets("GOTC", R.GOTCL),
  counter("RNBC", R.RNBC),
  counter("RUC", R.RUC),
  counter("RFC", R.RFC),
  counter("ROC", R.ROC),
  counter("RJC", R.RJC),
  ...octets("TOR", R.TORL),
  ...octets("TOT", R.TOTL),
  counter("TPR", R.TPR),
  counter("TPT", R.TPT),
  ...SIZES.map((size, i) => counter(`PTC${size}`, R.PTC64 + 4 * i)),
  counter("MPTC", R.MPTC),
  counter("BPTC", R.BPTC),
  counter("TSCTC", R.TSCTC),
  counter("TSCTFC", R.TSCTFC),
];

export const REGISTERS: readonly DwordRegister<E1000>[] = [
  ...GENERAL,
  ...INTERRUPT,
  ...RECEIVE,
  ...TRANSMIT,
  ...WAKE_UP,
  ...STATISTICS,
];

/** What is on auxiliary power: after a reset the driver still learns what has woken the machine. */
export const KEPT_BY_RESET: ReadonlySet<number> = new Set([R.WUFC, R.WUS, R.WUPL, R.WUPM]);
