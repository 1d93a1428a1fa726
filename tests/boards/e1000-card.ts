// A little driver for tests of the 82540EM: rings in the machine's memory, and the other end of its cable in hand.
import assert from "node:assert/strict";
import type { DesktopOptions } from "../../boards/index.ts";
import { TestMachine } from "./machine.ts";

export const RX_RING = 0x200000;
export const TX_RING = 0x202000;
export const RX_BUFFERS = 0x210000;
export const TX_BUFFERS = 0x260000;
export const BUFFER = 0x4000;
export const RING = 16;

export const REG = {
  CTRL: 0x0,
  STATUS: 0x8,
  EECD: 0x10,
  EERD: 0x14,
  CTRL_EXT: 0x18,
  MDIC: 0x20,
  FCAL: 0x28,
  FCAH: 0x2c,
  FCT: 0x30,
  VET: 0x38,
  ICR: 0xc0,
  ITR: 0xc4,
  ICS: 0xc8,
  IMS: 0xd0,
  IMC: 0xd8,
  RCTL: 0x100,
  FCTTV: 0x170,
  TCTL: 0x400,
  PBA: 0x1000,
  FCRTL: 0x2160,
  FCRTH: 0x2168,
  RDBAL: 0x2800,
  RDBAH: 0x2804,
  RDLEN: 0x2808,
  RDH: 0x2810,
  RDT: 0x2818,
  RDTR: 0x2820,
  RADV: 0x282c,
  RSRPD: 0x2c00,
  TDBAL: 0x3800,
  TDBAH: 0x3804,
  TDLEN: 0x3808,
  TDH: 0x3810,
  TDT: 0x3818,
  TIDV: 0x3820,
  TXDCTL: 0x3828,
  TADV: 0x382c,
  CRCERRS: 0x4000,
  MPC: 0x4010,
  XOFFRXC: 0x4050,
  XOFFTXC: 0x4054,
  XONTXC: 0x404c,
  PRC64: 0x405c,
  GPRC: 0x4074,
  BPRC: 0x4078,
  MPRC: 0x407c,
  GPTC: 0x4080,
  GORCL: 0x4088,
  GORCH: 0x408c,
  GOTCL: 0x4090,
  GOTCH: 0x4094,
  RNBC: 0x40a0,
  RUC: 0x40a4,
  ROC: 0x40ac,
  TORL: 0x40c0,
  TORH: 0x40c4,
  TOTL: 0x40c8,
  TOTH: 0x40cc,
  TPR: 0x40d0,
  TPT: 0x40d4,
  PTC64: 0x40d8,
  MPTC: 0x40f0,
  BPTC: 0x40f4,
  TSCTC: 0x40f8,
  RXCSUM: 0x5000,
  MTA: 0x5200,
  RA: 0x5400,
  VFTA: 0x5600,
  WUC: 0x5800,
  WUFC: 0x5808,
  WUS: 0x5810,
  WUPL: 0x5900,
  WUPM: 0x5a00,
} as const;

export const INT = {
  TXDW: 1,
  TXQE: 2,
  LSC: 4,
  RXDMT0: 0x10,
  RXO: 0x40,
  RXT0: 0x80,
  MDAC: 0x200,
  TXD_LOW: 0x8000,
  SRPD: 0x10000,
} as const;
export const RCTL = {
  EN: 2,
  SBP: 4,
  UPE: 8,
  MPE: 0x10,
  LPE: 0x20,
  LBM: 0x40,
  BAM: 0x8000,
  SZ_256: 3 << 16,
  VFE: 1 << 18,
  CFIEN: 1 << 19,
  CFI: 1 << 20,
  PMCF: 1 << 23,
  BSEX: 1 << 25,
  SECRC: 1 << 26,
} as const;
/** Commands of a transmit descriptor. */
export const EOP = 1 << 24;
export const IFCS = 1 << 25;
export const IC = 1 << 26;
export const TSE = 1 << 26;
export const RS = 1 << 27;
export const DEXT = 1 << 29;
export const VLE = 1 << 30;
export const IDE = 1 << 31;
export const DATA = DEXT | (1 << 20);
export const SLU = 0x40;
export const VME = 1 << 30;

