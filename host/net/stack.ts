// A small IPv4 host on one interface: enough to see that a network card works. It answers ARP and echo requests,
// resolves its neighbours, and gives `ping` its packets. It stands above the driver's net_device, and (boards/links)
// at the other end of the cable.
import type { Clock } from "../../boards/clock.ts";
import { FrameBuffer } from "../../boards/links/frame-buffer.ts";
import { BROADCAST_MAC, ZERO_MAC, netmask, parsePrefix } from "./address.ts";
import type { Prefix } from "./address.ts";
import { ArpCache } from "./arp-cache.ts";
import {
  ARPOP_REPLY,
  ARPOP_REQUEST,
  ARP_BYTES,
  ETH_ALEN,
  ETH_HLEN,
  ETH_P_ARP,
  ETH_P_IP,
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_HLEN,
  ICMP_TIME_EXCEEDED,
  IPPROTO_ICMP,
  IP_DF,
  IP_HLEN,
  checksum,
  get16,
  get32,
  ipv4Header,
  isFragment,
  writeArp,
  writeEcho,
  writeEthernet,
  writeIpv4,
} from "./packet.ts";

const DEFAULT_MTU = 1500;
const DEFAULT_TTL = 64;

export interface NetStackOptions {
  /** "eth0" */
  readonly name: string;
  /** The kernel's ifindex. */
  readonly index?: number;
  readonly mac: Uint8Array;
  readonly clock: Clock;
  /** Hands a frame to the driver; valid during the call. False: it was not taken. */
  readonly transmit: (frame: Uint8Array) => boolean;
  /** "10.0.2.15/24" unless said; "" for none. */
  readonly address?: string;
  /** Default route. */
  readonly gateway?: number;
  readonly mtu?: number;
}

/** Called for an ICMP message that answers an echo request with identifier `id`. `at` is the ICMP header. */
export interface EchoListener {
  /** `sound` is false when the checksum is wrong. */
  reply(
    source: number,
    ttl: number,
    sequence: number,
    frame: Uint8Array,
    data: number,
    length: number,
    sound: boolean,
  ): void;
  error(source: number, type: number, code: number, sequence: number): void;
}

export class NetStack {
  /** An interface can be renamed. */
  name: string;
  readonly index: number;
  readonly mac: Uint8Array;
  readonly clock: Clock;
  readonly arp: ArpCache;
  mtu: number;
  gateway: number | undefined;
  /** IFF_UP and carrier, as the machine tells them. */
  up = true;
  carrier = true;
  /** Frames: taken, sent, not for us or of no interest, damaged, refused by the driver. */
  readonly counters = { received: 0, sent: 0, ignored: 0, bad: 0, refused: 0 };

  readonly #transmit: (frame: Uint8Array) => boolean;
  readonly #addresses: Prefix[] = [];
  readonly #out = new FrameBuffer(65536 + ETH_HLEN);
  // Its own buffer: a request goes out while the packet that needs the answer is being built.
  readonly #arpOut = new FrameBuffer(ETH_HLEN + ARP_BYTES);
  readonly #listeners = new Map<number, EchoListener>();
  #nextId = 1;
  #ipId = 0;

  constructor(options: NetStackOptions) {
    this.name = options.name;
    this.index = options.index ?? 2;
    this.mac = options.mac.slice();
    this.clock = options.clock;
    this.mtu = options.mtu ?? DEFAULT_MTU;
    this.gateway = options.gateway;
    this.#transmit = options.transmit;
    const address = options.address ?? "10.0.2.15/24";
    if (address !== "") this.addAddress(address);
    this.arp = new ArpCache(this.clock, {
      request: (ip) => this.#requestArp(ip),
      resolved: (neighbour, frame) => this.#sendTo(neighbour.mac, frame),
      failed: (_ip, frames) => this.#undeliverable(frames),
    });
  }

  // ── Addresses and routes. ──

  addAddress(prefix: string): void {
    this.#addresses.push(parsePrefix(prefix));
  }

  removeAddress(prefix: string): void {
    const gone = parsePrefix(prefix);
    const at = this.#addresses.findIndex((one) => one.address === gone.address && one.length === gone.length);
    if (at >= 0) this.#addresses.splice(at, 1);
  }

  removeAddresses(): void {
    this.#addresses.length = 0;
  }

  get addresses(): readonly Prefix[] {
    return this.#addresses;
  }

