// What e1000 leaves to the card: checksums, segmentation, VLAN tags; and the driver's own test of the card.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, get16, get32, sum16 } from "../../host/net/packet.ts";
import { boot, type Run } from "./harness.ts";
import { checkPacket, sendPacket, type Packet } from "./offload.ts";
import { OWN_MAC, PEER_MAC, atHost, atWire, fromWire, makeFrame, pass } from "./traffic.ts";
import { Random } from "../random.ts";

const GFP_KERNEL = 0xcc0;
// linux/ethtool.h
const ETHTOOL_TEST = 0x1a;
const ETHTOOL_GSTRINGS = 0x1b;
const ETHTOOL_GSTATS = 0x1d;
const ETH_SS_STATS = 1;
const ETH_TEST_FL_OFFLINE = 1;
const ETH_TEST_FL_FAILED = 2;
const ETH_GSTRING_LEN = 32;

async function up(): Promise<Run> {
  const own = await boot(["e1000"]);
  await own.run("modprobe e1000; ip link set eth0 up; ip link");
  await pass(own, 3e9);
  return own;
}

async function down({ system, lines }: Run): Promise<void> {
  await system.shutdown();
  assert.equal(system.machine.oopses, 0);
  assert.doesNotMatch(lines.join("\n"), /WARNING|BUG|Oops|iommu|Hang|Reset adapter/);
}

/** SIOCETHTOOL: `words` at the start of the struct, `bytes` of it back. */
async function ethtool({ system: { machine, interfaces } }: Run, words: number[], bytes: number): Promise<DataView> {
  const size = Math.max(bytes, 16);
  const buffer = machine.hostCall((core) => core.__kmalloc(size, GFP_KERNEL)) >>> 0;
  for (let i = 0; i < size >> 2; i++) machine.words.setU32(buffer + 4 * i, words[i] ?? 0);
  assert.equal(await machine.callExport("kpi_ethtool", [interfaces.named("eth0").ifindex, buffer, size]), 0);
  const view = new DataView(new ArrayBuffer(size));
  for (let i = 0; i < size >> 2; i++) view.setUint32(4 * i, machine.words.u32(buffer + 4 * i), true);
  machine.hostCall((core) => core.kfree(buffer));
  return view;
}

/** `ethtool -S`. */
async function statistics(own: Run): Promise<Record<string, number>> {
  const most = 64;
  const names = await ethtool(own, [ETHTOOL_GSTRINGS, ETH_SS_STATS, most], 12 + most * ETH_GSTRING_LEN);
  const count = names.getUint32(8, true);
  const values = await ethtool(own, [ETHTOOL_GSTATS, count], 8 + most * 8);
  const text = new TextDecoder();
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const name = new Uint8Array(names.buffer, 12 + i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
      return [text.decode(name.subarray(0, name.indexOf(0))), Number(values.getBigUint64(8 + 8 * i, true))];
    }),
  );
}

test("the card fills in checksums of TCP and UDP, over IPv4 and IPv6, linear and in pages", async () => {
  const own = await up();
  for (const bytes of [0, 1, 100, 1400]) {
    for (const linear of [0, 33, 2000]) {
      const packets: Packet[] = [{ bytes }, { bytes, udp: true }, { bytes, ipv6: true }, { bytes, vlan: 0x2064 }];
      for (const packet of packets) checkPacket(await sendPacket(own, { ...packet, linear }), packet);
    }
  }
  await down(own);
});

test("the card cuts large packets", async () => {
  const own = await up();
  const before = (await statistics(own))["tx_tcp_seg_good"];
  const packets: Packet[] = [
    { bytes: 1461, mss: 1460 },
    { bytes: 2920, mss: 1460, linear: 0 },
    { bytes: 30_000, mss: 1460 },
    { bytes: 30_000, mss: 536, linear: 3000 },
    { bytes: 60_000, mss: 1448, linear: 0 },
    { bytes: 10_000, mss: 1456, vlan: 0x0007 },
  ];
  for (const packet of packets) checkPacket(await sendPacket(own, packet), packet);
  assert.equal((await statistics(own))["tx_tcp_seg_good"] - before, packets.length);
  await down(own);
});