export const OWN_MAC = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
export const BROADCAST = [255, 255, 255, 255, 255, 255];

export class Card extends TestMachine {
  /** Frames that came out of the card. */
  readonly sent: Uint8Array[] = [];

  constructor(device = "e1000", options: DesktopOptions = {}) {
    super([device], options);
    const cable = this.board.cables[0];
    // A cable that does not wait: what the card has no room for, it misses.
    if (cable !== undefined) cable.wire.waits = false;
    if (cable !== undefined) cable.wire.b.onReceive = (frame) => void this.sent.push(frame.slice());
    this.place();
  }

  /** As firmware and pci_enable_device do. */
  place(): void {
    this.setConfig(0x10, 4, 0xe0000000);
    this.setConfig(0x18, 4, 0xc000);
    this.setConfig(0x04, 2, 7);
  }

  reg(offset: number): number {
    return this.read(offset, 4);
  }

  set(offset: number, value: number): void {
    this.write(offset, 4, value);
  }

  /** A frame from the other end; time passes until it is in. */
  inject(frame: Uint8Array): void {
    this.board.cables[0]!.wire.b.send(frame);
    this.clock.advance(60_000);
  }

  /** Lets what was sent arrive. */
  flush(): Uint8Array[] {
    this.clock.advance(60_000);
    return this.sent.splice(0);
  }

  /** Rings of RING descriptors, link up, both units on, all interrupts. */
  start(rctl: number = RCTL.BAM, tctl = 0x8): this {
    const bus = this.board.facts.dmaBase;
    this.map(RX_RING, 0x4000);
    this.map(RX_BUFFERS, RING * BUFFER, 2);
    this.map(TX_BUFFERS, RING * BUFFER, 1);
    for (let i = 0; i < RING; i++) this.desc(RX_RING, i, RX_BUFFERS + i * BUFFER, 0, 0);
    this.set(REG.CTRL, this.reg(REG.CTRL) | SLU);
    this.set(REG.RDBAL, bus + RX_RING);
    this.set(REG.RDLEN, RING * 16);
    this.set(REG.RDT, RING - 1);
    this.set(REG.TDBAL, bus + TX_RING);
    this.set(REG.TDLEN, RING * 16);
    this.set(REG.RCTL, rctl | RCTL.EN);
    this.set(REG.TCTL, tctl | 2);
    this.reg(REG.ICR);
    this.set(REG.IMS, 0x1ffff);
    return this;
  }

  desc(ring: number, index: number, buffer: number, lower: number, upper: number): void {
    const at = ring + 16 * index;
    this.view.setUint32(at, (this.board.facts.dmaBase + buffer) >>> 0, true);
    this.view.setUint32(at + 4, 0, true);
    this.view.setUint32(at + 8, lower >>> 0, true);
    this.view.setUint32(at + 12, upper >>> 0, true);
  }

  #next = 0;

