// The host's side of the board's network interfaces: an IP stack above each netdevice that the core has registered.

import { type Link, closeAll } from "../boards/links/link.ts";
import { KpiError } from "./error.ts";
import { errorName, errorText } from "./errno.ts";
import { TaskKilled } from "./machine/faults.ts";
import { cString, withBuffer } from "./machine/kernel-buffer.ts";
import type { Machine } from "./machine/machine.ts";
import { parseIp, parseMac } from "./net/address.ts";
import { Attachment } from "./net/attachment.ts";
import { PacketRing } from "./net/packet-ring.ts";
import { NetStack } from "./net/stack.ts";

/** The built-in peer at the other end of a cable (boards/links/peer.ts). */
const PEER = "10.0.2.2";
const INFO_BYTES = 4096;
/** What the kernel has to say of a message. */
const TEXT_BYTES = 256;

/** The answer of kpi_netdev_info: fields by the kernel's names. */
export interface LinkDetails {
  text(name: string): string;
  /** A field that not every interface has. */
  optional(name: string): string | undefined;
  number(name: string): number;
  /** IFF_*, as dev_get_flags has them. */
  readonly flags: number;
}

export interface Interface {
  readonly ifindex: number;
  readonly stack: NetStack;
  /** What the core said last, by its own names. */
  details: LinkDetails;
}

export class Interfaces {
  readonly #machine: Machine;
  readonly #attached: Attachment[] = [];
  #ring: PacketRing | undefined;
  #byIndex = new Map<number, Interface>();
  #stale = true;
  #asking: Promise<void> | undefined;
  /** Sees every frame that goes to an interface's driver (tx) and that comes from one (rx); valid during the call. */
  onFrame: ((ifindex: number, direction: "rx" | "tx", frame: Uint8Array) => void) | undefined;
  /** A netdevice notifier, NETDEV_*. */
  onEvent: ((ifindex: number, event: number) => void) | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  // ── Events, from inside the core. ──

