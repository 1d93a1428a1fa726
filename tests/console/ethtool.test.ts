// ethtool over real drivers: the wording of the real tool, and data for programs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { features } from "../../host/inspect/ethtool/features.ts";
import { settings } from "../../host/inspect/ethtool/settings.ts";
import { boot } from "../run/harness.ts";

test("link settings, and what -s changes", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp; ip link set eth0 up");
  assert.deepEqual(await run("ethtool eth0"), [
    "Settings for eth0:",
    "\tSupported ports: [ TP\t MII ]",
    "\tSupported link modes:   10baseT/Half 10baseT/Full",
    "\t                        100baseT/Half 100baseT/Full",
    "\tSupported pause frame use: No",
    "\tSupports auto-negotiation: Yes",
    "\tSupported FEC modes: Not reported",
    "\tAdvertised link modes:  10baseT/Half 10baseT/Full",
    "\t                        100baseT/Half 100baseT/Full",
    "\tAdvertised pause frame use: Symmetric",
    "\tAdvertised auto-negotiation: Yes",
    "\tAdvertised FEC modes: Not reported",
    "\tLink partner advertised link modes:  10baseT/Half 10baseT/Full",
    "\t                                     100baseT/Half 100baseT/Full",
    "\tLink partner advertised pause frame use: Symmetric",
    "\tLink partner advertised auto-negotiation: Yes",
    "\tLink partner advertised FEC modes: Not reported",
    "\tSpeed: 100Mb/s",
    "\tDuplex: Full",
    "\tAuto-negotiation: on",
    "\tPort: MII",
    "\tPHYAD: 32",
    "\tTransceiver: internal",
    "\tSupports Wake-on: pumbg",
    "\tWake-on: d",
    "        Current message level: 0x00000007 (7)",
    "                               drv probe link",
    "\tLink detected: yes",
  ]);
  await run("ethtool -s eth0 speed 10 duplex half autoneg off wol gb msglvl 0x33");
  const { link, wake, messageLevel } = await settings(system, "eth0");
  assert.deepEqual([link!.speed, link!.duplex, link!.autoneg], [10, "Half", false]);
  assert.deepEqual([wake!.options, messageLevel], ["bg", 0x33]);
  await run("ethtool -s eth0 autoneg on wol d msglvl hw on probe off; ethtool -r eth0; sleep 4");
  const back = await settings(system, "eth0");
  assert.deepEqual(
    [back.link!.speed, back.link!.autoneg, back.wake!.options, back.messageLevel],
    [100, true, "d", 0x2031],
  );
  await system.shutdown();
});

test("the driver, its counters, rings, registers and EEPROM", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
  assert.deepEqual(await run("ethtool -i eth0"), [
    "driver: 8139cp",
    "version: 1.3",
    "firmware-version: ",
    "expansion-rom-version: ",
    "bus-info: 0000:00:03.0",
    "supports-statistics: yes",
    "supports-test: no",
    "supports-eeprom-access: yes",
    "supports-register-dump: yes",
    "supports-priv-flags: no",
  ]);
  assert.deepEqual((await run("ethtool -S eth0")).slice(0, 4), [
    "NIC statistics:",
    "     tx_ok: 2",
    "     rx_ok: 2",
    "     tx_err: 0",
  ]);
  assert.deepEqual(await run("ethtool -g eth0"), [
    "Ring parameters for eth0:",
    "Pre-set maximums:",
    "RX:\t\t64",
    "RX Mini:\tn/a",
    "RX Jumbo:\tn/a",
    "TX:\t\t64",
    "Current hardware settings:",
    "RX:\t\t64",
    "RX Mini:\tn/a",
    "RX Jumbo:\tn/a",
    "TX:\t\t64",
  ]);
  assert.deepEqual((await run("ethtool -d eth0")).slice(0, 3), [
    "Offset\t\tValues",
    "------\t\t------",
    "0x0000:\t\t52 54 00 12 34 56 00 00 00 00 00 00 00 00 00 00 ",
  ]);
  assert.deepEqual((await run("ethtool -e eth0 offset 0 length 4"))[2], "0x0000:\t\t29 81 ec 10 ");
  assert.deepEqual(await run("ethtool -P eth0"), ["Permanent address: 52:54:00:12:34:56"]);
  assert.deepEqual(await run("ethtool -T eth0"), [
    "Time stamping parameters for eth0:",
    "Capabilities:",
    "\tsoftware-receive",
    "\tsoftware-system-clock",
    "PTP Hardware Clock: none",
    "Hardware Transmit Timestamp Modes: none",
    "Hardware Receive Filter Modes: none",
  ]);
  await system.shutdown();
});

