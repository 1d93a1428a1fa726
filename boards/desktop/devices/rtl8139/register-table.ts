// Every register of the chip: what software sees of it. Order and names as in the datasheet's table (5).
import { PCI_REVISION_ID } from "../../pci/config-space.ts";
import type { Register } from "../parts/register-file.ts";
import type { Rtl8139 } from "./chip.ts";
import { configWritable, read9346, write9346, writeConfig1 } from "./config.ts";
import { ANAR_DEFAULT, ANAR_WRITABLE, BMCR_DEFAULT, CSCR_DEFAULT, CSCR_WRITABLE } from "./phy.ts";
import * as R from "./registers.ts";

const ALL = 0xffffffff;

/** A register that is only stored. */
function plain(name: string, offset: number, bytes: number, writable = ALL): Register<Rtl8139> {
  return { name, offset, bytes, writable };
}

function constant(name: string, offset: number, bytes: number, reset = 0): Register<Rtl8139> {
  return { name, offset, bytes, reset };
}

/** A configuration register that is writable with 9346CR unlocked. */
function locked(name: string, offset: number, writable: number): Register<Rtl8139> {
  const write = (chip: Rtl8139, value: number, mask: number): void => {
    if (configWritable(chip)) chip.regs.store(offset, value, mask & writable);
  };
  return { name, offset, bytes: 1, write };
}

function tsd(n: number): Register<Rtl8139> {
  const offset = R.TSD0 + 4 * n;
  return {
    name: `TSD${n}`,
    offset,
    bytes: 4,
    reset: R.TSD_OWN,
    writeWidth: 4,
    write: (chip, value) => chip.slots.writeStatus(n, value),
  };
}

/** TSAD0..3; C+: the two halves of TNPDS and of THPDS. */
function tsad(n: number): Register<Rtl8139> {
  const offset = R.TSAD0 + 4 * n;
  const write = (chip: Rtl8139, value: number, mask: number): void => {
    chip.regs.store(offset, value, mask);
    if (chip.plusTransmit) chip.rings.rewindQueue(n >> 1);
  };
  return { name: `TSAD${n}`, offset, bytes: 4, writeWidth: 4, write };
}

