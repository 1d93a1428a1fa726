// The RTL8139C+ Fast Ethernet controller: one PCI function with 256 bytes of registers, seen through an I/O and a
// memory base address. This file puts the parts together; what each does is in its own file:
//
//   register-table.ts  every register and what an access does      config.ts    EEPROM port, CONFIGn, autoload
//   tx-slots.ts        transmit, C mode: four TSD/TSAD slots       tx-ring.ts   transmit, C+ mode: descriptors
//   receiver.ts        filter and dispatch of received frames      phy.ts       MII registers, link state
//   rx-buffer.ts       receive, C mode: one ring of bytes          rx-ring.ts   receive, C+ mode: descriptors
//   offload.ts         checksums, TCP segmentation                 timer.ts     TCTR, TimerInt
//
// The same silicon without C+ mode is the RTL8139C: below PCI revision 0x20 the model is that.
import type { FrameBuffer } from "../../../links/frame-buffer.ts";
import { Nic } from "../../nic.ts";
import { PCI_REVISION_ID } from "../../pci/config-space.ts";
import { frameCheckSequence } from "../parts/crc32.ts";
import { Eeprom93c46 } from "../parts/eeprom93c46.ts";
import { RegisterFile } from "../parts/register-file.ts";
import { autoload, describeFunction } from "./config.ts";
import { factoryEeprom } from "./eeprom-image.ts";
import { Phy } from "./phy.ts";
import { Receiver } from "./receiver.ts";
import { KEPT_BY_SOFTWARE_RESET, registerTable } from "./register-table.ts";
import {
  CPCR,
  CPCR_RXEN,
  CPCR_TXEN,
  CR,
  CR_RE,
  CR_RST,
  CR_TE,
  IMR,
  INT_SERR,
  ISR,
  REGISTER_BYTES,
  TCR,
  TCR_CRC,
  TCR_LBK,
} from "./registers.ts";
import { Tally } from "./tally.ts";
import { Timer } from "./timer.ts";
import { TransmitRings } from "./tx-ring.ts";
import { TransmitSlots } from "./tx-slots.ts";

/** How long a software reset takes. */
const RESET_NS = 5000;

export class Rtl8139 extends Nic {
  /** Whether it is a C+. */
  readonly plus: boolean;
  readonly eeprom: Eeprom93c46;
  readonly regs: RegisterFile<Rtl8139>;
  readonly phy: Phy;
  readonly tally: Tally;
  readonly timer: Timer;
  readonly receiver: Receiver;
  readonly slots: TransmitSlots;
  readonly rings: TransmitRings;

  #resetUntil = 0;

  constructor(mac: Uint8Array, overrides: Readonly<Record<string, number>>) {
    super(mac);
    describeFunction(this, overrides);
    this.plus = this.config.get8(PCI_REVISION_ID) >= 0x20;
    this.eeprom = new Eeprom93c46(() => this.clock);
    this.eeprom.words.set(factoryEeprom(this.config, mac));
    this.regs = new RegisterFile<Rtl8139>(this, registerTable(this.plus), REGISTER_BYTES);
    this.phy = new Phy(this);
    this.tally = new Tally(this);
    this.timer = new Timer(this);
    this.receiver = new Receiver(this);
    this.slots = new TransmitSlots(this);
    this.rings = new TransmitRings(this);
  }

  protected frameArrived(frame: Uint8Array): boolean {
    return this.receiver.fromLink(frame);
  }

  protected frameMissed(frame: Uint8Array): void {
    this.#receive(frame, true);
  }