test("the card checks what arrives: good ones are counted as good, bad ones as bad and delivered", async () => {
  const own = await up();
  const got = atHost(own);
  const [good] = await sendPacket(own, { bytes: 500 });
  for (let i = 0; i < 6; i++) [good[i], good[6 + i]] = [good[6 + i], good[i]];
  const bad = good.slice();
  bad[200] ^= 1;
  await fromWire(own, [good, good, bad, makeFrame(new Random(1), 100, OWN_MAC, PEER_MAC)]);
  assert.equal(got.length, 4);
  await pass(own, 3e9);
  const { rx_csum_offload_good, rx_csum_offload_errors } = await statistics(own);
  assert.deepEqual([rx_csum_offload_good, rx_csum_offload_errors], [2, 1]);
  await down(own);
});

test("VLANs through the card's filter: those that were let in", async () => {
  const own = await up();
  const got = atHost(own);
  const passing = async (): Promise<number[]> => {
    got.length = 0;
    const frames = [0, 5, 100, 4094].map((id) => {
      const frame = makeFrame(new Random(id + 1), 100, OWN_MAC, PEER_MAC, true);
      frame.set([id >> 8, id & 255], 14);
      return frame;
    });
    await fromWire(own, frames);
    return got.map((frame) => get16(frame, 14));
  };
  assert.deepEqual(await passing(), [0, 5, 100, 4094], "the filter is off while there is no VLAN");
  await own.run("insmod offload vid=100; rmmod offload");
  assert.deepEqual(await passing(), [100]);
  await own.run("insmod offload vid=4094; rmmod offload");
  assert.deepEqual(await passing(), [100, 4094]);
  await own.run("ip link set eth0 promisc on");
  assert.deepEqual(await passing(), [0, 5, 100, 4094]);
  await own.run("ip link set eth0 promisc off; insmod offload vid=-100; rmmod offload");
  assert.deepEqual(await passing(), [4094]);
  await down(own);
});

test("the counters of the card reach ethtool -S", async () => {
  const own = await up();
  await own.run("ping -c 100 -i 0.001 -s 472 peer");
  await pass(own, 3e9);
  const counters = await statistics(own);
  // 100 and one for ARP each way; 514 bytes and an FCS, of ARP 64.
  assert.deepEqual([counters["rx_packets"], counters["tx_packets"]], [101, 101]);
  assert.deepEqual([counters["rx_bytes"], counters["tx_bytes"]], [100 * 518 + 64, 100 * 518 + 64]);
  assert.deepEqual([counters["rx_broadcast"], counters["tx_broadcast"], counters["rx_errors"]], [0, 1, 0]);
  await down(own);
});

test("ethtool -t: registers, EEPROM, interrupt, loopback and link of the card are as the driver wants them", async () => {
  const own = await up();
  for (const flags of [ETH_TEST_FL_OFFLINE, 0]) {
    const view = await ethtool(own, [ETHTOOL_TEST, flags], 16 + 5 * 8);
    assert.deepEqual(
      Array.from({ length: 5 }, (_, i) => Number(view.getBigUint64(16 + 8 * i, true))),
      [0, 0, 0, 0, 0],
    );
    assert.equal(view.getUint32(4, true) & ETH_TEST_FL_FAILED, 0);
    await pass(own, 3e9);
    await own.run("ping -c 3 -i 0.01 peer");
  }
  own.board.cables[0].wire.plug(false);
  const view = await ethtool(own, [ETHTOOL_TEST, 0], 16 + 5 * 8);
  assert.equal(view.getUint32(4, true) & ETH_TEST_FL_FAILED, ETH_TEST_FL_FAILED, "without a cable");
  await down(own);
});
