// The ARP cache of one interface (RFC 826; states and times after Linux's neighbour table, arp(7)). It knows when to
// ask and when to give up; how a request gets on the wire, and what happens to packets that wait, it is told.
import type { Alarm, Clock } from "../../boards/clock.ts";
import { ETH_ALEN } from "./packet.ts";

/** How long an answer is believed without a doubt; afterwards it is used, and asked for again. */
const REACHABLE_NS = 30e9;
/** mcast_solicit and retrans_time. */
const TRIES = 3;
const RETRANSMIT_NS = 1e9;
/** Packets that wait for one address. */
const QUEUE_MAX = 16;
/** Entries kept; a flood of made-up addresses must not grow the table. */
const ENTRIES_MAX = 1024;

export type NeighbourState = "INCOMPLETE" | "REACHABLE" | "PROBE" | "PERMANENT" | "FAILED";

export class Neighbour {
  readonly ip: number;
  readonly mac = new Uint8Array(ETH_ALEN);
  state: NeighbourState = "INCOMPLETE";
  /** Copies of the frames that wait for the address. */
  waiting: Uint8Array[] = [];
  tries = 0;
  confirmed = 0;
  alarm: Alarm | undefined;

  constructor(ip: number) {
    this.ip = ip;
  }
}

export interface ArpActions {
  request(ip: number): void;
  /** The address is known now: send what waited. */
  resolved(neighbour: Neighbour, frame: Uint8Array): void;
  /** Nobody answered: these are undeliverable. */
  failed(ip: number, frames: readonly Uint8Array[]): void;
}

export class ArpCache {
  readonly #clock: Clock;
  readonly #actions: ArpActions;
  readonly #entries = new Map<number, Neighbour>();

  constructor(clock: Clock, actions: ArpActions) {
    this.#clock = clock;
    this.#actions = actions;
  }

  /** The neighbour's MAC address, or undefined if it has to be asked for first: then `frame` waits (a copy). */
  lookup(ip: number, frame: Uint8Array): Uint8Array | undefined {
    let entry = this.#entries.get(ip);
    if (entry === undefined || entry.state === "FAILED") {
      if (entry === undefined) entry = this.#add(ip);
      entry.state = "INCOMPLETE";
      this.#ask(entry);
    }
    if (entry.state === "INCOMPLETE") {
      if (entry.waiting.length === QUEUE_MAX) entry.waiting.shift();
      entry.waiting.push(frame.slice());
      return undefined;
    }
    if (entry.state === "REACHABLE" && this.#clock.now() - entry.confirmed > REACHABLE_NS) {
      entry.state = "PROBE";
      this.#ask(entry);
    }
    return entry.mac;
  }

  /** An ARP packet told where `ip` is. Only `wanted` ones make a new entry. */
  learn(ip: number, bytes: Uint8Array, at: number, wanted: boolean): void {
    let entry = this.#entries.get(ip);
    if (entry === undefined) {
      if (!wanted) return;
      entry = this.#add(ip);
    }
    if (entry.state === "PERMANENT") return;
    for (let i = 0; i < ETH_ALEN; i++) entry.mac[i] = bytes[at + i]!;
    entry.state = "REACHABLE";
    entry.confirmed = this.#clock.now();
    entry.tries = 0;
    entry.alarm?.cancel();
    entry.alarm = undefined;
    const waiting = entry.waiting;
    entry.waiting = [];
    for (const frame of waiting) this.#actions.resolved(entry, frame);
  }

  /** A static entry, as `ip neigh add … nud permanent`. */
  add(ip: number, mac: Uint8Array): void {
    this.learn(ip, mac, 0, true);
    this.#entries.get(ip)!.state = "PERMANENT";
  }

  /** Forgets everything but static entries; the interface went down. */
  flush(): void {
    for (const entry of [...this.#entries.values()]) {
      if (entry.state === "PERMANENT") continue;
      entry.alarm?.cancel();
      this.#entries.delete(entry.ip);
    }
  }

  entries(): Iterable<Neighbour> {
    return this.#entries.values();
  }

  #add(ip: number): Neighbour {
    if (this.#entries.size >= ENTRIES_MAX) {
      // The oldest goes; a Map keeps them in order.
      for (const old of this.#entries.values()) {
        if (old.state === "PERMANENT") continue;
        old.alarm?.cancel();
        this.#entries.delete(old.ip);
        break;
      }
    }
    const entry = new Neighbour(ip);
    this.#entries.set(ip, entry);
    return entry;
  }

  #ask(entry: Neighbour): void {
    entry.tries++;
    entry.alarm = this.#clock.after(RETRANSMIT_NS, () => this.#timeout(entry));
    this.#actions.request(entry.ip);
  }

  #timeout(entry: Neighbour): void {
    entry.alarm = undefined;
    if (entry.tries < TRIES) {
      this.#ask(entry);
      return;
    }
    entry.tries = 0;
    entry.state = "FAILED";
    const waiting = entry.waiting;
    entry.waiting = [];
    if (waiting.length > 0) this.#actions.failed(entry.ip, waiting);
  }
}
