// The QEMU board: a PC of QEMU's (q35), whose processor is parked, and whose RAM is the wasm memory itself. Devices are QEMU's
// own models; they read and write RAM without anybody between, and their registers are reached over a pipe.
//
//   00:00.0 host bridge      00:03.0 first device, 00:04.0 the next, … or where `addr=` says, to 00:18
//   memory BARs 0xc0000000…  I/O BARs 0xc000…  ECAM 0xb0000000
//   IOAPIC inputs are vectors of the same number: 20..23 are the lines of PCI slots; MSI and MSI-X: 32..95 (messages.ts)
import { closeSync } from "node:fs";
import { ARENA, HEARTBEAT } from "../../assembly/arch/wasm/memory.ts";
import { KpiError } from "../../host/error.ts";
import { NativeFd } from "../../host/native/fd.ts";
import { createMemoryFile, mapOver } from "../../host/native/shared-memory.ts";
import type { BoardFacts, BoardHardware, BoardServices } from "../board.ts";
import type { DeviceSpec } from "../desktop/spec.ts";
import { type Link, closeAll } from "../links/link.ts";
import type { Peer } from "../links/peer.ts";
import { PeerLink } from "../links/peer-link.ts";
import type { Wire } from "../links/wire.ts";
import type { FaultInjector } from "../faults.ts";
import { pciName } from "../pci-ids.ts";
import { CardPort } from "./card.ts";
import { ConfigSpace } from "./config-space.ts";
import { messageOf, Messages } from "./messages.ts";
import { placeDevices, type QemuDevice } from "./devices.ts";
import { PURPOSE, QemuProcess } from "./process.ts";
import { checkMemory } from "./self-test.ts";
import type { Qtest } from "./qtest.ts";

/** What leads to a card: a wire from its port in this process, and who is at the other end. */
export interface QemuCable {
  readonly wire: Wire;
  readonly peer: Peer;
}

/** Inputs of the IOAPIC that lead to the CPU as vectors; those below are the timer's, the keyboard's and the second
 *  controller's. */
const FIRST_INPUT = 3;
const PCI_INPUT = 20;

/** One way. The card and its socket add what they cost. */
const LINK_LATENCY_NS = 0;

export class QemuBoard implements BoardHardware {
  readonly name = "qemu";
  readonly virtualTime = false;
  readonly facts: BoardFacts = {
    dmaBase: 0,
    pciMemory: { base: 0xc0000000, size: 0x3e000000 },
    pciIo: { base: 0xc000, size: 0x4000 },
    pciLastBus: 255,
    intx: [PCI_INPUT, PCI_INPUT + 1, PCI_INPUT + 2, PCI_INPUT + 3],
    message: messageOf,
  };

