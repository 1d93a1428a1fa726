// The host stack and the built-in peer at the two ends of a wire.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer } from "../../boards/links/peer.ts";
import { Wire } from "../../boards/links/wire.ts";
import { formatMac } from "../../host/net/address.ts";
import * as P from "../../host/net/packet.ts";
import { Ping } from "../../host/net/ping.ts";
import type { PingResult } from "../../host/net/ping-statistics.ts";
import { formatRtt, percent } from "../../host/net/ping-statistics.ts";
import { addressLines, neighbourLine } from "../../host/console/show/links.ts";
import { addressesOf, neighboursOf } from "../../host/inspect/links.ts";
import { NetStack } from "../../host/net/stack.ts";
import { TestClock } from "../boards/clock.ts";
import { Random } from "../random.ts";

const MAC = Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, 0x56);

function setup(latency = 61_500) {
  const clock = new TestClock();
  const wire = new Wire(clock, latency);
  const sent: Uint8Array[] = [];
  const stack = new NetStack({
    name: "eth0",
    mac: MAC,
    clock,
    transmit: (frame) => {
      sent.push(frame.slice());
      return wire.a.send(frame);
    },
  });
  wire.a.onReceive = (frame) => stack.receive(frame);
  const peer = new Peer(wire.b, clock);
  return { clock, wire, stack, peer, sent };
}

/** Runs a ping to its end. */
async function ping(clock: TestClock, begin: (print: (line: string) => void) => Ping): Promise<[PingResult, string[]]> {
  const lines: string[] = [];
  const session = begin((line) => lines.push(line));
  clock.settle();
  return [await session.done, lines];
}

test("five pings, word for word", async () => {
  const { clock, stack } = setup();
  const [result, lines] = await ping(clock, (print) => new Ping(stack, "10.0.2.2", { count: 5, print }));
  assert.deepEqual(lines, [
    "PING 10.0.2.2 (10.0.2.2) 56(84) bytes of data.",
    "64 bytes from 10.0.2.2: icmp_seq=1 ttl=64 time=0.246 ms", // with the ARP exchange before it
    "64 bytes from 10.0.2.2: icmp_seq=2 ttl=64 time=0.123 ms",
    "64 bytes from 10.0.2.2: icmp_seq=3 ttl=64 time=0.123 ms",
    "64 bytes from 10.0.2.2: icmp_seq=4 ttl=64 time=0.123 ms",
    "64 bytes from 10.0.2.2: icmp_seq=5 ttl=64 time=0.123 ms",
    "",
    "--- 10.0.2.2 ping statistics ---",
    "5 packets transmitted, 5 received, 0% packet loss, time 4000ms",
    "rtt min/avg/max/mdev = 0.123/0.147/0.246/0.049 ms",
  ]);
  assert.ok(result.ok);
  assert.deepEqual(result.rtt, { min: 0.123, avg: 0.147, max: 0.246, mdev: 0.049 });
  assert.deepEqual(neighboursOf(stack).map(neighbourLine), ["10.0.2.2 dev eth0 lladdr 52:55:0a:00:02:02 REACHABLE "]);
});

test("the peer pings too, and learns from the answer", async () => {
  const { clock, peer, stack } = setup();
  const [result] = await ping(clock, (print) => peer.ping("10.0.2.15", { count: 3, interval: 200, print }));
  const rtt = { min: 0.123, avg: 0.164, max: 0.246, mdev: 0.057 };
  assert.deepEqual(result, { transmitted: 3, received: 3, duplicates: 0, corrupted: 0, errors: 0, ok: true, rtt });
  assert.equal(stack.counters.bad, 0);
});

test("nobody answers: as the kernel and iputils say it", async () => {
  const { clock, stack } = setup();
  const [result, lines] = await ping(clock, (print) => new Ping(stack, "10.0.2.77", { count: 4, print }));
  assert.deepEqual(lines, [
    "PING 10.0.2.77 (10.0.2.77) 56(84) bytes of data.",
    "From 10.0.2.15 icmp_seq=1 Destination Host Unreachable",
    "From 10.0.2.15 icmp_seq=2 Destination Host Unreachable",
    "From 10.0.2.15 icmp_seq=3 Destination Host Unreachable",
    "From 10.0.2.15 icmp_seq=4 Destination Host Unreachable",
    "",
    "--- 10.0.2.77 ping statistics ---",
    "4 packets transmitted, 0 received, +4 errors, 100% packet loss, time 3000ms",
    "pipe 3",
  ]);
  assert.equal(result.ok, false);
});

