// ip, as iproute2 prints it, over Linux's 8139cp.

import assert from "node:assert/strict";
import { test } from "node:test";
import { links } from "../../host/inspect/links.ts";
import { boot, untimed } from "../run/harness.ts";

const LINK = "    link/ether 52:54:00:12:34:56 brd ff:ff:ff:ff:ff:ff";

test("links, their addresses, counters and limits", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  const down = "2: eth0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN";
  assert.deepEqual(await run("ip link"), [`${down} mode DEFAULT group default qlen 1000`, LINK]);
  assert.deepEqual(await run("ip -d l sh dev eth0"), [
    `${down} mode DEFAULT group default qlen 1000`,
    `${LINK} promiscuity 0  allmulti 0 minmtu 60 maxmtu 4096 parentbus pci parentdev 0000:00:03.0 `,
  ]);
  await run("ip link set eth0 up; ping -c 1 peer");
  const up = "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo state UP";
  assert.deepEqual(await run("ip addr"), [
    `${up} group default qlen 1000`,
    LINK,
    "    inet 10.0.2.15/24 brd 10.0.2.255 scope global eth0",
    "       valid_lft forever preferred_lft forever",
  ]);
  assert.deepEqual(await run("ip -s -s link"), [
    `${up} mode DEFAULT group default qlen 1000`,
    LINK,
    "    RX:  bytes packets errors dropped  missed   mcast           ",
    "           130       2      0       0       0       0 ",
    "    RX errors:  length    crc   frame    fifo overrun",
    "                     0      0       0       0       0 ",
    "    TX:  bytes packets errors dropped carrier collsns           ",
    "           140       2      0       0       0       0 ",
    "    TX errors: aborted   fifo  window heartbt transns",
    "                     0      0       0       0       2 ",
  ]);
  assert.deepEqual((await run("ip -s link")).slice(2), [
    "    RX:  bytes packets errors dropped  missed   mcast           ",
    "           130       2      0       0       0       0 ",
    "    TX:  bytes packets errors dropped carrier collsns           ",
    "           140       2      0       0       0       0 ",
  ]);
  assert.deepEqual(await run("ip -br link"), [
    "eth0             UP             52:54:00:12:34:56 <BROADCAST,MULTICAST,UP,LOWER_UP> ",
  ]);
  assert.deepEqual(await run("ip -br a"), ["eth0             UP             10.0.2.15/24 "]);
  assert.deepEqual(await run("ip -o link"), [`${up} mode DEFAULT group default qlen 1000\\${LINK}`]);
  const [json] = await run("ip -j -s addr");
  assert.deepEqual(JSON.parse(json!), await links(system, { statistics: 1, addresses: true }));
  const [link] = JSON.parse(json!);
  assert.deepEqual([link.ifname, link.operstate, link.stats64.rx.packets], ["eth0", "UP", 2]);
  assert.deepEqual(link.addr_info[0], {
    family: "inet",
    local: "10.0.2.15",
    prefixlen: 24,
    broadcast: "10.0.2.255",
    scope: "global",
    label: "eth0",
    valid_life_time: 4294967295,
    preferred_life_time: 4294967295,
  });
  await system.shutdown();
});

test("neighbours, routes, multicast addresses", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  assert.deepEqual(await run("ip route"), [], "an interface that is down has none");
  await run("ip link set eth0 up; ping -c 1 peer");
  assert.deepEqual(await run("ip neigh"), ["10.0.2.2 dev eth0 lladdr 52:55:0a:00:02:02 REACHABLE "]);
  assert.deepEqual(await run("ip n flush dev eth0; ip n"), []);
  assert.deepEqual(await run("ip route"), ["10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15 "]);
  await run("ip route add default via 10.0.2.2");
  assert.deepEqual((await run("ip route"))[0], "default via 10.0.2.2 dev eth0 ");
  // The peer is no router: what is not for it, it leaves alone.
  assert.match((await run("ip neigh flush; ping -c 1 -W 1 192.0.2.7").catch(String)) as string, /0 of 1 answers/);
  assert.match((await run("ip neigh"))[0]!, /^10\.0\.2\.2 dev eth0 lladdr/, "the packet went to the gateway");
  const refused: [string, RegExp][] = [
    ["add default via 10.0.2.3", /File exists/],
    ["add default via 10.9.9.9", /Nexthop has invalid gateway/],
    ["del default via 10.0.2.3", /No such process/],
    ["add 10.1.0.0/16 via 10.0.2.2", /it knows: default via/],
    ["add default via x", /not an IPv4 address/],
  ];
  for (const [what, message] of refused) await assert.rejects(run(`ip route ${what}`), { message });
  assert.equal((await run("ip route del default; ip route")).length, 1);
  await run("ip maddr add 33:33:00:00:00:01 dev eth0");
  assert.deepEqual(await run("ip maddr"), ["2:\teth0", "\tlink  33:33:00:00:00:01 static"]);
  assert.deepEqual(await run("ip maddr del 33:33:00:00:00:01 dev eth0; ip maddr"), ["2:\teth0"]);
  await system.shutdown();
});

