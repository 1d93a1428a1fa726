// Whole packets, as TAPs have them: cut into frames and put together again. Their headers come from outside: whatever is in
// them, frames come out or nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameBuffer } from "../../boards/links/frame-buffer.ts";
import { MAX_FRAME } from "../../boards/links/link.ts";
import { Merger } from "../../boards/links/merger.ts";
import { Random } from "../../boards/links/random.ts";
import { Segments } from "../../boards/links/segments.ts";
import { VNET_HLEN } from "../../boards/links/vnet-header.ts";
import { fold, get16, get32, put16, put32, sum16, transportSumOk } from "../../host/net/packet.ts";

const START = 16;
const PSH = 0x08;
const ACK = 0x10;

interface Shape {
  readonly ipv6?: boolean;
  readonly options?: number;
  readonly flags?: number;
  readonly id?: number;
  readonly port?: number;
}

/** A frame of TCP with right checksums. */
function tcpFrame(seq: number, data: Uint8Array, shape: Shape = {}): Uint8Array {
  const { ipv6 = false, options = 12, flags = ACK, id = 0, port = 5001 } = shape;
  const ip = 14;
  const tcp = ip + (ipv6 ? 40 : 20);
  const length = 20 + options + data.length;
  const frame = new Uint8Array(tcp + length);
  frame.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]);
  put16(frame, 12, ipv6 ? 0x86dd : 0x0800);
  if (ipv6) {
    frame[ip] = 0x60;
    put16(frame, ip + 4, length);
    frame[ip + 6] = 6;
    frame[ip + 7] = 64;
    for (let i = 0; i < 32; i++) frame[ip + 8 + i] = 0x20 + i;
  } else {
    frame[ip] = 0x45;
    put16(frame, ip + 2, 20 + length);
    put16(frame, ip + 4, id);
    frame[ip + 6] = 0x40;
    frame[ip + 8] = 64;
    frame[ip + 9] = 6;
    frame.set([10, 9, 0, 1, 10, 9, 0, 2], ip + 12);
    put16(frame, ip + 10, fold(sum16(frame, ip, 20)));
  }
  put16(frame, tcp, port);
  put16(frame, tcp + 2, 40000);
  put32(frame, tcp + 4, seq >>> 0);
  put32(frame, tcp + 8, 7);
  frame[tcp + 12] = ((20 + options) / 4) << 4;
  frame[tcp + 13] = flags;
  put16(frame, tcp + 14, 500);
  for (let i = 0; i < options; i++) frame[tcp + 20 + i] = 1;
  frame.set(data, tcp + 20 + options);
  const pseudo = sum16(frame, ipv6 ? ip + 8 : ip + 12, ipv6 ? 32 : 8) + 6 + length;
  put16(frame, tcp + 16, fold(sum16(frame, tcp, length, pseudo)));
  return frame;
}

/** What comes out of `packet`, which begins with its header; undefined: it is nonsense. */
function cut(packet: Uint8Array): Uint8Array[] | undefined {
  const buffer = new FrameBuffer(START + 65536 + 32);
  buffer.bytes.set(packet, START - VNET_HLEN);
  const segments = new Segments(buffer, START);
  if (!segments.begin(packet.length - VNET_HLEN)) return undefined;
  const frames: Uint8Array[] = [];
  for (; segments.left > 0; segments.drop()) {
    // Who has no room asks again.
    assert.deepEqual(segments.first, segments.first);
    frames.push(segments.first.slice());
  }
  return frames;
}

/** Sends frames through a merger, as a TAP link does; the packets that are written. */
function merge(frames: readonly Uint8Array[]): Uint8Array[] {
  const merger = new Merger();
  const packets: Uint8Array[] = [];
  const flush = (): void => {
    if (merger.count > 0) packets.push(merger.finish().slice());
    merger.drop();
  };
  for (const frame of frames) {
    if (merger.count > 0 && merger.add(frame)) {
      if (merger.ended) flush();
      continue;
    }
    flush();
    if (merger.begin(frame)) continue;
    const packet = new Uint8Array(VNET_HLEN + frame.length);
    packet.set(frame, VNET_HLEN);
    packets.push(packet);
  }
  flush();
  return packets;
}

const bytesOf = (random: Random, length: number): Uint8Array => Uint8Array.from({ length }, () => random.below(256));

/** Packets that need nothing stand for one frame. */
function framesOf(packets: readonly Uint8Array[]): Uint8Array[] {
  return packets.flatMap((packet) => {
    const frames = packet[0] === 0 && packet[1] === 0 ? [packet.slice(VNET_HLEN)] : cut(packet);
    assert.ok(frames, "what was merged can be cut");
    return frames;
  });
}