test("a dead cable: no answers, and the statistics come after the linger time", async () => {
  const { clock, stack, wire } = setup();
  await ping(clock, (print) => new Ping(stack, "10.0.2.2", { count: 1, print }));
  wire.latency = 1e12;
  const before = clock.now();
  const [, lines] = await ping(clock, (print) => {
    const session = new Ping(stack, "10.0.2.2", { count: 2, print });
    clock.advance(20e9);
    return session;
  });
  assert.deepEqual(lines.slice(1), [
    "",
    "--- 10.0.2.2 ping statistics ---",
    "2 packets transmitted, 0 received, 100% packet loss, time 1000ms",
  ]);
  assert.ok(clock.now() - before >= 11e9);
});

test("no route, a name, an oversized packet", async () => {
  const { clock, stack } = setup();
  const [, lines] = await ping(clock, (print) => new Ping(stack, "192.168.1.1", { count: 1, print }));
  assert.deepEqual(lines, ["ping: connect: Network is unreachable"]);
  assert.throws(() => new Ping(stack, "example.org"), /ping: example.org: not an IPv4 address/);
  const [, long] = await ping(clock, (print) => new Ping(stack, "10.0.2.2", { count: 1, size: 1473, print }));
  assert.equal(long[1], "ping: local error: message too long, mtu=1500");
  assert.equal(long[4], "1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms");
});

test("every size up to the MTU comes back", async () => {
  const { clock, stack } = setup();
  for (const size of [0, 1, 7, 8, 17, 18, 19, 55, 1471, 1472]) {
    const [result] = await ping(clock, (print) => new Ping(stack, "10.0.2.2", { count: 1, size, print }));
    assert.ok(result.ok, `size ${size}`);
  }
});

test("damaged, duplicated and changed replies", async () => {
  const { clock, stack, wire } = setup();
  wire.a.onReceive = (frame) => {
    stack.receive(frame);
    if (P.get16(frame, 12) !== P.ETH_P_IP) return;
    stack.receive(frame);
    const bad = frame.slice();
    bad[60]! ^= 0x20;
    stack.receive(bad);
    // The same with a right checksum.
    P.put16(bad, 36, 0);
    P.put16(bad, 36, P.checksum(bad, 34, 64));
    stack.receive(bad);
  };
  const lines: string[] = [];
  const session = new Ping(stack, "10.0.2.2", { count: 2, print: (line) => lines.push(line) });
  clock.advance(0.5e9);
  session.stop();
  const result = await session.done;
  assert.deepEqual(lines.slice(1, 6), [
    "64 bytes from 10.0.2.2: icmp_seq=1 ttl=64 time=0.246 ms",
    "64 bytes from 10.0.2.2: icmp_seq=1 ttl=64 time=0.246 ms (DUP!)",
    "64 bytes from 10.0.2.2: icmp_seq=1 (BAD CHECKSUM)".replace("icmp_seq=1", "icmp_seq=1 ttl=64"),
    "64 bytes from 10.0.2.2: icmp_seq=1 ttl=64 time=0.246 ms (DUP!)",
    "wrong data byte #18 should be 0x12 but was 0x32",
  ]);
  assert.equal(lines[8], "1 packets transmitted, 1 received, +2 duplicates, +1 corrupted, 0% packet loss, time 0ms");
  assert.equal(result.ok, false);
  assert.equal(stack.counters.bad, 1);
});

