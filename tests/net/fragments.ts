// IPv4 packets in fragments (RFC 791), for frames of Ethernet's length: apart, and together again.

import { ETH_HLEN, get16, IP_HLEN, put16, get32, writeIpv4 } from "../../host/net/packet.ts";

/** Bytes of a packet that a fragment has: offsets count in units of eight. */
const MOST = 1480;
const MORE = 0x2000;
const UNIT = 8;

/** A frame with an IPv4 header without options, as frames that are not too long. */
export function fragments(frame: Uint8Array, id: number): Uint8Array[] {
  const payload = frame.subarray(ETH_HLEN + IP_HLEN);
  if (payload.length <= MOST) return [frame];
  const [source, destination] = [get32(frame, ETH_HLEN + 12), get32(frame, ETH_HLEN + 16)];
  const [ttl, protocol] = [frame[ETH_HLEN + 8]!, frame[ETH_HLEN + 9]!];
  const out: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += MOST) {
    const part = payload.subarray(at, at + MOST);
    const one = new Uint8Array(ETH_HLEN + IP_HLEN + part.length);
    one.set(frame.subarray(0, ETH_HLEN));
    const more = at + MOST < payload.length ? MORE : 0;
    writeIpv4(one, ETH_HLEN, source, destination, protocol, ttl, id, more | (at / UNIT), part.length);
    one.set(part, ETH_HLEN + IP_HLEN);
    out.push(one);
  }
  return out;
}

interface Packet {
  readonly parts: Map<number, Uint8Array>;
  /** Length of the whole, once its last part is there. */
  end: number | undefined;
}

export class Reassembly {
  readonly #packets = new Map<number, Packet>();

  /** Takes a fragment with a header of `header` bytes; the frame with the whole packet, once it is complete. */
  add(frame: Uint8Array, header: number): Uint8Array | undefined {
    const id = get16(frame, ETH_HLEN + 4);
    const field = get16(frame, ETH_HLEN + 6);
    const offset = (field & 0x1fff) * UNIT;
    const part = frame.slice(ETH_HLEN + header, ETH_HLEN + get16(frame, ETH_HLEN + 2));
    const packet = this.#packets.get(id) ?? { parts: new Map<number, Uint8Array>(), end: undefined };
    this.#packets.set(id, packet);
    packet.parts.set(offset, part);
    if (!(field & MORE)) packet.end = offset + part.length;
    const have = [...packet.parts.values()].reduce((sum, { length }) => sum + length, 0);
    if (have !== packet.end) return undefined;
    this.#packets.delete(id);
    const whole = new Uint8Array(ETH_HLEN + header + have);
    whole.set(frame.subarray(0, ETH_HLEN + header));
    put16(whole, ETH_HLEN + 2, header + have);
    put16(whole, ETH_HLEN + 6, 0);
    for (const [at, bytes] of packet.parts) whole.set(bytes, ETH_HLEN + header + at);
    return whole;
  }
}
