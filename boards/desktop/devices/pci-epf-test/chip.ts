// The PCI endpoint test function: the other side of Linux's pci_endpoint_test driver, as a board with drivers/pci/endpoint
// would be it (Documentation/PCI/endpoint/pci-test-function.rst). Its base addresses are plain memory; in the first lie
//
//   0000 registers (registers.ts)      4000 MSI-X pending bits      8000 MSI-X table
//
// A command in COMMAND is carried out a little later: interrupts of each kind, and DMA both ways with a checksum.
import { FrameBuffer } from "../../../links/frame-buffer.ts";
import type { Timer } from "../../../clock.ts";
import type { Fault } from "../../../faults.ts";
import {
  ConfigSpace,
  EXPRESS_BYTES,
  PCI_CLASS_PROG,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_MASTER,
  PCI_DEVICE_ID,
  PCI_INTERRUPT_PIN,
  PCI_VENDOR_ID,
  ROM,
  type BarKind,
  allOnes,
} from "../../pci/config-space.ts";
import { overrideFields } from "../../pci/fields.ts";
import { PciFunction } from "../../pci/function.ts";
import { Msi } from "../../pci/msi.ts";
import { Msix } from "../../pci/msix.ts";
import { PciExpress } from "../../pci/pcie.ts";
import { PowerManagement } from "../../pci/power.ts";
import { VitalProductData, vitalProductData } from "../../pci/vpd.ts";
import { frameCheckSequence } from "../parts/crc32.ts";
import * as reg from "./registers.ts";
import { romImage } from "./rom.ts";

const PM_CAPABILITY = 0x40;
const MSI_CAPABILITY = 0x50;
const MSIX_CAPABILITY = 0x70;
const EXPRESS_CAPABILITY = 0x80;
const VPD_CAPABILITY = 0xc0;
const MSIX_PLACE = { bar: 0, pba: 0x4000, table: 0x8000 } as const;
export const MSIX_MAX = 2048;

/** Part number, serial number. */
const PRODUCT = { PN: "EPF-TEST", SN: "0001" };
const SERIAL = 0x0123456789abcdefn;
/** It could do 5 GT/s on two lanes, and the slot has one. */
const LINK_MOST = { speed: 2, width: 2 } as const;
const LINK = { speed: 2, width: 1 } as const;

/** PME# from D0 and D3hot, D1, D2; version 3. */
const PMC = 0x4e03;

type Layout = readonly (readonly [kind: BarKind, size: number] | undefined)[];

/** Base addresses by the value of the option `bars`. */
export const LAYOUTS: Readonly<Record<string, Layout>> = {
  "32": [
    ["memory", 0x10000],
    ["memory", 512],
    ["memory", 1024],
    ["memory", 16384],
    ["memory", 131072],
    ["memory", 1048576],
  ],
  "64": [["memory", 0x10000], ["io", 256], ["prefetch64", 16384], undefined, ["memory64", 131072]],
};

/** How long the function takes to look at a command. */
const COMMAND_NS = 1e6;

export interface EndpointOptions {
  /** A key of LAYOUTS. */
  readonly bars: string;
  /** Vectors of either kind; 0: without. */
  readonly msi: number;
  readonly msix: number;
}

export class PciEpfTest extends PciFunction {
  readonly #bars: (DataView<ArrayBuffer> | undefined)[];
  readonly #regs: DataView<ArrayBuffer>;
  #timer: Timer | undefined;

