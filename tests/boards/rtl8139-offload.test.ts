// C+ offloads: checksums, large send, VLAN tags, both ways.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as P from "../../host/net/packet.ts";
import { Card, FS, LS, OWN, RX_RING, TX_RING } from "./rtl8139-driver.ts";

const TCP = 1 << 16;
const UDP = 1 << 17;
const IP = 1 << 18;
const LGSEN = 1 << 27;
const TAGC = 1 << 17;
const MAC = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
const PEER = [2, 0, 0, 0, 0, 9];

/** An Ethernet frame with IPv4 and TCP or UDP in it; transport checksum right or, as `bad` says, not. */
function packet(protocol: number, data: number, vlan = false, bad = false): Uint8Array {
  const header = protocol === P.IPPROTO_TCP ? P.TCP_HLEN : P.UDP_HLEN;
  const ip = vlan ? 18 : 14;
  const bytes = Uint8Array.from({ length: ip + 20 + header + data }, (_, i) => i * 5 + 1);
  bytes.set([...MAC, ...PEER]);
  if (vlan) {
    P.put16(bytes, 12, P.ETH_P_8021Q);
    P.put16(bytes, 14, 0x2123);
  }
  P.put16(bytes, ip - 2, P.ETH_P_IP);
  P.writeIpv4(bytes, ip, 0x0a000209, 0x0a00020f, protocol, 64, 0x1234, P.IP_DF, header + data);
  const at = ip + 20;
  if (protocol === P.IPPROTO_UDP) P.writeUdp(bytes, ip, at, 1000, 2000, data);
  else if (protocol === P.IPPROTO_TCP) {
    P.put32(bytes, at + 4, 0xfffffff0);
    P.put16(bytes, at + 12, 0x50d9); // CWR, ECE, ACK, PSH, FIN… in the flags
    sealTcp(bytes, ip);
  }
  if (bad) bytes[at + header]! ^= 1;
  return bytes;
}

function sealTcp(bytes: Uint8Array, ip: number): void {
  const length = P.get16(bytes, ip + 2) - 20;
  P.put16(bytes, ip + 36, 0);
  const sum = P.sum16(bytes, ip + 20, length, P.pseudoHeaderSum(bytes, ip, P.IPPROTO_TCP, length));
  P.put16(bytes, ip + 36, P.fold(sum));
}

function send(card: Card, bytes: Uint8Array, opts1: number, opts2 = 0): Uint8Array[] {
  card.write(0x20, 4, TX_RING); // from the first descriptor
  card.desc(TX_RING, 0, OWN | FS | LS | opts1 | bytes.length, opts2, card.fill(0, bytes));
  card.desc(TX_RING, 1, 0, 0, 0);
  card.write(0xd9, 1, 0x40);
  return card.flush();
}

test("checksums are filled in as asked, and no others", () => {
  const card = new Card();
  card.startPlus();
  for (const [protocol, flag, field] of [
    [P.IPPROTO_TCP, TCP, 50],
    [P.IPPROTO_UDP, UDP, 40],
  ] as const) {
    for (const data of [0, 1, 2, 33, 1000]) {
      const right = packet(protocol, data);
      const blank = right.slice();
      P.put16(blank, 24, 0xdead);
      P.put16(blank, field, 0xbeef);
      const trim = (frames: Uint8Array[]): Uint8Array => frames[0]!.slice(0, right.length);
      assert.deepEqual(trim(send(card, blank, IP | flag)), right, `both, ${protocol}, ${data}`);
      assert.deepEqual(P.get16(trim(send(card, blank, IP)), field), 0xbeef);
      assert.deepEqual(P.get16(trim(send(card, blank, flag)), 24), 0xdead);
      assert.deepEqual(trim(send(card, blank, 0)), blank);
      // The wrong protocol's flag does nothing to the transport header.
      assert.equal(P.get16(trim(send(card, blank, IP | (flag ^ TCP ^ UDP))), field), 0xbeef);
    }
  }
});

