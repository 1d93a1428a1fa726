// A host for the other end of a cable: ARP and ping by the stack that the built-in peer has, and beside it UDP from one port
// to another and a DHCP server.

import assert from "node:assert/strict";
import type { Clock } from "../../boards/clock.ts";
import { BROADCAST_MAC, formatIp, parseIp } from "../../host/net/address.ts";
import {
  ETH_HLEN,
  ETH_P_IP,
  ETH_ZLEN,
  get16,
  get32,
  IP_HLEN,
  ipv4Header,
  IPPROTO_UDP,
  isFragment,
  put32,
  transportSumOk,
  UDP_HLEN,
  writeEthernet,
  writeIpv4,
  writeUdp,
} from "../../host/net/packet.ts";
import { fragments, Reassembly } from "./fragments.ts";
import { NetStack } from "../../host/net/stack.ts";

const MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 1);
export const HOST = "10.0.2.2";
const ROUTER = ip(HOST);
const NETMASK = ip("255.255.255.0");
const TTL = 64;

// RFC 2131, RFC 2132.
const SERVER_PORT = 67;
const CLIENT_PORT = 68;
const MAGIC = 0x63825363;
const OPTIONS_AT = 240;
const [SUBNET, ROUTERS, REQUESTED, LEASE_TIME, MESSAGE_TYPE, SERVER_ID, END] = [1, 3, 50, 51, 53, 54, 255];
const MESSAGES = ["", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE"];
const LEASE_SECONDS = 3600;

function ip(text: string): number {
  const address = parseIp(text);
  assert.ok(address !== undefined, text);
  return address;
}

export interface Datagram {
  readonly from: string;
  readonly port: number;
  readonly to: number;
  readonly data: Buffer;
}

export class LanHost {
  readonly stack: NetStack;
  /** The addresses that its DHCP server has, one client after the other. */
  readonly leases: string[];
  /** What clients have said to the DHCP server. */
  readonly heard: string[] = [];
  /** Takes datagrams. */
  onDatagram: (datagram: Datagram) => void = () => {};
  readonly #transmit: (frame: Uint8Array) => boolean;
  readonly #fragments = new Reassembly();
  /** Of the last packet that was sent in fragments. */
  #id = 0;
  /** Who sent the last frame. */
  #other: Uint8Array = BROADCAST_MAC;

  constructor(clock: Clock, transmit: (frame: Uint8Array) => boolean, leases: string[] = []) {
    this.leases = leases;
    this.#transmit = (frame) => {
      const padded = new Uint8Array(Math.max(frame.length, ETH_ZLEN));
      padded.set(frame);
      return transmit(padded);
    };
    this.stack = new NetStack({ name: "lan", mac: MAC, clock, address: `${HOST}/24`, transmit: this.#transmit });
  }

  /** A frame from the cable. */
  receive(frame: Uint8Array): void {
    this.#other = frame.slice(6, 12);
    this.stack.receive(frame);
    const header = get16(frame, 12) === ETH_P_IP ? ipv4Header(frame, ETH_HLEN, frame.length) : 0;
    if (header === 0 || frame[ETH_HLEN + 9] !== IPPROTO_UDP) return;
    const whole = isFragment(frame, ETH_HLEN) ? this.#fragments.add(frame, header) : frame;
    if (whole) this.#receiveDatagram(whole, header);
  }

  #receiveDatagram(frame: Uint8Array, header: number): void {
    const at = ETH_HLEN + header;
    assert.ok(transportSumOk(frame, ETH_HLEN, header), "a datagram's checksum");
    const data = Buffer.from(frame.slice(at + UDP_HLEN, at + get16(frame, at + 4)));
    const to = get16(frame, at + 2);
    if (to === SERVER_PORT) this.#serve(data);
    this.onDatagram({ from: formatIp(get32(frame, ETH_HLEN + 12)), port: get16(frame, at), to, data });
  }

  /** A datagram as a frame, to whoever sent the last one. */
  datagram(to: string, port: number, from: number, data: Uint8Array): Uint8Array {
    const length = UDP_HLEN + data.length;
    const frame = new Uint8Array(ETH_HLEN + IP_HLEN + length);
    frame.set(data, ETH_HLEN + IP_HLEN + UDP_HLEN);
    writeEthernet(frame, to === "255.255.255.255" ? BROADCAST_MAC : this.#other, MAC, ETH_P_IP);
    writeIpv4(frame, ETH_HLEN, ROUTER, ip(to), IPPROTO_UDP, TTL, 0, 0, length);
    writeUdp(frame, ETH_HLEN, ETH_HLEN + IP_HLEN, from, port, data.length);
    return frame;
  }

  /** Sends a frame, or the fragments of one that is too long. */
  send(frame: Uint8Array): boolean {
    this.#id = (this.#id + 1) & 0xffff;
    return fragments(frame, this.#id).every((one) => this.#transmit(one));
  }

  #serve(request: Buffer): void {
    const options = optionsOf(request);
    const message = MESSAGES[options.get(MESSAGE_TYPE)?.[0] ?? 0] ?? "";
    this.heard.push(message);
    const [lease] = this.leases;
    if (lease === undefined || !["DISCOVER", "REQUEST"].includes(message)) return;
    const wanted = options.get(REQUESTED)?.readUInt32BE() ?? request.readUInt32BE(12);
    if (message === "DISCOVER") this.#answer(request, "OFFER", ip(lease));
    else this.#answer(request, wanted === ip(lease) ? "ACK" : "NAK", ip(lease));
  }

  #answer(request: Buffer, message: string, address: number): void {
    const reply = Buffer.alloc(OPTIONS_AT + 64);
    request.copy(reply, 0, 0, OPTIONS_AT);
    reply[0] = 2;
    put32(reply, 16, address);
    put32(reply, 20, ROUTER);
    put32(reply, OPTIONS_AT - 4, MAGIC);
    let at = OPTIONS_AT;
    const option = (code: number, ...bytes: number[]): void => {
      reply.set([code, bytes.length, ...bytes], at);
      at += 2 + bytes.length;
    };
    const word = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
    option(MESSAGE_TYPE, MESSAGES.indexOf(message));
    option(SERVER_ID, ...word(ROUTER));
    option(LEASE_TIME, ...word(LEASE_SECONDS));
    option(SUBNET, ...word(NETMASK));
    option(ROUTERS, ...word(ROUTER));
    reply[at] = END;
    this.send(this.datagram("255.255.255.255", CLIENT_PORT, SERVER_PORT, reply));
  }
}

function optionsOf(request: Buffer): Map<number, Buffer> {
  assert.equal(request.readUInt32BE(OPTIONS_AT - 4), MAGIC);
  const options = new Map<number, Buffer>();
  for (let at = OPTIONS_AT; at < request.length && request[at] !== END; at += 2 + request[at + 1]!)
    options.set(request[at]!, request.subarray(at + 2, at + 2 + request[at + 1]!));
  return options;
}
