// The host's end of a packet ring (assembly/net/packet/ring.ts): frames on their way to an interface.

import { VECTOR_PACKET } from "../../assembly/arch/wasm/memory.ts";
import type { Machine } from "../machine/machine.ts";

// Words of the ring's header.
const SIZE = 0;
const DATA = 4;
const PROD = 8;
const CONS = 12;
const WANTED = 28;
const RECORD_HEADER = 8;

export class PacketRing {
  /** Its header. */
  readonly address: number;
  readonly #machine: Machine;
  readonly #data: number;
  readonly #size: number;

  /** The ring whose header is at `address`. */
  constructor(machine: Machine, address: number) {
    this.#machine = machine;
    this.address = address;
    this.#size = machine.words.u32(address + SIZE);
    this.#data = machine.words.u32(address + DATA);
  }

  /** The one for whatever the host sends: into the queues of the interfaces. */
  static shared(machine: Machine): PacketRing {
    return new PacketRing(machine, machine.hostCall((core) => core.kpi_packet_ring()) >>> 0);
  }

  /** Where a record of `need` bytes fits, or -1. A record is never cut: the rest of the area may stay unused. */
  #place(need: number): number {
    const { words } = this.#machine;
    const prod = words.u32(this.address + PROD);
    const cons = words.u32(this.address + CONS);
    // prod must not reach cons: that would be an empty ring.
    if (prod < cons) return prod + need < cons ? prod : -1;
    const next = prod + need;
    if (next < this.#size || (next === this.#size && cons > 0)) return prod;
    if (need >= cons) return -1;
    words.setU32(this.#data + prod, 0);
    return 0;
  }

  /** Hands a frame to interface `ifindex`; false if the ring is full. */
  send(ifindex: number, frame: Uint8Array): boolean {
    const { words, text, lines } = this.#machine;
    const need = RECORD_HEADER + ((frame.length + 7) & ~7);
    const at = this.#place(need);
    if (at < 0) return false;
    words.setU32(this.#data + at, ifindex);
    words.setU32(this.#data + at + 4, frame.length);
    text.bytes.set(frame, this.#data + at + RECORD_HEADER);
    words.storeU32(this.address + PROD, at + need === this.#size ? 0 : at + need);
    lines.edge(VECTOR_PACKET);
    return true;
  }

  /** The same; if the ring is full, the core says when it has room (MachineEvents.netRoom). */
  sendOrWait(ifindex: number, frame: Uint8Array): boolean {
    if (this.send(ifindex, frame)) return true;
    this.#machine.words.storeU32(this.address + WANTED, 1);
    // On another CPU, the core may just have made room, and not seen it.
    return this.send(ifindex, frame);
  }
}