test("features, one by one and as groups", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  const lines = await run("ethtool -k eth0");
  assert.deepEqual(lines.slice(0, 10), [
    "Features for eth0:",
    "rx-checksumming: on",
    "tx-checksumming: on",
    "\ttx-checksum-ipv4: on",
    "\ttx-checksum-ip-generic: off [fixed]",
    "\ttx-checksum-ipv6: off [fixed]",
    "\ttx-checksum-fcoe-crc: off [fixed]",
    "\ttx-checksum-sctp: off [fixed]",
    "scatter-gather: on",
    "\ttx-scatter-gather: on",
  ]);
  assert.equal(new Set(lines).size, lines.length);
  await run("ethtool -K eth0 tx off rxvlan off tx-nocache-copy on");
  const now = new Map((await features(system, "eth0")).map((feature) => [feature.name, feature]));
  const active = ["tx-checksum-ipv4", "tx-tcp-segmentation", "rx-vlan-hw-parse", "tx-nocache-copy"].map(
    (name) => now.get(name)!.active,
  );
  assert.deepEqual(active, [false, false, false, true]);
  assert.ok((await run("ethtool -k eth0")).includes("\ttx-tcp-segmentation: off [requested on]"));
  await assert.rejects(run("ethtool -K eth0 ntuple on"), {
    exitCode: 1,
    message: "Could not change any device features",
  });
  await assert.rejects(run("ethtool -K eth0 frob on"), {
    exitCode: 2,
    message: 'ethtool: unknown feature "frob"; see: ethtool -k',
  });
  await system.shutdown();
});

test("what the driver lacks, and what nobody understands", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  const lacks: [string, string][] = [
    ["-a eth0", "Cannot get device pause settings"],
    ["-A eth0 rx on", "Cannot set device pause parameters"],
    ["-c eth0", "Cannot get device coalesce settings"],
    ["-C eth0 rx-usecs 5", "Cannot set device coalesce parameters"],
    ["-G eth0 rx 32", "Cannot set device ring parameters"],
    ["-l eth0", "Cannot get device channel parameters"],
    ["-L eth0 combined 1", "Cannot set device channel parameters"],
    ["-m eth0", "Cannot get module EEPROM information"],
    ["-p eth0 1", "Cannot identify NIC"],
    ["-t eth0", "Cannot test"],
    ["-x eth0", "Cannot get RX ring count"],
    ["--show-priv-flags eth0", "Cannot get device flags"],
  ];
  for (const [words, what] of lacks) {
    const message = `${what}: Operation not supported`;
    await assert.rejects(run(`ethtool ${words}`), { exitCode: 1, code: "EOPNOTSUPP", message }, words);
  }
  const wrong = [
    "",
    "-z eth0",
    "-i",
    "-i eth0 more",
    "-G eth0 rx",
    "-G eth0 frob 1",
    "-C eth0 rx-usecs many",
    "-s eth0 speed fast",
    "-s eth0 wol z",
    "-s eth0 duplex",
    "-A eth0 rx maybe",
    "-t eth0 sideways",
    "-e eth0 length -1",
  ];
  for (const words of wrong) await assert.rejects(run(`ethtool ${words}`), { exitCode: 2 }, words);
  await assert.rejects(run("ethtool -i eth9"), { exitCode: 1, message: 'Cannot find device "eth9"' });
  await system.shutdown();
});

test("a driver that can more: e1000's rings, flow control, self test and lamp", async () => {
  const { run, system } = await boot(["e1000"]);
  await run("modprobe e1000; ip link set eth0 up; sleep 3");
  assert.equal((await settings(system, "eth0")).link!.speed, 1000);
  assert.deepEqual((await run("ethtool eth0")).slice(1, 5), [
    "\tSupported ports: [ TP ]",
    "\tSupported link modes:   10baseT/Half 10baseT/Full",
    "\t                        100baseT/Half 100baseT/Full",
    "\t                        1000baseT/Full",
  ]);
  await run("ethtool -G eth0 rx 128 tx 512");
  const rings = await run("ethtool -g eth0");
  assert.deepEqual([rings[2], rings[7], rings[10]], ["RX:\t\t4096", "RX:\t\t128", "TX:\t\t512"]);
  await assert.rejects(run("ethtool -G eth0 rx 5000"), {
    message: "Cannot set device ring parameters: Invalid argument",
  });
  await run("ethtool -A eth0 autoneg off rx off tx off");
  const pause = ["Pause parameters for eth0:", "Autonegotiate:\toff", "RX:\t\toff", "TX:\t\toff"];
  assert.deepEqual(await run("ethtool -a eth0"), pause);
  await run("ethtool -A eth0 rx on; sleep 3");
  assert.equal((await run("ethtool -a eth0"))[2], "RX:\t\ton");
  assert.deepEqual((await run("ethtool -t eth0 online")).slice(0, 3), [
    "The test result is PASS",
    "The test extra info:",
    "Register test  (offline)\t 0",
  ]);
  const { clock } = system.machine;
  const before = clock.now();
  await run("ethtool -p eth0 3");
  assert.ok(Math.abs(clock.now() - before - 3e9) < 0.6e9, "it blinked for three seconds");
  await system.shutdown();
  assert.equal(system.machine.oopses, 0);
});
