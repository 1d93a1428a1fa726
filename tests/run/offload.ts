// Packets of tests/fixtures/offload.c, which leave all work to the card: sent, and every header of what came out checked.

import assert from "node:assert/strict";
import { fold, get16, get32, sum16 } from "../../host/net/packet.ts";
import type { Run } from "./harness.ts";
import { atWire, pass } from "./traffic.ts";

const ETH_P_8021Q = 0x8100;

export interface Packet {
  bytes: number;
  linear?: number;
  mss?: number;
  udp?: boolean;
  ipv6?: boolean;
  vlan?: number;
}

/** Sends a packet from the board by tests/fixtures/offload.c; the frames that came out. */
export async function sendPacket(own: Run, packet: Packet): Promise<Uint8Array[]> {
  const got = atWire(own);
  const words = Object.entries(packet).map(([name, value]) => `${name}=${Number(value)}`);
  await own.run(`insmod offload ${words.join(" ")}; rmmod offload`);
  await pass(own, 1e6);
  return got;
}

/** Looks at every header of a packet's frames; gives its data. */
export function checkPacket(frames: Uint8Array[], { bytes, mss = 0, udp, ipv6, vlan }: Packet): void {
  assert.equal(frames.length, mss ? Math.ceil(bytes / mss) : 1);
  let seen = 0;
  for (const [i, frame] of frames.entries()) {
    const last = i === frames.length - 1;
    if (vlan) assert.deepEqual([get16(frame, 12), get16(frame, 14)], [ETH_P_8021Q, vlan]);
    const ip = vlan ? 18 : 14;
    const transport = ip + (ipv6 ? 40 : 20);
    const data = transport + (udp ? 8 : 20);
    const size = mss ? Math.min(mss, bytes - seen) : bytes;
    const end = data + size;
    // The driver pads, and the card puts the tag in after that.
    assert.equal(frame.length, vlan ? Math.max(end, 64) : Math.max(end, 60));
    if (udp) assert.equal(get16(frame, transport + 4), end - transport);
    if (ipv6) assert.equal(get16(frame, ip + 4), end - transport);
    else {
      assert.deepEqual([get16(frame, ip + 2), get16(frame, ip + 4)], [end - ip, 0x1234 + i]);
      assert.equal(fold(sum16(frame, ip, 20)), 0, "IP checksum");
    }
    const addresses = ipv6 ? sum16(frame, ip + 8, 32) : sum16(frame, ip + 12, 8);
    const pseudo = addresses + (udp ? 17 : 6) + (end - transport);
    assert.equal(fold(sum16(frame, transport, end - transport, pseudo)), 0, `checksum of frame ${i}`);
    if (!udp) {
      assert.equal(get32(frame, transport + 4), (0xfffff000 + seen) >>> 0);
      assert.equal(frame[transport + 13], last ? 0x19 : 0x10, "FIN and PSH");
    }
    for (let j = 0; j < size; j++) assert.equal(frame[data + j], ((seen + j) * 7) & 255, `byte ${seen + j}`);
    seen += size;
  }
  assert.equal(seen, bytes);
}