  constructor(options: EndpointOptions, overrides: Readonly<Record<string, number>>) {
    super(new ConfigSpace(EXPRESS_BYTES));
    const { config } = this;
    config.define(PCI_VENDOR_ID, 2, 0x104c);
    config.define(PCI_DEVICE_ID, 2, 0xb500);
    config.define(PCI_CLASS_PROG, 3, 0xff0000);
    config.define(PCI_INTERRUPT_PIN, 1, 1);
    config.allow(PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
    const layout = LAYOUTS[options.bars]!;
    layout.forEach((bar, index) => bar && config.bar(index, ...bar));
    config.bar(ROM, "rom", romImage.byteLength);
    this.#bars = layout.map((bar) => bar && new DataView(new ArrayBuffer(bar[1])));
    this.#regs = this.#bars[0]!;
    const send = (address: number, data: number): void => this.sendMessage(address, data);
    this.vpd = new VitalProductData(config, VPD_CAPABILITY, vitalProductData("PCI endpoint test", PRODUCT));
    this.express = new PciExpress(config, EXPRESS_CAPABILITY, LINK_MOST, LINK, SERIAL);
    if (options.msix > 0) this.msix = new Msix(config, MSIX_CAPABILITY, options.msix, MSIX_PLACE, send);
    if (options.msi > 0) this.msi = new Msi(config, MSI_CAPABILITY, options.msi, send);
    this.power = new PowerManagement(config, PM_CAPABILITY, PMC);
    overrideFields(config, overrides);
  }

  override get faults(): readonly Fault[] {
    return ["descriptor-error", ...super.faults];
  }

  protected override get hasIntxDisable(): boolean {
    return true;
  }

  // ── Base addresses. ──

  barRead(bar: number, offset: number, width: number): number {
    if (bar === ROM) return readView(romImage, offset, width);
    if (bar === 0) {
      const message = this.msix?.read(offset & ~3);
      if (message !== undefined) return ((message >>> ((offset & 3) * 8)) & allOnes(width)) >>> 0;
    }
    return readView(this.#bars[bar]!, offset, width);
  }

  barWrite(bar: number, offset: number, width: number, value: number): void {
    if (bar === ROM) return;
    if (bar === 0 && width === 4 && this.msix?.write(offset, value)) return;
    writeView(this.#bars[bar]!, offset, width, value);
    if (bar === 0) this.#written(offset & ~3);
  }

  #get(register: number): number {
    return this.#regs.getUint32(register, true);
  }

  #set(register: number, value: number): void {
    this.#regs.setUint32(register, value, true);
  }

  #written(register: number): void {
    if (register === reg.COMMAND && this.#get(reg.COMMAND) !== 0) this.#due.set(COMMAND_NS);
    if (register === reg.STATUS && (this.#get(reg.STATUS) & reg.STATUS_IRQ_RAISED) === 0) this.setInterrupt(false);
  }

  get #due(): Timer {
    return (this.#timer ??= this.clock.timer(() => this.#run()));
  }

  // ── Commands. ──

  #run(): void {
    const command = this.#get(reg.COMMAND);
    if (!this.awake || command === 0) return;
    this.#set(reg.COMMAND, 0);
    this.#set(reg.STATUS, 0);
    if ((command & reg.COMMAND_RAISE_LEGACY_IRQ) !== 0) this.#raise(reg.IRQ_TYPE_LEGACY);
    else if ((command & reg.COMMAND_WRITE) !== 0) this.#done(this.#write());
    else if ((command & reg.COMMAND_READ) !== 0) this.#done(this.#read());
    else if ((command & reg.COMMAND_COPY) !== 0) this.#done(this.#copy());
    else if ((command & reg.COMMAND_RAISE_MSI_IRQ) !== 0) this.#raise(reg.IRQ_TYPE_MSI);
    else if ((command & reg.COMMAND_RAISE_MSIX_IRQ) !== 0) this.#raise(reg.IRQ_TYPE_MSIX);
  }

  #done(status: number): void {
    this.dma.aborted = false;
    this.#set(reg.STATUS, this.descriptorError() ? (status & reg.STATUS_SUCCESS) << 1 : status);
    this.#raise(this.#get(reg.IRQ_TYPE));
  }

  #raise(type: number): void {
    const status = this.#get(reg.STATUS);
    this.#set(reg.STATUS, status | reg.STATUS_IRQ_RAISED);
    const vector = this.#get(reg.IRQ_NUMBER) - 1;
    if (type === reg.IRQ_TYPE_LEGACY) this.setInterrupt(true);
    else if (type === reg.IRQ_TYPE_MSI && this.msi?.raise(vector)) return;
    else if (type === reg.IRQ_TYPE_MSIX && this.msix?.raise(vector)) return;
    else this.#set(reg.STATUS, status); // a vector that it has not
  }