test("fragments get no transport checksum; what is not IPv4 gets none at all", () => {
  const card = new Card();
  card.startPlus();
  const fragment = packet(P.IPPROTO_UDP, 40);
  P.put16(fragment, 20, P.IP_MF);
  P.put16(fragment, 40, 0xbeef);
  assert.equal(P.get16(send(card, fragment, IP | UDP)[0]!, 40), 0xbeef);
  // IPv6, a header too short for one, one that is longer than the frame.
  for (const [at, value] of [
    [12, 0x86dd],
    [14, 0x4400],
    [16, 2000],
  ] as const) {
    const bytes = packet(P.IPPROTO_TCP, 20);
    P.put16(bytes, at, value);
    assert.deepEqual(send(card, bytes, IP | TCP)[0]!.slice(0, bytes.length), bytes);
  }
});

test("large send cuts TCP into segments", () => {
  const card = new Card();
  card.startPlus();
  for (const vlan of [false, true]) {
    for (const [data, mss] of [
      [5000, 1448],
      [4000, 1000],
      [1448, 1448],
      [1, 536],
      [0, 536],
      [3000, 100],
    ] as const) {
      const bytes = packet(P.IPPROTO_TCP, data, vlan);
      const ip = vlan ? 18 : 14;
      const frames = send(card, bytes, LGSEN | (mss << 16));
      assert.equal(frames.length, Math.max(1, Math.ceil(data / mss)), `${data}/${mss}`);
      let done = 0;
      frames.forEach((one, i) => {
        const last = i === frames.length - 1;
        const size = last ? data - done : mss;
        const whole = ip + 40 + size;
        assert.equal(one.length, Math.max(whole, 60));
        assert.equal(P.get16(one, ip + 2), 40 + size);
        assert.equal(P.get16(one, ip + 4), 0x1234 + i);
        assert.equal(P.checksum(one, ip, 20), 0);
        assert.ok(P.transportSumOk(one, ip, 20));
        assert.equal(P.get32(one, ip + 24), (0xfffffff0 + done) >>> 0);
        const flags = 0xd9 & ~(i > 0 ? 0x80 : 0) & ~(last ? 0 : 0x09);
        assert.equal(one[ip + 33], flags);
        assert.deepEqual(one.slice(ip + 40, whole), bytes.slice(ip + 40 + done, ip + 40 + done + size));
        done += size;
      });
      assert.equal(done, data);
      // MSS shares bits with status: none may be left behind.
      assert.equal(card.opts1(TX_RING, 0), (FS | LS | bytes.length) >>> 0);
    }
  }
});

test("large send of 64 KiB over many descriptors", () => {
  const card = new Card();
  card.startPlus();
  const bytes = packet(P.IPPROTO_TCP, 60000);
  card.bytes.set(bytes, 0x240000);
  const part = 4096;
  const count = Math.ceil(bytes.length / part);
  for (let i = count - 1; i >= 0; i--) {
    const size = Math.min(part, bytes.length - i * part);
    const flags = OWN | LGSEN | (1460 << 16) | (i === 0 ? FS : 0) | (i === count - 1 ? LS : 0);
    card.desc(TX_RING, i, flags | size, 0, 0x240000 + i * part);
  }
  card.write(0xd9, 1, 0x40);
  const frames = card.flush();
  assert.equal(frames.length, Math.ceil(60000 / 1460));
  assert.deepEqual(Uint8Array.from(frames.flatMap((one) => [...one.slice(54)])).slice(0, 60000), bytes.slice(54));
});

test("large send of what is no TCP sends it in one piece; a tiny MSS is bounded", () => {
  const card = new Card();
  card.startPlus();
  const udp = packet(P.IPPROTO_UDP, 500);
  assert.deepEqual(send(card, udp, LGSEN | (100 << 16)), [udp]);
  const cut = packet(P.IPPROTO_TCP, 100);
  cut[46] = 0xf0; // a header longer than the frame's data is not
  assert.equal(send(card, cut.slice(0, 60), LGSEN | (100 << 16)).length, 1);
  assert.equal(send(card, packet(P.IPPROTO_TCP, 1024), LGSEN).length, 16);
});

