// The 82540EM Gigabit Ethernet controller ("e1000"): one PCI function with 128 KiB of registers in memory space, and an
// I/O window that leads to them. This file puts the parts together; what each does is in its own file:
//
//   register-table.ts  every register and what an access does     config.ts       PCI identity
//   transmitter.ts     descriptor ring, legacy and extended       tx-offload.ts   checksums, VLAN tags, segmentation
//   receiver.ts        from the wire to the ring                  filter.ts       addresses, multicast hash, VLANs
//   rx-ring.ts         receive descriptors                        rx-fifo.ts      what waits for them
//   rx-checksum.ts     checksum status                            flow-control.ts PAUSE frames
//   interrupts.ts      ICR, IMS, ITR                              delay-timer.ts  RDTR, RADV, TIDV, TADV
//   eeprom.ts          EECD, EERD, contents, autoload             phy.ts          MDIC, link
//   statistics.ts      counters                                   wake.ts         wake-up from D3
import type { FrameBuffer } from "../../../links/frame-buffer.ts";
import { ETH_ZLEN } from "../../../../host/net/packet.ts";
import { Nic } from "../../nic.ts";
import { frameCheckSequence } from "../parts/crc32.ts";
import { DwordRegisters } from "../parts/dword-registers.ts";
import { Eeprom93c46 } from "../parts/eeprom93c46.ts";
import { describeFunction, MEMORY_BAR } from "./config.ts";
import { autoload, factoryEeprom } from "./eeprom.ts";
import { FlowControl } from "./flow-control.ts";
import { Interrupts } from "./interrupts.ts";
import { Phy } from "./phy.ts";
import { Receiver } from "./receiver.ts";
import { KEPT_BY_RESET, REGISTERS } from "./register-table.ts";
import {
  CTRL,
  CTRL_PHY_RST,
  CTRL_RST,
  CTRL_SLU,
  INT_LSC,
  RCTL,
  RCTL_LBM_MAC,
  REGISTER_BYTES,
  STATUS,
  STATUS_ASDV_SHIFT,
  STATUS_FD,
  STATUS_LU,
  STATUS_SPEED_SHIFT,
  TCTL,
  TCTL_PSP,
} from "./registers.ts";
import { Statistics } from "./statistics.ts";
import { Transmitter } from "./transmitter.ts";
import { WakeUp } from "./wake.ts";

const FCS_BYTES = 4;
/** The I/O window: an address, and the register there. */
const IOADDR = 0;
const IODATA = 4;

export class E1000 extends Nic {
  readonly eeprom: Eeprom93c46;
  readonly regs: DwordRegisters<E1000>;
  readonly statistics: Statistics;
  readonly interrupts: Interrupts;
  readonly phy: Phy;
  readonly flow: FlowControl;
  readonly receiver: Receiver;
  readonly transmitter: Transmitter;
  readonly wake: WakeUp;

  #ioAddress = 0;
  /** As STATUS.LU said it last. */
  #linkUp = false;

  /** `negotiation`: nanoseconds from carrier to link. */
  constructor(mac: Uint8Array, overrides: Readonly<Record<string, number>>, negotiation: number) {
    super(mac);
    describeFunction(this, overrides);
    this.eeprom = new Eeprom93c46(() => this.clock);
    this.eeprom.words.set(factoryEeprom(this.config, mac));
    this.regs = new DwordRegisters<E1000>(this, REGISTERS, REGISTER_BYTES);
    this.statistics = new Statistics(this);
    this.interrupts = new Interrupts(this);
    this.phy = new Phy(this, negotiation);
    this.flow = new FlowControl(this);
    this.receiver = new Receiver(this);
    this.transmitter = new Transmitter(this);
    this.wake = new WakeUp(this);
  }

  protected frameArrived(frame: Uint8Array): boolean {
    return this.receiver.fromLink(frame);
  }

  protected frameMissed(frame: Uint8Array): void {
    this.receiver.receive(frame, true);
  }

  protected cableReady(): void {
    this.transmitter.resume();
  }

  protected carrierChanged(): void {
    this.phy.carrierChanged();
  }

  // ── Registers. ──