  #address(register: number): number {
    return this.#get(register + 4) * 0x100000000 + this.#get(register);
  }

  /** As much as SIZE says, from the board's memory; undefined if the bus refused. */
  #fetch(): FrameBuffer | undefined {
    const size = this.#get(reg.SIZE);
    // What is larger than memory is refused before there is a buffer for it.
    if (size > this.slot.services.memory.buffer.byteLength) return undefined;
    const buffer = new FrameBuffer(size);
    return this.dma.readInto(this.#address(reg.SRC_ADDR), buffer, 0, size) ? buffer : undefined;
  }

  #store(buffer: FrameBuffer): boolean {
    return this.dma.writeFrom(this.#address(reg.DST_ADDR), buffer, 0, this.#get(reg.SIZE));
  }

  /** What crc32_le(~0, …) makes of it. */
  #checksum(buffer: FrameBuffer): number {
    return ~frameCheckSequence(buffer, this.#get(reg.SIZE)) >>> 0;
  }

  #read(): number {
    const buffer = this.#fetch();
    if (buffer === undefined) return reg.STATUS_READ_FAIL | reg.STATUS_SRC_ADDR_INVALID;
    return this.#checksum(buffer) === this.#get(reg.CHECKSUM) ? reg.STATUS_READ_SUCCESS : reg.STATUS_READ_FAIL;
  }

  #write(): number {
    const size = this.#get(reg.SIZE);
    if (size > this.slot.services.memory.buffer.byteLength) return reg.STATUS_WRITE_FAIL;
    const buffer = new FrameBuffer(size);
    this.slot.services.random(buffer.view(size));
    this.#set(reg.CHECKSUM, this.#checksum(buffer));
    return this.#store(buffer) ? reg.STATUS_WRITE_SUCCESS : reg.STATUS_WRITE_FAIL | reg.STATUS_DST_ADDR_INVALID;
  }

  #copy(): number {
    const buffer = this.#fetch();
    if (buffer === undefined) return reg.STATUS_COPY_FAIL | reg.STATUS_SRC_ADDR_INVALID;
    return this.#store(buffer) ? reg.STATUS_COPY_SUCCESS : reg.STATUS_COPY_FAIL | reg.STATUS_DST_ADDR_INVALID;
  }

  // ── State. ──

  protected deviceReset(): void {
    this.#timer?.cancel();
    for (const bar of this.#bars) if (bar !== undefined) new Uint8Array(bar.buffer).fill(0);
  }

  protected deviceSave(): Record<string, unknown> {
    const bars = this.#bars.map((bar) => bar && Buffer.from(bar.buffer).toString("base64"));
    return { bars, due: this.#timer?.pending === true };
  }

  protected deviceRestore(state: Readonly<Record<string, unknown>>): void {
    const bars = state["bars"] as (string | undefined)[];
    this.#bars.forEach((bar, index) => bar && new Uint8Array(bar.buffer).set(Buffer.from(bars[index]!, "base64")));
    this.#timer?.cancel();
    if (state["due"] === true) this.#due.set(COMMAND_NS);
  }
}

/** Nothing decodes what lies behind the end, nor an access across it. */
function readView(view: DataView, offset: number, width: number): number {
  if (offset + width > view.byteLength) return allOnes(width);
  if (width === 4) return view.getUint32(offset, true);
  return width === 2 ? view.getUint16(offset, true) : view.getUint8(offset);
}

function writeView(view: DataView, offset: number, width: number, value: number): void {
  if (offset + width > view.byteLength) return;
  if (width === 4) view.setUint32(offset, value, true);
  else if (width === 2) view.setUint16(offset, value, true);
  else view.setUint8(offset, value);
}