  /** A frame that comes now or never. */
  #receive(frame: Uint8Array, fcsOk: boolean): void {
    if (!this.receiver.receive(frame, fcsOk)) this.receiver.missed();
  }

  protected cableReady(): void {
    this.#goOn();
  }

  protected carrierChanged(carrier: boolean): void {
    this.phy.carrierChanged(carrier);
  }

  // ── Registers. ──

  barRead(_bar: number, offset: number, width: number): number {
    return this.regs.read(offset, width);
  }

  barWrite(_bar: number, offset: number, width: number, value: number): void {
    this.regs.write(offset, width, value);
    // Descriptors are given in memory. The driver that gave some also tells the chip that it has done its work.
    this.roomMade();
  }

  /** Sets interrupt status bits. */
  raise(bits: number): void {
    this.regs.value[ISR]! |= bits;
    this.updateInterrupt();
  }

  /** INTA# follows ISR & IMR. */
  updateInterrupt(): void {
    this.setInterrupt((this.regs.value[ISR]! & this.regs.value[IMR]!) !== 0);
  }

  /** Whether DMA since the last look was refused by the bus; then the chip says System Error. */
  busError(): boolean {
    if (!this.dma.aborted) return false;
    this.dma.aborted = false;
    this.raise(INT_SERR);
    return true;
  }

  get transmitting(): boolean {
    return this.awake && (this.regs.value[CR]! & CR_TE) !== 0;
  }

  get receiving(): boolean {
    return (this.regs.value[CR]! & CR_RE) !== 0;
  }

  /** Whether transmission is in C+ mode. */
  get plusTransmit(): boolean {
    return (this.regs.value[CPCR]! & CPCR_TXEN) !== 0;
  }

  get plusReceive(): boolean {
    return (this.regs.value[CPCR]! & CPCR_RXEN) !== 0;
  }

  /** CR (6.4). A rising TE or RE starts at the first descriptor, a rising RE also with an empty receive buffer. */
  writeCommand(value: number, mask: number): void {
    if ((value & CR_RST) !== 0) {
      this.softwareReset();
      return;
    }
    const before = this.regs.value[CR]!;
    this.regs.store(CR, value, mask & (CR_TE | CR_RE));
    const rising = this.regs.value[CR]! & ~before;
    if ((rising & CR_TE) !== 0) {
      this.rings.rewind();
      this.slots.start();
    }
    if ((rising & CR_RE) !== 0) this.receiver.rewind();
  }

  get resetting(): boolean {
    return this.clock.now() < this.#resetUntil;
  }

  /** Reset by CR.RST: transmitter and receiver off, FIFOs and buffer pointers at their start. IDR, MAR, configuration
   *  and PHY keep their values. */
  softwareReset(): void {
    this.regs.reset((register) => !KEPT_BY_SOFTWARE_RESET.has(register.offset));
    this.#stop();
    this.#resetUntil = this.clock.now() + RESET_NS;
    this.updateInterrupt();
  }

  protected deviceReset(): void {
    this.regs.reset();
    this.#stop();
    this.#resetUntil = 0;
    this.tally.clear();
    this.phy.reset();
    autoload(this);
    this.updateInterrupt();
  }

  #stop(): void {
    this.slots.rewind();
    this.rings.reset();
    this.receiver.rewind();
    this.timer.reset();
  }

  /** Bus mastering may have been allowed, or the device woken: go on with what waits. */
  protected override commandChanged(): void {
    this.roomMade();
    this.#goOn();
  }

  #goOn(): void {
    if (!this.transmitting) return;
    this.slots.start();
    this.rings.resume();
  }

  // ── The medium. ──

  /** Puts a frame on the wire, or gives it to the own receiver in loopback mode. False: there is no link. */
  transmit(buffer: FrameBuffer, length: number): boolean {
    const tcr = this.regs.value[TCR]!;
    let fcsOk = true;
    if ((tcr & TCR_CRC) !== 0) {
      // The host appended the FCS itself. Links carry frames without it: a wrong one is lost at the next station.
      length = Math.max(length - 4, 0);
      const given = buffer.bytes;
      const fcs = given[length]! | (given[length + 1]! << 8) | (given[length + 2]! << 16) | (given[length + 3]! << 24);
      fcsOk = fcs === frameCheckSequence(buffer, length);
    }
    if ((tcr & TCR_LBK) === TCR_LBK) {
      this.#receive(buffer.view(length), fcsOk);
      return true;
    }
    if (!this.phy.linkUp) return false;
    if (fcsOk) this.put(buffer.view(length));
    return true;
  }

  // ── State. ──

  protected deviceSave(): Record<string, unknown> {
    return {
      regs: this.regs.save(),
      eeprom: this.eeprom.save(),
      phy: this.phy.save(),
      tally: this.tally.save(),
      timer: this.timer.save(),
      receiver: this.receiver.save(),
      slots: this.slots.save(),
      rings: this.rings.save(),
      resetUntil: this.#resetUntil,
    };
  }

  protected deviceRestore(state: Readonly<Record<string, unknown>>): void {
    this.regs.restore(state["regs"] as Record<string, number>);
    this.eeprom.restore(state["eeprom"] as ReturnType<Eeprom93c46["save"]>);
    this.phy.restore(state["phy"] as ReturnType<Phy["save"]>);
    this.tally.restore(state["tally"] as number[]);
    this.timer.restore(state["timer"] as number);
    this.receiver.restore(state["receiver"] as number);
    this.slots.restore(state["slots"] as number);
    this.rings.restore(state["rings"] as ReturnType<TransmitRings["save"]>);
    this.#resetUntil = state["resetUntil"] as number;
  }
}
