// What polls receive of one TCP connection goes up as one packet; what was cut by the core and merged again is the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, get16, get32, put16, put32, sum16 } from "../../host/net/packet.ts";
import { Random } from "../random.ts";
import { boot, type Run } from "./harness.ts";
import { checkPacket, sendPacket, type Packet } from "./offload.ts";
import { OWN_MAC, PEER_MAC, atHost, pass } from "./traffic.ts";

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const PSH = 0x08;
const ACK = 0x10;
const URG = 0x20;
const CWR = 0x80;
const HEADERS = 14 + 20 + 20;

interface Segment {
  seq: number;
  bytes: number;
  flags?: number;
  ack?: number;
  id?: number;
  port?: number;
  ttl?: number;
  tos?: number;
  df?: boolean;
  badChecksum?: boolean;
  options?: number[];
}

/** A TCP segment for the board; its data are a function of the sequence number. */
function segment(s: Segment): Uint8Array {
  const options = s.options ?? [];
  const header = 20 + options.length;
  const frame = new Uint8Array(Math.max(60, 34 + header + s.bytes));
  frame.set(OWN_MAC);
  frame.set(PEER_MAC, 6);
  put16(frame, 12, 0x0800);
  frame[14] = 0x45;
  frame[15] = s.tos ?? 0;
  put16(frame, 16, 20 + header + s.bytes);
  put16(frame, 18, s.id ?? 0);
  put16(frame, 20, s.df === false ? 0 : 0x4000);
  frame[22] = s.ttl ?? 64;
  frame[23] = 6;
  frame.set([10, 0, 2, 2, 10, 0, 2, 15], 26);
  put16(frame, 24, fold(sum16(frame, 14, 20)));
  put16(frame, 34, s.port ?? 80);
  put16(frame, 36, 1000);
  put32(frame, 38, s.seq);
  put32(frame, 42, s.ack ?? 1);
  frame[46] = (header / 4) << 4;
  frame[47] = s.flags ?? ACK;
  put16(frame, 48, 8192);
  frame.set(options, 54);
  for (let i = 0; i < s.bytes; i++) frame[34 + header + i] = ((s.seq + i) * 3) & 255;
  put16(frame, 50, fold(sum16(frame, 34, header + s.bytes, sum16(frame, 26, 8) + 6 + header + s.bytes)));
  if (s.badChecksum) frame[50]! ^= 1;
  return frame;
}

/** Puts frames on the wire one behind the other, in less than the interface's gro_flush_timeout; what the host then sees. */
async function receive(own: Run, frames: Uint8Array[]): Promise<Uint8Array[]> {
  const got = atHost(own);
  for (const frame of frames) own.board.cables[0].wire.b.send(frame);
  await pass(own, 5e6);
  return got;
}

/** Sequence number and bytes of each packet; each is whole and right. */
function runs(frames: Uint8Array[]): [number, number][] {
  return frames.map((frame) => {
    const total = get16(frame, 16);
    const header = (frame[46]! >> 4) * 4;
    assert.equal(fold(sum16(frame, 14, 20)), 0, "IP checksum");
    assert.equal(fold(sum16(frame, 34, total - 20, sum16(frame, 26, 8) + 6 + total - 20)), 0, "TCP checksum");
    const seq = get32(frame, 38);
    const bytes = total - 20 - header;
    for (let i = 0; i < bytes; i++) assert.equal(frame[34 + header + i], ((seq + i) * 3) & 255, `byte ${seq + i}`);
    return [seq, bytes];
  });
}

function stream(count: number, bytes: number, more: Partial<Segment> = {}, seq = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => segment({ seq: seq + i * bytes, bytes, id: 100 + i, ...more }));
}

async function up(card: string, driver: string): Promise<Run> {
  const own = await boot([card]);
  await own.run(`modprobe ${driver}; ip link set eth0 up; echo 1000000 > /sys/class/net/eth0/gro_flush_timeout`);
  await pass(own, 3e9);
  return own;
}

async function down({ system, lines }: Run): Promise<void> {
  await system.shutdown();
  assert.equal(system.machine.oopses, 0);
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|Oops|iommu/);
}

