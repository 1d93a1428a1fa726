// What every path of the matrix is put through, in this order, on one board. A check says what it needs of the path.

import assert from "node:assert/strict";
import type { NetdevStats } from "../../host/index.ts";
import type { Node } from "./graph.ts";
import { download, iperf } from "./programs.ts";
import { assertQuiet, linkUp, loadDriver, MAC, untilStats, type Rig } from "./rig.ts";

export interface Check extends Node {
  run(rig: Rig): Promise<void>;
}

const check = (name: string, needs: readonly string[], run: Check["run"]): Check => ({
  name,
  needs: ["net_device", ...needs],
  gives: [],
  run,
});

const PINGS = 1000;
const FOREIGN = "52:54:00:00:00:99";
/** Multicast of IPv4, which hash filters keep apart. */
const GROUP = "01:00:5e:01:02:03";
const OTHER_GROUP = "01:00:5e:7f:7f:7f";
const FRAMES = 10;
const SHORT = 60;
const LONG = 1400;
/** Which some drivers do not count. */
const ETH_HLEN = 14;

const load = check("load", [], async (rig) => {
  await loadDriver(rig);
  const { driver } = await rig.eth0.info();
  assert.equal(driver, rig.path.driver.name);
});

const identity = check("link and MAC", [], async ({ eth0 }) => {
  const { mac, carrier, up } = await eth0.info();
  assert.deepEqual({ mac, carrier, up }, { mac: MAC, carrier: true, up: true });
});

const ping = check("ping", [], async (rig) => {
  assert.equal(await rig.ping(PINGS), PINGS);
});

const mtu = check("MTU", [], async (rig) => {
  const data = (size: number): number => size - 28;
  assert.equal(await rig.ping(5, data(1500)), 5);
  await rig.eth0.setMtu(1000);
  assert.equal((await rig.eth0.info()).mtu, 1000);
  // A driver may start its card anew.
  await linkUp(rig);
  assert.equal(await rig.ping(5, data(1000)), 5);
  await rig.eth0.setMtu(1500);
  await linkUp(rig);
  assert.equal(await rig.ping(5, data(1500)), 5);
});

/** A card that has emptied its ring and a driver that has not agree again after some frames. */
async function settle(rig: Rig): Promise<void> {
  const { board, driver } = rig.path;
  if (!board.forgets.includes(driver.name)) return;
  const { rx_packets } = await rig.eth0.stats();
  await untilStats(
    rig,
    (stats) => stats.rx_packets > rx_packets,
    () => rig.sendTo(MAC, 1, SHORT),
  );
}

/** How many of FRAMES to an address the driver receives. Behind them go long ones that it does receive, until one is there: a
 *  driver that acknowledges an interrupt just when a frame comes in finds that frame with the next. */
async function received(rig: Rig, mac: string): Promise<number> {
  await settle(rig);
  const before = await rig.eth0.stats();
  const packets = (stats: NetdevStats): number => stats.rx_packets - before.rx_packets;
  // Whether headers count is the driver's choice.
  const long = (stats: NetdevStats): number =>
    Math.floor((stats.rx_bytes - before.rx_bytes - packets(stats) * (SHORT - ETH_HLEN)) / (LONG - SHORT));
  await rig.sendTo(mac, FRAMES, SHORT);
  const after = await untilStats(
    rig,
    (stats) => long(stats) > 0,
    () => rig.sendTo(MAC, 1, LONG),
  );
  return packets(after) - long(after);
}

/** From here on nobody asks for addresses: who sends frames knows them for good. What was asked before is through behind a ping
 *  that is answered, and what was answered behind frames from the far end: some seconds after the first ping each end makes
 *  sure of the other's address. */
async function endQuestions(rig: Rig): Promise<void> {
  await rig.sendTo(MAC, 1, SHORT);
  assert.equal(await rig.ping(1), 1);
  await received(rig, MAC);
}

const filters = check("receive filters", ["frames of any kind"], async (rig) => {
  const { eth0 } = rig;
  const all = FRAMES;
  await endQuestions(rig);
  await eth0.setAllMulticast(false);
  assert.equal(await received(rig, MAC), all, "to its own address");
  assert.equal(await received(rig, FOREIGN), 0, "to another's address");
  assert.equal(await received(rig, GROUP), 0, "to a group that it is not in");
  await eth0.addMulticast(GROUP);
  assert.equal(await received(rig, GROUP), all, "to its group");
  assert.equal(await received(rig, OTHER_GROUP), 0, "to another group");
  await eth0.removeMulticast(GROUP);
  assert.equal(await received(rig, GROUP), 0, "to the group that it has left");
  await eth0.setAllMulticast(true);
  assert.equal(await received(rig, OTHER_GROUP), all, "allmulticast");
  await eth0.setAllMulticast(false);
  await eth0.setPromisc(true);
  assert.equal(await received(rig, FOREIGN), all, "promiscuous");
  await eth0.setPromisc(false);
  assert.equal(await received(rig, FOREIGN), 0, "not promiscuous any more");
});