  /** Puts descriptors into the transmit ring, each with its bytes, and hands them over. */
  send(...descriptors: { bytes?: Uint8Array; lower: number; upper?: number; raw?: [number, number] }[]): void {
    for (const { bytes, lower, upper = 0, raw } of descriptors) {
      const buffer = TX_BUFFERS + this.#next * BUFFER;
      if (bytes !== undefined) this.bytes.set(bytes, buffer);
      this.desc(TX_RING, this.#next, buffer, lower | (bytes?.length ?? 0), upper);
      if (raw !== undefined) {
        this.view.setUint32(TX_RING + 16 * this.#next, raw[0] >>> 0, true);
        this.view.setUint32(TX_RING + 16 * this.#next + 4, raw[1] >>> 0, true);
      }
      this.#next = (this.#next + 1) % RING;
    }
    this.set(REG.TDT, this.#next);
  }

  rx(index: number): { length: number; checksum: number; status: number; errors: number; special: number } {
    const at = RX_RING + 16 * index + 8;
    return {
      length: this.view.getUint16(at, true),
      checksum: this.view.getUint16(at + 2, true),
      status: this.bytes[at + 4]!,
      errors: this.bytes[at + 5]!,
      special: this.view.getUint16(at + 6, true),
    };
  }

  /** The bytes of received descriptor `index`. */
  received(index: number): Uint8Array {
    const at = RX_BUFFERS + index * BUFFER;
    return this.bytes.slice(at, at + this.rx(index).length);
  }

  phy(register: number): number {
    this.set(REG.MDIC, (2 << 26) | (1 << 21) | (register << 16));
    return this.reg(REG.MDIC) & 0xffff;
  }

  setPhy(register: number, value: number): void {
    this.set(REG.MDIC, (1 << 26) | (1 << 21) | (register << 16) | value);
  }
}

/** A frame with the card's address (or another) and counting bytes. */
export function frame(length: number, destination: readonly number[] = OWN_MAC): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => i * 7);
  bytes.set(destination.slice(0, length));
  if (length >= 14) bytes.set([2, 0, 0, 0, 0, 9, 0x88, 0xb5], 6);
  return bytes;
}

const put16 = (bytes: Uint8Array, at: number, value: number): void => bytes.set([value >> 8, value & 255], at);

/** The plain way to sum, to compare with. */
export function internetSum(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let sum = start;
  for (let i = from; i < to; i++) sum += ((i - from) & 1) === 0 ? bytes[i]! << 8 : bytes[i]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

/** The sum of a pseudo header; IPv4 at 14 or IPv6. */
export function pseudoSum(bytes: Uint8Array, length: number, ip = 14): number {
  const v6 = bytes[ip]! >>> 4 === 6;
  const addresses = v6 ? internetSum(bytes, ip + 8, ip + 40) : internetSum(bytes, ip + 12, ip + 20);
  return internetSum(new Uint8Array(), 0, 0, addresses + bytes[ip + (v6 ? 6 : 9)]! + length);
}

/** An IPv4 packet of TCP or UDP in a frame, with right checksums. */
export function ipv4(protocol: number, data: number): Uint8Array {
  const header = protocol === 6 ? 20 : 8;
  const bytes = frame(14 + 20 + header + data);
  put16(bytes, 12, 0x0800);
  bytes.set([0x45, 0], 14);
  put16(bytes, 16, 20 + header + data);
  bytes.set([0x12, 0x34, 0x40, 0, 64, protocol, 0, 0, 10, 0, 2, 15, 10, 0, 2, 2], 18);
  put16(bytes, 24, ~internetSum(bytes, 14, 34) & 0xffff);
  if (protocol === 6) bytes.set([0x50, 0x19, 4, 0, 0, 0, 0, 0], 34 + 12);
  else {
    put16(bytes, 38, header + data);
    put16(bytes, 40, 0);
  }
  const field = protocol === 6 ? 50 : 40;
  put16(bytes, field, ~internetSum(bytes, 34, bytes.length, pseudoSum(bytes, header + data)) & 0xffff);
  return bytes;
}

export function ipv6Tcp(data: number): Uint8Array {
  const bytes = frame(14 + 40 + 20 + data);
  put16(bytes, 12, 0x86dd);
  bytes.set([0x60, 0, 0, 0, (20 + data) >> 8, (20 + data) & 255, 6, 64], 14);
  bytes.set([0x50, 0x19, 4, 0, 0, 0, 0, 0], 54 + 12);
  put16(bytes, 54 + 16, ~internetSum(bytes, 54, bytes.length, pseudoSum(bytes, 20 + data)) & 0xffff);
  return bytes;
}

/** Inserts a tag, as on the wire. */
export function tagged(bytes: Uint8Array, tci: number, type = 0x8100): Uint8Array {
  const result = new Uint8Array(bytes.length + 4);
  result.set(bytes.subarray(0, 12));
  result.set([type >> 8, type & 255, tci >> 8, tci & 255], 12);
  result.set(bytes.subarray(12), 16);
  return result;
}

/** CRC-32 bit by bit, as its four bytes follow the frame. */
export function fcsOf(bytes: Uint8Array): Uint8Array {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  crc = ~crc;
  return Uint8Array.from([crc, crc >>> 8, crc >>> 16, crc >>> 24]);
}

export function sameFrame(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  assert.ok(actual !== undefined && Buffer.compare(actual, expected) === 0, what);
}