  barRead(bar: number, offset: number, width: number): number {
    if (bar === MEMORY_BAR) return this.regs.read(offset, width);
    if (width !== 4) return 0;
    if (offset === IOADDR) return this.#ioAddress;
    return offset === IODATA ? this.regs.read(this.#ioAddress, 4) : 0;
  }

  barWrite(bar: number, offset: number, width: number, value: number): void {
    if (bar === MEMORY_BAR) this.regs.write(offset, width, value);
    else if (width !== 4) return;
    else if (offset === IOADDR) this.#ioAddress = (value & ~3) >>> 0;
    else if (offset === IODATA) this.regs.write(this.#ioAddress, 4, value);
  }

  /** CTRL: resets of the chip and of the PHY, SLU. */
  writeControl(value: number): void {
    const { value: regs } = this.regs;
    if ((value & CTRL_RST) !== 0) {
      this.#resetDevice();
      return;
    }
    const before = regs[CTRL >> 2]!;
    regs[CTRL >> 2] = value;
    if ((value & ~before & CTRL_PHY_RST) !== 0) this.phy.reset();
    this.mediumChanged();
  }

  readStatus(): number {
    const { speed, fullDuplex } = this.phy;
    const asdv = this.linkUp ? (speed === 2 ? 3 : speed) : 0;
    return (
      this.regs.value[STATUS >> 2]! |
      (fullDuplex ? STATUS_FD : 0) |
      (this.linkUp ? STATUS_LU : 0) |
      (speed << STATUS_SPEED_SHIFT) |
      (asdv << STATUS_ASDV_SHIFT)
    );
  }

  /** 0: 10 Mbit/s, 1: 100, 2: 1000. */
  get speed(): number {
    return this.phy.speed;
  }

  /** STATUS.LU: the PHY has a link, and CTRL.SLU lets the MAC see it. */
  get linkUp(): boolean {
    return this.phy.linkUp && (this.regs.value[CTRL >> 2]! & CTRL_SLU) !== 0;
  }

  /** What is sent comes back: in the PHY, or in the MAC (RCTL.LBM). */
  get loopback(): boolean {
    return this.phy.loopback || (this.regs.value[RCTL >> 2]! & RCTL_LBM_MAC) !== 0;
  }

  /** The link may have come or gone, or loopback begun. */
  mediumChanged(): void {
    if (this.linkUp !== this.#linkUp) {
      this.#linkUp = this.linkUp;
      if (this.awake) this.interrupts.raise(INT_LSC);
      else this.wake.linkChanged();
    }
    this.transmitter.resume();
  }

  /** CTRL.RST: everything but configuration space, PHY and EEPROM begins anew. */
  #resetDevice(): void {
    this.regs.reset((register) => !KEPT_BY_RESET.has(register.offset));
    this.#linkUp = false;
    this.flow.reset();
    this.receiver.reset();
    this.transmitter.reset();
    this.interrupts.reset();
    this.reload();
  }

  /** Takes from the EEPROM what it has. */
  reload(): void {
    autoload(this);
  }

  protected deviceReset(): void {
    this.#ioAddress = 0;
    this.#resetDevice();
    this.phy.powerOn();
  }

  /** Bus mastering may have been allowed, or the device woken: go on with what waits. */
  protected override commandChanged(): void {
    this.receiver.resume();
    this.transmitter.resume();
  }

  // ── The medium. ──

  /** Sends a frame: pads it, puts it on the wire or gives it to the own receiver. `ifcs`: the chip appends the FCS. */
  transmit(frame: FrameBuffer, length: number, ifcs: boolean): void {
    const { bytes } = frame;
    let good = true;
    if (!ifcs) {
      // The driver appended the FCS itself. Links carry frames without it: a wrong one is lost at the next station.
      if (length < FCS_BYTES) return;
      length -= FCS_BYTES;
      const fcs = bytes[length]! | (bytes[length + 1]! << 8) | (bytes[length + 2]! << 16) | (bytes[length + 3]! << 24);
      good = fcs === frameCheckSequence(frame, length);
    } else if (length < ETH_ZLEN && (this.regs.value[TCTL >> 2]! & TCTL_PSP) !== 0) {
      bytes.fill(0, length, ETH_ZLEN);
      length = ETH_ZLEN;
    }
    this.statistics.transmitted(bytes, length + FCS_BYTES);
    if (this.loopback) this.receiver.receive(frame.view(length), good);
    else if (good) this.put(frame.view(length));
  }

  // ── State. ──

  protected deviceSave(): Record<string, unknown> {
    return {
      regs: this.regs.save(),
      eeprom: this.eeprom.save(),
      phy: this.phy.save(),
      interrupts: this.interrupts.save(),
      flow: this.flow.save(),
      receiver: this.receiver.save(),
      transmitter: this.transmitter.save(),
      ioAddress: this.#ioAddress,
      linkUp: this.#linkUp,
    };
  }

  protected deviceRestore(state: Readonly<Record<string, unknown>>): void {
    this.regs.restore(state["regs"] as Record<string, number[]>);
    this.eeprom.restore(state["eeprom"] as ReturnType<Eeprom93c46["save"]>);
    this.phy.restore(state["phy"] as ReturnType<Phy["save"]>);
    this.interrupts.restore(state["interrupts"] as ReturnType<Interrupts["save"]>);
    this.flow.restore(state["flow"] as ReturnType<FlowControl["save"]>);
    this.receiver.restore(state["receiver"] as ReturnType<Receiver["save"]>);
    this.transmitter.restore(state["transmitter"] as ReturnType<Transmitter["save"]>);
    this.#ioAddress = state["ioAddress"] as number;
    this.#linkUp = state["linkUp"] as boolean;
  }
}