const ethtoolInfo = check("ethtool -i -k", [], async ({ eth0: { ethtool }, path }) => {
  const { driver } = await ethtool.driver();
  assert.equal(driver, path.driver.name);
  const names = (await ethtool.features()).map(({ name }) => name);
  assert.ok(names.includes("rx-checksum") && names.includes("tx-scatter-gather"), names.join(" "));
});

const ethtoolStats = check("ethtool -S", ["ethtool -S"], async (rig) => {
  const before = await rig.eth0.ethtool.stats();
  assert.equal(await rig.ping(5), 5);
  const after = await rig.eth0.ethtool.stats();
  assert.ok(Object.keys(after).length > 0);
  assert.deepEqual(Object.keys(after), Object.keys(before));
  for (const [name, value] of Object.entries(after)) assert.ok(value >= before[name]!, name);
});

const ethtoolRegisters = check("ethtool -d", ["ethtool -d"], async ({ eth0 }) => {
  const { length } = (await eth0.ethtool.registers()).data;
  assert.ok(length > 0);
});

/** What the cable leads to is nothing to it, and it takes up to a minute. */
const ethtoolTest = check("ethtool -t", ["ethtool -t", "cable of its own"], async (rig) => {
  const { results } = await rig.eth0.ethtool.selfTest();
  const failed = Object.fromEntries(Object.entries(results).filter(([, result]) => result !== 0));
  assert.deepEqual(failed, rig.path.board.fails[rig.path.driver.name] ?? {});
  await linkUp(rig);
  assert.equal(await rig.ping(5), 5);
});

const downUp = check("down and up", [], async (rig) => {
  for (let i = 0; i < 3; i++) {
    await rig.eth0.down();
    assert.equal((await rig.eth0.info()).up, false);
    await rig.eth0.up();
    await linkUp(rig);
    assert.equal(await rig.ping(5), 5);
  }
});

const tcp = check("iperf3 TCP", ["namespaces"], async (rig) => {
  for (const way of ["in", "out"] as const) {
    const { sum_sent, sum_received } = await iperf(rig, way, []);
    assert.ok(sum_received.bytes > 0 && sum_received.bytes <= sum_sent.bytes, JSON.stringify(sum_received));
  }
});

/** Bits a second, so few that what comes while the board waits for its turn finds room in a ring of 32 KiB. */
const STALLING_RATE = "128k";

const udp = check("iperf3 UDP", ["namespaces"], async (rig) => {
  const { board, driver } = rig.path;
  const rate = board.stalls.includes(driver.name) ? STALLING_RATE : "2M";
  for (const way of ["in", "out"] as const) {
    for (const length of [64, 1448]) {
      const { sum } = await iperf(rig, way, ["-u", "-b", rate, "-l", String(length)]);
      assert.ok(sum.packets - sum.lost_packets > 0, JSON.stringify(sum));
    }
  }
});

const files = check("files by HTTP", ["namespaces"], async (rig) => {
  for (let i = 0; i < rig.amounts.files; i++) {
    for (const way of ["in", "out"] as const) await download(rig, way);
  }
});

const reload = check("reload under traffic", [], async (rig) => {
  for (let i = 0; i < rig.amounts.reloads; i++) {
    const stop = await rig.startTraffic();
    await rig.board.sleep(0.02);
    await rig.board.rmmod(rig.path.driver.name);
    assert.deepEqual(await rig.board.netdevs(), []);
    await loadDriver(rig);
    await stop();
    assertQuiet(rig);
    assert.equal(await rig.ping(5), 5, `after reload ${i + 1}`);
  }
});

const shutdown = check("shutdown", [], async ({ board }) => {
  await board.shutdown();
  assert.equal(board.log.at(-1)?.text, "reboot: Power down");
});

export const CHECKS: readonly Check[] = [
  load,
  identity,
  ping,
  mtu,
  filters,
  ethtoolInfo,
  ethtoolStats,
  ethtoolRegisters,
  ethtoolTest,
  downUp,
  tcp,
  udp,
  files,
  reload,
  shutdown,
];
