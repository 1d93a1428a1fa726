// The host's end of the packet ring (assembly/net/packet/ring.ts): frames on their way to an interface's queue.

import { VECTOR_PACKET } from "../../assembly/arch/wasm/memory.ts";
import type { Machine } from "../machine/machine.ts";

// Words of the ring's header.
const SIZE = 0;
const DATA = 4;
const PROD = 8;
const CONS = 12;
const RECORD_HEADER = 8;

export class PacketRing {
  readonly #machine: Machine;
  readonly #ring: number;
  readonly #data: number;
  readonly #size: number;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#ring = machine.hostCall((core) => core.kpi_packet_ring()) >>> 0;
    this.#size = machine.words.u32(this.#ring + SIZE);
    this.#data = machine.words.u32(this.#ring + DATA);
  }

  /** Where a record of `need` bytes fits, or -1. A record is never cut: the rest of the area may stay unused. */
  #place(need: number): number {
    const { words } = this.#machine;
    const prod = words.u32(this.#ring + PROD);
    const cons = words.u32(this.#ring + CONS);
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
    words.storeU32(this.#ring + PROD, at + need === this.#size ? 0 : at + need);
    lines.edge(VECTOR_PACKET);
    return true;
  }
}