  isOwn(ip: number): boolean {
    for (const prefix of this.#addresses) if (prefix.address === ip) return true;
    return false;
  }

  /** The source address for `destination`; undefined: there is no route. */
  sourceFor(destination: number): number | undefined {
    const prefix = this.#onLink(destination);
    if (prefix !== undefined) return prefix.address;
    return this.gateway === undefined ? undefined : this.#onLink(this.gateway)?.address;
  }

  /** Whether one gets there without a gateway. */
  isOnLink(ip: number): boolean {
    return this.#onLink(ip) !== undefined;
  }

  #onLink(ip: number): Prefix | undefined {
    for (const prefix of this.#addresses) {
      if (((prefix.address ^ ip) & netmask(prefix.length)) === 0) return prefix;
    }
    return undefined;
  }

  // ── Receive. ──

  /** A frame from the driver, without FCS. It may be damaged in any way. */
  receive(frame: Uint8Array): void {
    if (!this.up) return;
    if (frame.length < ETH_HLEN) {
      this.counters.bad++;
      return;
    }
    this.counters.received++;
    const protocol = get16(frame, 12);
    if (!this.#forUs(frame)) this.counters.ignored++;
    else if (protocol === ETH_P_ARP) this.#receiveArp(frame);
    else if (protocol === ETH_P_IP) this.#receiveIp(frame);
    else this.counters.ignored++;
  }

  #forUs(frame: Uint8Array): boolean {
    if ((frame[0]! & 1) !== 0) return true;
    for (let i = 0; i < ETH_ALEN; i++) if (frame[i] !== this.mac[i]) return false;
    return true;
  }