  readonly faults: FaultInjector = {
    kinds: (bdf) => (this.#port(bdf) === undefined ? [] : ["link-flap"]),
    inject: (bdf, _fault, seconds) => this.#port(bdf)!.flap(seconds),
  };

  readonly #devices: readonly QemuDevice[];
  #process: QemuProcess | undefined;
  #qtest!: Qtest;
  #config!: ConfigSpace;
  #messages: Messages | undefined;
  #services!: BoardServices;
  #words!: Int32Array;
  #cables: QemuCable[] = [];
  #ports: { readonly device: QemuDevice; readonly port: CardPort }[] = [];
  /** Lines that are asserted, as bits. */
  #asserted = 0;

  readonly #links: Link[];
  readonly #extra: readonly string[];

  /** `links`: what the cards' cables lead to; the cards behind the last one have a peer each. `extra`: arguments for QEMU. */
  constructor(devices: readonly DeviceSpec[], links: readonly Link[] = [], extra: readonly string[] = []) {
    this.#extra = extra;
    this.#devices = placeDevices(devices);
    this.#links = [...links];
    const cards = this.#devices.filter(({ peer }) => peer).length;
    if (links.length > cards) throw new KpiError(`${links.length} links, and ${cards} devices that may have one`, 2);
  }

  powerOn(services: BoardServices): void {
    this.#services = services;
    this.#words = new Int32Array(services.memory.buffer);
    const native = new NativeFd(PURPOSE);
    const bytes = services.memory.buffer.byteLength;
    const ram = createMemoryFile(PURPOSE, "kpi-ram", bytes);
    try {
      // What lies below is the core's own, which no device has to do with: a device that writes there, as QEMU's vmxnet3 does
      // when its plug is pulled before a driver has told it where to, writes into a file that nobody reads.
      mapOver(PURPOSE, services.memory, ram, ARENA);
      this.#process = QemuProcess.start(native, this.#devices, this.#extra, ram, bytes, {
        irq: (line, raised) => this.#irq(line, raised),
        waiting: () => this.#beat(),
        received: () => this.#messages?.collect(),
        failed: (error) => services.fail(error),
      });
    } finally {
      closeSync(ram);
    }
    try {
      this.#started(this.#process, native);
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  #started(qemu: QemuProcess, native: NativeFd): void {
    const services = this.#services;
    this.#qtest = qemu.qtest;
    checkMemory(this.#qtest, services.memory);
    this.#config = new ConfigSpace(this.#qtest, this.#devices);
    this.#messages = new Messages(this.#qtest, services.lines);
    const fail = (error: Error): void => services.fail(error);
    for (const card of qemu.cards) {
      const link = this.#links.shift() ?? new PeerLink(LINK_LATENCY_NS);
      const port = new CardPort(native, card.fd, link, (plugged) => qemu.plug(card, plugged), fail);
      this.#ports.push({ device: card.device, port });
      port.start(services);
      const end = PeerLink.of(link);
      if (end !== undefined) this.#cables.push({ wire: end.wire, peer: end.peer });
    }
    if (this.#links.length > 0) throw new KpiError("more links than network cards", 2);
  }

  /** A CPU that waits for QEMU is not stuck in its own code. */
  #beat(): void {
    Atomics.add(this.#words, HEARTBEAT >>> 2, 1);
  }

  #irq(line: number, raised: boolean): void {
    if (line < FIRST_INPUT || this.#messages?.irq(line, raised)) return;
    if (raised) this.#asserted |= 1 << line;
    else this.#asserted &= ~(1 << line);
    this.#services.lines.level(line, raised);
  }

  /** After a write. While a line is asserted a driver is about to make the device lower it, and the core will look at the
   *  line next: it must then be what the write made of it. */
  #written(): void {
    if (this.#asserted === 0) {
      this.#services.posted();
      return;
    }
    this.#qtest.sync();
    this.#messages!.collect();
  }

  mmioRead(address: number, width: number): number {
    const value = this.#qtest.mmioRead(address, width);
    this.#messages!.collect();
    return value;
  }

  mmioWrite(address: number, width: number, value: number): void {
    this.#qtest.mmioWrite(address, width, value);
    this.#written();
  }

  portRead(port: number, width: number): number {
    const value = this.#qtest.portRead(port, width);
    this.#messages!.collect();
    return value;
  }

  portWrite(port: number, width: number, value: number): void {
    this.#qtest.portWrite(port, width, value);
    this.#written();
  }

  pciRead(bdf: number, where: number, width: number): number {
    return this.#config.read(bdf, where, width);
  }

  /** Not posted on any bus. */
  pciWrite(bdf: number, where: number, width: number, value: number): void {
    this.#config.write(bdf, where, width, value);
    this.#qtest.sync();
  }

  /** What was posted has happened when it returns. */
  poll(): void {
    if (this.#qtest.idle) this.#qtest.drain();
    else this.#qtest.sync();
    this.#messages!.collect();
  }

  describe(bdf: number): string | undefined {
    const id = this.#config.read(bdf, 0, 4);
    return pciName(id & 0xffff, id >>> 16);
  }

  #port(bdf: number): CardPort | undefined {
    return this.#ports.find(({ device }) => device.devfn === bdf)?.port;
  }

  get cables(): readonly QemuCable[] {
    return this.#cables;
  }

  async close(): Promise<void> {
    this.#cables = [];
    try {
      closeAll([...this.#ports.map(({ port }) => port), ...this.#links.splice(0)]);
    } finally {
      await this.#process?.close();
    }
  }
}