test("VLAN tags are put in on transmit", () => {
  const card = new Card();
  card.startPlus();
  const plain = packet(P.IPPROTO_TCP, 100);
  // The descriptor's field is the tag with its bytes swapped, as drivers write it.
  const [tagged] = send(card, plain, IP | TCP, TAGC | 0x2321);
  assert.deepEqual(tagged!.slice(0, 18), Uint8Array.from([...MAC, ...PEER, 0x81, 0x00, 0x21, 0x23, 0x08, 0x00]));
  assert.deepEqual(tagged!.slice(18), plain.slice(14));
  const segments = send(card, packet(P.IPPROTO_TCP, 3000), LGSEN | (1000 << 16), TAGC | 0x2321);
  assert.deepEqual(
    segments.map((one) => [one.length, P.get16(one, 14), P.transportSumOk(one, 18, 20)]),
    [
      [1058, 0x2123, true],
      [1058, 0x2123, true],
      [1058, 0x2123, true],
    ],
  );
});

test("VLAN tags are taken out on receive, if wanted", () => {
  const card = new Card();
  card.startPlus(0x6b);
  const tagged = packet(P.IPPROTO_UDP, 100, true);
  card.inject(tagged);
  assert.equal(card.opts2(RX_RING, 0), 0x10000 | 0x2321);
  assert.equal(card.opts1(RX_RING, 0) & 0x3ffff, (2 << 16) | tagged.length);
  const stored = card.received(0);
  assert.deepEqual(stored.slice(12, 14), Uint8Array.of(0x08, 0x00));
  assert.deepEqual(stored.slice(14, tagged.length - 4), tagged.slice(18));
  card.write(0xe0, 2, 0x2b);
  card.inject(tagged);
  assert.equal(card.opts2(RX_RING, 1), 0);
  assert.deepEqual(card.received(1).slice(0, tagged.length), tagged);
});

test("received packets are classified and their checksums judged", () => {
  const card = new Card();
  card.startPlus();
  const judge = (bytes: Uint8Array): string => {
    card.write(0xe4, 4, RX_RING);
    card.desc(RX_RING, 0, OWN | 1536, 0, 0x210000);
    card.inject(bytes);
    const status = card.opts1(RX_RING, 0);
    return `${["-", "TCP", "UDP", "IP"][(status >>> 16) & 3]} ${((status >>> 13) & 7).toString(2).padStart(3, "0")}`;
  };
  assert.equal(judge(packet(P.IPPROTO_TCP, 100)), "TCP 000");
  assert.equal(judge(packet(P.IPPROTO_TCP, 100, false, true)), "TCP 001");
  assert.equal(judge(packet(P.IPPROTO_UDP, 100)), "UDP 000");
  assert.equal(judge(packet(P.IPPROTO_UDP, 100, false, true)), "UDP 010");
  assert.equal(judge(packet(P.IPPROTO_UDP, 100, true)), "UDP 000");
  const none = packet(P.IPPROTO_UDP, 100, false, true);
  P.put16(none, 40, 0);
  assert.equal(judge(none), "UDP 000");
  assert.equal(judge(packet(47, 100)), "IP 000");
  const header = packet(P.IPPROTO_TCP, 100);
  header[22]! ^= 1; // TTL: the IP checksum is wrong, TCP's is not
  assert.equal(judge(header), "TCP 100");
  const fragment = packet(P.IPPROTO_TCP, 100, false, true);
  P.writeIpv4(fragment, 14, 1, 2, P.IPPROTO_TCP, 64, 1, P.IP_MF, 120);
  assert.equal(judge(fragment), "IP 000");
  const short = packet(P.IPPROTO_TCP, 100);
  P.writeIpv4(short, 14, 1, 2, P.IPPROTO_TCP, 64, 1, 0, 10);
  assert.equal(judge(short), "TCP 001");
  card.write(0xe0, 2, 0x0b);
  assert.equal(judge(packet(P.IPPROTO_TCP, 100)), "- 000");
});