for (const ipv6 of [false, true]) {
  test(`frames of one flow of TCP become one packet, and that the same frames: IPv${ipv6 ? 6 : 4}`, () => {
    const random = new Random(1);
    for (const mss of [1448, 1, 999, 536]) {
      const frames: Uint8Array[] = [];
      let seq = 0xffff_f000;
      for (let i = 0; i < 12; i++) {
        const last = i === 11;
        const shape = { ipv6, id: (0xfff8 + i) & 0xffff, flags: last ? ACK | PSH : ACK };
        frames.push(tcpFrame(seq, bytesOf(random, last ? Math.ceil(mss / 2) : mss), shape));
        seq += mss;
      }
      const packets = merge(frames);
      assert.equal(packets.length, 1);
      const packet = packets[0]!;
      assert.deepEqual([packet[0], packet[1], packet[4]! | (packet[5]! << 8)], [1, ipv6 ? 4 : 1, mss]);
      assert.deepEqual(cut(packet), frames);
    }
  });
}

test("whatever is sent: what is written, cut again, is what was sent", () => {
  const random = new Random(2);
  for (let round = 0; round < 200; round++) {
    const frames: Uint8Array[] = [];
    // Two flows of IPv4, and one of IPv6.
    const seqs = [random.next(), random.next(), random.next()];
    const ids = [0, 65530, 0];
    for (let i = 0; i < 60; i++) {
      const flow = random.chance(0.9) ? 0 : 1 + random.below(2);
      const ipv6 = flow === 2;
      const length = random.chance(0.8) ? 100 : random.below(200);
      const flags = ACK | (random.chance(0.1) ? PSH : 0) | (random.chance(0.02) ? 0xff & random.below(256) : 0);
      const options = random.chance(0.95) ? 12 : 0;
      const id = ids[flow]! & 0xffff;
      const frame = tcpFrame(seqs[flow]!, bytesOf(random, length), { ipv6, port: 5001 + flow, flags, options, id });
      if (random.chance(0.95)) seqs[flow]! += length;
      if (random.chance(0.97)) ids[flow]!++;
      if (random.chance(0.05)) frame[random.below(frame.length)]! ^= 1 << random.below(8);
      frames.push(random.chance(0.02) ? frame.subarray(0, random.below(frame.length)) : frame);
    }
    const packets = merge(frames);
    assert.ok(packets.length < frames.length, "some were merged");
    assert.deepEqual(framesOf(packets), frames);
  }
});

test("a large packet of a kernel's: length, number, sequence, flags and checksums of each segment", () => {
  const random = new Random(3);
  const data = bytesOf(random, 10_000);
  const whole = tcpFrame(1000, data, { id: 7, flags: ACK | PSH | 0x80 | 0x01 });
  // A kernel leaves the sum of the pseudo header there.
  put16(whole, 34 + 16, ~fold(sum16(whole, 26, 8) + 6 + whole.length - 34));
  const frames = cut(Uint8Array.from([1, 0x81, 66, 0, 0xe8, 0x03, 34, 0, 16, 0, ...whole]))!;
  assert.equal(frames.length, 10);
  frames.forEach((frame, i) => {
    assert.equal(frame.length, 66 + 1000);
    assert.equal(get16(frame, 16), frame.length - 14);
    assert.equal(get16(frame, 18), 7 + i);
    assert.equal(fold(sum16(frame, 14, 20)), 0);
    assert.equal(get32(frame, 38), 1000 + i * 1000);
    assert.equal(frame[47], ACK | (i === 0 ? 0x80 : 0) | (i === 9 ? PSH | 0x01 : 0));
    assert.ok(transportSumOk(frame, 14, 20));
    assert.deepEqual(frame.subarray(66), data.subarray(i * 1000, i * 1000 + 1000));
  });
});

test("a checksum that is missing is filled in; one of 0 in its other form", () => {
  const frame = new Uint8Array(60);
  frame[20] = 0x12;
  const [filled] = cut(Uint8Array.from([1, 0, 0, 0, 0, 0, 14, 0, 8, 0, ...frame]))!;
  assert.equal(get16(filled!, 22), ~0x1200 & 0xffff);
  const [zero] = cut(
    Uint8Array.from([1, 0, 0, 0, 0, 0, 14, 0, 8, 0, ...new Uint8Array(22), 0xff, 0xff, ...new Uint8Array(36)]),
  )!;
  assert.equal(get16(zero!, 22), 0xffff);
});

test("headers full of nonsense: frames of legal lengths, or nothing", () => {
  const random = new Random(4);
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const ipv6 = random.chance(0.5);
    const frame = tcpFrame(1, bytesOf(random, random.below(3000)), { ipv6 });
    const packet = new Uint8Array(VNET_HLEN + frame.length);
    packet.set([1, ipv6 ? 4 : 1, 0, 0, 100, 0, ipv6 ? 54 : 34, 0, 16, 0]);
    packet.set(frame, VNET_HLEN);
    // One or two bytes of its header or of the protocols' headers are another.
    for (let i = 0; i < 2; i++) packet[random.below(80)] = random.below(256);
    const frames = cut(packet.subarray(0, VNET_HLEN + random.below(frame.length)));
    if (frames === undefined) refused++;
    else for (const { length } of frames) assert.ok(length <= MAX_FRAME);
  }
  assert.ok(refused > 300 && refused < 2900);
});