  #receiveArp(frame: Uint8Array): void {
    const at = ETH_HLEN;
    if (
      frame.length < at + ARP_BYTES ||
      get16(frame, at) !== 1 ||
      get16(frame, at + 2) !== ETH_P_IP ||
      frame[at + 4] !== ETH_ALEN ||
      frame[at + 5] !== 4
    ) {
      this.counters.bad++;
      return;
    }
    const operation = get16(frame, at + 6);
    const sender = get32(frame, at + 14);
    const target = get32(frame, at + 24);
    const own = this.isOwn(target);
    // A sender of 0.0.0.0 only asks whether the address is taken (RFC 5227).
    if (sender !== 0) this.arp.learn(sender, frame, at + 8, own && operation === ARPOP_REQUEST);
    if (operation !== ARPOP_REQUEST || !own) return;
    const sha = frame.subarray(at + 8, at + 8 + ETH_ALEN);
    this.#sendArp(ARPOP_REPLY, sha, target, sha, sender);
  }

  #receiveIp(frame: Uint8Array): void {
    const ip = ETH_HLEN;
    const header = ipv4Header(frame, ip, frame.length);
    if (header === 0 || checksum(frame, ip, header) !== 0) {
      this.counters.bad++;
      return;
    }
    if (!this.isOwn(get32(frame, ip + 16)) || frame[ip + 9] !== IPPROTO_ICMP || isFragment(frame, ip)) {
      this.counters.ignored++;
      return;
    }
    const length = get16(frame, ip + 2) - header;
    if (length < ICMP_HLEN) this.counters.bad++;
    else this.#receiveIcmp(frame, ip, ip + header, length);
  }

  #receiveIcmp(frame: Uint8Array, ip: number, at: number, length: number): void {
    const sound = checksum(frame, at, length) === 0;
    if (!sound) this.counters.bad++;
    const source = get32(frame, ip + 12);
    const type = frame[at]!;
    if (type === ICMP_ECHOREPLY) {
      const listener = this.#listeners.get(get16(frame, at + 4));
      const data = at + ICMP_HLEN;
      listener?.reply(source, frame[ip + 8]!, get16(frame, at + 6), frame, data, length - ICMP_HLEN, sound);
    } else if (!sound) return;
    else if (type === ICMP_ECHO) this.#answerEcho(frame, ip, at, length);
    else if (type === ICMP_DEST_UNREACH || type === ICMP_TIME_EXCEEDED) this.#echoError(frame, source, at, length);
    else this.counters.ignored++;
  }

  /** Sends the data back. */
  #answerEcho(frame: Uint8Array, ip: number, at: number, length: number): void {
    const { bytes } = this.#out;
    const size = length - ICMP_HLEN;
    const reply = ETH_HLEN + IP_HLEN;
    const to = get32(frame, ip + 12);
    for (let i = 0; i < size; i++) bytes[reply + ICMP_HLEN + i] = frame[at + ICMP_HLEN + i]!;
    writeEcho(bytes, reply, ICMP_ECHOREPLY, get16(frame, at + 4), get16(frame, at + 6), size);
    this.#sendIp(get32(frame, ip + 16), to, 0, length);
  }

  /** An error message quotes the packet that it is about: is that an echo request of ours? */
  #echoError(frame: Uint8Array, source: number, at: number, length: number): void {
    const quoted = at + ICMP_HLEN;
    const header = (frame[quoted]! & 15) * 4;
    const echo = quoted + header;
    if (length < ICMP_HLEN + IP_HLEN + ICMP_HLEN || header < IP_HLEN || echo + ICMP_HLEN > at + length) return;
    if (frame[quoted + 9] !== IPPROTO_ICMP || frame[echo] !== ICMP_ECHO) return;
    this.#listeners.get(get16(frame, echo + 4))?.error(source, frame[at]!, frame[at + 1]!, get16(frame, echo + 6));
  }

  // ── Send. ──

  /** Registers a listener for echo replies; returns the identifier to send with. */
  listen(listener: EchoListener): number {
    while (this.#listeners.has(this.#nextId)) this.#nextId = (this.#nextId % 0xffff) + 1;
    const id = this.#nextId;
    this.#nextId = (id % 0xffff) + 1;
    this.#listeners.set(id, listener);
    return id;
  }

  unlisten(id: number): void {
    this.#listeners.delete(id);
  }

  /** Sends an echo request with `data`. False: it was not sent (no route, or the driver refused it). */
  sendEcho(destination: number, id: number, sequence: number, data: Uint8Array): boolean {
    const source = this.sourceFor(destination);
    if (source === undefined || !this.up) return false;
    const at = ETH_HLEN + IP_HLEN;
    this.#out.bytes.set(data, at + ICMP_HLEN);
    writeEcho(this.#out.bytes, at, ICMP_ECHO, id, sequence, data.length);
    return this.#sendIp(source, destination, IP_DF, ICMP_HLEN + data.length);
  }

  /** Completes the packet in the buffer, of which the ICMP message of `length` bytes is written, and sends it. */
  #sendIp(source: number, destination: number, fragment: number, length: number): boolean {
    if (IP_HLEN + length > this.mtu) return false;
    const { bytes } = this.#out;
    this.#ipId = (this.#ipId + 1) & 0xffff;
    writeIpv4(bytes, ETH_HLEN, source, destination, IPPROTO_ICMP, DEFAULT_TTL, this.#ipId, fragment, length);
    const end = ETH_HLEN + IP_HLEN + length;
    writeEthernet(bytes, ZERO_MAC, this.mac, ETH_P_IP);
    const next = this.#onLink(destination) !== undefined ? destination : this.gateway;
    if (next === undefined) return false;
    const mac = this.arp.lookup(next, this.#out.view(end));
    if (mac === undefined) return true;
    for (let i = 0; i < ETH_ALEN; i++) bytes[i] = mac[i]!;
    return this.#send(this.#out.view(end));
  }

  #sendTo(mac: Uint8Array, frame: Uint8Array): void {
    this.#out.bytes.set(frame);
    for (let i = 0; i < ETH_ALEN; i++) this.#out.bytes[i] = mac[i]!;
    this.#send(this.#out.view(frame.length));
  }

  #requestArp(ip: number): void {
    const source = this.sourceFor(ip);
    if (source === undefined) return;
    this.#sendArp(ARPOP_REQUEST, BROADCAST_MAC, source, ZERO_MAC, ip);
  }

  #sendArp(operation: number, to: Uint8Array, source: number, target: Uint8Array, targetIp: number): void {
    const { bytes } = this.#arpOut;
    writeEthernet(bytes, to, this.mac, ETH_P_ARP);
    writeArp(bytes, ETH_HLEN, operation, this.mac, source, target, targetIp);
    this.#send(this.#arpOut.view(ETH_HLEN + ARP_BYTES));
  }

  /** Nobody has the address: tell those who sent, as the kernel does with its own ICMP error. */
  #undeliverable(frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      const at = ETH_HLEN + IP_HLEN;
      if (frame.length < at + ICMP_HLEN || frame[ETH_HLEN + 9] !== IPPROTO_ICMP || frame[at] !== ICMP_ECHO) continue;
      const source = get32(frame, ETH_HLEN + 12);
      this.#listeners.get(get16(frame, at + 4))?.error(source, ICMP_DEST_UNREACH, 1, get16(frame, at + 6));
    }
  }

  #send(frame: Uint8Array): boolean {
    const taken = this.up && this.#transmit(frame);
    if (taken) this.counters.sent++;
    else this.counters.refused++;
    return taken;
  }
}