const COMMON: readonly Register<Rtl8139>[] = [
  { name: "IDR0", offset: R.IDR0, bytes: 4, writable: ALL, writeWidth: 4 },
  { name: "IDR4", offset: R.IDR4, bytes: 2, writable: ALL, writeWidth: 4 },
  { name: "MAR0", offset: R.MAR0, bytes: 4, writable: ALL, writeWidth: 4 },
  { name: "MAR4", offset: R.MAR4, bytes: 4, writable: ALL, writeWidth: 4 },
  tsd(0),
  tsd(1),
  tsd(2),
  tsd(3),
  tsad(0),
  tsad(1),
  tsad(2),
  tsad(3),
  { name: "RBSTART", offset: R.RBSTART, bytes: 4, writable: ALL, writeWidth: 4 },
  constant("ERBCR", R.ERBCR, 2),
  constant("ERSR", R.ERSR, 1),
  {
    name: "CR",
    offset: R.CR,
    bytes: 1,
    read: (chip) =>
      chip.regs.value[R.CR]! | (chip.resetting ? R.CR_RST : 0) | (chip.receiver.buffer.empty ? R.CR_BUFE : 0),
    write: (chip, value, mask) => chip.writeCommand(value, mask),
  },
  { name: "CAPR", offset: R.CAPR, bytes: 2, reset: 0xfff0, writable: ALL },
  constant("CBR", R.CBR, 2),
  {
    name: "IMR",
    offset: R.IMR,
    bytes: 2,
    write: (chip, value, mask) => {
      chip.regs.store(R.IMR, value, mask & (chip.plus ? 0xe1ff : 0xe07f));
      chip.updateInterrupt();
    },
  },
  {
    name: "ISR",
    offset: R.ISR,
    bytes: 2,
    write: (chip, value) => {
      chip.regs.value[R.ISR]! &= ~value;
      chip.receiver.acknowledged();
      chip.updateInterrupt();
    },
  },
  {
    // May be changed only while the transmitter is on (6.7).
    name: "TCR",
    offset: R.TCR,
    bytes: 4,
    read: (chip) => chip.regs.value[R.TCR]! | (chip.plus ? R.TCR_HWVERID_8139CPLUS : R.TCR_HWVERID_8139C),
    write: (chip, value, mask) => {
      if ((chip.regs.value[R.CR]! & R.CR_TE) !== 0) chip.regs.store(R.TCR, value, mask & R.TCR_WRITABLE);
    },
  },
  plain("RCR", R.RCR, 4, R.RCR_WRITABLE),
  { name: "TCTR", offset: R.TCTR, bytes: 4, read: (chip) => chip.timer.count(), write: (chip) => chip.timer.restart() },
  { name: "MPC", offset: R.MPC, bytes: 4, write: (chip) => void (chip.regs.value[R.MPC] = 0) },
  { name: "9346CR", offset: R.CR9346, bytes: 1, read: read9346, write: write9346 },
  constant("CONFIG0", R.CONFIG0, 1),
  { name: "CONFIG1", offset: R.CONFIG1, bytes: 1, reset: R.CONFIG1_IOMAP | R.CONFIG1_MEMMAP, write: writeConfig1 },
  {
    name: "TimerInt",
    offset: R.TIMERINT,
    bytes: 4,
    write: (chip, value, mask) => {
      chip.regs.store(R.TIMERINT, value, mask);
      chip.timer.arm();
    },
  },
  {
    // TXFCE and RXFCE are stored, the rest is what the PHY says.
    name: "MSR",
    offset: R.MSR,
    bytes: 1,
    read: (chip) => chip.phy.readMsr(),
    write: (chip, value, mask) => chip.regs.store(R.MSR, value, mask & 0xc0),
  },
  locked("CONFIG3", R.CONFIG3, 0x70),
  locked("CONFIG4", R.CONFIG4, 0xf5),
  plain("MULINT", R.MULINT, 2, 0x0ffc),
  // The revision of the PCI header.
  { name: "RERID", offset: R.RERID, bytes: 1, read: (chip) => chip.config.get8(PCI_REVISION_ID) },
  { name: "TSADS", offset: R.TSADS, bytes: 2, read: (chip) => chip.slots.summary() },
  {
    name: "BMCR",
    offset: R.BMCR,
    bytes: 2,
    reset: BMCR_DEFAULT,
    write: (chip, value, mask) => chip.phy.writeBmcr(value, mask),
  },
  { name: "BMSR", offset: R.BMSR, bytes: 2, read: (chip) => chip.phy.readBmsr() },
  { name: "ANAR", offset: R.ANAR, bytes: 2, reset: ANAR_DEFAULT, writable: ANAR_WRITABLE },
  { name: "ANLPAR", offset: R.ANLPAR, bytes: 2, read: (chip) => chip.phy.readAnlpar() },
  { name: "ANER", offset: R.ANER, bytes: 2, read: (chip) => chip.phy.readAner() },
  { name: "DIS", offset: R.DIS, bytes: 2, read: (chip) => chip.phy.readDis() },
  constant("FCSC", R.FCSC, 2),
  plain("NWAYTR", R.NWAYTR, 2, 0x80),
  constant("REC", R.REC, 2),
  {
    name: "CSCR",
    offset: R.CSCR,
    bytes: 2,
    reset: CSCR_DEFAULT,
    read: (chip) => chip.phy.readCscr(),
    write: (chip, value, mask) => chip.regs.store(R.CSCR, value, mask & CSCR_WRITABLE),
  },
  plain("PHY1_PARM", R.PHY1_PARM, 4),
  plain("TW_PARM", R.TW_PARM, 4),
  plain("PHY2_PARM", R.PHY2_PARM, 1),
  plain("CRC0", R.CRC0, 4),
  plain("CRC4", R.CRC0 + 4, 4),
  ...Array.from({ length: 16 }, (_, n) => plain(`Wakeup${n}`, R.WAKEUP0 + 4 * n, 4)),
  plain("LSBCRC0", R.LSBCRC0, 4),
  plain("LSBCRC4", R.LSBCRC0 + 4, 4),
  plain("FLASH", R.FLASH, 4),
  plain("CONFIG5", R.CONFIG5, 1, 0x7f),
];

const PLUS: readonly Register<Rtl8139>[] = [
  constant("TDOKLADDR", R.TDOKLADDR, 2),
  {
    name: "TPPoll",
    offset: R.TPPOLL,
    bytes: 1,
    write: (chip, value) => chip.rings.poll(value),
  },
  plain("CPCR", R.CPCR, 2, R.CPCR_WRITABLE),
  {
    name: "RDSARL",
    offset: R.RDSAR,
    bytes: 4,
    write: (chip, value, mask) => {
      chip.regs.store(R.RDSAR, value, mask);
      chip.receiver.ring.rewind();
    },
  },
  {
    name: "RDSARH",
    offset: R.RDSAR + 4,
    bytes: 4,
    write: (chip, value, mask) => {
      chip.regs.store(R.RDSAR + 4, value, mask);
      chip.receiver.ring.rewind();
    },
  },
  plain("MTPS", R.MTPS, 1, 0x3f),
];

export function registerTable(plus: boolean): readonly Register<Rtl8139>[] {
  return plus ? [...COMMON, ...PLUS] : COMMON;
}

/** What CR.RST leaves alone: addresses, configuration, PHY, wake-up frames. */
export const KEPT_BY_SOFTWARE_RESET: ReadonlySet<number> = new Set([
  R.IDR0,
  R.IDR4,
  R.MAR0,
  R.MAR4,
  R.CONFIG0,
  R.CONFIG1,
  R.CONFIG3,
  R.CONFIG4,
  R.CONFIG5,
  R.MSR,
  R.BMCR,
  R.ANAR,
  R.DIS,
  R.NWAYTR,
  R.CSCR,
  R.PHY1_PARM,
  R.TW_PARM,
  R.PHY2_PARM,
  R.CRC0,
  R.CRC0 + 4,
  R.LSBCRC0,
  R.LSBCRC0 + 4,
  R.FLASH,
  ...Array.from({ length: 16 }, (_, n) => R.WAKEUP0 + 4 * n),
]);