  /** A frame from a driver; false: it is lost. */
  receive(ifindex: number, frame: Uint8Array): boolean {
    this.onFrame?.(ifindex, "rx", frame);
    for (const attachment of this.#attached) if (attachment.ifindex === ifindex) return attachment.receive(frame);
    this.#byIndex.get(ifindex)?.stack.receive(frame);
    return true;
  }

  /** A packet ring has room. */
  room(ring: number): void {
    for (const attachment of this.#attached) attachment.room(ring);
  }

  /** A netdevice notifier: what was known is old. */
  event(ifindex: number, event: number): void {
    this.#stale = true;
    for (const attachment of this.#attached) attachment.changed();
    this.onEvent?.(ifindex, event);
  }

  // ── Links. ──

  /** Gives the interface of that name, whenever there is one, to what is at the other end of the link. */
  attach(name: string, link: Link, fail: (error: Error) => void): void {
    this.#attached.push(new Attachment(this.#machine, this, name, link, fail));
  }

  /** Throws for a name that something outside is to have and that no driver has ever made. */
  async assertAttached(): Promise<void> {
    await this.refresh();
    const names = this.names();
    const missing = this.#attached.find(({ name, appeared }) => !appeared && !names.includes(name));
    if (missing === undefined) return;
    const there = names.length > 0 ? `there is ${names.join(", ")}` : "there is none; a driver makes one: --insmod";
    throw new KpiError(`--netdev ${missing.name}: no interface of that name has appeared; ${there}`);
  }

  /** Closes the links. */
  close(): void {
    closeAll(this.#attached.splice(0));
  }

  // ── Knowledge. ──

  /** Asks the core about its interfaces if anything has happened to them, or `always`: counters change in silence. */
  async refresh(always = false): Promise<void> {
    // Who comes while another asks waits for what that one finds, and asks again if there is more to know.
    while (this.#asking !== undefined) await this.#asking.catch(() => {});
    if (!this.#stale && !always) return;
    this.#stale = false;
    this.#asking = this.#ask();
    try {
      await this.#asking;
    } finally {
      this.#asking = undefined;
    }
  }

  async #ask(): Promise<void> {
    const present: number[] = [];
    for (let ifindex = 0; (ifindex = await this.#machine.callExport("kpi_netdev_next", [ifindex])) > 0;)
      present.push(ifindex);
    for (const ifindex of this.#byIndex.keys()) if (!present.includes(ifindex)) this.#byIndex.delete(ifindex);
    for (const ifindex of present) {
      const details = await this.#details(ifindex);
      const known = this.#byIndex.get(ifindex) ?? this.#add(ifindex, details);
      known.details = details;
      known.stack.name = details.text("name");
      known.stack.mtu = details.number("mtu");
      known.stack.up = (details.flags & IFF_UP) !== 0;
      known.stack.carrier = details.number("carrier") === 1;
      known.stack.mac.set(macOf(details));
    }
  }

  /** Hands a frame to the queue of an interface; false if there is no room. */
  transmit(ifindex: number, frame: Uint8Array): boolean {
    this.#ring ??= PacketRing.shared(this.#machine);
    const taken = this.#ring.send(ifindex, frame);
    if (taken) this.onFrame?.(ifindex, "tx", frame);
    return taken;
  }

  #add(ifindex: number, details: LinkDetails): Interface {
    const stack = new NetStack({
      name: details.text("name"),
      index: ifindex,
      mac: macOf(details),
      clock: this.#machine.clock,
      // The board's first card is on the peer's network; a second one has no address until it is given one.
      address: this.#byIndex.size === 0 ? "10.0.2.15/24" : "",
      transmit: (frame) => this.transmit(ifindex, frame),
    });
    const added = { ifindex, stack, details };
    this.#byIndex.set(ifindex, added);
    return added;
  }

  async #details(ifindex: number): Promise<LinkDetails> {
    const machine = this.#machine;
    const text = await withBuffer(machine, INFO_BYTES, async (buffer) => {
      const length = await machine.callExport("kpi_netdev_info", [ifindex, buffer, INFO_BYTES]);
      if (length < 0) throw new KpiError(`interface ${ifindex}: ${errorText(length)}`);
      return machine.text.read(buffer, length);
    });
    return parseDetails(text);
  }

  all(): Interface[] {
    return [...this.#byIndex.values()];
  }

  /** The name of an interface that is known. */
  nameOf(ifindex: number): string | undefined {
    return this.#byIndex.get(ifindex)?.details.text("name");
  }

  names(): string[] {
    return this.all().map(({ details }) => details.text("name"));
  }

  /** The interface of that name; without a name the first. */
  named(name?: string): Interface {
    const found = this.all().find(({ details }) => name === undefined || details.text("name") === name);
    if (found) return found;
    const none = "the board has no network interface; load a driver with insmod";
    throw new KpiError(name === undefined ? none : `Cannot find device "${name}"`, 1, "ENODEV");
  }

  /** The stack that reaches `target`, which may be "peer"; of interface `through` if one is named. */
  route(target: string, through?: string): { stack: NetStack; address: string } {
    const address = target === "peer" ? PEER : target;
    const ip = parseIp(address);
    const first = this.named(through);
    if (through !== undefined) return { stack: first.stack, address };
    const found = ip === undefined ? undefined : this.all().find(({ stack }) => stack.sourceFor(ip) !== undefined);
    return { stack: (found ?? first).stack, address };
  }

  // ── Changes. ──

  async #change(name: string, what: string, operation: string, args: number[] = []): Promise<void> {
    await this.refresh();
    const { ifindex } = this.named(name);
    const refuse = (why: string, code?: string): never => {
      throw new KpiError(`ip: cannot ${what} ${name}: ${why}`, 1, code);
    };
    let result: number;
    try {
      result = await this.#machine.callExport(operation, [ifindex, ...args]);
    } catch (error) {
      if (error instanceof TaskKilled) refuse(`the driver trapped: ${error.reason}`, "EFAULT");
      throw error;
    }
    if (result < 0) refuse(errorText(result), errorName(result));
    // Not every change has a notifier: promisc has none.
    await this.refresh(true);
  }

  setUp(name: string): Promise<void> {
    return this.#change(name, "bring up", "kpi_netdev_up");
  }

  setDown(name: string): Promise<void> {
    return this.#change(name, "take down", "kpi_netdev_down");
  }

  setMtu(name: string, mtu: number): Promise<void> {
    if (!Number.isInteger(mtu) || mtu < 0) throw new KpiError("ip: mtu is a whole number of bytes", 2);
    return this.#change(name, `set mtu ${mtu} of`, "kpi_netdev_set_mtu", [mtu]);
  }

  setPromisc(name: string, on: boolean): Promise<void> {
    return this.#change(name, "set promisc of", "kpi_netdev_set_promisc", [on ? 1 : 0]);
  }

  setAllMulticast(name: string, on: boolean): Promise<void> {
    return this.#change(name, "set allmulticast of", "kpi_netdev_set_allmulti", [on ? 1 : 0]);
  }

  setMac(name: string, address: string): Promise<void> {
    return this.#changeMac(name, `set address ${address} of`, "kpi_netdev_set_mac", address);
  }

  addMulticast(name: string, address: string): Promise<void> {
    return this.#changeMac(name, `add multicast address ${address} to`, "kpi_netdev_mc_add", address);
  }

  removeMulticast(name: string, address: string): Promise<void> {
    return this.#changeMac(name, `delete multicast address ${address} of`, "kpi_netdev_mc_del", address);
  }

  setQueueLength(name: string, length: number): Promise<void> {
    return this.#change(name, `set txqueuelen ${length} of`, "kpi_netdev_set_qlen", [length]);
  }

  /** Only while it is down. */
  async rename(name: string, to: string): Promise<void> {
    await this.#changeBytes(name, `set name ${to} of`, "kpi_netdev_rename", cString(to));
  }

  /** ip link add: an interface of a kind that a module offers. `message` is an RTM_NEWLINK message behind its header. */
  async addLink(message: Uint8Array): Promise<void> {
    const machine = this.#machine;
    await withBuffer(machine, message.length + TEXT_BYTES, async (buffer) => {
      machine.text.bytes.set(message, buffer);
      const text = buffer + message.length;
      const result = await machine.callExport("kpi_rtnl_newlink", [buffer, message.length, text, TEXT_BYTES]);
      if (result >= 0) return;
      const said = machine.text.readCString(text);
      throw new KpiError(said ? `Error: ${said}.` : `RTNETLINK answers: ${errorText(result)}`, 1, errorName(result));
    });
    this.#stale = true;
  }

  /** ip link delete, of an interface that was added. */
  async removeLink(name: string): Promise<void> {
    await this.refresh();
    const result = await this.#machine.callExport("kpi_rtnl_dellink", [this.named(name).ifindex]);
    if (result < 0) throw new KpiError(`RTNETLINK answers: ${errorText(result)}`, 1, errorName(result));
    this.#stale = true;
  }

  async #changeMac(name: string, what: string, operation: string, text: string): Promise<void> {
    const mac = parseMac(text);
    if (!mac) throw new KpiError(`ip: "${text}" is not a MAC address, as 52:54:00:12:34:56 is`, 2);
    return this.#changeBytes(name, what, operation, mac);
  }

  /** A change that wants more than a number: `bytes`, by their address. */
  #changeBytes(name: string, what: string, operation: string, bytes: Uint8Array): Promise<void> {
    const machine = this.#machine;
    return withBuffer(machine, bytes.length, async (buffer) => {
      machine.text.bytes.set(bytes, buffer);
      await this.#change(name, what, operation, [buffer]);
    });
  }

  /** Takes every interface down. */
  async down(): Promise<void> {
    await this.refresh();
    for (const { details, stack } of this.all()) {
      if (stack.up) await this.setDown(details.text("name"));
    }
  }
}

const IFF_UP = 1;

/** Zeros if the interface has no Ethernet address. */
function macOf(details: LinkDetails): Uint8Array {
  return parseMac(details.text("address")) ?? new Uint8Array(6);
}

/** The `name=value` lines of kpi_netdev_info. */
function parseDetails(text: string): LinkDetails {
  const fields = new Map(
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const equals = line.indexOf("=");
        return [line.slice(0, equals), line.slice(equals + 1)] as const;
      }),
  );
  const field = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw new Error(`kpi_netdev_info does not say ${name}`);
    return value;
  };
  return {
    text: field,
    optional: (name) => fields.get(name),
    number: (name) => Number(field(name)),
    flags: parseInt(field("flags"), 16),
  };
}