test("segments that follow each other go up as one packet, others as they are", async () => {
  const own = await up("e1000", "e1000");
  const cases: [string, Uint8Array[], [number, number][]][] = [
    ["a run", stream(5, 1000), [[0, 5000]]],
    ["the same number in all", stream(4, 500, { id: 7 }), [[0, 2000]]],
    ["numbers without DF", stream(3, 600, { df: false }), [[0, 1800]]],
    [
      "no order in the numbers",
      [0, 1, 2].map((i) => segment({ seq: i * 9, bytes: 9, id: [5, 9, 3][i] })),
      [
        [0, 9],
        [9, 9],
        [18, 9],
      ],
    ],
    [
      "a short one ends it",
      [...stream(2, 800), ...stream(1, 100, { id: 102 }, 1600), ...stream(2, 800, {}, 1700)],
      [
        [0, 1700],
        [1700, 1600],
      ],
    ],
    [
      "a longer one is not joined",
      [...stream(1, 100), ...stream(1, 800, { id: 101 }, 100)],
      [
        [0, 100],
        [100, 800],
      ],
    ],
    [
      "PSH ends it",
      [segment({ seq: 0, bytes: 400, flags: ACK | PSH }), ...stream(2, 400, {}, 400)],
      [
        [0, 400],
        [400, 800],
      ],
    ],
    [
      "a gap",
      [...stream(2, 400), ...stream(2, 400, {}, 1200)],
      [
        [0, 800],
        [1200, 800],
      ],
    ],
    [
      "out of order",
      [...stream(1, 400, {}, 400), ...stream(1, 400)],
      [
        [400, 400],
        [0, 400],
      ],
    ],
    [
      "acknowledgements",
      stream(3, 0),
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    ],
    [
      "an acknowledgement sends what is held up first",
      [...stream(2, 400), segment({ seq: 800, bytes: 0, id: 102 })],
      [
        [0, 800],
        [800, 0],
      ],
    ],
    [
      "another ack_seq",
      [...stream(1, 400), segment({ seq: 400, bytes: 400, id: 101, ack: 2 })],
      [
        [0, 400],
        [400, 400],
      ],
    ],
    [
      "another ttl",
      [...stream(1, 400), segment({ seq: 400, bytes: 400, id: 101, ttl: 63 })],
      [
        [0, 400],
        [400, 400],
      ],
    ],
    [
      "another tos",
      [...stream(1, 400), segment({ seq: 400, bytes: 400, id: 101, tos: 4 })],
      [
        [0, 400],
        [400, 400],
      ],
    ],
    [
      "other options",
      [1, 2].map((i) => segment({ seq: i * 8, bytes: 8, id: i, options: [1, 1, 1, i] })),
      [
        [8, 8],
        [16, 8],
      ],
    ],
    [
      "the same options",
      [1, 2].map((i) => segment({ seq: i * 8, bytes: 8, id: i, options: [8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1] })),
      [[8, 16]],
    ],
    [
      "CWR",
      [...stream(1, 400), segment({ seq: 400, bytes: 400, id: 101, flags: ACK | CWR })],
      [
        [0, 400],
        [400, 400],
      ],
    ],
  ];
  for (const flags of [SYN, RST, URG, FIN]) {
    const frames = [segment({ seq: 0, bytes: 400, flags: ACK | flags }), segment({ seq: 400, bytes: 400, id: 1 })];
    cases.push([
      `flag ${flags}`,
      frames,
      [
        [0, 400],
        [400, 400],
      ],
    ]);
  }
  for (const [what, frames, expected] of cases) assert.deepEqual(runs(await receive(own, frames)), expected, what);
  await down(own);
});

test("two connections at once; a packet never grows beyond what IPv4 can say", async () => {
  const own = await up("e1000", "e1000");
  const a = stream(4, 1000);
  const b = stream(4, 1000, { port: 81 });
  const both = await receive(
    own,
    a.flatMap((frame, i) => [frame, b[i]!]),
  );
  assert.deepEqual(runs(both), [
    [0, 4000],
    [0, 4000],
  ]);
  assert.deepEqual(both.map((frame) => get16(frame, 34)).sort(), [80, 81]);

  const large = await receive(own, stream(60, 1460));
  assert.deepEqual(
    runs(large).reduce((sum, [, bytes]) => sum + bytes, 0),
    60 * 1460,
  );
  assert.ok(large.length < 60);
  for (const frame of large) assert.ok(frame.length < 65536 + 14);
  await down(own);
});

test("a wrong checksum passes as it is, and ends nothing", async () => {
  const own = await up("rtl8139", "8139cp");
  const frames = [...stream(2, 1000), segment({ seq: 2000, bytes: 1000, id: 102, badChecksum: true })];
  const got = await receive(own, frames);
  assert.equal(got.length, 2);
  assert.deepEqual(
    got.find((frame) => get32(frame, 38) === 2000),
    frames[2],
  );
  assert.deepEqual(runs(got.filter((frame) => get32(frame, 38) !== 2000)), [[0, 2000]]);
  await down(own);
});

test("ethtool -K gro off", async () => {
  const own = await up("e1000", "e1000");
  await own.run("ethtool -K eth0 gro off");
  assert.equal((await receive(own, stream(5, 1000))).length, 5);
  await own.run("ethtool -K eth0 gro on");
  assert.equal((await receive(own, stream(5, 1000))).length, 1);
  assert.equal((await receive(own, stream(1, 100))).at(0)!.length, HEADERS + 100);
  await down(own);
});

for (const [card, driver] of [
  ["e1000", "e1000"],
  ["rtl8139", "8139cp"],
] as const) {
  test(`${driver}: what was cut in software and is received again is the packet that was sent`, async () => {
    const own = await up(card, driver);
    const random = new Random(4);
    await own.run("ethtool -K eth0 tso off");
    for (let round = 0; round < 25; round++) {
      const mss = 200 + random.below(1200);
      const packet: Packet = {
        // what 100 Mbit/s bring before a jiffy is over, when what is held goes up
        bytes: mss + 1 + random.below((driver === "e1000" ? 20 : 6) * mss),
        linear: random.below(4000),
        mss,
        ipv6: random.below(2) === 1,
        // 8139cp leaves tags in what it receives: such packets are not merged
        ...(driver === "e1000" && random.below(3) === 0 ? { vlan: 1 + random.below(4000) } : {}),
      };
      const frames = await sendPacket(own, packet);
      checkPacket(frames, packet);
      for (const frame of frames) {
        frame.copyWithin(6, 0, 6);
        frame.set(OWN_MAC);
      }
      const back = await receive(own, frames);
      checkPacket(back, { ...packet, mss: 0 });
    }
    await down(own);
  });
}
