// Frames of every length and kind through card and driver: what arrives is what was sent, and the counters know it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot, type Run } from "./harness.ts";
import { OWN_MAC, PEER_MAC, atHost, atWire, fromHost, fromWire, makeFrame, pass } from "./traffic.ts";
import { Random } from "../random.ts";

interface Driver {
  name: string;
  device: string;
  /** Bytes that its counters leave out of a received frame, and the least that they count of a sent one. */
  rxUncounted: number;
  txLeast: number;
  /** Whether its card takes VLAN tags out, so that they do not count, and of the tag the bits that the driver tells. */
  tag?: number;
}

const DRIVERS: Driver[] = [
  { name: "8139cp", device: "rtl8139", rxUncounted: 14, txLeast: 0 },
  { name: "8139too", device: "rtl8139,revision=0x10", rxUncounted: 0, txLeast: 60 },
  { name: "e1000", device: "e1000", rxUncounted: 0, txLeast: 60, tag: 0x0fff },
];
const BROADCAST = new Uint8Array(6).fill(0xff);

async function up({ name, device }: Driver): Promise<Run> {
  const own = await boot([device]);
  await own.run(`modprobe ${name}; ip link set eth0 up; ip link`);
  await pass(own, 2e9);
  return own;
}

async function counters(own: Run, names: string[]): Promise<Record<string, number>> {
  await own.system.interfaces.refresh(true);
  const { details } = own.system.interfaces.named("eth0");
  return Object.fromEntries(names.map((name) => [name, details.number(name)]));
}

/** What the frame has on the wire: at least 60 bytes. */
function padded(frame: Uint8Array): Uint8Array {
  const full = new Uint8Array(Math.max(frame.length, 60));
  full.set(frame);
  return full;
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

for (const driver of DRIVERS) {
  test(`${driver.name}: what is received`, async () => {
    const own = await up(driver);
    const random = new Random(1);
    const sent: Uint8Array[] = [];
    let tagged = 0;
    for (let length = 60; length <= 1514; length++) {
      sent.push(makeFrame(random, length, random.below(8) ? OWN_MAC : BROADCAST, PEER_MAC));
      if (length % 3 !== 0) continue;
      const frame = makeFrame(random, length + 4, OWN_MAC, PEER_MAC, true);
      if (driver.tag) frame[14] &= driver.tag >> 8;
      sent.push(frame);
      tagged++;
    }
    const got = atHost(own);
    assert.equal(await fromWire(own, sent), sent.length);
    assert.equal(got.length, sent.length);
    for (const [i, frame] of got.entries()) assert.deepEqual(frame, sent[i], `frame ${i}`);
    assert.deepEqual(await counters(own, ["rx_packets", "rx_bytes", "rx_errors", "rx_dropped", "rx_missed_errors"]), {
      rx_packets: sent.length,
      rx_bytes: sum(sent.map(({ length }) => length - driver.rxUncounted)) - (driver.tag ? 4 * tagged : 0),
      rx_errors: 0,
      // As in Linux: of a VLAN that has no interface, shown to the host nevertheless.
      rx_dropped: tagged,
      rx_missed_errors: 0,
    });
    await own.system.shutdown();
  });

  test(`${driver.name}: what is sent`, async () => {
    const own = await up(driver);
    const random = new Random(2);
    const sent: Uint8Array[] = [];
    for (let length = 14; length <= 1514; length++) {
      sent.push(makeFrame(random, length, PEER_MAC, OWN_MAC));
      if (length >= 18 && length % 3 === 0) sent.push(makeFrame(random, length + 4, PEER_MAC, OWN_MAC, true));
    }
    const got = atWire(own);
    assert.equal(await fromHost(own, sent), sent.length);
    assert.equal(got.length, sent.length);
    for (const [i, frame] of got.entries()) assert.deepEqual(frame, padded(sent[i]), `frame ${i}`);
    assert.deepEqual(await counters(own, ["tx_packets", "tx_bytes", "tx_errors", "tx_dropped"]), {
      tx_packets: sent.length,
      tx_bytes: sum(sent.map(({ length }) => Math.max(length, driver.txLeast))),
      tx_errors: 0,
      tx_dropped: 0,
    });
    await own.system.shutdown();
  });
}