test("ARP: answers, ignores others, retries, expires", () => {
  const { clock, stack, sent } = setup();
  const request = new Uint8Array(60);
  const asker = Uint8Array.of(2, 0, 0, 0, 0, 9);
  const ask = (target: number, operation = P.ARPOP_REQUEST): void => {
    P.writeEthernet(request, new Uint8Array(6).fill(255), asker, P.ETH_P_ARP);
    P.writeArp(request, 14, operation, asker, 0x0a000209, new Uint8Array(6), target);
    stack.receive(request);
  };
  ask(0x0a00020e);
  assert.equal(sent.length, 0);
  ask(0x0a00020f);
  assert.equal(sent.length, 1);
  const reply = sent[0]!;
  assert.equal(P.get16(reply, 20), P.ARPOP_REPLY);
  assert.equal(formatMac(reply, 0), "02:00:00:00:00:09");
  assert.equal(formatMac(reply, 22), formatMac(MAC));
  assert.deepEqual(neighboursOf(stack).map(neighbourLine), ["10.0.2.9 dev eth0 lladdr 02:00:00:00:00:09 REACHABLE "]);
  // An answer that nobody asked for teaches nothing new.
  asker[5] = 8;
  P.put32(request, 28, 0);
  ask(0x0a000201, P.ARPOP_REPLY);
  assert.equal([...stack.arp.entries()].length, 1);
  // Used after half a minute, an entry is asked for again, and used meanwhile.
  clock.advance(31e9);
  sent.length = 0;
  stack.sendEcho(0x0a000209, 1, 1, new Uint8Array(8));
  assert.deepEqual(
    sent.map((frame) => P.get16(frame, 12)),
    [P.ETH_P_ARP, P.ETH_P_IP],
  );
  clock.advance(10e9);
  assert.equal(sent.filter((frame) => P.get16(frame, 12) === P.ETH_P_ARP).length, 3);
  assert.deepEqual(neighboursOf(stack).map(neighbourLine), ["10.0.2.9 dev eth0 FAILED "]);
});

test("an ARP probe is answered but not learnt from", () => {
  const { stack, sent } = setup();
  const probe = new Uint8Array(60);
  const asker = Uint8Array.of(2, 0, 0, 0, 0, 9);
  P.writeEthernet(probe, new Uint8Array(6).fill(255), asker, P.ETH_P_ARP);
  P.writeArp(probe, 14, P.ARPOP_REQUEST, asker, 0, new Uint8Array(6), 0x0a00020f);
  stack.receive(probe);
  assert.equal(sent.length, 1);
  assert.equal([...stack.arp.entries()].length, 0);
});

test("ip addr", () => {
  const { stack } = setup();
  assert.deepEqual(addressesOf(stack).flatMap(addressLines), [
    "    inet 10.0.2.15/24 brd 10.0.2.255 scope global eth0",
    "       valid_lft forever preferred_lft forever",
  ]);
  stack.removeAddress("10.0.2.15/24");
  assert.deepEqual(addressesOf(stack).flatMap(addressLines), []);
});

test("times as iputils rounds them", () => {
  const shown = [0, 7, 123, 999, 1000, 1234, 9994, 9995, 12345, 99949, 99950, 123456].map(formatRtt);
  assert.deepEqual(shown, [
    "0.000",
    "0.007",
    "0.123",
    "0.999",
    "1.00",
    "1.23",
    "9.99",
    "10.0",
    "12.3",
    "99.9",
    "100",
    "123",
  ]);
  assert.deepEqual([percent(1, 3), percent(0, 5), percent(5, 5), percent(1, 2)], ["33.3333", "0", "100", "50"]);
});