test("what can be set, is", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  await run("ip link set dev eth0 mtu 1400 address 02:00:00:00:00:09 txqueuelen 50 promisc on allmulticast on");
  const [link] = await links(system);
  assert.deepEqual([link!.mtu, link!.address, link!.txqlen], [1400, "02:00:00:00:00:09", 50]);
  assert.deepEqual(link!.flags, ["BROADCAST", "MULTICAST", "ALLMULTI", "PROMISC"]);
  await run("ip link set eth0 promisc off allmulticast off up");
  assert.deepEqual((await links(system))[0]!.flags, ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"]);
  assert.deepEqual((await run("ip link set eth0 down name lan0")).map(untimed), [
    "8139cp 0000:00:03.0 lan0: renamed from eth0",
  ]);
  await run("ip addr add 10.1.2.3/16 dev lan0; ip addr del 10.0.2.15/24 dev lan0");
  assert.deepEqual((await run("ip addr show lan0"))[2], "    inet 10.1.2.3/16 brd 10.1.255.255 scope global lan0");
  assert.equal((await run("ip addr flush dev lan0; ip addr")).length, 2);
  await system.shutdown();
});

test("what is wrong is said in a line, with 2 for words that nobody understands", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  const usage = "usage: ip [-s|-d|-br|-o|-j] link|addr|neigh|route|maddr [show|set|add|del|flush …]";
  const cases: [string, number, string][] = [
    ["ip", 2, usage],
    ["ip frob", 2, 'ip: Object "frob" is unknown, try "help ip".'],
    ["ip link frob", 2, `ip: Command "frob" is unknown; ${usage}`],
    ["ip -z link", 2, `ip: Option "-z" is unknown; ${usage}`],
    ["ip link show eth9", 1, 'Cannot find device "eth9"'],
    ["ip link set", 2, 'ip: Not enough information: "dev" argument is required.'],
    ["ip link set eth9 up", 1, 'Cannot find device "eth9"'],
    ["ip link set eth0 mtu 9999", 1, "ip: cannot set mtu 9999 of eth0: Invalid argument"],
    ["ip link set eth0 mtu 1k", 2, 'ip: invalid mtu "1k": a whole number from 0 to 4294967295'],
    ["ip link set eth0 promisc maybe", 2, 'ip: argument of "promisc" must be "on" or "off", not "maybe"'],
    ["ip link set eth0 address 1:2", 2, 'ip: "1:2" is not a MAC address, as 52:54:00:12:34:56 is'],
    ["ip link set eth0 constructor x", 2, `ip: "constructor" is not known, or wants a value; ${usage}`],
    ["ip addr add 10.0.2.15/24 dev eth0", 1, "RTNETLINK answers: File exists"],
    ["ip addr del 10.9.9.9/24 dev eth0", 1, "RTNETLINK answers: Cannot assign requested address"],
    ["ip addr add 10.0.2.16/24", 2, 'ip: Not enough information: "dev" argument is required.'],
    [
      "ip addr add 10.0.2.256/24 dev eth0",
      2,
      '"10.0.2.256/24" is not an IPv4 address with a prefix length, as 10.0.2.15/24 is',
    ],
  ];
  for (const [line, exitCode, message] of cases) await assert.rejects(run(line), { exitCode, message }, line);
  await system.shutdown();
});