test("an interface that is down, a driver that takes nothing, a route over a gateway", async () => {
  const { clock, stack, sent } = setup();
  stack.arp.add(0x0a000202, Uint8Array.of(2, 2, 2, 2, 2, 2));
  stack.gateway = 0x0a000202;
  sent.length = 0;
  const begin = (print: (line: string) => void): Ping => new Ping(stack, "192.168.1.1", { count: 1, print });
  const lines: string[] = [];
  const session = begin((line) => lines.push(line));
  assert.deepEqual([formatMac(sent[0]!), P.get32(sent[0]!, 30)], ["02:02:02:02:02:02", 0xc0a80101]);
  // A router on the way gives up: the error quotes the request.
  const error = new Uint8Array(98);
  P.writeEthernet(error, MAC, Uint8Array.of(2, 2, 2, 2, 2, 2), P.ETH_P_IP);
  error.set(sent[0]!.subarray(14, 42), 42);
  error[34] = P.ICMP_TIME_EXCEEDED;
  P.put16(error, 36, P.checksum(error, 34, 36));
  P.writeIpv4(error, 14, 0x0a000202, 0x0a00020f, P.IPPROTO_ICMP, 64, 1, 0, 36);
  stack.receive(error);
  await session.done;
  assert.equal(lines[1], "From 10.0.2.2 icmp_seq=1 Time to live exceeded");
  stack.up = false;
  stack.receive(error);
  const [, down] = await ping(clock, begin);
  assert.equal(down[0], "ping: connect: Network is unreachable");
  stack.up = true;
  const [, cut] = await ping(clock, (print) => {
    const two = new Ping(stack, "192.168.1.1", { count: 2, print });
    stack.up = false;
    return two;
  });
  assert.equal(cut[1], "ping: sendmsg: Network is down");
  const full = new NetStack({ name: "eth0", mac: MAC, clock, transmit: () => false });
  full.arp.add(0x0a000202, MAC);
  const [, lost] = await ping(clock, (print) => new Ping(full, "10.0.2.2", { count: 1, print }));
  assert.equal(lost[1], "ping: sendmsg: No buffer space available");
  assert.equal(full.counters.refused, 1);
});

test("packets wait for an address, the oldest go when there are too many; flush keeps static entries", () => {
  const { clock, stack, wire } = setup();
  wire.b.onReceive = () => {};
  for (let i = 0; i < 20; i++) stack.sendEcho(0x0a000203, 1, i, new Uint8Array(8));
  assert.equal([...stack.arp.entries()][0]!.waiting.length, 16);
  assert.deepEqual(neighboursOf(stack).map(neighbourLine), ["10.0.2.3 dev eth0 INCOMPLETE "]);
  stack.arp.add(0x0a000204, MAC);
  stack.arp.flush();
  assert.deepEqual(neighboursOf(stack).map(neighbourLine), ["10.0.2.4 dev eth0 lladdr 52:54:00:12:34:56 PERMANENT "]);
  clock.settle();
  assert.equal([...stack.arp.entries()].length, 1);
});

test("frames of random bytes and of every length are survived", () => {
  const { stack, peer } = setup();
  const seed = 20261122;
  const random = new Random(seed);
  for (let i = 0; i < 10_000; i++) {
    const frame = Uint8Array.from({ length: random.below(120) }, () => random.u32());
    // Most of them almost right, so that they get past the first checks.
    if (i % 4 > 0) {
      frame.set(MAC.subarray(0, Math.min(6, frame.length)));
      if (frame.length > 24) {
        P.put16(frame, 12, i % 4 === 1 ? P.ETH_P_ARP : P.ETH_P_IP);
        frame[14] = 0x45;
        P.put16(frame, 16, random.below(frame.length));
        frame[23] = P.IPPROTO_ICMP;
      }
      if (frame.length >= 34) {
        P.put32(frame, 30, 0x0a00020f);
        P.put16(frame, 24, 0);
        P.put16(frame, 24, P.checksum(frame, 14, 20));
      }
    }
    assert.doesNotThrow(() => stack.receive(frame), `seed ${seed}, case ${i}`);
    peer.stack.receive(frame);
  }
  for (let length = 0; length <= 65535; length += 331) stack.receive(new Uint8Array(length));
  assert.ok(stack.counters.bad > 0 && stack.counters.ignored > 0);
});

test("the ARP cache does not grow without end", () => {
  const { stack } = setup();
  for (let i = 0; i < 3000; i++) {
    const frame = new Uint8Array(60);
    const asker = Uint8Array.of(2, 0, 0, 0, i >>> 8, i);
    P.writeEthernet(frame, MAC, asker, P.ETH_P_ARP);
    P.writeArp(frame, 14, P.ARPOP_REQUEST, asker, 0x0a000000 + i, MAC, 0x0a00020f);
    stack.receive(frame);
  }
  assert.ok([...stack.arp.entries()].length <= 1024);
});
